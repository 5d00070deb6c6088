"""ML024: lines that put values into a live kernel, which a run leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.live_lines import live_lines
from jupyter_mlpipe.notebook.pipeline import Pipeline


class LiveLine(Rule):
    """Finds ``%restore`` and ``%stage_inputs``."""

    code = "ML024"
    name = "live-line"
    severity = Severity.WARNING
    summary = "`%restore` and `%stage_inputs` put values into a live kernel. A run makes its values by itself."
    fix = "delete the line when you are done with it"
    example = "%restore train --key 3f2a"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Directives among the statements."""
        for statement, name in live_lines(pipeline):
            yield self.found(f"a run leaves `%{name}` out", statement.cell, statement.line)
