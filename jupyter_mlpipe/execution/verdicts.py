"""Verdicts of stage hooks in a run: asked for, and recorded as facts, one for each gate as the user wrote it.

Not for coming to them (``hooks``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jupyter_mlpipe.errors import GateRefusedError
from jupyter_mlpipe.execution.hooks import StageContext, StageHook, Verdict, run_hooks
from jupyter_mlpipe.ledger import gates
from jupyter_mlpipe.ledger.database import Ledger

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.context import RunContext
    from jupyter_mlpipe.execution.oracle import Verdict as Decision
    from jupyter_mlpipe.notebook.pipeline import Stage
    from jupyter_mlpipe.store.artifacts import StageManifest


def verdicts_on(
    stage: Stage,
    decision: Decision,
    manifest: StageManifest,
    *,
    hooks: Iterable[StageHook],
    context: RunContext,
    run_id: str,
) -> list[Verdict]:
    """Ask the hooks about a stage that has a result. Raises `HookError` where one fails."""
    read = [artifact for _, _, artifact in decision.view.inputs()] if decision.view is not None else []
    return run_hooks(hooks, StageContext.of(stage, manifest, context.store, inputs=read, run=run_id, root=context.root))


def refusal_by(verdicts: Iterable[Verdict], stage: str) -> GateRefusedError | None:
    """The error of a stage that hooks refused; None where all passed it."""
    refused = [reason for verdict in verdicts if not verdict.passed for reason in verdict.reasons]
    if not refused:
        return None
    return GateRefusedError(
        f"stage `{stage}` was refused: {'; '.join(refused)}",
        hint="nothing that needs it runs; change the data, the code or the gate",
        stage=stage,
        reasons=refused,
    )


def record_verdicts(ledger: Ledger, run_id: str, stage: str, verdicts: Iterable[Verdict]) -> None:
    """Record what the hooks said of a stage in a run."""
    gates.record_verdicts(ledger, [row for verdict in verdicts for row in _rows(run_id, stage, verdict)])


def _rows(run_id: str, stage: str, verdict: Verdict) -> Iterator[gates.Verdict]:
    """One for each gate, where the hook tells them apart, none where all is well; else one for the hook."""
    checks = verdict.facts.get("checks", ())
    if not checks and not (verdict.passed and "checks" in verdict.facts):
        checks = [{"gate": verdict.hook, "passed": verdict.passed}]
    for gate in dict.fromkeys(check["gate"] for check in checks):
        facts = [check for check in checks if check["gate"] == gate]
        passed = all(check["passed"] for check in facts)
        said = "; ".join(check["text"] for check in facts if check.get("text"))
        text = said or ("" if passed else "; ".join(verdict.reasons))
        about = {"checks": facts, "hook": verdict.hook}
        yield gates.Verdict(run=run_id, stage=stage, gate=gate, passed=passed, text=text, facts=about)
