"""Syntax trees of statements, as the rules look at them.

A statement's source parses on its own; lines are counted from the statement's first line in its cell. This module is
not for what names a statement binds and reads: ``Statement`` says that.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache

from jupyter_mlpipe.notebook.magic_calls import ShellCall, shell_call
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement
from jupyter_mlpipe.notebook.syntax import PYTHON_CELL_MAGICS


def tree(source: str) -> ast.Module:
    """The syntax tree of a statement; empty where it does not parse on its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])


@lru_cache(maxsize=4096)
def _all_nodes(source: str, above: int = 0) -> tuple[ast.AST, ...]:
    found: list[ast.AST] = []
    for node in ast.walk(ast.increment_lineno(tree(source), above) if above else tree(source)):
        found.append(node)
        call = shell_call(node)
        if call is not None and call.method == "run_cell_magic" and call.name in PYTHON_CELL_MAGICS:
            # The body's first line stands under the magic's line.
            found += _all_nodes(call.body, above + node.lineno)  # type: ignore[attr-defined]
    return tuple(found)


def nodes(statement: Statement) -> tuple[ast.AST, ...]:
    """All nodes of a statement, those of the code under Python cell magics (``%%time``) included."""
    return _all_nodes(statement.source)


def every_node(pipeline: Pipeline) -> Iterator[tuple[Statement, ast.AST]]:
    """All nodes of all statements, with the statement each stands in."""
    for statement in pipeline.statements:
        for node in nodes(statement):
            yield statement, node


def every_shell_call(pipeline: Pipeline) -> Iterator[tuple[Statement, ShellCall, int]]:
    """All magics and shell lines, with their line in the cell."""
    for statement, node in every_node(pipeline):
        call = shell_call(node)
        if call is not None:
            yield statement, call, line_of(statement, node)


def line_of(statement: Statement, node: ast.AST) -> int:
    """The line of a node in its cell, from 1."""
    return statement.line + int(getattr(node, "lineno", 1)) - 1


def dotted(node: ast.AST) -> str:
    """``a.b.c`` where the node is that and nothing else, else an empty string."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


def imported_names(pipeline: Pipeline) -> dict[str, str]:
    """What each imported name stands for: ``{"np": "numpy", "shuffle": "random.shuffle"}``."""
    found: dict[str, str] = {}
    for _, node in every_node(pipeline):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def qualified(node: ast.AST, imports: dict[str, str]) -> str:
    """``numpy.random.rand`` for ``np.random.rand`` after ``import numpy as np``; empty where the name is no import."""
    text = dotted(node)
    head, dot, rest = text.partition(".")
    return imports[head] + dot + rest if head in imports else ""


def listed(names: list[str] | set[str] | frozenset[str]) -> str:
    """Names as a message shows them: ``a``, ``b`` and ``c``."""
    shown = [f"`{name}`" for name in (names if isinstance(names, list) else sorted(names))]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
