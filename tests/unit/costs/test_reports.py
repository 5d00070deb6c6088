"""Reports: no cost is lost, none counts twice, and what has no price is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.costs.reports import BY, NONE, Selection, cost_report
from jupyter_mlpipe.errors import CostReportError
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.usage import Usage, record_usage

DAY = 86400.0
NOON = 1_700_000_000.0


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def usage(task: str, **about) -> Usage:
    given = {"run": "r1", "pipeline": "flights", "currency": "USD", "amount": 10, "started": NOON, "ended": NOON}
    return Usage(task=task, **given | about)


words = st.sampled_from(["a", "b", None])
ATTEMPTS = ["done", "failed", "died", "timeout", "cancelled", "discarded", "lost"]


@st.composite
def facts(draw: st.DrawFn) -> list[Usage]:
    found = []
    for number in range(draw(st.integers(0, 25))):
        kind = draw(st.sampled_from(["attempt", "attempt", "live", "hit", "idle"]))
        outcome = kind if kind in ("hit", "idle") else draw(st.sampled_from(ATTEMPTS))
        amount = draw(st.one_of(st.none(), st.integers(0, 10**13)))
        saved = draw(st.one_of(st.none(), st.integers(0, 10**12))) if kind in ("hit", "idle") else None
        found.append(
            Usage(
                task=f"t{number}",
                kind=kind,
                outcome=outcome,
                run=draw(st.sampled_from(["r1", "r2", "r3"])),
                pipeline=draw(st.sampled_from(["p", "q"])),
                stage=None if kind == "idle" else draw(st.sampled_from(["s", "t"])),
                owner=draw(words),
                team=draw(words),
                model=draw(words),
                labels=draw(st.dictionaries(st.sampled_from(["k", "l,m"]), st.sampled_from(["x", "y,z", "="]))),
                attempt=draw(st.integers(1, 3)),
                ended=NOON + draw(st.floats(0, 40 * DAY)),
                currency=draw(st.sampled_from(["USD", "EUR"])),
                amount=0 if kind == "hit" else amount,
                unknown="no price" if amount is None and kind != "hit" else None,
                saved=saved,
            )
        )
    return found


dimensions = st.lists(st.sampled_from([*BY, "label:k", "label:l,m"]), min_size=1, max_size=3, unique=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts(), dimensions, st.booleans())
def test_nothing_is_lost_and_nothing_counts_twice(
    tmp_path_factory: pytest.TempPathFactory, given_facts: list[Usage], by: Sequence[str], share: bool
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    with Ledger.open(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        record_usage(ledger, given_facts)
        report = cost_report(ledger, by, share_idle=share)
    for currency in ("USD", "EUR"):
        mine = [fact for fact in given_facts if fact.currency == currency]
        lines = [line for line in report.lines if line.currency == currency]
        spent = sum(fact.amount or 0 for fact in mine)
        assert sum(line.amount for line in lines) == spent
        assert all(line.amount == line.done + line.failed + line.stopped + line.idle for line in lines)
        assert sum(line.unknown for line in lines) == sum(fact.unknown is not None for fact in mine)
        assert sum(line.saved_by_cache for line in lines) == sum(f.saved or 0 for f in mine if f.kind == "hit")
        assert sum(line.saved_by_scaling for line in lines) == sum(f.saved or 0 for f in mine if f.kind == "idle")
        assert sum(line.attempts for line in lines) == sum(f.kind in ("attempt", "live") for f in mine)
        totals = [total for total in report.totals if total.currency == currency]
        assert sum(total.amount for total in totals) == spent
        assert sum(total.runs for total in totals) == len({fact.run for fact in mine})
    assert sum(report.reasons.values()) == sum(fact.unknown is not None for fact in given_facts)


def test_idle_time_is_shared_by_what_each_stage_cost_to_the_billionth(ledger: Ledger) -> None:
    record_usage(
        ledger,
        [
            usage("1", stage="a", amount=10),
            usage("2", stage="b", amount=20),
            usage("3", kind="idle", outcome="idle", amount=100),
            usage("4", run="r2", kind="idle", outcome="idle", amount=7),
        ],
    )
    plain = cost_report(ledger, ["stage"])
    shared = cost_report(ledger, ["stage"], share_idle=True)
    assert {line.group: line.amount for line in plain.lines} == {(NONE,): 107, ("b",): 20, ("a",): 10}
    # The second run had nothing but idle time.
    assert {line.group: line.amount for line in shared.lines} == {("b",): 87, ("a",): 43, (NONE,): 7}


def test_currencies_are_never_added(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1"), usage("2", currency="EUR", amount=3)])
    report = cost_report(ledger, ["pipeline"])
    assert [(line.currency, line.amount) for line in report.lines] == [("EUR", 3), ("USD", 10)]
    assert [(total.currency, total.amount) for total in report.totals] == [("EUR", 3), ("USD", 10)]


def test_what_has_no_price_is_no_zero(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1"), usage("2", amount=None, unknown="no price for machine class 'h100'")])
    report = cost_report(ledger, ["pipeline"])
    assert (report.lines[0].amount, report.lines[0].unknown, report.lines[0].per_run) == (10, 1, None)
    assert report.reasons == {"no price for machine class 'h100'": 1}


def test_only_what_is_selected_counts(ledger: Ledger) -> None:
    record_usage(
        ledger,
        [
            usage("1", team="ops", labels={"centre": "a,b"}),
            usage("2", team="ops", ended=NOON + DAY),
            usage("3", team="research", run="r2"),
        ],
    )

    def total(**about) -> int:
        return sum(line.amount for line in cost_report(ledger, ["team"], Selection(**about)).totals)

    assert total(where={"team": "o*"}) == 20
    assert total(where={"label:centre": "a,b"}) == 10
    assert total(run="r2") == 10
    assert total(begin=NOON, end=NOON + DAY) == 20
    assert total(where={"outcome": "failed"}) == 0


def test_days_are_those_of_the_zone(ledger: Ledger) -> None:
    late = 1_700_000_000 - 1_700_000_000 % 86400 + 86400 - 600  # 23:50 UTC
    record_usage(ledger, [usage("1", ended=float(late)), usage("2", ended=float(late) + 1200)])
    groups = [line.group for line in cost_report(ledger, ["day"]).lines]
    assert groups == [("2023-11-14",), ("2023-11-15",)]
    groups = [line.group for line in cost_report(ledger, ["day"], Selection(zone="Asia/Tokyo")).lines]
    assert groups == [("2023-11-15",)]


def test_unit_costs(ledger: Ledger) -> None:
    record_usage(
        ledger,
        [
            usage("1", amount=4_000_000_000, rows=1000),
            usage("2", run="r2", amount=2_000_000_000),
            usage("3", kind="hit", outcome="hit", amount=0, saved=5),
        ],
    )
    (line,) = cost_report(ledger, ["pipeline"]).lines
    assert (line.runs, line.per_run, line.per_row, line.saved_by_cache) == (2, 3_000_000_000, 0.004, 5)


@pytest.mark.parametrize(
    ("by", "hint"), [("teams", "did you mean team?"), ("label:", "label:KEY"), ("amount", "There are")]
)
def test_what_costs_are_not_kept_by_is_refused(ledger: Ledger, by: str, hint: str) -> None:
    with pytest.raises(CostReportError) as caught:
        cost_report(ledger, [by])
    assert hint in caught.value.hint


def test_too_many_days_are_refused(ledger: Ledger) -> None:
    record_usage(ledger, [usage("1", ended=0.0), usage("2", ended=1e9)])
    with pytest.raises(CostReportError, match="more than 1000 days"):
        cost_report(ledger, ["day"])
    assert len(cost_report(ledger, ["year"]).lines) == 2
