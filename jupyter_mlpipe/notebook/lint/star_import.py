"""ML002: ``from module import *``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import every_node, line_of
from jupyter_mlpipe.notebook.pipeline import Pipeline


class StarImport(Rule):
    """Finds star imports."""

    code = "ML002"
    name = "star-import"
    severity = Severity.WARNING
    summary = (
        "`from module import *` binds names that cannot be known without running it, so every stage below is taken to "
        "use the module, and an undefined name below it goes unnoticed until it is read."
    )
    fix = "import the names you use"
    example = "from math import *"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Star imports anywhere."""
        for statement, node in every_node(pipeline):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                module = "." * node.level + (node.module or "")
                yield self.found(
                    f"`from {module} import *` binds unknown names", statement.cell, line_of(statement, node)
                )
