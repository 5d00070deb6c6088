"""Code cells into ``Statement`` values: names bound, read, mutated, and what each statement is for.

This is the static half of the dataflow; the run proves the rest. A name's meaning depends on what stands above it, so
cells are given in notebook order and one ``Known`` is carried along.

This module is not for the layers below it: ``names`` finds names, ``purity`` and ``module_calls`` judge expressions,
``classify`` says what a statement is for.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.notebook import classify, magic_calls, syntax
from jupyter_mlpipe.notebook.canonical import canonical_form, digest_of, digest_text
from jupyter_mlpipe.notebook.definitions import effect_depth, hooks, is_hooked
from jupyter_mlpipe.notebook.known import BUILTINS, Known, Value
from jupyter_mlpipe.notebook.labels import label_of
from jupyter_mlpipe.notebook.module_calls import MODULE_PARTS
from jupyter_mlpipe.notebook.names import Names, names_of
from jupyter_mlpipe.notebook.pipeline import STAR, Kind, Statement
from jupyter_mlpipe.notebook.purity import dotted

__all__ = ["BUILTINS", "Known", "mark_unused_imports", "read_cell", "read_source"]


def read_source(source: str, *, cell: int = 0, known: Known | None = None) -> tuple[Statement, ...]:
    """Statements of one cell's text without a stage line. For tests, the live kernel and lint rules.

    Raises
    ------
    UnparsableCellError
        The text is not Python after IPython's transformation.
    """
    text, tree = syntax.parse_body(source, cell)
    return tuple(read_cell(text, tree, cell=cell, position=0, known=Known() if known is None else known))


def read_cell(text: str, tree: ast.Module, *, cell: int, position: int, known: Known) -> list[Statement]:
    """Statements of one cell; ``known`` learns from them.

    Parameters
    ----------
    text, tree
        The cell as IPython transformed it, and its syntax tree.
    position
        Position of the first statement in the notebook.
    """
    lines = text.splitlines(keepends=True)
    statements = []
    for index, node in enumerate(tree.body):
        statement = _read_statement(node, _segment(lines, node), cell, position + index, known)
        last = index == len(tree.body) - 1 and isinstance(node, ast.Expr)
        if last and not syntax.ends_with_semicolon(text):
            statement = replace(statement, displays=True)
        statements.append(statement)
    return statements


def mark_unused_imports(statements: Sequence[Statement], used: Iterable[str] = ()) -> list[Statement]:
    """Turn imports whose names nothing later uses into CONFIGURE: they stand there for their effect.

    Imports of the standard library have none worth keeping.

    ``used`` are names used besides the statements' own reads (pinned outputs, inputs).
    """
    later: set[str] = set(used)
    opaque = False
    out: list[Statement] = []
    for statement in reversed(statements):
        plain = statement.kind is Kind.IMPORT and statement.replayable and STAR not in statement.binds
        if plain and not opaque and not statement.binds & later and not _without_effect(statement.modules):
            statement = replace(statement, kind=Kind.CONFIGURE)
        later |= statement.reads
        later |= statement.deferred
        later |= statement.mutates
        opaque = opaque or statement.opaque
        out.append(statement)
    out.reverse()
    return out


def _without_effect(modules: Iterable[str]) -> bool:
    """Whether these are modules of the standard library; ``__future__`` alone changes what stands below it."""
    tops = {module.partition(".")[0] for module in modules}
    return tops <= sys.stdlib_module_names and "__future__" not in tops


def _read_statement(node: ast.stmt, source: str, cell: int, position: int, known: Known) -> Statement:
    found = names_of(node, parse=_parse_inner, future_annotations=known.future_annotations)
    _follow_known(node, found, known)
    # Modules are no values: changing one is configuration or an effect, never a new version of a name.
    found.mutates -= known.module_names - found.binds
    kind, replayable, value = classify.classify(node, found, known, _parse_inner)
    if kind in (Kind.CONFIGURE, Kind.DEFINE):
        found.mutates -= set(known.imports)
    statement = Statement(
        position=position,
        cell=cell,
        line=node.lineno,
        source=source,
        digest=_digest(node),
        kind=kind,
        label=label_of(node),
        binds=frozenset(found.binds),
        reads=frozenset(found.reads),
        deferred=frozenset(found.deferred),
        mutates=frozenset(found.mutates),
        deletes=frozenset(found.deletes),
        deferred_binds=frozenset(found.deferred_binds),
        modules=frozenset(found.modules),
        paths=frozenset(found.paths),
        certain=found.certain,
        replayable=replayable,
        opaque=found.opaque,
        seeds=found.seeds,
    )
    _learn(node, found, statement, value, known)
    return statement


def _follow_known(node: ast.stmt, found: Names, known: Known) -> None:
    """Add what the functions that a statement uses are known to do."""
    found.reads |= {name for name in found.interpolated if name in known.bound and name not in found.binds}
    for name in found.reads & known.changes.keys():
        found.mutates |= known.changes[name]
    if isinstance(node, ast.ClassDef):
        found.mutates |= hooks(node, known)
    if known.seeders and found.reads & known.seeders:
        found.seeds = True
    if known.opaque_functions and found.reads & known.opaque_functions:
        found.opaque = True


def _learn(node: ast.stmt, found: Names, statement: Statement, value: Value | None, known: Known) -> None:
    for name in found.binds | found.deletes | found.mutates:
        if name not in found.binds | found.deletes and (statement.replayable or name in known.definitions):
            continue  # a patched class is still a class
        known.forget(name)
    known.bound |= found.binds
    known.bound |= found.deferred_binds
    known.bound -= found.deletes
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        known.learn_import(node)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        if statement.kind is Kind.DEFINE:
            known.definitions.add(node.name)
        if isinstance(node, ast.ClassDef):
            above = hooks(node, known)
            if above or is_hooked(node):
                known.hooked[node.name] = above | {node.name}
    elif not statement.replayable:
        # A block may import modules although it must run once: their calls are still known by their origin.
        for inner in classify.inner_statements(node, _parse_inner):
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                known.learn_import(inner)
    elif value is not None:
        for name in found.binds:
            known.constants[name] = value
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            origin = dotted(node.value.func, known)
            if origin in MODULE_PARTS:
                known.imports.update(dict.fromkeys(found.binds, f"{origin}()"))
    else:
        classify.judge_block([node], known, _parse_inner)
    _learn_calls(node, found, known)


def _learn_calls(node: ast.stmt, found: Names, known: Known) -> None:
    """What using the names that a statement binds will do besides."""
    changes = set(found.deferred_mutates)
    used = found.deferred
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        used = used | found.reads  # what its decorators and bases do
    for name in used & known.changes.keys():
        changes |= known.changes[name]
    changes -= known.module_names
    if changes:
        known.changes.update(dict.fromkeys(found.binds, frozenset(changes)))
    depth = effect_depth(found, known)
    if depth is not None:
        known.effectful.update(dict.fromkeys(found.binds, depth))
    if found.deferred_seeds or (found.deferred & known.seeders):
        known.seeders |= found.binds
    if found.deferred_opaque or (found.deferred & known.opaque_functions):
        known.opaque_functions |= found.binds


def _parse_inner(text: str) -> ast.Module:
    return syntax.parse_body(text)[1]


def _digest(node: ast.stmt) -> str:
    """The digest of a statement; the Python under a cell magic is normalised as well."""
    if isinstance(node, (ast.Expr, ast.Assign)):
        call = magic_calls.shell_call(node.value)
        if call is not None and call.method == "run_cell_magic" and call.name in syntax.PYTHON_CELL_MAGICS:
            try:
                inner = canonical_form(_parse_inner(call.body).body)
            except (MlpipeError, ValueError, RecursionError):  # not Python after all: its text is what it is
                inner = call.body
            return digest_text(f"%%{call.name} {call.line}\n{inner}")
    return digest_of(node)


def _segment(lines: list[str], node: ast.stmt) -> str:
    """The statement's own source, decorators included."""
    start, column = node.lineno, node.col_offset
    for decorator in getattr(node, "decorator_list", ()):
        if decorator.lineno <= start:
            start, column = decorator.lineno, 0
    end = node.end_lineno or start
    picked = lines[start - 1 : end]
    # Columns count bytes of UTF-8.
    picked[-1] = picked[-1].encode("utf-8", "surrogatepass")[: node.end_col_offset].decode("utf-8", "surrogatepass")
    picked[0] = picked[0].encode("utf-8", "surrogatepass")[column:].decode("utf-8", "surrogatepass")
    return "".join(picked)
