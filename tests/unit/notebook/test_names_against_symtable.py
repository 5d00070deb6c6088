"""Our scoping agrees with the compiler's own symbol table, over the standard library."""

from __future__ import annotations

import ast
import symtable
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest

from jupyter_mlpipe.notebook.names import names_of
from jupyter_mlpipe.notebook.pipeline import STAR

_STDLIB = Path(sysconfig.get_paths()["stdlib"])
_MODULES = """
argparse ast asyncio/base_events asyncio/tasks calendar cgi collections/__init__ concurrent/futures/process
configparser contextlib copy csv ctypes/__init__ dataclasses datetime decimal difflib dis doctest
email/feedparser enum fractions functools heapq http/client importlib/_bootstrap inspect ipaddress
json/decoder logging/__init__ mailbox multiprocessing/pool numbers optparse os pathlib pdb pickle platform
plistlib pydoc random re/_parser shutil socket sqlite3/dbapi2 ssl statistics string subprocess tarfile
tempfile textwrap threading tokenize traceback types typing unittest/mock urllib/request uuid warnings weakref
xml/dom/minidom zipfile
"""


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _collect(table: symtable.SymbolTable, reads: set[str], binds: set[str]) -> None:
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if table.get_type() == "module":
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                binds.add(name)
            if symbol.is_referenced():
                reads.add(name)
        elif symbol.is_global():
            if symbol.is_referenced():
                reads.add(name)
            if symbol.is_declared_global() and (symbol.is_assigned() or symbol.is_imported()):
                binds.add(name)
    for child in table.get_children():
        _collect(child, reads, binds)


def _comprehension_variables(tree: ast.Module) -> set[str]:
    targets = (node.target for node in ast.walk(tree) if isinstance(node, ast.comprehension))
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("module", _MODULES.split())
def test_names_of_a_module(module: str) -> None:
    path = _STDLIB / f"{module}.py"
    if not path.exists():
        pytest.skip("not in this Python")
    source = path.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
        table = symtable.symtable(source, str(path), "exec")
    found = names_of(tree.body, parse=ast.parse)
    reads: set[str] = set()
    binds: set[str] = set()
    _collect(table, reads, binds)
    # `except E as name` unbinds its name again, so we count it neither as bound nor as read.
    handlers = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)}

    def plain(names: set[str]) -> set[str]:
        return {name for name in names - handlers - {STAR} if not _is_dunder(name)}

    our_binds = found.binds | found.deferred_binds
    our_reads = found.reads | found.deferred
    if sys.version_info >= (3, 12):  # comprehensions are inlined: their variables stand in the table around them
        inlined = _comprehension_variables(tree)
        binds -= inlined - our_binds
        reads -= inlined - our_reads
    assert plain(our_binds) == plain(binds)
    assert plain(our_reads - binds) == plain(reads - binds)
    assert plain(our_reads) <= plain(reads)
