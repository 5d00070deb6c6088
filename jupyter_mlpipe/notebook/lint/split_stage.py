"""ML013: a stage that stands on both sides of another."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import listed
from jupyter_mlpipe.notebook.pipeline import Pipeline


class SplitStage(Rule):
    """Finds stages with another explicit stage between their cells."""

    code = "ML013"
    name = "split-stage"
    severity = Severity.WARNING
    summary = (
        "A stage's cells run together in one kernel. Where another stage stands between them, the order on the page is "
        "not the order of the run, and the run stops if that makes a difference."
    )
    fix = "move the cells together, or give the later ones a stage name of their own"
    example = "%%stage a\nx = 1\n\n%%stage b\ny = 2\n\n%%stage a\nz = 3"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Each stage with the names of those between its cells."""
        for stage in pipeline.explicit:
            between = [
                other.name
                for other in pipeline.explicit
                if other is not stage and any(stage.cells[0] < cell < stage.cells[-1] for cell in other.cells)
            ]
            if between:
                after = next(cell for cell in stage.cells if cell > pipeline.stage(between[0]).cells[0])
                yield self.found(f"stage `{stage.name}` stands on both sides of {listed(between)}", after, 1)
