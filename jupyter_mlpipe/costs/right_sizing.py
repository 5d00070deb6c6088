"""What stages should ask for, by what they used: memory, GPUs and CPUs. Advice only; nobody's line is changed.

As the Kubernetes vertical autoscaler does it, memory is advised by peaks and a margin of 15 % (its
``recommendation-margin-fraction``), rounded up to a size that people write. Killed attempts count with what they had
when they were killed, which is less than they need.

Not for trying again with more memory (``execution.out_of_memory``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.costs.charging import Charger
from jupyter_mlpipe.costs.cost_lines import exact
from jupyter_mlpipe.ledger.usage import Usage, measured_stages, usage_of_stage
from jupyter_mlpipe.store.sizes import size

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger

HISTORY = 20
ENOUGH = 3
"""Attempts that ended well, without which nothing is advised."""
_MARGIN = 1.15
_WORTH = 0.75
"""Less than this share of what was asked must do, for less to be advised."""
_IDLE_GPU = 0.05
_SLACK_GPU = 0.25
_MIB, _GIB = 1 << 20, 1 << 30


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What one stage should ask for instead."""

    pipeline: str
    stage: str
    resource: str
    """``memory``, ``gpus`` or ``cpus``."""
    asked: float
    """Bytes, GPUs or CPUs; 0 where nothing was asked for."""
    used: float
    """At most, in the same unit; for a GPU, its mean share of busy time."""
    advised: float
    samples: int
    option: str
    """To write on the stage's line; empty where an option is to be taken away."""
    text: str
    saves: int | None = None
    """Billionths of the currency for each run on the average; None where that is unknown, or it costs more."""
    currency: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON values; amounts as exact decimal text."""
        return {
            "pipeline": self.pipeline, "stage": self.stage, "resource": self.resource, "asked": self.asked,
            "used": self.used, "advised": self.advised, "samples": self.samples, "option": self.option,
            "text": self.text, "saves": None if self.saves is None else exact(self.saves), "currency": self.currency,
        }  # fmt: skip


def advise(ledger: Ledger, charger: Charger, pipeline: str | None = None) -> list[Advice]:
    """Look at the newest attempts at each stage; what saves most comes first."""
    found: list[Advice] = []
    for name, stage in measured_stages(ledger, pipeline):
        attempts = usage_of_stage(ledger, name, stage, limit=HISTORY)
        found += advice_on(attempts, charger)
    return sorted(found, key=lambda item: (-(item.saves or 0), item.pipeline, item.stage, item.resource))


def advice_on(attempts: Sequence[Usage], charger: Charger) -> list[Advice]:
    """Advice on one stage, from its newest attempts, newest first. Only those that asked for what the newest asks."""
    if not attempts:
        return []
    newest = attempts[0]
    alike = [usage for usage in attempts if (usage.gpus, usage.cpus) == (newest.gpus, newest.cpus)]
    done = [usage for usage in alike if usage.outcome == "done" and usage.memory_peak > 0]
    if len(done) < ENOUGH:
        return []
    found = (_memory(newest, done), _gpus(newest, done), _cpus(newest, done))
    return [_worth(item, done, charger) for item in found if item is not None]


def _memory(newest: Usage, done: Sequence[Usage]) -> Advice | None:
    peak = max(usage.memory_peak for usage in done)
    advised = rounded_up(peak * _MARGIN)
    too_much, too_little = advised <= newest.memory * _WORTH, peak > newest.memory / _MARGIN
    if not newest.memory or advised == newest.memory or not (too_much or too_little):
        return None
    asked = f"asks for {size(newest.memory)} of memory and used {size(peak)} at most"
    text = f"{asked}: {'more than it needs' if too_much else 'nearly too little'}"
    option = f"--memory {written(advised)}"
    return _advice(newest, "memory", used=peak, advised=advised, samples=len(done), option=option, text=text)


def _gpus(newest: Usage, done: Sequence[Usage]) -> Advice | None:
    seconds = sum(usage.gpus * usage.seconds for usage in done)
    if not newest.gpus or not seconds or not all(usage.measured.get("gpus") for usage in done):
        return None
    busy = sum(usage.gpu_seconds for usage in done) / seconds
    asked = f"asks for {newest.gpus:g} GPU and kept it {busy:.0%} busy"
    advised = math.ceil(newest.gpus * busy * 10) / 10
    if busy < _IDLE_GPU:
        advised, option, text = 0.0, "", f"{asked}: it can do without"
    elif busy < _SLACK_GPU and advised < newest.gpus:
        option, text = f"--gpus {advised:g}", f"{asked}: a share of one would do"
    else:
        return None
    return _advice(newest, "gpus", used=busy, advised=advised, samples=len(done), option=option, text=text)


def _cpus(newest: Usage, done: Sequence[Usage]) -> Advice | None:
    used = max((usage.cpu_seconds / usage.seconds for usage in done if usage.seconds), default=0.0)
    advised = max(1, math.ceil(used * _MARGIN))
    if newest.cpus <= 1 or advised > newest.cpus * _WORTH:
        return None
    text = f"asks for {newest.cpus:g} CPUs and used {used:.1f} of them at most, on the average of a run"
    option = f"--cpus {advised}"
    return _advice(newest, "cpus", used=used, advised=advised, samples=len(done), option=option, text=text)


def _advice(newest: Usage, resource: str, **found: Any) -> Advice:
    asked = getattr(newest, resource)
    return Advice(pipeline=newest.pipeline, stage=newest.stage or "", resource=resource, asked=asked, **found)


def _worth(advice: Advice, done: Sequence[Usage], charger: Charger) -> Advice:
    """With what it would have saved for each attempt, by today's prices."""
    amounts = [(charger.charged(usage).amount, charger.charged(_resized(usage, advice)).amount) for usage in done]
    if any(old is None or new is None for old, new in amounts):
        return advice
    spared = sum((old or 0) - (new or 0) for old, new in amounts) // len(amounts)
    return replace(advice, saves=spared, currency=charger.currency) if spared > 0 else advice


def _resized(usage: Usage, advice: Advice) -> Usage:
    if advice.resource == "memory":
        return replace(usage, memory=int(advice.advised))
    return replace(usage, gpus=advice.advised) if advice.resource == "gpus" else replace(usage, cpus=advice.advised)


def rounded_up(memory: float) -> int:
    """Bytes as people write them: whole GiB from four on, half ones below, powers of two in MiB below one."""
    if memory > 4 * _GIB:
        return math.ceil(memory / _GIB) * _GIB
    if memory > _GIB:
        return math.ceil(2 * memory / _GIB) * _GIB // 2
    return int(max(64, 2 ** math.ceil(math.log2(max(memory, 1) / _MIB)))) * _MIB


def written(memory: int) -> str:
    """Bytes as a stage's line has them."""
    if memory % _GIB == 0:
        return f"{memory // _GIB}GiB"
    return f"{memory // _MIB}MiB"
