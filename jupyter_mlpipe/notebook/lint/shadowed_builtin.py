"""ML006: a name that hides one of Python's own."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


class ShadowedBuiltin(Rule):
    """Finds values and functions named as builtins that code below uses."""

    code = "ML006"
    name = "shadowed-builtin"
    severity = Severity.WARNING
    summary = (
        "A name such as `list`, `max` or `input` bound at top level replaces Python's own for everything below, in "
        "functions defined above too. Code that meant the builtin now reads the value."
    )
    fix = "give it another name"
    example = "max = 3\nprint(max)"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Top-level bindings of builtin names that another statement reads."""
        for statement in pipeline.statements:
            if statement.kind in (Kind.IMPORT, Kind.DIRECTIVE):
                continue
            for name in sorted(statement.binds & _BUILTINS):
                readers = [
                    other
                    for other in pipeline.statements
                    if other is not statement and name in other.reads | other.deferred
                ]
                if readers:
                    yield self.found(
                        f"`{name}` hides Python's own `{name}`, and cell {readers[0].cell} uses it",
                        statement.cell,
                        statement.line,
                    )
