"""ML021: a gate on something that is not bound."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.gate_language.syntax import number_names, value_names
from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.gate_names import gates
from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline
from jupyter_mlpipe.notebook.suggest import nearest


class UnboundGate(Rule):
    """Finds names in ``--gate`` that the stage, or the notebook so far, never binds."""

    code = "ML021"
    name = "unbound-gate"
    severity = Severity.WARNING
    summary = (
        "`--gate` compares a number that the stage does not bind at top level, or measures a value that nothing so far "
        "binds, so the gate cannot hold."
    )
    fix = "bind the number in the stage: `auc = …`"
    example = "%%stage evaluate --gate 'auc >= 0.7'\naccuracy = 0.9"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Each name of each gate."""
        for stage in pipeline.explicit:
            bound: set[str] = set()
            for statement in stage.statements:
                bound |= statement.binds | statement.deferred_binds
            if STAR in bound or any(statement.opaque for statement in stage.statements):
                continue
            above: set[str] = set(bound)
            for statement in pipeline.statements:
                if statement.position <= stage.end:
                    above |= statement.binds | statement.deferred_binds
            known = STAR in above or any(statement.opaque for statement in pipeline.statements)
            for text, condition in gates(stage).items():
                for name in sorted(number_names(condition) - bound):
                    yield self.found(
                        f"the gate `{text}` of stage `{stage.name}` needs `{name}`, which the stage does not bind",
                        stage.cells[0],
                        1,
                        fix=nearest(name, sorted(bound), "it binds") if bound else None,
                    )
                for name in sorted(value_names(condition) - above) if not known else ():
                    yield self.found(
                        f"the gate `{text}` of stage `{stage.name}` measures `{name}`, which nothing so far binds",
                        stage.cells[0],
                        1,
                        fix=nearest(name, sorted(above), "so far there are"),
                    )
