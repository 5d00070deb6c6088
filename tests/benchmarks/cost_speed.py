"""Costs: what metering adds to a stage that computes, and how long reports over a hundred thousand stage runs take."""

from __future__ import annotations

import random
import textwrap
import time
from pathlib import Path

import pandas as pd

from jupyter_mlpipe.costs.budget_keeper import BudgetKeeper
from jupyter_mlpipe.costs.budgets import Budget
from jupyter_mlpipe.costs.reports import cost_report
from jupyter_mlpipe.execution.stage_task import run_stage
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.usage import Usage, record_usage
from tests.benchmarks.timing import Contestant, Table, interleave
from tests.unit.execution.worker_side import stage_task

RUNS, STAGES = 10_000, 10
DAYS = 90
COMPUTE = textwrap.dedent(
    """
    total = 0
    for number in range(40_000_000):
        total += number & 7
    """
)


def metering(place: Path, rounds: int = 12) -> Table:
    """One stage that computes for some seconds in one process, in interleaved pairs; it runs alone."""
    ahead = ("json",)

    def run(*, metered: bool) -> None:
        outcome = run_stage(stage_task(place, COMPUTE, ahead=ahead, metered=metered), lambda _: None)
        assert outcome.status == "done", outcome.error

    run(metered=True)
    contestants = [
        Contestant("not metered", lambda: run(metered=False)),
        Contestant("metered", lambda: run(metered=True)),
    ]
    return interleave("metering: a stage that computes", contestants, rounds)


def reports(place: Path, rounds: int = 5) -> Table:
    """Reports over the usage of many stage runs; the peer reads the amounts with pandas and groups them."""
    ledger = filled(place)

    def pandas() -> None:
        with ledger.engine().connect() as connection:
            frame = pd.read_sql("SELECT team, stage, kind, outcome, currency, amount FROM usage", connection)
        assert len(frame.groupby(["team", "currency"])["amount"].sum()) == 4

    def ours(*by: str, share: bool = False) -> None:
        assert cost_report(ledger, by, share_idle=share).lines

    def standing() -> None:
        budget = Budget(name="all", amount=10**18, currency="USD", period="year")
        BudgetKeeper(ledger, [budget], "r").standings()

    contestants = [
        Contestant("pandas, by team", pandas),
        Contestant("report by team", lambda: ours("team")),
        Contestant("report by pipeline, stage", lambda: ours("pipeline", "stage")),
        Contestant("report by day", lambda: ours("day")),
        Contestant("report by label", lambda: ours("label:centre")),
        Contestant("report by stage, idle shared", lambda: ours("stage", share=True)),
        Contestant("a budget, read whole", standing),
    ]
    return interleave(f"reports over {RUNS * STAGES:,} stage runs", contestants, rounds)


def filled(place: Path) -> Ledger:
    """A ledger with the usage of many runs."""
    ledger = Ledger.open(f"sqlite:///{place / 'ledger.db'}")
    chance = random.Random(1)
    facts = []
    begin = time.time() - DAYS * 86400.0
    for run in range(RUNS):
        ended = begin + run * DAYS * 86400.0 / RUNS
        about = {"run": f"r{run}", "pipeline": f"p{run % 20}", "team": f"t{run % 4}", "currency": "USD"}
        about |= {"labels": {"centre": str(run % 7)}, "started": ended, "ended": ended}
        facts += [
            Usage(task=f"{run}/{stage}", stage=f"s{stage}", amount=chance.randrange(10**9), seconds=1.0, **about)
            for stage in range(STAGES)
        ]
        facts.append(Usage(task=f"{run}/idle", kind="idle", outcome="idle", amount=chance.randrange(10**9), **about))
    record_usage(ledger, facts)
    return ledger
