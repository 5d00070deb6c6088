"""Facts about what was used: each counted once, lost runs found, prices kept with costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_mlpipe.ledger import Ledger, runs
from jupyter_mlpipe.ledger.usage import (
    OpenUsage,
    Usage,
    costs_of_keys,
    lost_usage,
    open_task,
    open_tasks,
    record_usage,
    usage_between,
    usage_of_run,
    usage_of_stage,
)

TERMS = {"machine": "local", "cpu_hour": "0.04"}
TRAIN = Usage(
    task="r1/train/1/1", run="r1", pipeline="flights", stage="train", key="k1", team="ops", labels={"for": "a, b"},
    started=100.0, ended=160.0, seconds=60.0, cpus=2.0, currency="USD", amount=123_456_789, terms=TERMS,
)  # fmt: skip


def test_usage_is_read_as_it_was_written_with_the_prices_in_force(ledger: Ledger) -> None:
    unknown = replace(TRAIN, task="r1/train/1/2", attempt=2, amount=None, unknown="no price", terms={})
    record_usage(ledger, [TRAIN, unknown])
    found = usage_of_run(ledger, "r1")
    assert [replace(usage, id=0) for usage in found] == [TRAIN, unknown]
    assert usage_of_stage(ledger, "flights", "train", limit=1) == found[1:]
    assert usage_between(ledger, 160.0, 161.0) == found
    assert usage_between(ledger, 100.0, 160.0) == []
    assert costs_of_keys(ledger, ["k1", "k2"]) == {"k1": found[1]}


def test_a_task_counts_once_however_often_it_is_written(ledger: Ledger) -> None:
    for amount in (1, 2):
        record_usage(ledger, [replace(TRAIN, amount=amount)])
    assert [usage.amount for usage in usage_of_run(ledger, "r1")] == [1]


@pytest.mark.parametrize("wrong", [{"kind": "lunch"}, {"outcome": "eaten"}])
def test_usage_of_no_known_kind_or_end_is_refused_whole(ledger: Ledger, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong.values()))):
        record_usage(ledger, [TRAIN, replace(TRAIN, task="other", **wrong)])  # type: ignore[arg-type]
    assert usage_of_run(ledger, "r1") == []


def _opened(ledger: Ledger, run: str) -> OpenUsage:
    usage = replace(TRAIN, task=f"{run}/train/1/1", run=run, seconds=0.0, amount=None, terms={})
    opened = OpenUsage(usage=usage, currency="USD", expected=5, started=usage.started)
    with ledger.write() as connection:
        open_task(connection, opened)
    return opened


def _started(ledger: Ledger) -> str:
    run = runs.start_run(
        ledger, pipeline="flights", notebook="nb.ipynb", notebook_digest="d", parameters={}, options={}
    )
    return run.id


def test_what_runs_is_open_until_its_usage_is_recorded(ledger: Ledger) -> None:
    first, second = _opened(ledger, "r1"), _opened(ledger, "r2")
    with ledger.read() as connection:
        assert open_tasks(connection) == [first, second]
    record_usage(ledger, [TRAIN])
    with ledger.read() as connection:
        assert open_tasks(connection) == [second]


def test_what_an_ended_run_left_open_is_lost_and_lasted_until_its_end(ledger: Ledger) -> None:
    ended, going_on = _started(ledger), _started(ledger)
    for run in (ended, going_on):
        _opened(ledger, run)
    assert lost_usage(ledger) == []
    end = runs.finish_run(ledger, ended, "interrupted").ended
    (lost,) = lost_usage(ledger)
    assert (lost.run, lost.outcome, lost.ended) == (ended, "lost", end)
    assert lost.seconds == pytest.approx((end or 0.0) - lost.started)
    record_usage(ledger, [lost])
    assert lost_usage(ledger) == []
