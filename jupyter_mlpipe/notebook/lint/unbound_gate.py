"""ML021: a gate on a number that the stage does not bind."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.gate_names import gates
from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline
from jupyter_mlpipe.notebook.suggest import nearest


class UnboundGate(Rule):
    """Finds names in ``--gate`` that the stage never binds."""

    code = "ML021"
    name = "unbound-gate"
    severity = Severity.WARNING
    summary = "`--gate` compares a number that the stage does not bind at top level, so the gate cannot hold."
    fix = "bind the number in the stage: `auc = …`"
    example = "%%stage evaluate --gate 'auc >= 0.7'\naccuracy = 0.9"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Each name of each gate expression."""
        for stage in pipeline.explicit:
            bound: set[str] = set()
            for statement in stage.statements:
                bound |= statement.binds | statement.deferred_binds
            if STAR in bound or any(statement.opaque for statement in stage.statements):
                continue
            for text, names in gates(stage).items():
                for name in sorted(names - bound):
                    yield self.found(
                        f"the gate `{text}` of stage `{stage.name}` needs `{name}`, which the stage does not bind",
                        stage.cells[0],
                        1,
                        fix=nearest(name, sorted(bound), "it binds") if bound else None,
                    )
