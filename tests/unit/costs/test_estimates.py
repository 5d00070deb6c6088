"""Estimates from history: priced as of today, with a range that little knowledge makes wide."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.costs.estimates import Estimate, StageEstimate, compared, estimate_run, range_of
from jupyter_mlpipe.execution.plan import Plan, PlannedStage
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.estimates import RunEstimate, record_estimate
from jupyter_mlpipe.ledger.usage import Usage, record_usage
from jupyter_mlpipe.settings import load_settings

HOUR_CENTS = "[machines.local]\ncpu_hour = 1.0\nmemory_gib_hour = 0\ngpu_hour = 10\n"


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


class Notebook:
    """What of a pipeline counts: the options of its stages."""

    name = "flights"

    def __init__(self, **options: Any) -> None:
        self.options = {"cpus": 1, "memory": 0, "gpus": 0} | options

    def stage(self, _name: str) -> Any:
        return SimpleNamespace(options=SimpleNamespace(**self.options))


def planned(name: str, status: str = "run", key: str = "") -> PlannedStage:
    return PlannedStage(name, status, "", None, implicit=False, inputs=(), after=(), cells=(), key=key)


def hours(ledger: Ledger, stage: str, *seconds: float, key: str = "k", **about: Any) -> None:
    count = len(record_usage_of(ledger))
    record_usage(
        ledger,
        [
            Usage(task=f"{stage}{count + number}", run="r", pipeline="flights", stage=stage, key=key, seconds=each,
                  cpus=1, machine="local", currency="USD", amount=1, **about)
            for number, each in enumerate(seconds)
        ],
    )  # fmt: skip


def record_usage_of(ledger: Ledger) -> list[Any]:
    with ledger.read() as connection:
        return connection.rows("SELECT id FROM usage")


def estimated(ledger: Ledger, folder: Path, *stages: PlannedStage, **options: Any) -> Estimate:
    (folder / "prices.toml").write_text(HOUR_CENTS, encoding="utf-8")
    settings = load_settings(folder, {})
    return estimate_run(ledger, settings, Notebook(**options), Plan("flights", stages))  # type: ignore[arg-type]


def test_the_past_is_priced_as_of_today(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "train", 3600, 7200, 10800, 7200, 7200)
    (stage,) = estimated(ledger, tmp_path, planned("train")).stages
    assert (stage.low, stage.expected, stage.high) == (10**9, 2 * 10**9, 3 * 10**9)
    (stage,) = estimated(ledger, tmp_path, planned("train"), cpus=4).stages
    assert stage.expected == 8 * 10**9


def test_attempts_with_the_same_key_count_alone(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "train", 3600, key="old")
    hours(ledger, "train", 36000, key="new")
    (stage,) = estimated(ledger, tmp_path, planned("train", key="old")).stages
    assert (stage.expected, stage.samples) == (10**9, 1)


def test_failures_tell_nothing_of_what_success_costs(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "train", 3600, outcome="failed")
    estimate = estimated(ledger, tmp_path, planned("train"))
    assert estimate.unknown == ("train",)
    assert estimate.stages[0].why == "it has not run yet"
    assert estimate.text == "unknown"


def test_what_has_no_price_is_unknown_and_never_zero(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "train", 3600)
    hours(ledger, "load", 3600)
    (tmp_path / "prices.toml").write_text("default = false\n[machines.other]\ncpu_hour = 1\n", encoding="utf-8")
    plan = Plan("flights", (planned("train"),))
    estimate = estimate_run(ledger, load_settings(tmp_path, {}), Notebook(), plan)  # type: ignore[arg-type]
    assert estimate.unknown == ("train",)
    assert "no price" in estimate.stages[0].why


def test_a_hit_costs_nothing_and_tells_what_it_saves(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "load", 3600, key="k1")
    estimate = estimated(ledger, tmp_path, planned("load", "hit", "k1"), planned("new"))
    assert (estimate.expected, estimate.saved) == (0, 1)
    assert estimate.text == "unknown"


def test_a_stage_that_may_not_run_may_cost_nothing(ledger: Ledger, tmp_path: Path) -> None:
    hours(ledger, "train", *[3600] * 6)
    (stage,) = estimated(ledger, tmp_path, planned("train", "maybe")).stages
    assert (stage.low, stage.expected) == (0, 10**9)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20).map(sorted))
def test_a_range_holds_its_median(amounts: list[int]) -> None:
    import statistics

    low, high = range_of(amounts)
    assert low <= statistics.median(amounts) <= high


@given(st.lists(st.tuples(*[st.integers(0, 10**12)] * 3).map(sorted), min_size=1, max_size=6))
def test_a_sum_is_no_wider_than_its_parts_and_no_narrower_than_the_widest(parts: list[list[int]]) -> None:
    stages = tuple(
        StageEstimate(stage=str(number), status="run", low=low, expected=expected, high=high, samples=5)
        for number, (low, expected, high) in enumerate(parts)
    )
    estimate = Estimate(currency="USD", stages=stages)
    assert sum(low for low, _, _ in parts) - 1 <= estimate.low <= estimate.expected
    assert estimate.expected <= estimate.high <= sum(high for _, _, high in parts) + 1
    assert estimate.high - estimate.expected >= max(high - expected for _, expected, high in parts) - 1


def test_what_a_run_became_is_compared_with_what_was_expected(ledger: Ledger) -> None:
    assert compared(ledger, "r") is None
    record_estimate(ledger, RunEstimate(run="r", currency="USD", low=5 * 10**8, expected=10**9, high=2 * 10**9))
    facts = [Usage(task="1", run="r", pipeline="p", stage="s", currency="USD", amount=3 * 10**9)]
    facts.append(Usage(task="2", run="r", pipeline="p", kind="idle", outcome="idle", currency="USD", amount=10**9))
    record_usage(ledger, facts)
    told = compared(ledger, "r")
    assert told is not None
    assert (told["became"], told["verdict"]) == ("3", "more than expected")
    assert told["text"].startswith("1.00 USD (0.50 USD to 2.00 USD); its attempts cost 3.00 USD")
