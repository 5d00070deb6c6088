"""Times contestants in turn, so that all see the same quiet and the same noise; medians and ratios from that."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Contestant:
    """What is timed. ``prepare`` runs before each turn and is not timed."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Table:
    """Seconds of each contestant, one column a round; the first one is what the others are compared with."""

    title: str
    seconds: Mapping[str, Sequence[float]]
    peer: str

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, peer: str | None = None) -> float:
        """The median of the rounds' ratios: each round compares neighbours in time."""
        pairs = zip(self.seconds[name], self.seconds[peer or self.peer], strict=True)
        return statistics.median(own / other for own, other in pairs)

    def __str__(self) -> str:
        lines = [self.title]
        for name in self.seconds:
            best = min(self.seconds[name])
            ratio = f"{self.ratio(name):6.3f} of the peer"
            lines.append(f"  {name:<34} median {self.median(name):7.3f} s   best {best:7.3f} s   {ratio}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Growth:
    """One table for each size of the same thing: medians, and what that is for one `unit` of the size."""

    title: str
    unit: str
    tables: Mapping[int, Table]

    def __str__(self) -> str:
        width = 22
        lines = [self.title, f"  {'':<34}" + "".join(f"{f'{size:,} {self.unit}':>{width}}" for size in self.tables)]
        names = dict.fromkeys(name for table in self.tables.values() for name in table.seconds)
        for name in names:
            cells = [self._cell(name, size) for size in self.tables]
            lines.append(f"  {name:<34}" + "".join(f"{cell:>{width}}" for cell in cells))
        return "\n".join(lines)

    def _cell(self, name: str, size: int) -> str:
        if name not in self.tables[size].seconds:
            return "-"
        median = self.tables[size].median(name)
        return f"{median:.3f} s ({1000 * median / size:.2f} ms)"


def interleave(title: str, contestants: Sequence[Contestant], rounds: int) -> Table:
    """Run each contestant once a round, in an order that turns; the first is the peer."""
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds):
        shift = number % len(contestants)
        for contestant in (*contestants[shift:], *contestants[:shift]):
            contestant.prepare()
            begun = time.perf_counter()
            contestant.run()
            seconds[contestant.name].append(time.perf_counter() - begun)
    return Table(f"{title} ({rounds} rounds)", seconds, contestants[0].name)


def conditions() -> str:
    """The machine's class, its load and the date: figures mean nothing without."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {cpus} cores {platform.machine()}, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, load {load:.1f}, bytecode compiled"
    )
