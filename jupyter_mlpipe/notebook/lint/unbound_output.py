"""ML010: ``--out`` on a name that the stage does not bind."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline
from jupyter_mlpipe.notebook.suggest import nearest


class UnboundOutput(Rule):
    """Finds pinned outputs that nothing in the stage binds or changes."""

    code = "ML010"
    name = "unbound-output"
    severity = Severity.ERROR
    summary = "`--out NAME` pins a name that the stage neither binds nor changes, so there is nothing to store."
    fix = "bind the name in the stage, or drop it from `--out`"
    example = "%%stage train --out modle\nmodel = 1"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Explicit stages whose statements can be read."""
        for stage in pipeline.explicit:
            made: set[str] = set()
            for statement in stage.statements:
                made |= statement.binds | statement.mutates | statement.deferred_binds
            if STAR in made or any(statement.opaque for statement in stage.statements):
                continue
            for name in stage.options.outputs:
                if name not in made:
                    yield self.found(
                        f"stage `{stage.name}` pins `{name}` as its output but does not bind it",
                        stage.cells[0],
                        1,
                        fix=f"{nearest(name, sorted(made), 'it binds')} — or drop it from `--out`" if made else None,
                    )
