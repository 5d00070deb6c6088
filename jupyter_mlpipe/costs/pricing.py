"""What a usage costs: hours times the rates in force, and the rates that were.

A resource counts by the larger of what was reserved and what was used, as in OpenCost's specification of allocation
("max(request, usage)", https://opencost.io/docs/specification). A usage over several rates or off-peak windows is cut
where they change. Amounts are rounded once for each of CPU, memory, GPU and energy, half to even, and then added.

Not for measuring use, nor for keeping costs (``charging``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

from jupyter_mlpipe.costs.money import to_amount
from jupyter_mlpipe.costs.prices import PriceBook, Rate

_HOUR = Decimal(3600)
_GIB = Decimal(2**30)
_JOULES_PER_KWH = Decimal(3_600_000)
_LONGEST = 10 * 366 * 86400.0
"""Seconds; what lasts longer was timed by a broken clock."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is to be priced."""

    machine: str
    purchase: str
    started: float
    """Seconds since the epoch."""
    seconds: float
    """Wall seconds by a clock that does not jump; they count, and `started` says which prices were in force."""
    cpus: float = 0.0
    """Reserved."""
    cpu_seconds: float = 0.0
    """Used."""
    memory: float = 0.0
    """Bytes reserved."""
    memory_byte_seconds: float = 0.0
    """Used."""
    gpus: float = 0.0
    """Reserved."""
    gpu_names: Sequence[str] = ()
    energy_joules: float | None = None


@dataclass(frozen=True)
class Cost:
    """What it costs."""

    currency: str
    amount: int | None
    """Billionths of the currency; None where it is unknown."""
    parts: Mapping[str, int] = field(default_factory=dict)
    """``cpu``, ``memory``, ``gpu``, ``machine``, ``energy``: they add up to `amount`."""
    terms: Mapping[str, Any] = field(default_factory=dict)
    """The rates that were in force, as JSON; equal for equal rates."""
    unknown: tuple[str, ...] = ()
    """Why it is unknown."""


def cost_of(usage: Usage, book: PriceBook) -> Cost:
    """Price a usage.

    Returns
    -------
    Cost
        Unknown, never zero, where the book has no price for any part of it.
    """
    problem = _untimed(usage)
    if problem:
        return Cost(book.currency, None, unknown=(problem,))
    rates = book.rates_of(usage.machine, usage.purchase)
    pieces = list(_pieces(usage, rates))
    if not pieces:
        where = f"machine class {usage.machine!r}, {usage.purchase}"
        when = " at that time" if rates else ""
        return Cost(book.currency, None, unknown=(f"no price for {where}{when}",))
    sums: dict[str, Decimal] = {}
    with localcontext(prec=40):
        for rate, weight in pieces:
            for part, money in _parts(usage, rate):
                if money is None:
                    return Cost(book.currency, None, unknown=(part,))
                sums[part] = sums.get(part, Decimal(0)) + money * weight
        amounts = {part: to_amount(money) for part, money in sums.items()}
    used = list(dict.fromkeys(id(rate) for rate, _ in pieces))
    by_id = {id(rate): rate for rate, _ in pieces}
    terms = {"currency": book.currency, "book": book.digest, "rates": [by_id[key].to_json() for key in used]}
    return Cost(book.currency, sum(amounts.values()), amounts, terms)


def _untimed(usage: Usage) -> str:
    if not math.isfinite(usage.started) or not math.isfinite(usage.seconds) or not 0 <= usage.seconds <= _LONGEST:
        return f"the clock cannot be right: {usage.seconds:g} s from {usage.started:g}"
    return ""


def _pieces(usage: Usage, rates: Sequence[Rate]) -> Iterator[tuple[Rate, Decimal]]:
    """The rates in force, each with its share of the time times the factor of its window; none where there is a gap."""
    begin, end = usage.started, usage.started + usage.seconds
    found: list[tuple[Rate, Decimal]] = []
    covered = 0.0
    for rate in rates:
        first, last = max(begin, rate.begin), min(end, rate.end)
        if first > last or (first == last and (end > begin or not rate.begin <= begin < rate.end)):
            continue
        covered += last - first
        found.append((rate, _weight(rate, first, last, end - begin)))
    whole = abs(covered - (end - begin)) <= 1e-6 * max(1.0, usage.seconds)
    yield from found if whole else ()


def _weight(rate: Rate, begin: float, end: float, seconds: float) -> Decimal:
    """The share of `seconds` between two moments, off-peak time counted by its factor."""
    if seconds == 0:
        return Decimal(1)
    edges = {begin, end}
    windows = [(window, list(window.between(begin, end))) for window in rate.windows]
    for _, stretches in windows:
        edges.update(moment for stretch in stretches for moment in stretch if begin < moment < end)
    ordered = sorted(edges)
    weight = Decimal(0)
    for first, last in itertools.pairwise(ordered):
        middle = (first + last) / 2
        factor = next(
            (window.factor for window, stretches in windows if any(a <= middle < b for a, b in stretches)), Decimal(1)
        )
        weight += factor * Decimal(last - first)
    return weight / Decimal(seconds)


def _parts(usage: Usage, rate: Rate) -> Iterator[tuple[str, Decimal | None]]:
    """What the whole usage would cost by one rate, part by part; None, with the reason, where a price is missing."""
    seconds = Decimal(usage.seconds)
    cpu = max(Decimal(usage.cpus) * seconds, Decimal(usage.cpu_seconds)) / _HOUR
    memory = max(Decimal(usage.memory) * seconds, Decimal(usage.memory_byte_seconds)) / _GIB / _HOUR
    gpu = Decimal(usage.gpus) * seconds / _HOUR
    if rate.machine_hour is not None:
        yield "machine", rate.machine_hour * _share_hours(rate, cpu, memory, gpu)
    if rate.cpu_hour is not None:
        yield "cpu", rate.cpu_hour * cpu
    if rate.memory_gib_hour is not None:
        yield "memory", rate.memory_gib_hour * memory
    if gpu and rate.machine_hour is None:
        names = list(usage.gpu_names) or [""]
        prices = [rate.of_gpu(name) for name in names]
        known = [price for price in prices if price is not None]
        if len(known) < len(prices):
            yield f"no price for a GPU ({', '.join(filter(None, names)) or 'of any kind'}) of {usage.machine}", None
        else:
            yield "gpu", gpu * sum(known, Decimal(0)) / len(known)
    if rate.energy_kwh is not None and usage.energy_joules is not None:
        yield "energy", rate.energy_kwh * Decimal(usage.energy_joules) / _JOULES_PER_KWH


def _share_hours(rate: Rate, cpu: Decimal, memory: Decimal, gpu: Decimal) -> Decimal:
    """Hours of the whole machine: by the resource of which the usage took the largest share."""
    shares = [Decimal(0)]
    if rate.cpus:
        shares.append(cpu / rate.cpus)
    if rate.memory:
        shares.append(memory * _GIB / rate.memory)
    if rate.gpus:
        shares.append(gpu / rate.gpus)
    return max(shares)
