"""ML020: ``--after`` on a stage that cannot come first."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.suggest import nearest


class UnknownAfter(Rule):
    """Finds ``--after`` on stages that do not exist, on the stage itself, and on stages below it."""

    code = "ML020"
    name = "unknown-after"
    severity = Severity.ERROR
    summary = "`--after STAGE` names a stage that the notebook does not have, or one that stands further down."
    fix = "name a stage that stands above"
    example = "%%stage load --after fetch\nx = 1"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Each name of each ``--after``."""
        order = [stage.name for stage in pipeline.stages]
        for stage in pipeline.explicit:
            above = order[: order.index(stage.name)]
            for name in stage.options.after:
                if name in above:
                    continue
                if name == stage.name:
                    message = f"stage `{stage.name}` waits for itself"
                elif name in order:
                    message = f"stage `{stage.name}` waits for `{name}`, which stands further down"
                else:
                    message = f"stage `{stage.name}` waits for `{name}`, which the notebook does not have"
                names = [known for known in above if not pipeline.stage(known).implicit]
                yield self.found(message, stage.cells[0], 1, fix=nearest(name, names, "stages above are"))
