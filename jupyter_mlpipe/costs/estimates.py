"""What a run would cost, with its range, from what its stages cost before; and what it became.

A stage's past attempts are priced anew: by the prices, the machine class and the reservation of today. Of up to twenty,
the median is what it is expected to cost, and the tenth and ninetieth percentile are its range; with fewer than five,
half of the least and twice the most, since little is known. Attempts with the same key count alone where there are any:
the same code on the same data. Stages count as independent: the squares of their distances add up.

Not for deciding what would run (``execution.plan``), nor for budgets.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.costs.charging import Charger
from jupyter_mlpipe.costs.cost_lines import exact
from jupyter_mlpipe.costs.money import shown
from jupyter_mlpipe.costs.scope import machine_class
from jupyter_mlpipe.ledger.estimates import RunEstimate, estimate_of_run
from jupyter_mlpipe.ledger.usage import costs_of_keys, finished_attempts, usage_of_run

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.plan import Plan
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.ledger.usage import Usage
    from jupyter_mlpipe.notebook.pipeline import Pipeline, StageOptions
    from jupyter_mlpipe.settings import Settings

HISTORY = 20
_ENOUGH = 5
_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, kw_only=True)
class StageEstimate:
    """What one stage would cost. Amounts are billionths of the currency; None where they are unknown."""

    stage: str
    status: str
    """``hit``, ``run`` or ``maybe``; see `execution.plan.PlannedStage`."""
    low: int | None = 0
    """0 for a stage that may not run."""
    expected: int | None = 0
    high: int | None = 0
    samples: int = 0
    """How many attempts it is drawn from."""
    saved: int | None = None
    """What a stored result cost to make."""
    last: int | None = None
    """What its newest attempt cost that ended well, by the prices of then."""
    why: str = ""
    """Why it is unknown."""

    def to_json(self) -> dict[str, Any]:
        """JSON values; amounts as exact decimal text."""
        amounts = {name: getattr(self, name) for name in ("low", "expected", "high", "saved")}
        told = {name: None if amount is None else exact(amount) for name, amount in amounts.items()}
        return {"stage": self.stage, "status": self.status, **told, "samples": self.samples, "why": self.why}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run would cost."""

    currency: str
    stages: tuple[StageEstimate, ...]

    @property
    def expected(self) -> int:
        """Of all stages whose cost is known."""
        return sum(stage.expected or 0 for stage in self.stages)

    @property
    def low(self) -> int:
        """See the module."""
        return max(0, round(self.expected - self._spread("low")))

    @property
    def high(self) -> int:
        """See the module."""
        return round(self.expected + self._spread("high"))

    def _spread(self, side: str) -> float:
        known = (stage for stage in self.stages if stage.expected is not None)
        return math.sqrt(sum(float(getattr(stage, side) - stage.expected) ** 2 for stage in known))

    @property
    def saved(self) -> int:
        """What hits save, as far as known."""
        return sum(stage.saved or 0 for stage in self.stages)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Stages that would run, and whose cost nobody knows."""
        return tuple(stage.stage for stage in self.stages if stage.expected is None)

    @property
    def text(self) -> str:
        """For people: ``0.35 USD (0.20 to 0.61 USD)``; ``at least`` where a stage is unknown."""
        return range_text(self.low, self.expected, self.high, self.currency, unknown=bool(self.unknown))

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "currency": self.currency,
            "low": exact(self.low),
            "expected": exact(self.expected),
            "high": exact(self.high),
            "saved": exact(self.saved),
            "unknown": list(self.unknown),
            "text": self.text,
            "stages": [stage.to_json() for stage in self.stages],
        }

    def of_run(self, run: str) -> RunEstimate:
        """As a fact about a run."""
        return RunEstimate(
            run=run, currency=self.currency, low=self.low, expected=self.expected, high=self.high,
            saved=self.saved, unknown=self.unknown,
        )  # fmt: skip


def range_text(low: int, expected: int, high: int, currency: str, *, unknown: bool) -> str:
    """An estimate for people."""
    if unknown and not high:
        return "unknown"
    told = shown(expected, currency)
    if low != high:
        told += f" ({shown(low, currency)} to {shown(high, currency)})"
    return f"at least {told}" if unknown else told


@dataclass(frozen=True)
class Estimator:
    """Estimates by the history in a ledger and the prices of today."""

    ledger: Ledger
    settings: Settings
    charger: Charger

    def run(self, pipeline: Pipeline, plan: Plan) -> Estimate:
        """What a run by a plan would cost."""
        made = costs_of_keys(self.ledger, [stage.key for stage in plan.stages if stage.status == "hit" and stage.key])
        found = []
        for planned in plan.stages:
            if planned.status == "hit":
                found.append(self._hit(planned.name, made.get(planned.key)))
                continue
            estimate = self.stage(pipeline.name, planned.name, pipeline.stage(planned.name).options, planned.key)
            if planned.status == "maybe" and estimate.low is not None:
                estimate = replace(estimate, low=0)
            found.append(replace(estimate, status=planned.status))
        return Estimate(currency=self.charger.currency, stages=tuple(found))

    def stage(self, pipeline: str, stage: str, options: StageOptions, key: str) -> StageEstimate:
        """What an attempt at a stage would cost; see the module."""
        history = finished_attempts(self.ledger, pipeline, stage, limit=HISTORY)
        same = [usage for usage in history if key and usage.key == key]
        priced = [self._today(usage, options) for usage in same or history]
        amounts = sorted(usage.amount for usage in priced if usage.amount is not None)
        if not amounts:
            why = (priced[0].unknown or "") if priced else "it has not run yet"
            return StageEstimate(stage=stage, status="run", low=None, expected=None, high=None, why=why)
        low, high = range_of(amounts)
        expected = round(statistics.median(amounts))
        last = history[0].amount if history[0].currency == self.charger.currency else None
        return StageEstimate(
            stage=stage, status="run", low=low, expected=expected, high=high, samples=len(amounts), last=last
        )

    def _hit(self, stage: str, source: Usage | None) -> StageEstimate:
        known = source is not None and source.currency == self.charger.currency
        return StageEstimate(stage=stage, status="hit", saved=source.amount if source and known else None)

    def _today(self, usage: Usage, options: StageOptions) -> Usage:
        """A past attempt as it would be charged now."""
        settings = self.settings
        here = machine_class(settings) if settings.cluster == "local" else usage.machine
        return self.charger.charged(
            replace(
                usage,
                started=time.time(),
                machine=settings.machine or here,
                purchase=settings.purchase or usage.purchase,
                cpus=options.cpus,
                memory=options.memory,
                gpus=options.gpus,
            )
        )


def estimate_run(ledger: Ledger, settings: Settings, pipeline: Pipeline, plan: Plan) -> Estimate:
    """Say what a run by a plan would cost.

    Raises
    ------
    PriceBookError
        The price book cannot be read.
    """
    return Estimator(ledger, settings, Charger.of(settings.root)).run(pipeline, plan)


def range_of(amounts: Sequence[int]) -> tuple[int, int]:
    """What sorted amounts lead to expect at least and at most; see the module."""
    if len(amounts) < _ENOUGH:
        return amounts[0] // 2, amounts[-1] * 2
    last = len(amounts) - 1
    return amounts[math.floor(_LOW * last)], amounts[math.ceil(_HIGH * last)]


def compared(ledger: Ledger, run: str) -> dict[str, Any] | None:
    """What a run was expected to cost, and what its attempts did cost; None where nobody asked before it began."""
    estimate = estimate_of_run(ledger, run)
    if estimate is None:
        return None
    attempts = [usage for usage in usage_of_run(ledger, run) if usage.kind == "attempt"]
    amounts = [usage.amount for usage in attempts if usage.amount is not None and usage.currency == estimate.currency]
    became = sum(amounts)
    told = range_text(estimate.low, estimate.expected, estimate.high, estimate.currency, unknown=bool(estimate.unknown))
    if len(amounts) < len(attempts):
        verdict = "some of its attempts have no known cost"
    elif estimate.unknown:
        verdict = f"without {', '.join(estimate.unknown)}, which had not run before"
    elif estimate.low <= became <= estimate.high:
        verdict = "as expected"
    else:
        verdict = "less than expected" if became < estimate.low else "more than expected"
    return {
        "currency": estimate.currency,
        "low": exact(estimate.low),
        "expected": exact(estimate.expected),
        "high": exact(estimate.high),
        "became": exact(became),
        "unknown": list(estimate.unknown),
        "verdict": verdict,
        "text": f"{told}; its attempts cost {shown(became, estimate.currency)}: {verdict}",
    }
