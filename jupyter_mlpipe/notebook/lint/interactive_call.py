"""ML023: a call that waits for a person."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import every_node, every_shell_call, imported_names, line_of, qualified
from jupyter_mlpipe.notebook.pipeline import Pipeline

_CALLS = frozenset({"getpass.getpass", "pdb.set_trace", "IPython.embed", "IPython.core.debugger.set_trace"})


class InteractiveCall(Rule):
    """Finds ``input()``, ``getpass()``, ``breakpoint()`` and debuggers."""

    code = "ML023"
    name = "interactive-call"
    severity = Severity.ERROR
    summary = "`input()`, `getpass()`, `breakpoint()` and debuggers wait for a person; a run has none and fails there."
    fix = "make it a parameter (a cell tagged `parameters`), or read it from the environment"
    example = "name = input('Who? ')"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Calls by name, unless the notebook has bound the name itself, and ``%debug``."""
        imports = imported_names(pipeline)
        own = {name for statement in pipeline.statements for name in statement.binds}
        for statement, node in every_node(pipeline):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            plain = name in ("input", "breakpoint") and name not in own
            full = name if plain else qualified(node.func, imports)
            if plain or full in _CALLS:
                yield self.found(f"`{full}(…)` waits for a person", statement.cell, line_of(statement, node))
        for statement, call, line in every_shell_call(pipeline):
            if call.name in ("debug", "pdb"):
                yield self.found(f"`%{call.name}` waits for a person", statement.cell, line)
