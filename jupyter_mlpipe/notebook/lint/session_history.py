"""ML003: names of the session's history."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import line_of, nodes
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.slicing import HISTORY


class SessionHistory(Rule):
    """Finds ``_``, ``_3``, ``Out[3]``, ``In[3]`` and their kin."""

    code = "ML003"
    name = "session-history"
    severity = Severity.ERROR
    summary = "`_`, `_3`, `Out[3]`, `In[3]` hold what this session ran and showed. A run has another history, or none."
    fix = "bind the value to a name where it is made, and use that name"
    example = "total = _ + 1"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """History names that are read while the notebook has not bound them itself."""
        bound: set[str] = set()
        for statement in pipeline.statements:
            read = {name for name in statement.reads | statement.deferred if HISTORY.match(name)} - bound
            seen: set[str] = set()
            for node in nodes(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in read - seen:
                    seen.add(node.id)
                    yield self.found(
                        f"`{node.id}` is the session's history, which a run does not have",
                        statement.cell,
                        line_of(statement, node),
                    )
            bound |= statement.binds
