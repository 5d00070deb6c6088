"""Rules over the ledger's facts: what each finds, what is over, and that each fact counts once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import SettingsError
from jupyter_mlpipe.ledger import Ledger, gates, runs, stages
from jupyter_mlpipe.ledger.alerts import Alert, alerts, open_alerts
from jupyter_mlpipe.ledger.budget_events import BudgetEvent, add_budget_events
from jupyter_mlpipe.ledger.drift_reports import DriftFact, record_drift
from jupyter_mlpipe.ledger.performance import PerformanceFact, record_performance
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.runs import LIVE_KERNEL
from jupyter_mlpipe.monitoring.alerts import evaluation
from jupyter_mlpipe.monitoring.alerts.conditions import next_stale
from jupyter_mlpipe.monitoring.alerts.evaluation import evaluate, evaluate_conditions
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions, Cost, QuietHours, alert_options
from jupyter_mlpipe.monitoring.alerts.rules import Look, Read, stage_failed
from jupyter_mlpipe.settings import load_settings

ERROR = {"code": "MP301", "message": "stage train failed: ValueError: no rows", "hint": "look at cell 3"}


def start(ledger: Ledger, door: str = "cli", **more: Any) -> str:
    given = {"pipeline": "flights", "notebook": "n.ipynb", "notebook_digest": "d", "options": {"door": door}}
    return runs.start_run(ledger, **given | more).id


def stage(ledger: Ledger, run: str, status: str, name: str = "train", **more: Any) -> None:
    error = ERROR if status == "failed" else None
    fact = stages.StageRun(run=run, pipeline="flights", stage=name, status=status, error=error, **more)
    stages.record_stage(ledger, fact)


def found(ledger: Ledger, options: AlertOptions | None = None) -> list[Alert]:
    assert evaluate(ledger, options or AlertOptions()) == []
    return open_alerts(ledger)


def test_a_failed_stage_is_found_with_its_owner_and_over_when_it_succeeds(ledger: Ledger) -> None:
    run = start(ledger)
    stage(ledger, run, "failed", owner="ana", team="ml", escalate=("bo",))
    runs.finish_run(ledger, run, "failed", ERROR)
    (one,) = found(ledger)
    assert (one.rule, one.kind, one.subject, one.severity) == ("stage-failed", "stage", "flights/train", "critical")
    assert (one.owner, one.team, one.escalate, one.run) == ("ana", "ml", ("bo",), run)
    assert one.text == f"{ERROR['message']}\n{ERROR['hint']}"
    for _ in range(3):
        assert found(ledger) == [one]
    stage(ledger, start(ledger), "hit")
    assert found(ledger) == []


def test_a_stage_that_fails_and_then_succeeds_in_one_run_is_no_alert(ledger: Ledger) -> None:
    run = start(ledger)
    stage(ledger, run, "failed")
    stage(ledger, run, "done")
    assert found(ledger) == []
    assert alerts(ledger) == []


def test_what_somebody_tries_in_a_live_kernel_is_no_alert(ledger: Ledger) -> None:
    run = start(ledger, door=LIVE_KERNEL)
    stage(ledger, run, "failed")
    gates.record_verdicts(ledger, [gates.Verdict(run=run, stage="train", gate="auc > 1", passed=False, text="no")])
    runs.finish_run(ledger, run, "interrupted")
    assert found(ledger) == []


@pytest.mark.parametrize(("status", "rules"), [("interrupted", ["run-failed"]), ("failed", ["run-failed"]),
                                               ("cancelled", []), ("done", [])])  # fmt: skip
def test_a_run_that_fails_without_a_failed_stage_is_found(ledger: Ledger, status: str, rules: list[str]) -> None:
    runs.finish_run(ledger, start(ledger, owner="ana"), status)
    assert [one.rule for one in found(ledger)] == rules
    runs.finish_run(ledger, start(ledger), "done")
    assert found(ledger) == []


def test_gates_and_contracts_are_found_apart(ledger: Ledger) -> None:
    run = start(ledger, owner="ana")
    for gate, hook in (("auc >= 0.75", "gate"), ("contract flights", "contract")):
        fact = gates.Verdict(run=run, stage="train", gate=gate, passed=False, text="no", facts={"hook": hook})
        gates.record_verdicts(ledger, [fact])
    # The stage's own fact, which names its owner, may come a moment later.
    assert found(ledger) == []
    stage(ledger, run, "refused", owner="bo")
    rules = {one.rule: one for one in found(ledger)}
    assert sorted(rules) == ["contract-violated", "gate-refused"]
    assert {one.owner for one in rules.values()} == {"bo"}
    again = start(ledger)
    stage(ledger, again, "done")
    gates.record_verdicts(ledger, [gates.Verdict(run=again, stage="train", gate="auc >= 0.75", passed=True, text="")])
    assert [one.rule for one in found(ledger)] == ["contract-violated"]


def test_drift_and_quality_are_found_and_over(ledger: Ledger) -> None:
    drifted = DriftFact(name="flights", rows=9, drifted=True, columns_drifted=2, model="delay", version=3,
                        report={"reasons": ["dep_delay: PSI 0.4"]}, owner="ana")  # fmt: skip
    record_drift(ledger, [drifted])
    bad = PerformanceFact(model="delay", measure="auc", rows=9, value=0.6123, breached=True, facts={"reason": "low"})
    record_performance(ledger, [bad])
    drift, quality = sorted(found(ledger), key=lambda one: one.rule)
    assert (drift.kind, drift.subject, drift.owner, drift.text) == ("model", "delay", "ana", "dep_delay: PSI 0.4")
    assert (quality.kind, quality.title, quality.text) == ("model", "delay: auc is 0.6123", "low")
    record_performance(ledger, [PerformanceFact(model="delay", measure="auc", rows=9, value=0.6, estimated=True)])
    record_performance(ledger, [PerformanceFact(model="delay", measure="auc", rows=0, value=None)])
    assert len(found(ledger)) == 2
    record_performance(ledger, [PerformanceFact(model="delay", measure="auc", rows=9, value=0.9)])
    record_drift(ledger, [DriftFact(name="flights", rows=9, drifted=False, columns_drifted=0, model="delay")])
    assert found(ledger) == []


def test_a_rule_that_is_off_is_not_asked_and_severities_may_be_others(ledger: Ledger) -> None:
    run = start(ledger)
    stage(ledger, run, "failed")
    assert found(ledger, AlertOptions(off=frozenset({"stage-failed"}))) == []
    (one,) = found(ledger, AlertOptions(severity={"stage-failed": "info"}))
    assert one.severity == "info"


def test_a_fact_that_is_committed_after_a_later_one_is_found(ledger: Ledger) -> None:
    run = start(ledger)
    stage(ledger, run, "failed")
    with ledger.write() as connection:
        connection.execute("UPDATE stage_runs SET id = id + 10")
    assert len(found(ledger)) == 1
    with ledger.write() as connection:
        (row,) = connection.rows("SELECT * FROM stage_runs")
        connection.insert("stage_runs", [{**row, "id": row["id"] - 5, "stage": "late"}])
    assert sorted(one.subject for one in found(ledger)) == ["flights/late", "flights/train"]


def test_the_owner_whom_the_notebook_named_answers_where_a_fact_names_none(ledger: Ledger) -> None:
    run = start(ledger, owner="ana", escalate=("bo",))
    stage(ledger, run, "done", owner="cy", escalate=("bo", "lead"))
    about = {"run": run, "pipeline": "flights", "stage": "train"}
    record_registration(ledger, Registration(model="delay", version=1, name="model", content="digest", **about))
    record_performance(ledger, [PerformanceFact(model="delay", measure="auc", rows=9, value=0.6, breached=True)])
    record_drift(ledger, [DriftFact(name="f", rows=9, drifted=True, columns_drifted=2, **about)])
    evaluate_conditions(ledger, AlertOptions(cost={"flights": Cost(0.001, 1e9)}))
    stage(ledger, run, "done", "load", seconds=9.0)
    evaluate_conditions(ledger, AlertOptions(cost={"flights": Cost(0.001, 1e9)}))
    owners = {one.rule: (one.owner, one.escalate) for one in found(ledger)}
    assert owners == {
        "quality": ("cy", ("bo", "lead")), "drift": ("cy", ("bo", "lead")), "cost": ("ana", ("bo",)),
    }  # fmt: skip


def test_facts_from_before_the_first_look_are_history(ledger: Ledger) -> None:
    old = time.time() - 2 * evaluation.FIRST_LOOK
    stage(ledger, start(ledger), "failed", ended=old)
    assert found(ledger) == []
    stage(ledger, start(ledger), "failed")
    assert len(found(ledger)) == 1


def test_many_facts_are_read_in_pages(ledger: Ledger) -> None:
    run = start(ledger)
    facts = [
        (stages.StageRun(run=run, pipeline="flights", stage=f"s{number % 7}", status="failed"), (), (), ())
        for number in range(1203)
    ]
    stages.record_stages(ledger, facts)
    stage(ledger, run, "failed", "last")
    assert len(found(ledger)) == 8


def test_a_rule_that_fails_keeps_no_other_from_being_asked(ledger: Ledger) -> None:
    stage(ledger, start(ledger), "failed")

    def broken(look: Look) -> list[Read]:
        raise ValueError("no")

    (error,) = evaluate(ledger, AlertOptions(), {"broken": broken, "stage-failed": stage_failed})
    assert error.code == "MP735"
    assert "broken" in error.message
    assert len(open_alerts(ledger)) == 1


def test_what_has_not_succeeded_for_too_long_is_stale_once_and_then_fresh(ledger: Ledger) -> None:
    options = AlertOptions(freshness={"flights": 60.0, "flights/train": 60.0, "model:delay": 60.0, "never": 60.0})
    hour = time.time() - 3600
    run = start(ledger)
    stage(ledger, run, "done", ended=hour)
    runs.finish_run(ledger, run, "done")
    for _ in range(2):
        evaluate_conditions(ledger, options)
    (one,) = open_alerts(ledger)
    assert (one.kind, one.subject, one.count) == ("stage", "flights/train", 1)
    assert "succeeded last 60 min ago; it may be 60 s old" in one.text
    assert next_stale(ledger, options, time.time()) == pytest.approx(time.time() + 60.0, abs=5.0)
    with ledger.write() as connection:
        connection.execute("UPDATE alert_cursors SET position = :hour", hour=hour)
    evaluate_conditions(ledger, options)
    assert sorted(one.subject for one in open_alerts(ledger)) == ["delay", "flights/train", "never"]
    stage(ledger, run, "hit")
    evaluate_conditions(ledger, options)
    assert sorted(one.subject for one in open_alerts(ledger)) == ["delay", "never"]


def test_worker_time_beyond_what_is_allowed_is_found_once_a_period(ledger: Ledger) -> None:
    options = AlertOptions(cost={"flights": Cost(100.0, 1e9), "flights/train": Cost(1000.0, 1e9)})
    run = start(ledger)
    stage(ledger, run, "done", seconds=70.0)
    stage(ledger, run, "hit", seconds=900.0, hit=True)
    evaluate_conditions(ledger, options)
    assert open_alerts(ledger) == []
    stage(ledger, run, "done", "load", seconds=70.0)
    for _ in range(2):
        evaluate_conditions(ledger, options)
    (one,) = open_alerts(ledger)
    assert (one.rule, one.kind, one.subject, one.facts["seconds"]) == ("cost", "pipeline", "flights", 140.0)


def read(tmp_path: Path, table: str) -> AlertOptions:
    (tmp_path / "pyproject.toml").write_text(f"[tool.mlpipe.alerts]\n{table}", encoding="utf-8")
    return alert_options(load_settings(tmp_path, environ={}))


def test_the_settings_are_read(tmp_path: Path) -> None:
    options = read(
        tmp_path,
        """
off = ["cost"]
group-window = "5s"
failures = 3
link = "https://lab.example.org/?alert={id}"
quiet-hours = { from = "22:00", to = "07:00" }
severity = { drift = "info" }
freshness = { flights = "26h" }
cost = { flights = { seconds = "10h", per = "1d" } }
""",
    )
    assert options.off == {"cost"}
    assert (options.group_window, options.failures, options.freshness) == (5.0, 3, {"flights": 93600.0})
    assert options.cost == {"flights": Cost(36000.0, 86400.0)}
    assert options.quiet_hours == QuietHours(1320, 420, "critical")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('of = ["cost"]', "did you mean off?"),
        ('off = "cost"', "give a list of rules"),
        ('freshness = { flights = "soon" }', "a duration such as"),
        ('freshness = { flights = "0s" }', "a duration above 0"),
        ("freshness = 3", "give a table"),
        ('severity = { drift = "high" }', "one of info, warning, critical"),
        ("failures = 0", "1 or more"),
        ('enabled = "yes"', "true or false"),
        ('link = "javascript:x"', "an http(s) URL"),
        ('cost = { flights = "10h" }', "give a table"),
        ('cost = { flights = { seconds = "10h" } }', "for each subject"),
        ('quiet-hours = { from = "22", to = "07:00" }', "times as"),
        ('quiet-hours = { begin = "22:00" }', "from ="),
    ],
)
def test_a_wrong_setting_is_said(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, table)
    assert said in str(raised.value)


def test_quiet_hours_hold_what_is_not_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    night: Mapping[int, bool] = {0: True, 6: True, 7: False, 12: False, 22: True, 23: True}
    quiet = QuietHours(1320, 420, "critical")
    assert {hour: quiet.holds(hour * 3600.0, "warning") for hour in night} == night
    assert not quiet.holds(0.0, "critical")
    assert QuietHours(60, 120, "warning").holds(3600.0, "info")


def test_a_budget_alerts_its_owner_until_its_next_period_begins(ledger: Ledger) -> None:
    now = time.time()
    given = {"budget": "ops", "period": now - 100, "spent": 9, "amount": 10, "currency": "USD", "owner": "ana"}
    with ledger.write() as connection:
        add_budget_events(
            connection,
            [
                BudgetEvent(event="warned", source="1", period_end=now + 1000, text="80% is spent", **given),
                BudgetEvent(event="accepted", source="2", period_end=now + 1000, **given),
                BudgetEvent(event="exceeded", source="3", period_end=now + 1000, **given),
                BudgetEvent(event="refused", source="4", period_end=now + 1000, **given),
            ],
        )
    one, two = sorted(found(ledger), key=lambda alert: alert.title)
    assert (one.rule, one.subject, one.owner, one.severity) == ("budget", "ops", "ana", "critical")
    assert (two.title, two.text, two.severity) == ("budget ops is nearly spent", "80% is spent", "warning")
    evaluate_conditions(ledger, AlertOptions())
    assert len(open_alerts(ledger)) == 2
    with ledger.write() as connection:
        connection.execute("UPDATE budget_events SET period_end = :now", now=now + 1)
    time.sleep(1.1)
    evaluate_conditions(ledger, AlertOptions())
    assert open_alerts(ledger) == []
