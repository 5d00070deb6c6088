"""Lines of ours that put values into a live kernel: they mean nothing to a run, which says so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, Statement

_CALL = re.compile(r"run_line_magic\('(restore|stage_inputs)',")


def live_lines(pipeline: Pipeline) -> Iterator[tuple[Statement, str]]:
    """The statements that such lines are, with the magic's name."""
    for statement in pipeline.statements:
        match = _CALL.search(statement.source) if statement.kind is Kind.DIRECTIVE else None
        if match is not None:
            yield statement, match[1]
