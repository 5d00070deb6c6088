"""ML011: a value that nothing uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.gate_names import gate_names
from jupyter_mlpipe.notebook.lint.source import tree
from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage


class UnusedOutput(Rule):
    """Finds names that a stage binds and nothing reads, in stages that others build on."""

    code = "ML011"
    name = "unused-output"
    severity = Severity.INFO
    summary = (
        "A stage binds a name that no code reads, here or below. It is not stored, so after a hit it exists only "
        "where the stage really ran."
    )
    fix = "drop it, or pin it with `--out` if you look at it afterwards"
    example = "%%stage load\nx = 1\nunused = 2\n\n%%stage use\nprint(x)"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Explicit stages that are not the end of the line: what those bind are the notebook's results."""
        if any(statement.opaque for statement in pipeline.statements):
            return
        read: set[str] = set()
        for statement in pipeline.statements:
            read |= statement.reads | statement.deferred | statement.mutates
        for stage in pipeline.explicit:
            if not _is_built_on(stage, pipeline):
                continue
            kept = read | set(stage.options.outputs) | gate_names(stage)
            for statement in stage.statements:
                for node in tree(statement.source).body:
                    targets = node.targets if isinstance(node, ast.Assign) else []
                    for target in targets:
                        if isinstance(target, ast.Name) and target.id not in kept and not target.id.startswith("_"):
                            message = f"nothing reads `{target.id}`, which stage `{stage.name}` binds"
                            yield self.found(message, statement.cell, statement.line)


def _is_built_on(stage: Stage, pipeline: Pipeline) -> bool:
    made: set[str] = set()
    for statement in stage.statements:
        made |= statement.binds | statement.mutates
    later = (statement for statement in pipeline.statements if statement.position > stage.end)
    return any(made & (statement.reads | statement.deferred) for statement in later)
