"""ML015: a cell that is not Python."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.errors import NotebookError
from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.notebook_file import cell_source
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.syntax import parse_body, split_cell


class UnparsableCell(Rule):
    """Finds cells that do not parse, and stands for every reason why a notebook cannot be read."""

    code = "ML015"
    name = "unparsable-cell"
    severity = Severity.ERROR
    summary = (
        "A code cell is not Python after IPython's own transformations, or a line of ours cannot be understood; the "
        "notebook cannot be read as a pipeline."
    )
    fix = "correct the cell, or make it a raw or Markdown cell"
    example = "def f(:"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Code cells without statements: the reader stops at the first that does not parse, this names them all."""
        read = {statement.cell for statement in pipeline.statements}
        for index, cell in enumerate(pipeline.notebook.get("cells", ())):
            if cell.get("cell_type") != "code" or index in read:
                continue
            try:
                parse_body(split_cell(cell_source(cell), index).body, index)
            except NotebookError as error:
                yield self.of_error(error)

    def of_error(self, error: NotebookError) -> Finding:
        """The finding that a reader's error amounts to."""
        cell, line = error.details.get("cell"), error.details.get("line")
        message = f"{error.code}: {error.message}"
        return self.found(
            message, cell if isinstance(cell, int) else None, line if isinstance(line, int) else None, error.hint
        )
