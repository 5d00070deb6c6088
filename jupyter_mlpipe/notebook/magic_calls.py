"""Magics and shell lines as IPython transforms them: what names and files they touch.

``%name args``, ``%%name args`` and ``!command`` arrive here as calls of ``get_ipython()``. This module is not for
transforming them (``syntax``) and runs none.
"""

from __future__ import annotations

import ast
import re
import shlex
import string
from dataclasses import dataclass, field
from itertools import pairwise

from jupyter_mlpipe.notebook.syntax import PYTHON_CELL_MAGICS

_METHODS = {"run_line_magic": 2, "run_cell_magic": 3, "system": 1, "getoutput": 1, "magic": 1}
_OPAQUE = frozenset({"run", "store", "reset", "reset_selective", "rerun", "recall", "macro", "who", "whos", "who_ls",
                     "xdel", "edit", "load", "loadpy", "cython", "page", "psearch", "debug"})  # fmt: skip
_PYTHON_LINES = frozenset({"time", "prun", "memit", "timeit"})
TRANSPARENT = frozenset({"time", "capture", "pylab"})
"""Magics that only run their Python, once: what it defines is defined as well without them."""
_WRITES = frozenset({"writefile", "file"})
_PYLAB = """
import numpy, matplotlib
import numpy as np, matplotlib.pyplot as plt
from matplotlib import pylab, mlab, pyplot
from pylab import *
from numpy import *
"""
_LEADING_OPTIONS = re.compile(r"(?:-[a-zA-Z]+(?:\s+\d+|\d+)?\s+|--\s+)*")
_DOLLAR = re.compile(r"\$\$|\$([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class ShellCall:
    """A call of ``get_ipython()`` that a magic or shell line became."""

    method: str
    name: str
    """The magic's name; empty for shell lines."""
    line: str
    body: str = ""


@dataclass(slots=True)
class MagicEffect:
    """What a magic touches."""

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    interpolated: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    code: list[str] = field(default_factory=list)
    """Python that it runs in the notebook's namespace."""
    leaks: bool = True
    """Whether names that its code binds stay bound."""
    opaque: bool = False
    star: bool = False


def shell_call(node: ast.AST) -> ShellCall | None:
    """The magic or shell line that a call stands for, or None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    target = node.func.value
    if not (isinstance(target, ast.Call) and isinstance(target.func, ast.Name) and target.func.id == "get_ipython"):
        return None
    method = node.func.attr
    count = _METHODS.get(method)
    if count is None or len(node.args) != count or node.keywords:
        return None
    texts = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    if len(texts) != count:
        return None
    if method == "magic":
        name, _, line = texts[0].lstrip("%").partition(" ")
        return ShellCall("run_line_magic", name, line)
    return ShellCall(method, "", texts[0]) if count == 1 else ShellCall(method, *texts)


def read(call: ShellCall) -> MagicEffect:
    """What a magic or shell line binds, reads and runs."""
    effect = MagicEffect()
    if call.method in ("system", "getoutput"):
        effect.interpolated = interpolated_names(call.line)
        effect.paths = _path_words(call.line)
        return effect
    name = call.name.lstrip("%")
    if name in _OPAQUE:
        effect.opaque = True
        effect.interpolated = interpolated_names(call.line)
        return effect
    if call.method == "run_cell_magic":
        _read_cell_magic(name, call, effect)
    elif name in _PYTHON_LINES:
        code = _LEADING_OPTIONS.sub("", call.line, count=1)
        effect.leaks = name != "timeit"
        if code:
            effect.code.append(code)
    elif name == "pylab":
        effect.code.append(_PYLAB)
    else:
        effect.interpolated = interpolated_names(call.line)
    return effect


def _read_cell_magic(name: str, call: ShellCall, effect: MagicEffect) -> None:
    words = _words(call.line)
    if name in PYTHON_CELL_MAGICS:
        effect.code.append(call.body)
        effect.leaks = name != "timeit"
        if name == "capture":
            effect.binds.update(word for word in words if word.isidentifier())
        elif name == "timeit":
            setup = _LEADING_OPTIONS.sub("", call.line, count=1)
            if setup:
                effect.code.insert(0, setup)
        return
    effect.interpolated = interpolated_names(call.line)
    if name in _WRITES:
        effect.paths.update(word for word in words if not word.startswith("-"))
        return
    # %%bash --out x, %%R -i frame -o result
    for option, value in pairwise(words):
        names = {word for word in value.split(",") if word.isidentifier()}
        if option in ("--out", "--err", "--proc", "-o", "--output"):
            effect.binds |= names
        elif option in ("-i", "--input"):
            effect.reads |= names
    if name in ("cython", "cython_inline"):
        effect.opaque = effect.star = True


def interpolated_names(line: str) -> set[str]:
    """Names in ``{expression}`` and ``$name``, which IPython fills in before it runs the line."""
    if "$" not in line and "{" not in line:
        return set()
    found = {match[1] for match in _DOLLAR.finditer(line) if match[1]}
    try:
        parts = list(string.Formatter().parse(line))
    except ValueError:
        return found
    for _, expression, _, _ in parts:
        if not expression:
            continue
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError):
            continue
        found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found


def _path_words(line: str) -> set[str]:
    return {word for word in _words(line) if not word.startswith("-")}


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()
