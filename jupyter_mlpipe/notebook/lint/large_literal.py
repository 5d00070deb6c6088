"""ML018: data written into the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import line_of, nodes
from jupyter_mlpipe.notebook.pipeline import Pipeline

MOST_ITEMS = 1_000
MOST_CHARACTERS = 20_000


class LargeLiteral(Rule):
    """Finds literals of more than 1,000 items or 20,000 characters."""

    code = "ML018"
    name = "large-literal"
    severity = Severity.WARNING
    summary = (
        "A literal of more than 1,000 items or 20,000 characters is data. As code it is sent to every kernel that "
        "replays the cell, and shown in every difference between two runs."
    )
    fix = "put it in a file beside the notebook and read it"
    example = f"table = [{', '.join('0' for _ in range(MOST_ITEMS + 1))}]"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """The first large literal of each statement."""
        for statement in pipeline.statements:
            for node in nodes(statement):
                if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                    if len(node.value) > MOST_CHARACTERS:
                        message = f"a literal of {len(node.value):,} characters is data, not code"
                        yield self.found(message, statement.cell, line_of(statement, node))
                        break
                elif isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
                    items = sum(isinstance(inner, ast.Constant) for inner in ast.walk(node))
                    if items > MOST_ITEMS:
                        message = f"a literal of {items:,} items is data, not code"
                        yield self.found(message, statement.cell, line_of(statement, node))
                        break
