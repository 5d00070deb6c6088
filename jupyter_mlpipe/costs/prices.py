"""What is in a price book: rates of machine classes, when each is in force, and when it is off peak.

Values only. Not for reading books (``price_book``), nor for what something costs (``pricing``).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

ON_DEMAND = "on-demand"
PURCHASES = (ON_DEMAND, "spot")


@dataclass(frozen=True, kw_only=True)
class Window:
    """Hours of the week in which a rate is multiplied: off peak."""

    days: frozenset[int]
    """Days on which it begins: 0 is Monday."""
    begin: dt.time
    end: dt.time
    """On the next day where it is not after `begin`."""
    zone: str
    factor: Decimal

    def between(self, begin: float, end: float) -> Iterator[tuple[float, float]]:
        """The stretches of it that touch an interval of epoch seconds, by the zone's wall clock."""
        zone = ZoneInfo(self.zone)
        day = dt.datetime.fromtimestamp(begin, zone).date() - dt.timedelta(days=1)
        last = dt.datetime.fromtimestamp(end, zone).date()
        while day <= last:
            if day.weekday() in self.days:
                until = day if self.end > self.begin else day + dt.timedelta(days=1)
                first = dt.datetime.combine(day, self.begin, zone).timestamp()
                second = dt.datetime.combine(until, self.end, zone).timestamp()
                if first < end and second > begin and first < second:
                    yield first, second
            day += dt.timedelta(days=1)

    def to_json(self) -> dict[str, object]:
        """JSON values."""
        return {
            "days": sorted(self.days),
            "from": self.begin.isoformat("minutes"),
            "to": self.end.isoformat("minutes"),
            "zone": self.zone,
            "factor": str(self.factor),
        }


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a machine class costs for as long as this is in force."""

    machine: str
    """A glob of machine classes."""
    purchase: str = ON_DEMAND
    begin: float = -math.inf
    """Seconds since the epoch; it is in force from then, before `end`."""
    end: float = math.inf
    cpu_hour: Decimal | None = None
    memory_gib_hour: Decimal | None = None
    gpu_hour: Mapping[str, Decimal] = field(default_factory=dict)
    """By a glob of GPU names; ``*`` for any."""
    machine_hour: Decimal | None = None
    """Of the whole machine; then `cpus`, `memory` and `gpus` say how large it is."""
    cpus: Decimal | None = None
    memory: int | None = None
    """Bytes."""
    gpus: Decimal | None = None
    energy_kwh: Decimal | None = None
    windows: tuple[Window, ...] = ()
    """The first that holds a moment counts."""
    source: str = ""
    """Where the figures come from."""

    def of_gpu(self, name: str) -> Decimal | None:
        """What an hour of a GPU costs; None where the rate has no price for it."""
        return next((price for glob, price in self.gpu_hour.items() if fnmatchcase(name.lower(), glob.lower())), None)

    def to_json(self) -> dict[str, object]:
        """What a cost keeps of it: JSON values, prices as text, nothing that is not said."""
        said: dict[str, object] = {"machine": self.machine, "purchase": self.purchase}
        for name in ("cpu_hour", "memory_gib_hour", "machine_hour", "cpus", "gpus", "energy_kwh"):
            value = getattr(self, name)
            if value is not None:
                said[name] = str(value)
        if self.memory is not None:
            said["memory"] = self.memory
        if self.gpu_hour:
            said["gpu_hour"] = {glob: str(price) for glob, price in self.gpu_hour.items()}
        for name, moment in (("from", self.begin), ("until", self.end)):
            if math.isfinite(moment):
                said[name] = dt.datetime.fromtimestamp(moment, dt.UTC).isoformat()
        if self.windows:
            said["windows"] = [window.to_json() for window in self.windows]
        if self.source:
            said["source"] = self.source
        return said


@dataclass(frozen=True)
class PriceBook:
    """All prices of a workspace."""

    currency: str
    """ISO 4217."""
    rates: tuple[Rate, ...] = ()
    """The workspace's own before the default ones; exact names before globs."""
    storage_gib_month: Mapping[str, Decimal] = field(default_factory=dict)
    """By tier: ``store``, ``archive``."""
    egress_gib: Decimal | None = None
    digest: str = ""
    """Of the text that it was read from."""

    def rates_of(self, machine: str, purchase: str) -> Sequence[Rate]:
        """Rates of the entry that speaks of a machine class, whenever they are in force."""
        for rate in self.rates:
            if fnmatchcase(machine, rate.machine):
                entry = (item for item in self.rates if item.machine == rate.machine)
                found = tuple(item for item in entry if item.purchase == purchase)
                if found:
                    return found
        return ()

    def rate(self, machine: str, purchase: str, moment: float) -> Rate | None:
        """The rate in force at a moment in epoch seconds; None where there is none."""
        found = (rate for rate in self.rates_of(machine, purchase) if rate.begin <= moment < rate.end)
        return next(found, None)
