"""What was spent, on what, and what was not spent: the ledger's usage added up by whoever wants to know.

Each fact counts in exactly one line, and in one column of it: what ended well, failed, was stopped, or lay idle. Costs
in different currencies are never added. What has no price counts in no sum, and is told beside it. A fact counts when
it ended.

Not for adding up (``usage_sums``), nor for showing (``cli``, ``panels``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jupyter_mlpipe.costs.cost_lines import CostLine
from jupyter_mlpipe.costs.periods import PERIODS, periods_between
from jupyter_mlpipe.errors import CostReportError
from jupyter_mlpipe.ledger.usage_sums import (
    DIMENSIONS,
    UsageSum,
    costs_by_run,
    labels_of,
    runs_with_usage,
    sum_usage,
    usage_bounds,
)

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.ledger.database import Connection, Row

LABEL = "label:"
BY = (*(name for name in DIMENSIONS if name != "labels"), "outcome", *PERIODS)
"""What reports can be made by; and ``label:KEY``."""
NONE = "(none)"
"""Stands for whatever has no stage, owner, label and so on."""

_MOST_PERIODS = 1000


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which usage a report is of."""

    begin: float | None = None
    """Seconds since the epoch; None for all from the beginning."""
    end: float | None = None
    """What ended before that."""
    zone: str = "UTC"
    """Whose days, weeks and months count."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Globs by what reports can be made by, but for times; only what matches all of them."""
    run: str | None = None

    def moments(self) -> dict[str, str | None]:
        """Begin and end in ISO 8601."""
        zone = ZoneInfo(self.zone)
        given = {"begin": self.begin, "end": self.end}
        return {
            name: None if moment is None else dt.datetime.fromtimestamp(moment, zone).isoformat()
            for name, moment in given.items()
        }


@dataclass(frozen=True, kw_only=True)
class CostReport:
    """Costs by groups."""

    by: tuple[str, ...]
    selection: Selection
    lines: tuple[CostLine, ...]
    """By currency, then the dearest first; by time where a group is a time."""
    totals: tuple[CostLine, ...]
    """One for each currency."""
    reasons: Mapping[str, int]
    """Why costs are unknown, and for how many facts each."""
    shared_idle: bool = False

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "by": list(self.by),
            **self.selection.moments(),
            "zone": self.selection.zone,
            "where": dict(self.selection.where),
            "run": self.selection.run,
            "shared_idle": self.shared_idle,
            "lines": [line.to_json(self.by) for line in self.lines],
            "totals": [line.to_json(()) for line in self.totals],
            "unknown": dict(self.reasons),
        }


def cost_report(
    ledger: Ledger, by: Sequence[str] = ("pipeline",), selection: Selection | None = None, *, share_idle: bool = False
) -> CostReport:
    """Add up what was spent.

    Parameters
    ----------
    ledger
        Where usage is recorded.
    by
        Some of `BY`, or ``label:KEY``.
    selection
        Which usage; all of it where None.
    share_idle
        Share each run's idle time out among its stages, by what they cost; the sums stay the same.

    Raises
    ------
    CostReportError
        Nothing can be added up by that, or there are too many days.
    """
    selection = selection or Selection()
    for name in (*by, *selection.where):
        check_dimension(name)
    columns = tuple(dict.fromkeys(column for name in (*by, *selection.where) for column in _columns(name)))
    adding = _Adding(tuple(by), selection, columns)
    with ledger.read() as connection:
        for name, interval in _intervals(connection, by, selection):
            adding.sums(name, sum_usage(connection, columns, **interval))
            adding.runs(name, runs_with_usage(connection, columns, **interval))
            if share_idle:
                adding.share_idle(name, costs_by_run(connection, columns, **interval))
    timed = next((index for index, name in enumerate(by) if name in PERIODS), None)
    ordered = sorted(
        (line for line in adding.lines.values() if not line.is_empty),
        key=lambda line: (line.currency, "" if timed is None else line.group[timed], -line.amount, line.group),
    )
    return CostReport(
        by=tuple(by),
        selection=selection,
        lines=tuple(ordered),
        totals=adding.totals(),
        reasons=dict(sorted(adding.reasons.items(), key=lambda item: -item[1])),
        shared_idle=share_idle,
    )


class _Adding:
    """Adds sums of the database up to lines."""

    def __init__(self, by: tuple[str, ...], selection: Selection, columns: tuple[str, ...]) -> None:
        self.lines: dict[tuple[tuple[str, ...], str], CostLine] = {}
        self.reasons: dict[str, int] = {}
        self._by = by
        self._where = selection.where
        self._columns = columns
        self._runs: dict[tuple[tuple[str, ...], str], set[str]] = {}
        self._keys: dict[tuple[Any, ...], tuple[str, ...] | None] = {}

    def sums(self, period: str, found: Iterable[UsageSum]) -> None:
        """Count facts."""
        for usage in found:
            line = self._line(period, usage.group, usage.outcome, usage.currency)
            if line is None:
                continue
            line.take(usage)
            if usage.unknown is not None:
                self.reasons[usage.unknown] = self.reasons.get(usage.unknown, 0) + usage.count

    def runs(self, period: str, found: Iterable[tuple[tuple[str | None, ...], str, str, str]]) -> None:
        """Count runs."""
        for group, outcome, currency, run in found:
            key = self._key(period, group, outcome)
            if key is not None:
                self._runs.setdefault((key, currency), set()).add(run)

    def share_idle(self, period: str, found: Iterable[Row]) -> None:
        """Move each run's idle cost to what else it spent, by what that cost, to the billionth."""
        idle: dict[tuple[str, str], list[Row]] = {}
        spent: dict[tuple[str, str], list[Row]] = {}
        for row in found:
            (idle if row["kind"] == "idle" else spent).setdefault((row["its_run"], row["currency"]), []).append(row)
        for key, rows in idle.items():
            takers = spent.get(key, [])
            weight = sum(int(row["amount"]) for row in takers)
            left = sum(int(row["amount"]) for row in rows)
            if not takers or not left:
                continue
            for row in rows:
                self._move(period, row, -int(row["amount"]))
            for row in takers:
                amount = int(row["amount"])
                part = left * amount // weight
                left, weight = left - part, weight - amount
                self._move(period, row, part)

    def totals(self) -> tuple[CostLine, ...]:
        """One line for each currency; now the lines know their runs, too."""
        found = {currency: CostLine((), currency) for currency in sorted({currency for _, currency in self.lines})}
        runs: dict[str, set[str]] = {}
        for key, line in self.lines.items():
            line.runs = len(self._runs.get(key, ()))
            found[line.currency].add(line)
            runs.setdefault(line.currency, set()).update(self._runs.get(key, ()))
        for currency, total in found.items():
            total.runs = len(runs[currency])
        return tuple(found.values())

    def _move(self, period: str, row: Row, amount: int) -> None:
        group = tuple(row[f"by_{name}"] for name in self._columns)
        line = self._line(period, group, row["outcome"], row["currency"])
        if line is not None:
            line.shift(row["kind"], row["outcome"], amount)

    def _line(self, period: str, group: tuple[str | None, ...], outcome: str, currency: str) -> CostLine | None:
        key = self._key(period, group, outcome)
        if key is None:
            return None
        if (key, currency) not in self.lines:
            self.lines[key, currency] = CostLine(key, currency)
        return self.lines[key, currency]

    def _key(self, period: str, group: tuple[str | None, ...], outcome: str) -> tuple[str, ...] | None:
        """The group of a line; None for what was not asked for."""
        place = period, group, outcome
        if place not in self._keys:
            values = dict(zip(self._columns, group, strict=True))
            wanted = all(fnmatchcase(_value(name, values, outcome, period), glob) for name, glob in self._where.items())
            self._keys[place] = tuple(_value(name, values, outcome, period) for name in self._by) if wanted else None
        return self._keys[place]


def check_dimension(name: str) -> None:
    """Refuse what costs are not kept by. Raises `CostReportError`."""
    if name in BY or (name.startswith(LABEL) and len(name) > len(LABEL)):
        return
    from difflib import get_close_matches

    near = get_close_matches(name, (*BY, "label:KEY"), n=1)
    raise CostReportError(
        f"costs are not kept by {name!r}",
        hint=f"{f'did you mean {near[0]}? ' if near else ''}There are: {', '.join(BY)}, label:KEY",
    )


def _columns(name: str) -> Iterator[str]:
    if name.startswith(LABEL):
        yield "labels"
    elif name in DIMENSIONS:
        yield name


def _value(name: str, values: Mapping[str, str | None], outcome: str, period: str) -> str:
    if name.startswith(LABEL):
        return labels_of(values["labels"]).get(name[len(LABEL) :], NONE)
    if name == "outcome":
        return outcome
    return period if name in PERIODS else values[name] or NONE


def _intervals(connection: Connection, by: Sequence[str], selection: Selection) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each period that is asked for, and what to ask the database for; all time together where none is."""
    every = next((name for name in by if name in PERIODS), None)
    if every is None:
        yield "", {"begin": selection.begin, "end": selection.end, "run": selection.run}
        return
    bounds = usage_bounds(connection)
    if bounds is None:
        return
    begin = bounds[0] if selection.begin is None else max(selection.begin, bounds[0])
    end = bounds[1] + 1e-3 if selection.end is None else min(selection.end, bounds[1] + 1e-3)
    for number, period in enumerate(periods_between(every, begin, end, selection.zone)):
        if number >= _MOST_PERIODS:
            raise CostReportError(
                f"there are more than {_MOST_PERIODS} {every}s from the first usage to the last",
                hint="give --since and --until, or a longer period: month",
            )
        yield period.name, {"begin": max(period.begin, begin), "end": min(period.end, end), "run": selection.run}
