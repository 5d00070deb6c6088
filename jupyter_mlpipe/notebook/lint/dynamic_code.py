"""ML001: code that static reading cannot follow."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook import magic_calls
from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import dotted, every_node, every_shell_call, line_of
from jupyter_mlpipe.notebook.pipeline import Pipeline

_CALLS = frozenset({"exec", "eval", "globals", "locals", "execfile"})
_SHELL_METHODS = frozenset({"ex", "ev", "run_cell", "run_cell_async", "run_code", "push", "safe_execfile"})


class DynamicCode(Rule):
    """Finds ``exec``, ``eval``, ``globals()``, ``%run`` and their kin."""

    code = "ML001"
    name = "dynamic-code"
    severity = Severity.WARNING
    summary = (
        "`exec`, `eval`, `globals()`, `locals()`, `%run` and the like may read or bind any name. The stage is taken to "
        "need everything above it, so it runs again more often than it must."
    )
    fix = "write the names out: assign and call them directly, or use a dict of your own"
    example = "exec('x = 1')"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Calls by name, and magics that run code from elsewhere."""
        for statement, node in every_node(pipeline):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SHELL_METHODS:
                inner = node.func.value
                if isinstance(inner, ast.Call) and dotted(inner.func) == "get_ipython":
                    name = f"get_ipython().{node.func.attr}"
            if name in _CALLS or "." in name or (name == "vars" and not node.args):
                yield self.found(f"`{name}(…)` may read or bind any name", statement.cell, line_of(statement, node))
        for statement, call, line in every_shell_call(pipeline):
            if magic_calls.read(call).opaque:
                yield self.found(f"`%{call.name}` may read or bind any name", statement.cell, line)
