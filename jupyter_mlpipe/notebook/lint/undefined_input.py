"""ML022: ``--in`` on a name that nothing above defines."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline
from jupyter_mlpipe.notebook.suggest import nearest


class UndefinedInput(Rule):
    """Finds pinned inputs that nothing above the stage binds."""

    code = "ML022"
    name = "undefined-input"
    severity = Severity.ERROR
    summary = "`--in NAME` pins a name that nothing above the stage defines, so the stage cannot be given it."
    fix = "define the name above the stage, or drop it from `--in`"
    example = "%%stage train --in flihgts\nmodel = 1"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Explicit stages; a star import or ``exec`` above ends what can be said."""
        for stage in pipeline.explicit:
            above: set[str] = set()
            opaque = False
            for statement in pipeline.statements:
                if statement.position >= stage.start >= 0:
                    break
                above |= statement.binds | statement.deferred_binds
                opaque |= statement.opaque
            if opaque or STAR in above:
                continue
            for name in stage.options.inputs:
                if name not in above:
                    message = f"stage `{stage.name}` pins `{name}` as its input, but nothing above defines it"
                    hint = nearest(name, sorted(above), "names above are") if above else None
                    yield self.found(message, stage.cells[0], 1, fix=hint)
