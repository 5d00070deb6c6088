"""Estimates of cost in the shapes that a browser gets. Not for estimating (``costs.estimates``)."""

from __future__ import annotations

from dataclasses import replace

from jupyter_mlpipe.costs.estimates import Estimate, StageEstimate
from jupyter_mlpipe.costs.money import to_decimal
from jupyter_mlpipe.server.shapes.notebook import CostRange, RunCost, StageInfo


def with_cost(stage: StageInfo, estimate: StageEstimate | None, currency: str) -> StageInfo:
    """A stage with what it cost last, and would cost."""
    if estimate is None:
        return stage
    last = estimate.saved if estimate.status == "hit" else estimate.last
    low, expected, high = estimate.low, estimate.expected, estimate.high
    known = estimate.status != "hit" and low is not None and expected is not None and high is not None
    return replace(
        stage,
        cost=None if last is None else float(to_decimal(last)),
        currency=None if last is None else currency,
        expected_cost=CostRange(currency, *map(_money, (low, expected, high))) if known else None,
    )


def run_cost(estimate: Estimate) -> RunCost:
    """What a whole run would cost."""
    return RunCost(
        currency=estimate.currency,
        low=_money(estimate.low),
        expected=_money(estimate.expected),
        high=_money(estimate.high),
        saved=_money(estimate.saved),
        unknown=estimate.unknown,
    )


def _money(amount: int | None) -> float:
    return float(to_decimal(amount or 0))
