"""Verdicts of gates: what was asked of a stage's numbers, and whether it held.

Not for judging: stage hooks do that and record it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One gate's verdict on one stage of a run."""

    run: str
    stage: str
    gate: str
    """As the user wrote it: ``auc >= 0.75``."""
    passed: bool
    text: str
    """One line for people: ``auc is 0.71, below 0.75``."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The numbers that it saw."""
    time: float = field(default_factory=now)
    id: int = 0


def record_verdicts(ledger: Ledger, given: Sequence[Verdict]) -> None:
    """Record verdicts in one transaction."""
    facts = [
        {
            "run": verdict.run,
            "stage": verdict.stage,
            "gate": verdict.gate,
            "passed": verdict.passed,
            "text": verdict.text,
            "facts": to_json(verdict.facts),
            "time": verdict.time,
        }
        for verdict in given
    ]
    if facts:
        with ledger.write() as connection:
            connection.insert("gates", facts)


def verdicts(ledger: Ledger, run_id: str, stage: str | None = None, *, with_facts: bool = True) -> list[Verdict]:
    """Return the verdicts of a run, oldest first; of one stage, where it is given.

    Without `with_facts` the numbers that they saw, which may be many, are not read.
    """
    with ledger.read() as connection:
        rows = connection.rows(_WHOLE if with_facts else _BRIEF, run=run_id)
    return [
        Verdict(**row | {"passed": bool(row["passed"]), "facts": from_json(row["facts"]) if with_facts else {}})
        for row in rows
        if stage is None or row["stage"] == stage
    ]


_WHOLE = "SELECT * FROM gates WHERE run = :run ORDER BY id"
_BRIEF = "SELECT id, run, stage, gate, passed, text, time FROM gates WHERE run = :run ORDER BY id"
