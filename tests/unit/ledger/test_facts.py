"""The kinds of facts, each on SQLite and on PostgreSQL."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import pytest

from jupyter_mlpipe.errors import UnknownRunError, UsageError
from jupyter_mlpipe.ledger import Ledger, events, findings, gates, lineage, outbox, requests, runs, stages
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.ledger.stages import StageRun


def begin(ledger: Ledger, pipeline: str = "flights", **more: Any) -> Run:
    return runs.start_run(ledger, pipeline=pipeline, notebook="n.ipynb", notebook_digest="d", **more)


# -- runs ---------------------------------------------------------------------------------------------------------


def test_run_ids_sort_by_time_and_are_plain() -> None:
    ids = []
    for _ in range(5):
        ids.append(runs.new_run_id())
        time.sleep(0.002)
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"[0-9a-z]{18}", found) for found in ids)
    assert len({runs.new_run_id() for _ in range(5000)}) == 5000


def test_a_run_from_start_to_end(ledger: Ledger) -> None:
    started = begin(
        ledger,
        parameters={"b": [1, None], "a": 0.1},
        options={"stages": ["train"]},
        cluster="local",
        git_commit="abc",
        versions={"pandas": "3"},
        owner="o@x",
        team="ops",
        resumed="other",
        executed="/out.ipynb",
    )
    assert started.status == "running"
    assert runs.run(ledger, started.id) == started
    ended = runs.finish_run(ledger, started.id, "failed", {"code": "MP301"})
    assert runs.run(ledger, started.id) == ended
    assert (ended.status, ended.error) == ("failed", {"code": "MP301"})
    assert ended.ended is not None
    assert ended.seconds is not None
    assert ended.seconds >= 0
    assert ended.parameters == {"a": 0.1, "b": [1, None]}


def test_a_run_ends_once(ledger: Ledger) -> None:
    run = begin(ledger)
    first = runs.finish_run(ledger, run.id, "done")
    assert runs.finish_run(ledger, run.id, "interrupted") == first


def test_an_id_is_of_one_run(ledger: Ledger) -> None:
    given = runs.new_run_id()
    begin(ledger, run_id=given, pipeline="first")
    with pytest.raises(UsageError, match=given):
        begin(ledger, run_id=given, pipeline="second")
    assert runs.run(ledger, given).pipeline == "first"


def test_a_given_id_must_look_like_ours() -> None:
    given = runs.new_run_id()
    assert runs.checked_run_id(given) == given
    for wrong in ("", "latest", given[:-1], given + "0", given[:-1] + "l", given.upper(), "../" + given[3:]):
        with pytest.raises(UsageError):
            runs.checked_run_id(wrong)


def test_an_end_must_be_one(ledger: Ledger) -> None:
    run = begin(ledger)
    for status in ("running", "hit", ""):
        with pytest.raises(ValueError, match="does not end"):
            runs.finish_run(ledger, run.id, status)


def test_unknown_and_abbreviated_ids(ledger: Ledger) -> None:
    begin(ledger, run_id="abc111")
    begin(ledger, run_id="abc222")
    assert runs.run(ledger, "abc1").id == "abc111"
    for wrong in ("abc", "zzz", "", "%", "abc1_1", "abc1%"):
        with pytest.raises(UnknownRunError) as caught:
            runs.run(ledger, wrong)
        assert caught.value.hint
    with pytest.raises(UnknownRunError):
        runs.finish_run(ledger, "zzz", "done")


def test_runs_newest_first_by_pipeline_and_status_in_pages(ledger: Ledger) -> None:
    ids = [begin(ledger, pipeline="ab"[index % 2], run_id=f"r{index}").id for index in range(6)]
    runs.finish_run(ledger, "r0", "done")
    assert [run.id for run in runs.runs(ledger)] == ids[::-1]
    assert [run.id for run in runs.runs(ledger, "a")] == ["r4", "r2", "r0"]
    assert [run.id for run in runs.runs(ledger, status="done")] == ["r0"]
    assert [run.id for run in runs.runs(ledger, "a", status="running", limit=1)] == ["r4"]
    assert [run.id for run in runs.runs(ledger, limit=2, before="r3")] == ["r2", "r1"]


# -- requests to runs ---------------------------------------------------------------------------------------------


def test_a_run_is_asked_to_end_once_and_by_whoever_asked_first(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    run, other = begin(ledger), begin(ledger)
    assert requests.asked_to_cancel(ledger, run.id) is None
    assert requests.ask_to_cancel(ledger, run.id)
    first = requests.asked_to_cancel(ledger, run.id)
    assert first is not None
    assert (first.run, first.request, first.user, first.host) == (run.id, "cancel", run.user, run.host)
    monkeypatch.setattr(requests, "this_user", lambda: "somebody else")
    assert requests.ask_to_cancel(ledger, run.id)
    assert requests.asked_to_cancel(ledger, run.id) == first
    assert requests.asked_to_cancel(ledger, other.id) is None


def test_a_run_that_has_ended_is_asked_nothing(ledger: Ledger) -> None:
    run = begin(ledger)
    runs.finish_run(ledger, run.id, "done")
    assert not requests.ask_to_cancel(ledger, run.id)
    assert requests.asked_to_cancel(ledger, run.id) is None
    with pytest.raises(UnknownRunError):
        requests.ask_to_cancel(ledger, "nothing")


# -- stage runs ---------------------------------------------------------------------------------------------------


def test_a_stage_run_comes_back_as_recorded(ledger: Ledger) -> None:
    run = begin(ledger)
    given = StageRun(
        run=run.id,
        pipeline="flights",
        stage="train",
        status="done",
        key="k",
        reason="ran, because function fit changed",
        reasons=({"kind": "function", "name": "fit"},),
        components={"version": 1, "inputs": {"df": {"digest": "x"}}},
        manifest="m",
        seconds=1.5,
        saved_seconds=0.25,
        attempt=2,
        worker="tcp://w",
        owner="o",
        team="t",
        numbers={"auc": 0.75, "loss": math.inf},
        error=None,
        started=1.0,
        ended=2.5,
    )
    identifier = stages.record_stage(ledger, given)
    found = stages.stage_run(ledger, identifier)
    assert found is not None
    assert found.id == identifier
    assert [found] == stages.stage_runs(ledger, run.id)
    assert found == StageRun(**{name: getattr(given, name) for name in given.__dataclass_fields__} | {"id": identifier})
    assert stages.stage_run(ledger, identifier + 1) is None


def test_several_stage_runs_are_recorded_together_or_not_at_all(ledger: Ledger) -> None:
    run = begin(ledger)
    good = StageRun(run=run.id, pipeline="p", stage="a", status="hit", hit=True)
    ids = stages.record_stages(
        ledger, [(good, [Output("x", "d", "json", "int")], [Input("y", "e", "z")], []), (good, [], [], [])]
    )
    assert ids == sorted(ids)
    assert stages.record_stages(ledger, []) == []
    unknown_run = StageRun(run="nobody", pipeline="p", stage="a", status="hit")
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        stages.record_stages(ledger, [(good, [], [], []), (unknown_run, [], [], [])])
    with pytest.raises(ValueError, match="does not end"):
        stages.record_stage(ledger, StageRun(run=run.id, pipeline="p", stage="a", status="running"))
    assert len(stages.stage_runs(ledger, run.id)) == 2


def test_the_newest_good_stage_run_explains_the_next_miss(ledger: Ledger) -> None:
    run = begin(ledger)

    def record(stage: str, status: str, version: int) -> None:
        stage_run = StageRun(
            run=run.id, pipeline="p", stage=stage, status=status, components={"v": version}, key=f"k{version}"
        )
        stages.record_stage(ledger, stage_run)

    record("a", "done", 1)
    record("a", "hit", 2)
    record("a", "failed", 3)
    record("b", "done", 4)
    record("c", "skipped", 5)
    newest = stages.latest_stage_run(ledger, "p", "a")
    assert newest is not None
    assert newest.components == {"v": 2}
    assert {stage: found.components for stage, found in stages.latest_stage_runs(ledger, "p").items()} == {
        "a": {"v": 2},
        "b": {"v": 4},
    }
    assert stages.latest_stage_run(ledger, "p", "c") is None
    assert stages.latest_stage_run(ledger, "q", "a") is None
    assert [found.status for found in stages.stage_history(ledger, "p", "a")] == ["failed", "hit", "done"]
    assert [found.stage for found in stages.stage_runs_of_key(ledger, "k4")] == ["b"]


def test_expected_seconds_are_the_median_of_what_ran(ledger: Ledger) -> None:
    run = begin(ledger)

    def record(stage: str, status: str, seconds: float, key: str) -> None:
        stage_run = StageRun(run=run.id, pipeline="p", stage=stage, status=status, seconds=seconds, key=key)
        stages.record_stage(ledger, stage_run)

    assert stages.expected_seconds(ledger, "p", "a") is None
    for seconds in (1.0, 100.0, 2.0):
        record("a", "done", seconds, "old")
    record("a", "hit", 0.0, "old")
    record("a", "failed", 0.1, "new")
    assert stages.expected_seconds(ledger, "p", "a") == 2.0
    assert stages.expected_seconds(ledger, "p", "a", "unseen") == 2.0
    record("b", "done", 7.0, "this")
    record("b", "done", 9.0, "this")
    assert stages.expected_seconds(ledger, "p", "renamed", "this") == 8.0
    assert stages.expected_seconds_by_stage(ledger, "p") == {"a": 2.0, "b": 8.0}
    for _ in range(stages.HISTORY):
        record("a", "done", 5.0, "newer")
    assert stages.expected_seconds(ledger, "p", "a") == 5.0
    assert stages.expected_seconds_by_stage(ledger, "p")["a"] == 5.0


# -- lineage ------------------------------------------------------------------------------------------------------


def test_edges_lead_from_artifact_to_maker_and_users(ledger: Ledger) -> None:
    run = begin(ledger)
    made = StageRun(run=run.id, pipeline="flights", stage="load", status="done")
    used = StageRun(run=run.id, pipeline="flights", stage="train", status="done")
    frame = Output("df", "digest-df", "pandas-arrow", "pandas.DataFrame", rows=336_776, bytes=5_000_000_000)
    load = stages.record_stage(ledger, made, [frame])
    train = stages.record_stage(ledger, used, [], [Input("df", "digest-df", "load"), Input("outside", "o")])
    again = begin(ledger)
    hit = StageRun(run=again.id, pipeline="flights", stage="load", status="hit", hit=True)
    stages.record_stage(ledger, hit, [frame])
    assert lineage.outputs(ledger, load) == [frame]
    assert lineage.inputs(ledger, train) == [Input("df", "digest-df", "load"), Input("outside", "o", None)]
    assert [(edge.stage_run, edge.run, edge.stage) for edge in lineage.producers(ledger, "digest-df")] == [
        (load, run.id, "load")
    ]
    assert [(edge.stage, edge.source) for edge in lineage.consumers(ledger, "digest-df")] == [("train", "load")]
    assert [(edge.stage, edge.name) for edge in lineage.run_outputs(ledger, again.id)] == [("load", "df")]
    assert [edge.name for edge in lineage.run_inputs(ledger, run.id)] == ["df", "outside"]


# -- gates, findings, events --------------------------------------------------------------------------------------


def test_verdicts(ledger: Ledger) -> None:
    run = begin(ledger)
    no = gates.Verdict(run=run.id, stage="e", gate="auc >= 0.75", passed=False, text="auc is 0.7", facts={"auc": 0.7})
    yes = gates.Verdict(run=run.id, stage="f", gate="n > 0", passed=True, text="n is 1")
    gates.record_verdicts(ledger, [no, yes])
    gates.record_verdicts(ledger, [])
    found = gates.verdicts(ledger, run.id)
    assert [(verdict.gate, verdict.passed, verdict.facts) for verdict in found] == [
        ("auc >= 0.75", False, {"auc": 0.7}),
        ("n > 0", True, {}),
    ]
    assert gates.verdicts(ledger, run.id, "f") == found[1:]
    assert gates.verdicts(ledger, "none") == []


def test_findings_are_kept_once_by_code(ledger: Ledger) -> None:
    findings.remember(ledger, "c1", {"kind": "writes", "location": "df"}, {"kind": "writes", "location": "model"})
    findings.remember(ledger, "c1", {"location": "df", "kind": "writes"})
    findings.remember(ledger, "c2")
    found = findings.recall(ledger, ["c1", "c1", "c2", *(f"x{index}" for index in range(1200))])
    assert found == {"c1": [{"kind": "writes", "location": "df"}, {"kind": "writes", "location": "model"}]}
    assert findings.recall(ledger, []) == {}


def test_events_are_read_on_from_the_last_one_seen(ledger: Ledger) -> None:
    batch = [
        {"type": "cell_output", "run": "r", "stage": "s", "time": 1.5, "output": {"text": f"{n} é"}} for n in range(5)
    ]
    events.append(ledger, batch)
    events.append(ledger, [{"type": "run_finished", "run": "other"}])
    events.append(ledger, [])
    first = events.read(ledger, "r", limit=3)
    assert [found.event for found in first] == batch[:3]
    assert [found.event for found in events.read(ledger, "r", first[-1].id)] == batch[3:]
    assert events.read(ledger, "none") == []


# -- outbox -------------------------------------------------------------------------------------------------------


def test_messages_wait_until_they_are_sent(ledger: Ledger) -> None:
    first = outbox.put(ledger, "mlflow", {"run": "a"})
    second, third = outbox.put_all(ledger, [("mlflow", {"run": "b"}), ("mail", {})])
    assert first < second < third
    assert [(found.id, found.kind, found.payload) for found in outbox.pending(ledger)] == [
        (first, "mlflow", {"run": "a"}),
        (second, "mlflow", {"run": "b"}),
        (third, "mail", {}),
    ]
    assert len(outbox.pending(ledger, limit=1)) == 1
    outbox.mark_sent(ledger, first, third)
    outbox.mark_sent(ledger)
    assert [found.id for found in outbox.pending(ledger)] == [second]
    assert outbox.waiting(ledger) == 1


def test_a_failed_message_waits_longer_each_time(ledger: Ledger) -> None:
    identifier = outbox.put(ledger, "mlflow", {})
    outbox.record_failure(ledger, identifier, "no route to host")
    outbox.record_failure(ledger, identifier, "still none" * 1000)
    assert outbox.pending(ledger) == []
    (message,) = outbox.pending(ledger, due_only=False)
    assert message.failures == 2
    assert message.error is not None
    assert message.error.startswith("still none")
    outbox.record_failure(ledger, identifier + 1, "unknown ids are no fault")
    assert outbox.waiting(ledger) == 1
