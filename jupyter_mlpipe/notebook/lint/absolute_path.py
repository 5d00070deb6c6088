"""ML016: a path that exists on one machine only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import every_node, line_of
from jupyter_mlpipe.notebook.pipeline import Pipeline

_ABSOLUTE = re.compile(
    r"(?:/(?:home|Users|root|mnt|media|data|datasets|tmp|var|opt|srv|scratch|workspace|work|content|Volumes|gpfs|nfs)/"
    r"|~[\w.-]*/|[A-Za-z]:[\\/]|\\\\[\w.-]+\\)[^\n\r<>|?\"]*\Z"
)


class AbsolutePath(Rule):
    """Finds string literals that are absolute paths."""

    code = "ML016"
    name = "absolute-path"
    severity = Severity.WARNING
    summary = (
        "An absolute path works on this machine only: workers elsewhere and colleagues do not have it, and files "
        "outside the project are not followed as inputs."
    )
    fix = "keep data inside the project and use a path relative to the notebook, or make the folder a parameter"
    example = "path = '/home/ana/flights.csv'"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """String literals that are a path from end to end."""
        for statement, node in every_node(pipeline):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and len(text) < 1000 and _ABSOLUTE.match(text):
                yield self.found(f"`{text[:60]}` exists on this machine only", statement.cell, line_of(statement, node))
