"""ML012: a value of the setup that several stages change in place."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import listed
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline


class SharedMutation(Rule):
    """Finds setup values that two or more stages change."""

    code = "ML012"
    name = "shared-mutation"
    severity = Severity.WARNING
    summary = (
        "A value made outside the stages is changed in place by several of them. Each gets it as the one before left "
        "it, so they run one after another, and a change in the first runs all again."
    )
    fix = "copy it in each stage (`df = df.copy()`), or bind what each stage makes to a name of its own"
    example = "rows = []\n\n%%stage one\nrows.append(1)\n\n%%stage two\nrows.append(2)"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """One finding a name, at the second stage that changes it."""
        stage_cells = {cell for stage in pipeline.explicit for cell in stage.cells}
        setup: set[str] = set()
        changed: dict[str, list[str]] = {}
        for statement in pipeline.statements:
            if statement.cell not in stage_cells:
                if statement.kind not in (Kind.IMPORT, Kind.DEFINE):
                    setup |= statement.binds
                continue
            stage = pipeline.stage_of_cell[statement.cell].name
            for name in sorted(statement.binds & setup):
                setup.discard(name)  # from here on it is the stage's own
            for name in sorted(statement.mutates & setup):
                by = changed.setdefault(name, [])
                if stage not in by:
                    by.append(stage)
                    if len(by) == 2:
                        message = f"stages {listed(by)} change `{name}` in place"
                        yield self.found(message, statement.cell, statement.line)
