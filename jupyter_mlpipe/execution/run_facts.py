"""The ledger's facts about one run, put together for whoever shows it. Not for comparing runs (``run_diff``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jupyter_mlpipe.errors import UnknownRunError
from jupyter_mlpipe.ledger import gates, lineage, runs
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.ledger.stages import StageRun, stage_runs

LATEST = "latest"
"""Names the newest run where an id is asked for."""


def find_run(ledger: Ledger, name: str) -> Run:
    """The run with this id or beginning of one; ``latest`` is the newest.

    Raises
    ------
    UnknownRunError
        There is none, or more than one.
    """
    if name != LATEST:
        return runs.run(ledger, name)
    newest = runs.runs(ledger, limit=1)
    if not newest:
        raise UnknownRunError("there are no runs yet", hint="run a notebook first: `mlpipe run NOTEBOOK`")
    return newest[0]


def run_facts(run: Run) -> dict[str, Any]:
    """A run's facts under the names that ``--json`` gives them."""
    facts = asdict(run)
    return {"run": facts.pop("id"), **facts}


def stage_facts(ledger: Ledger, run_id: str) -> list[dict[str, Any]]:
    """What each stage of a run used, made and measured, under the names that ``--json`` gives it."""
    verdicts = gates.verdicts(ledger, run_id)
    return [
        {
            "name": found.stage,
            "status": found.status,
            "hit": found.hit,
            "reason": found.reason,
            "seconds": found.seconds,
            "saved": found.saved_seconds,
            "key": found.key,
            "attempt": found.attempt,
            "worker": found.worker,
            "owner": found.owner,
            "escalate": list(found.escalate),
            "numbers": dict(found.numbers),
            "inputs": [asdict(item) for item in lineage.inputs(ledger, found.id)],
            "outputs": [asdict(item) for item in lineage.outputs(ledger, found.id)],
            "gates": [
                {"gate": item.gate, "passed": item.passed, "text": item.text}
                for item in verdicts
                if item.stage == found.stage
            ],
            "error": found.error,
        }
        for found in latest_by_stage(ledger, run_id).values()
    ]


def latest_by_stage(ledger: Ledger, run_id: str) -> dict[str, StageRun]:
    """For each stage of a run, how it ended at last."""
    return {found.stage: found for found in stage_runs(ledger, run_id)}
