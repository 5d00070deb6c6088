"""Verdicts of stage hooks as facts: one for each gate as the user wrote it. Not for coming to them (``hooks``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_mlpipe.execution.hooks import Verdict
from jupyter_mlpipe.ledger import gates
from jupyter_mlpipe.ledger.database import Ledger


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
