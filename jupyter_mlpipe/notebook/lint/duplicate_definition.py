"""ML019: a function or class that is defined twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import tree
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class DuplicateDefinition(Rule):
    """Finds second definitions of one name at top level."""

    code = "ML019"
    name = "duplicate-definition"
    severity = Severity.WARNING
    summary = (
        "A function or class is defined twice. Code above the second definition uses the first, code below the "
        "second; after a re-run in a live kernel all of it uses the second."
    )
    fix = "keep one, or give the second another name"
    example = "def f():\n    return 1\n\ndef f():\n    return 2"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Plain definitions; overloads, registrations and property setters are meant to repeat."""
        seen: dict[str, Statement] = {}
        for statement in pipeline.statements:
            for node in tree(statement.source).body:
                if not isinstance(node, _Definition) or node.name == "_" or _repeats_on_purpose(node):
                    continue
                before = seen.get(node.name)
                if before is not None and statement.certain:
                    message = f"`{node.name}` is already defined in cell {before.cell}, line {before.line}"
                    yield self.found(message, statement.cell, statement.line)
                seen[node.name] = statement


def _repeats_on_purpose(node: _Definition) -> bool:
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if last in ("overload", "register", "setter", "getter", "deleter", "dispatch"):
            return True
    return False
