"""Calls and constants: what the text of a call says about the names it touches.

Mutating methods, seeding, dynamic imports, ``exec``, magics, shell lines and strings that could name files. This module
is not for statements and scopes (``names``).
"""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.notebook import magic_calls, mutators
from jupyter_mlpipe.notebook.pipeline import STAR
from jupyter_mlpipe.notebook.scopes import Scopes, When

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATH = re.compile(r"(?:[A-Za-z]:)?[\w~.@+,=(){}\[\]*?\\/ -]*\Z")
_EXTENSION = re.compile(r"[\w)\]}*]\.[A-Za-z][A-Za-z0-9_]{0,7}\Z")


class CallNames(Scopes, ABC):
    """Reads calls, attributes and constants."""

    def __init__(self, parse: Callable[[str], ast.Module]) -> None:
        super().__init__()
        self.parse = parse
        self.depth = 0

    @abstractmethod
    def visit(self, node: Any) -> None:
        """Walk one node."""

    def visit_all(self, nodes: Any) -> None:
        """Walk nodes in order; None stands for what is absent."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    def place(self, node: ast.Attribute | ast.Subscript) -> None:
        """Walk ``a.b`` or ``a[b]``, which changes ``a`` where it is a target."""
        if node.ctx.__class__ is not ast.Load:
            self.mutate(node.value)
        self.visit(node.value)
        if isinstance(node, ast.Subscript):
            self.visit(node.slice)
        elif node.attr in mutators.NAMESPACE_ATTRIBUTES and _is_shell(node.value):
            self.be_opaque()

    def call(self, node: ast.Call) -> None:
        """Walk a call."""
        magic = magic_calls.shell_call(node)
        if magic is not None:
            self.magic(magic)
            return
        func = node.func
        if isinstance(func, ast.Attribute):
            self.method_call(node, func)
        elif isinstance(func, ast.Name):
            self.function_call(node, func.id)
        self.visit(func)
        self.visit_all(node.args)
        self.visit_all(node.keywords)

    def method_call(self, node: ast.Call, func: ast.Attribute) -> None:
        """Note what a call of this method is known to do."""
        attribute = func.attr
        if mutators.is_mutator(attribute) or any(
            word.arg == "inplace" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            for word in node.keywords
        ):
            self.mutate(func.value)
        if attribute in mutators.CHANGES_FIRST_ARGUMENT and node.args:
            self.mutate(node.args[0])
        self.keywords_out(node)
        if attribute in mutators.SEEDERS:
            self.seed()
        if attribute in ("import_module", "__import__"):
            self.dynamic_import(node)
        if _is_shell(func.value) and attribute in mutators.NAMESPACE_ATTRIBUTES:
            self.be_opaque()

    def function_call(self, node: ast.Call, name: str) -> None:
        """Note what a call of this function is known to do."""
        if self.mode is not When.NOW and not self.is_local(name):
            depth = self.function_depth()
            self.found.calls[name] = min(depth, self.found.calls.get(name, depth))
        if name in mutators.CHANGES_FIRST_ARGUMENT and node.args:
            self.mutate(node.args[0])
        self.keywords_out(node)
        if name in mutators.SEEDERS:
            self.seed()
        if name in ("import_module", "__import__"):
            self.dynamic_import(node)
        elif name in ("exec", "eval") and node.args:
            self.run_text(node.args[0])
        elif name == "globals" or (name in ("locals", "vars") and not node.args and not self.function_depth()):
            self.be_opaque()

    def keywords_out(self, node: ast.Call) -> None:
        """``out=x`` changes ``x``."""
        for word in node.keywords:
            if word.arg == "out":
                self.mutate(word.value)

    def seed(self) -> None:
        """A random state may be set."""
        if self.mode is When.LATER:
            self.found.deferred_seeds = True
        else:
            self.found.seeds = True

    def dynamic_import(self, node: ast.Call) -> None:
        """``importlib.import_module("name")``."""
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            self.found.modules.add(first.value)
            if first.value == "__main__":
                self.be_opaque()

    def run_text(self, node: ast.AST) -> None:
        """``eval("x + 1")`` with a literal is read like the code it holds; all else is opaque."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and self.depth < 5:
            self.inner(node.value)
        else:
            self.be_opaque()

    def inner(self, text: str) -> None:
        """Walk source that runs in the notebook, given as text."""
        self.depth += 1
        try:
            tree = self.parse(text)
        except (MlpipeError, ValueError, SyntaxError, RecursionError):  # not Python that we can read
            self.be_opaque()
        else:
            self.visit_all(tree.body)
        self.depth -= 1

    def magic(self, magic: magic_calls.ShellCall) -> None:
        """Note what a magic or a shell line touches."""
        effect = magic_calls.read(magic)
        for name in effect.binds:
            self.store(name)
        self.found.interpolated |= effect.interpolated
        for path in effect.paths:
            self.text(path)
        for name in effect.reads:
            self.load(name)
        if effect.opaque:
            self.be_opaque()
        if effect.star:
            self.store(STAR)
        defined, binds = set(self.defined), set(self.found.binds)
        for code in effect.code:
            self.inner(code)
        if not effect.leaks:  # ``%%timeit`` runs its code in a function of its own
            self.defined, self.found.binds = defined, binds

    def constant(self, node: ast.Constant) -> None:
        """Note a string that could name a file."""
        if node.value.__class__ is str:
            self.text(node.value)

    def text(self, text: str) -> None:
        """Note a text that could name a file."""
        if not 1 < len(text) <= 260:
            return
        if ("/" in text or "." in text or "\\" in text) and _PATH.match(text):
            named = _EXTENSION.search(text) or "/" in text.strip("/ ") or text[:1] in "/~"
            if named and not _URL.match(text):
                self.found.paths.add(text)


def _is_shell(node: ast.AST) -> bool:
    return (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython") or (
        isinstance(node, ast.Name) and node.id in ("ip", "ipython", "shell")
    )
