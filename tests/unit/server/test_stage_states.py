"""The one state that a stage is shown in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_mlpipe.execution.hooks import Verdict
from jupyter_mlpipe.execution.plan import PlannedStage
from jupyter_mlpipe.execution.verdicts import record_verdicts
from jupyter_mlpipe.ledger import gates, runs
from jupyter_mlpipe.ledger.stages import StageRun
from jupyter_mlpipe.server.live_run import LiveRun
from jupyter_mlpipe.server.stage_states import judge

WOULD_RUN = PlannedStage(
    name="train", status="run", reason="function fit changed", seconds=2.0, implicit=False, inputs=(), after=(),
    cells=(1,), key="k1",
)  # fmt: skip
TRAIN = frozenset({"load", "train"})
CACHED = replace(WOULD_RUN, status="hit", reason="unchanged")
FOLLOWS = replace(WOULD_RUN, status="maybe", reason="follows load", key="")


def ended(status: str, key: str | None = "k1", **more: object) -> StageRun:
    return StageRun(run="r", pipeline="p", stage="train", status=status, key=key, seconds=3.0, **more)


class Workspace:
    def __init__(self, ledger):
        self.ledger = ledger


@pytest.mark.parametrize(
    ("planned", "last", "state", "reason"),
    [
        (WOULD_RUN, None, "never", "function fit changed"),
        (WOULD_RUN, ended("done", "k0"), "stale", "function fit changed"),
        (FOLLOWS, ended("done"), "stale", "follows load"),
        (FOLLOWS, None, "never", "follows load"),
        (CACHED, ended("done"), "cached", ""),
        (CACHED, ended("hit"), "restored", ""),
        (CACHED, ended("hit", "k0"), "cached", ""),
        (CACHED, None, "cached", ""),
        (WOULD_RUN, ended("failed", error={"message": "boom"}), "failed", "boom"),
        (WOULD_RUN, ended("failed", "k0", error={"message": "boom"}), "stale", "function fit changed"),
        (FOLLOWS, ended("failed", "k0", error={"message": "boom"}), "stale", "follows load"),
    ],
)
def test_at_rest(planned, last, state, reason):
    judged = judge(planned, last, {}, None, Workspace(None))
    assert (judged.state, judged.reason) == (state, reason)
    assert judged.last_seconds == (3.0 if last else None)


@pytest.mark.parametrize(
    ("live", "planned", "state"),
    [
        (LiveRun("r2", {"train": 5.0}, {}, TRAIN), WOULD_RUN, "running"),
        (LiveRun("r2", {"train": 5.0}, {}, TRAIN), CACHED, "running"),
        (LiveRun("r2", {}, {}, TRAIN), WOULD_RUN, "queued"),
        (LiveRun("r2", {}, {}, frozenset({"load"})), WOULD_RUN, "stale"),
        (LiveRun("r2", {}, {}, TRAIN), CACHED, "cached"),
        (LiveRun("r2", {}, {"train": "failed"}, TRAIN), WOULD_RUN, "stale"),
    ],
)
def test_in_a_run(live, planned, state):
    judged = judge(planned, ended("done", "k0"), {}, live, Workspace(None))
    assert judged.state == state
    assert judged.run == ("r2" if state in ("queued", "running") else None)
    assert judged.started == (5.0 if state == "running" else None)


def test_a_refusal_stands_while_the_gates_are_the_same(ledger):
    run = runs.start_run(ledger, pipeline="p", notebook="n.ipynb", notebook_digest="")
    gates.record_verdicts(
        ledger, [gates.Verdict(run=run.id, stage="train", gate="auc > 1", passed=False, text="auc is 0.5")]
    )
    last = replace(ended("refused"), run=run.id)
    refused = judge(CACHED, last, {"gate": ["auc > 1"]}, None, Workspace(ledger))
    assert (refused.state, refused.reason) == ("refused", "auc is 0.5")
    assert judge(CACHED, last, {"gate": ["auc > 0"]}, None, Workspace(ledger)).state == "stale"


def test_a_refusal_by_another_hook_stands_while_the_line_asks_for_it(ledger):
    run = runs.start_run(ledger, pipeline="p", notebook="n.ipynb", notebook_digest="")
    refusal = Verdict(False, ("2 of 9 rows break it",), {"checks": []}, hook="contract")
    passed = Verdict(True, (), {"checks": [{"gate": "auc > 0", "passed": True}]}, hook="gate")
    record_verdicts(ledger, run.id, "train", [passed, refusal])
    last = replace(ended("refused"), run=run.id)
    asked = {"gate": ["auc > 0"], "contract": ["flights_schema"]}
    assert judge(CACHED, last, asked, None, Workspace(ledger)).reason == "2 of 9 rows break it"
    assert judge(CACHED, last, {"gate": ["auc > 0"]}, None, Workspace(ledger)).state == "stale"
