"""ML005: a name that is read before anything defines it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import line_of, nodes
from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline, Statement
from jupyter_mlpipe.notebook.slicing import HISTORY, PROVIDED


class UndefinedName(Rule):
    """Finds names that nothing above defines, and names of functions that nothing defines at all."""

    code = "ML005"
    name = "undefined-name"
    severity = Severity.ERROR
    summary = (
        "Run from top to bottom, the notebook stops here with a NameError. In a live kernel it may still work, because "
        "an earlier execution, or a deleted cell, left the name behind."
    )
    fix = "define it above, or move this cell below the one that does"
    example = "print(undefined_total)"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Reads in notebook order; a star import or ``exec`` above ends what can be said."""
        first: dict[str, Statement] = {}
        for statement in pipeline.statements:
            for name in statement.binds | statement.deferred_binds:
                first.setdefault(name, statement)
        defined: set[str] = set(PROVIDED)
        deleted: dict[str, Statement] = {}
        for statement in pipeline.statements:
            if STAR in statement.binds or statement.opaque:
                return
            own = statement.binds if not statement.certain or _compound(statement) else frozenset()
            if not _expects_name_error(statement):
                for name in sorted(statement.reads - defined - own):
                    yield from self._missing(statement, name, first, deleted)
                for name in sorted(statement.deferred - defined - first.keys() - statement.reads):
                    yield from self._missing(statement, name, first, deleted)
            defined |= statement.binds | statement.deferred_binds
            if statement.certain:
                defined -= statement.deletes
                deleted.update(dict.fromkeys(statement.deletes, statement))

    def _missing(
        self, statement: Statement, name: str, first: dict[str, Statement], deleted: dict[str, Statement]
    ) -> Iterator[Finding]:
        if HISTORY.match(name) or name == STAR:
            return
        if name in deleted:
            message = f"`{name}` was deleted in cell {deleted[name].cell}"
        elif name in first and first[name].position > statement.position:
            message = f"`{name}` is read here but defined only in cell {first[name].cell}, further down"
        else:
            message = f"nothing defines `{name}`"
        named = (node for node in nodes(statement) if isinstance(node, ast.Name) and node.id == name)
        line = next((line_of(statement, node) for node in named), statement.line)
        yield self.found(message, statement.cell, line)


def _compound(statement: Statement) -> bool:
    return any(
        isinstance(node, ast.For | ast.While | ast.If | ast.Try | ast.With | ast.Match) for node in nodes(statement)
    )


def _expects_name_error(statement: Statement) -> bool:
    handlers = (node for node in nodes(statement) if isinstance(node, ast.ExceptHandler))
    return any(node.type is None or "NameError" in ast.dump(node.type) for node in handlers)
