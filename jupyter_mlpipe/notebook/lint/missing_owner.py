"""ML009: a stage that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.pipeline import Pipeline


class MissingOwner(Rule):
    """Finds stages without an owner, of their own or the pipeline's."""

    code = "ML009"
    name = "missing-owner"
    severity = Severity.INFO
    summary = "Neither the stage nor the pipeline names an owner, so nobody is told when the stage fails."
    fix = "add `--owner` to the %pipeline line, or to the stage's"
    example = "%%stage load\nx = 1"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Explicit stages only."""
        if pipeline.owner:
            return
        for stage in pipeline.explicit:
            if not stage.options.owner:
                yield self.found(f"stage `{stage.name}` has no owner", stage.cells[0], 1)
