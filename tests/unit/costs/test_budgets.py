"""Budgets: what may stand in the settings, what counts for one, and what it lets begin."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.costs.budget_keeper import ANY, BudgetKeeper
from jupyter_mlpipe.costs.budgets import Budget, read_budgets, subjects_of
from jupyter_mlpipe.costs.estimates import Estimate, StageEstimate
from jupyter_mlpipe.costs.money import NANO
from jupyter_mlpipe.errors import BudgetConsentError, BudgetError, BudgetExceededError
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.budget_events import budget_events
from jupyter_mlpipe.ledger.usage import OpenUsage, Usage, open_task, open_tasks, record_usage


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def usage(task: str, amount: int | None = None, **about: Any) -> Usage:
    given = {"run": "r", "pipeline": "flights", "stage": "train", "team": "ops", "currency": "USD"}
    return Usage(task=task, amount=amount, **given | about)


def month(amount: float, **about: Any) -> Budget:
    given = {"name": "ops", "amount": round(amount * NANO), "currency": "USD", "action": "refuse", "forecast": False}
    return Budget(**given | about)


def estimate(**stages: float | None) -> Estimate:
    found = []
    for name, expected in stages.items():
        amount = None if expected is None else round(expected * NANO)
        found.append(StageEstimate(stage=name, status="run", low=amount, expected=amount, high=amount, samples=1))
    return Estimate(currency="USD", stages=tuple(found))


# -- what may stand there ----------------------------------------------------------------------------------------------


def test_a_budget_as_it_is_written() -> None:
    given = {
        "gpu-team": {
            "amount": 100.5, "period": "week", "zone": "Europe/Berlin", "team": "gpu-*", "label": {"centre": "a,b"},
            "warn": [0.9, 0.5], "action": "ask",
        }
    }  # fmt: skip
    (budget,) = read_budgets(given, "EUR")
    assert (budget.amount, budget.currency, budget.period) == (100_500_000_000, "EUR", "week")
    assert budget.warn == (0.5, 0.9)
    assert budget.is_of({"team": "gpu-a", "labels": '{"centre":"a,b"}'})
    assert not budget.is_of({"team": "gpu-a", "labels": '{"centre":"a"}'})
    assert not budget.is_of({"team": None, "labels": None})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "it has no amount"),
        ({"amount": 0}, "amount is 0: give a number above 0"),
        ({"amount": -3}, "above 0"),
        ({"amount": "a lot"}, "above 0"),
        ({"amount": True}, "above 0"),
        ({"amount": 5, "currency": "EUR"}, "prices.toml is in USD"),
        ({"amount": 5, "period": "fortnight"}, "give one of day, week"),
        ({"amount": 5, "zone": "Berlin"}, "Europe/Berlin"),
        ({"amount": 5, "action": "stop"}, "warn, ask, refuse"),
        ({"amount": 5, "warn": [80]}, "shares of the amount"),
        ({"amount": 5, "teem": "ops"}, "did you mean team?"),
        ({"amount": 5, "team": 3}, "a name, or a glob"),
        ({"amount": 5, "label": "a=b"}, "a table of globs"),
        (5, "give a table"),
    ],
)
def test_what_means_nothing_is_refused_with_the_way_out(given: Any, told: str) -> None:
    with pytest.raises(BudgetError) as caught:
        read_budgets({"ops": given}, "USD")
    assert told in caught.value.message
    assert "ops" in caught.value.message


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BudgetError) as caught:
        read_budgets({"a": {"amount": 0, "period": "x"}, "b": {}}, "USD")
    assert len(caught.value.details["problems"]) == 3


# -- what it lets begin ------------------------------------------------------------------------------------------------


def test_a_run_that_would_cost_more_than_is_left_does_not_begin(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1", 6 * NANO), usage("2", 50 * NANO, team="research")])
    keeper = BudgetKeeper(ledger, [month(10, scope={"team": "ops"})], "r2")
    usages = {"train": usage("x"), "other": usage("y", team="research")}
    assert keeper.run_refused(estimate(train=3.9, other=100), usage("r", stage=None), usages) is None
    error = keeper.run_refused(estimate(train=4.1), usage("r", stage=None), usages)
    assert isinstance(error, BudgetExceededError)
    assert "expected to cost 4.10 USD" in error.message
    assert "6.00 USD of 10.00 USD are spent" in error.message
    (event,) = budget_events(ledger)
    assert (event.event, event.budget, event.run, event.spent) == ("refused", "ops", "r2", 6 * NANO)


def test_one_that_only_warns_refuses_nothing(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1", 60 * NANO)])
    keeper = BudgetKeeper(ledger, [month(10, action="warn")], "r2")
    assert keeper.run_refused(estimate(train=100), usage("r", stage=None), {"train": usage("x")}) is None
    with ledger.write() as connection:
        assert keeper.attempt_refused(connection, usage("x"), 100 * NANO) is None


def test_consent_is_asked_for_and_written_down(ledger: Ledger) -> None:
    budget, usages = month(10, action="ask"), {"train": usage("x")}
    error = BudgetKeeper(ledger, [budget], "r2").run_refused(estimate(train=11), usage("r", stage=None), usages)
    assert isinstance(error, BudgetConsentError)
    assert "--accept-cost ops" in error.hint
    assert budget_events(ledger) == []
    for accepted in (["ops"], [ANY]):
        keeper = BudgetKeeper(ledger, [budget], f"r3{accepted[0]}", accepted)
        assert keeper.run_refused(estimate(train=11), usage("r", stage=None), usages) is None
        with ledger.write() as connection:
            assert keeper.attempt_refused(connection, usage("x"), 11 * NANO) is None
    assert [event.event for event in budget_events(ledger)] == ["accepted", "accepted"]
    refusing = month(1, name="hard")
    assert (
        BudgetKeeper(ledger, [refusing], "r4", [ANY]).run_refused(estimate(train=11), usage("r", stage=None), usages)
        is not None
    )


def test_what_runs_counts_with_what_it_is_expected_to_cost(ledger: Ledger) -> None:
    keeper = BudgetKeeper(ledger, [month(10)], "r")
    with ledger.write() as connection:
        open_task(connection, OpenUsage(usage=usage("other/train/1/1"), currency="USD", expected=8 * NANO))
        assert keeper.attempt_refused(connection, usage("x"), 2 * NANO) is None
        assert keeper.attempt_refused(connection, usage("x"), 2 * NANO + 1) is not None
    record_usage(ledger, [usage("other/train/1/1", 1 * NANO)])
    with ledger.write() as connection:
        assert keeper.attempt_refused(connection, usage("x"), 9 * NANO) is None


def test_without_an_expectation_it_begins_until_all_is_spent(ledger: Ledger) -> None:
    keeper = BudgetKeeper(ledger, [month(10)], "r")
    record_usage(ledger, [usage("1", 10 * NANO - 1)])
    with ledger.write() as connection:
        assert keeper.attempt_refused(connection, usage("x"), 0) is None
    record_usage(ledger, [usage("2", 1)])
    with ledger.write() as connection:
        assert keeper.attempt_refused(connection, usage("x"), 0) is not None


def test_only_this_period_counts(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1", 100 * NANO, ended=time.time() - 40 * 86400), usage("2", NANO)])
    (standing,) = BudgetKeeper(ledger, [month(10)], "r").standings()
    assert (standing.spent, standing.left) == (NANO, 9 * NANO)


def test_another_currency_and_what_has_no_price_are_told_and_not_counted(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1", 5, currency="EUR"), usage("2", None, unknown="no price"), usage("3", 7)])
    (standing,) = BudgetKeeper(ledger, [month(10)], "r").standings()
    assert (standing.spent, standing.unknown, standing.elsewhere) == (7, 1, {"EUR": 5})


# -- what is told ------------------------------------------------------------------------------------------------------


def test_each_share_is_told_once_in_a_period(ledger: Ledger) -> None:
    keeper = BudgetKeeper(ledger, [month(10, warn=(0.5, 0.8))], "r")
    told = []
    for number in range(12):
        fact = usage(str(number), NANO)
        record_usage(ledger, [fact])
        told += keeper.settled(fact)
    assert [line.split(":")[0] for line in told] == ["budget ops", "budget ops", "budget ops is exceeded"]
    assert ["50%" in told[0], "80%" in told[1]] == [True, True]
    assert [event.event for event in budget_events(ledger)] == ["warned", "warned", "exceeded"]
    assert BudgetKeeper(ledger, [month(10, warn=(0.5, 0.8))], "other").settled(fact) == []


def test_a_rate_that_will_not_last_is_told_before_it_is_too_late(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime as dt

    now = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC).timestamp()
    monkeypatch.setattr("jupyter_mlpipe.costs.budget_keeper.time.time", lambda: now)
    keeper = BudgetKeeper(ledger, [month(10, forecast=True)], "r")
    fact = usage("1", 4 * NANO, ended=now - 60)
    record_usage(ledger, [fact])
    (line,) = keeper.settled(fact)
    assert "at the present rate 12.63 USD" in line  # 4 x 30 / 9.5
    assert keeper.settled(fact) == []


# -- many at once ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=30), st.integers(1, 20))
def test_sums_that_grow_are_the_sums_of_all(
    tmp_path_factory: pytest.TempPathFactory, facts: list[tuple[int, bool]], amount: int
) -> None:
    budget = month(amount, scope={"team": "ops"})
    with Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}") as ledger:
        keeper = BudgetKeeper(ledger, [budget], "r")
        for number, (cost, ours) in enumerate(facts):
            record_usage(ledger, [usage(str(number), cost, team="ops" if ours else "research")])
            (grown,) = keeper.standings()
            assert grown.spent == sum(cost for cost, ours in facts[: number + 1] if ours)
        (fresh,) = BudgetKeeper(ledger, [budget], "r").standings()
        assert fresh.spent == sum(cost for cost, ours in facts if ours)


def _attempts(url: str, runner: int, expected: int, actual: int) -> None:
    with Ledger.open(url) as ledger:
        keeper = BudgetKeeper(ledger, [month(10)], f"r{runner}")
        for number in range(40):
            fact = usage(f"r{runner}/train/1/{number}", run=f"r{runner}")
            with ledger.write() as connection:
                if keeper.attempt_refused(connection, fact, expected) is not None:
                    return
                open_task(connection, OpenUsage(usage=fact, currency="USD", expected=expected))
            time.sleep(0.003 * (1 + runner % 3))
            record_usage(ledger, [usage(f"r{runner}/train/1/{number}", actual, run=f"r{runner}")])


@pytest.mark.parametrize(("expected", "actual"), [(NANO // 4, NANO // 4), (0, NANO // 4), (NANO // 4, NANO)])
def test_eight_runners_exceed_it_by_no_more_than_what_ran_already(tmp_path: Path, expected: int, actual: int) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    Ledger.open(url).close()
    context = multiprocessing.get_context("spawn")
    runners = [context.Process(target=_attempts, args=(url, number, expected, actual)) for number in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
        assert runner.exitcode == 0
    with Ledger.open(url) as ledger:
        (standing,) = BudgetKeeper(ledger, [month(10)], "r").standings()
        with ledger.read() as connection:
            assert open_tasks(connection) == []
    spent = standing.spent
    if expected == actual:
        assert spent == 10 * NANO  # to the cent: what runs is counted with what it costs
    else:
        assert 10 * NANO <= spent <= 10 * NANO + 8 * actual


def test_subjects_of_usage_are_those_of_a_scope() -> None:
    found: Mapping[str, str | None] = subjects_of(usage("1", labels={"k": "v"}, owner="me"))
    assert found["team"] == "ops"
    assert month(1, scope={"label:k": "v", "owner": "m?"}).is_of(found)
