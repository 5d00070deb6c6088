"""What was spent, on what, and what was not spent: the ledger's usage added up by whoever wants to know.

Each fact counts in exactly one line, and in one column of it: what ended well, failed, was stopped, or lay idle. Costs
in different currencies are never added. What has no price counts in no sum, and is told beside it. A fact counts when
it ended.

Not for adding up (``usage_sums``), nor for showing (``cli``, ``panels``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jupyter_mlpipe.costs.money import to_decimal
from jupyter_mlpipe.costs.periods import PERIODS, periods_between
from jupyter_mlpipe.errors import CostReportError
from jupyter_mlpipe.ledger.usage_sums import DIMENSIONS, UsageSum, labels_of, sum_usage, usage_bounds

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.ledger.database import Connection

LABEL = "label:"
BY = (*(name for name in DIMENSIONS if name != "labels"), "outcome", *PERIODS)
"""What reports can be made by; and ``label:KEY``."""
NONE = "(none)"
"""Stands for whatever has no stage, owner, label and so on."""

_FAILED = frozenset({"failed", "died", "timeout"})
_STOPPED = frozenset({"cancelled", "discarded", "lost"})
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


@dataclass
class CostLine:
    """What one group used and cost, in one currency. Amounts are billionths of it."""

    group: tuple[str, ...]
    currency: str
    attempts: int = 0
    hits: int = 0
    retries: int = 0
    """Attempts after a first one."""
    runs: int = 0
    amount: int = 0
    """All that is known; the next four add up to it."""
    done: int = 0
    failed: int = 0
    """Failed, died, or took too long."""
    stopped: int = 0
    """Cancelled, discarded since something above changed, or lost with their runner."""
    idle: int = 0
    """Workers that were there and did nothing."""
    retried: int = 0
    """Of the amount: attempts after a first one."""
    unknown: int = 0
    """Facts that have no price, and are in no amount."""
    saved_by_cache: int = 0
    saved_by_scaling: int = 0
    """Workers that were sent away."""
    unsaved: int = 0
    """Hits of which nobody knows what they saved."""
    seconds: float = 0.0
    """Of attempts."""
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    gpu_busy_seconds: float = 0.0
    energy: float | None = None
    """Joules."""
    bytes_stored: int = 0
    rows: int = 0
    rows_amount: int = 0

    def take(self, usage: UsageSum) -> None:
        """Count facts of its group."""
        if usage.unknown is not None:
            self.unknown += usage.count
        self.amount += usage.amount
        if usage.kind == "idle":
            self.idle += usage.amount
            self.saved_by_scaling += usage.saved
            return
        if usage.kind == "hit":
            self.hits += usage.count
            self.saved_by_cache += usage.saved
            self.unsaved += usage.unsaved
            return
        if usage.outcome in _FAILED:
            self.failed += usage.amount
        elif usage.outcome in _STOPPED:
            self.stopped += usage.amount
        else:
            self.done += usage.amount
        self.attempts += usage.count
        if usage.retried:
            self.retries += usage.count
            self.retried += usage.amount
        self.seconds += usage.seconds
        self.cpu_seconds += usage.cpu_seconds
        self.gpu_seconds += usage.gpu_seconds
        self.gpu_busy_seconds += usage.gpu_busy_seconds
        if usage.energy is not None:
            self.energy = (self.energy or 0.0) + usage.energy
        self.bytes_stored += usage.bytes_stored
        self.rows += usage.rows
        self.rows_amount += usage.rows_amount

    def add(self, other: CostLine) -> None:
        """Count all that another line counts; their runs are different ones."""
        for item in fields(self):
            mine, its = getattr(self, item.name), getattr(other, item.name)
            if item.name not in ("group", "currency") and its is not None:
                setattr(self, item.name, its if mine is None else mine + its)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: idle time that was shared out among stages."""
        told = (self.attempts, self.hits, self.amount, self.unknown, self.saved_by_scaling)
        return not any(told)

    @property
    def per_run(self) -> int | None:
        """What a run cost on the average; None without runs, and where a cost is unknown."""
        return None if self.unknown or not self.runs else self.amount // self.runs

    @property
    def per_row(self) -> float | None:
        """What a row of data cost that a stage read, in units of the currency; None where nobody read any."""
        return float(to_decimal(self.rows_amount)) / self.rows if self.rows else None

    def to_json(self, by: Sequence[str]) -> dict[str, Any]:
        """JSON values; amounts as exact decimal text in units of the currency."""
        found: dict[str, Any] = {"group": dict(zip(by, self.group, strict=True)), "currency": self.currency}
        for item in fields(self)[2:]:
            value = getattr(self, item.name)
            found[item.name] = exact(value) if item.name in _AMOUNTS else value
        found["per_run"] = None if self.per_run is None else exact(self.per_run)
        found["per_row"] = self.per_row
        return found


_AMOUNTS = frozenset(
    ("amount", "done", "failed", "stopped", "idle", "retried", "saved_by_cache", "saved_by_scaling", "rows_amount")
)


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


def exact(amount: int) -> str:
    """An amount in units of its currency, as text that loses nothing."""
    return f"{to_decimal(amount):f}"


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
    columns = tuple(dict.fromkeys(column for name in (*by, *selection.where, "run") for column in _columns(name)))
    lines: dict[tuple[tuple[str, ...], str], CostLine] = {}
    runs: dict[tuple[tuple[str, ...], str], set[str]] = {}
    all_runs: dict[str, set[str]] = {}
    reasons: dict[str, int] = {}
    with ledger.read() as connection:
        for period, sums in _by_period(connection, by, selection, columns):
            if share_idle:
                sums = _shared(sums, columns)
            for usage in sums:
                values = dict(zip(columns, usage.group, strict=True))
                if not all(
                    fnmatchcase(_value(name, values, usage, period), glob) for name, glob in selection.where.items()
                ):
                    continue
                key = tuple(_value(name, values, usage, period) for name in by), usage.currency
                if key not in lines:
                    lines[key], runs[key] = CostLine(*key), set()
                lines[key].take(usage)
                runs[key].add(values["run"] or "")
                all_runs.setdefault(usage.currency, set()).add(values["run"] or "")
                if usage.unknown is not None:
                    reasons[usage.unknown] = reasons.get(usage.unknown, 0) + usage.count
    totals = {currency: CostLine((), currency) for currency in sorted({currency for _, currency in lines})}
    for key, line in lines.items():
        line.runs = len(runs[key])
        totals[line.currency].add(line)
    for currency, total in totals.items():
        total.runs = len(all_runs[currency])
    lines = {key: line for key, line in lines.items() if not line.is_empty}
    timed = next((index for index, name in enumerate(by) if name in PERIODS), None)
    ordered = sorted(
        lines.values(),
        key=lambda line: (line.currency, "" if timed is None else line.group[timed], -line.amount, line.group),
    )
    return CostReport(
        by=tuple(by),
        selection=selection,
        lines=tuple(ordered),
        totals=tuple(totals.values()),
        reasons=dict(sorted(reasons.items(), key=lambda item: -item[1])),
        shared_idle=share_idle,
    )


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


def _value(name: str, values: Mapping[str, str | None], usage: UsageSum, period: str) -> str:
    if name.startswith(LABEL):
        return labels_of(values["labels"]).get(name[len(LABEL) :], NONE)
    if name == "outcome":
        return usage.outcome
    return period if name in PERIODS else values[name] or NONE


def _by_period(
    connection: Connection, by: Sequence[str], selection: Selection, columns: Sequence[str]
) -> Iterator[tuple[str, Iterable[UsageSum]]]:
    """The sums of each period that is asked for; of all time together where none is."""
    every = next((name for name in by if name in PERIODS), None)
    if every is None:
        yield "", sum_usage(connection, columns, begin=selection.begin, end=selection.end, run=selection.run)
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
        first, last = max(period.begin, begin), min(period.end, end)
        yield period.name, sum_usage(connection, columns, begin=first, end=last, run=selection.run)


def _shared(sums: Iterable[UsageSum], columns: Sequence[str]) -> Iterator[UsageSum]:
    """Each run's idle cost as a part of its attempts', to the billionth; idle as it was where nothing else cost."""
    from dataclasses import replace

    at = list(columns).index("run")
    idle: dict[tuple[str | None, str], list[UsageSum]] = {}
    spent: dict[tuple[str | None, str], list[UsageSum]] = {}
    for usage in sums:
        key = usage.group[at], usage.currency
        if usage.kind == "idle" and usage.amount:
            idle.setdefault(key, []).append(usage)
        elif usage.amount:
            spent.setdefault(key, []).append(usage)
        else:
            yield usage
    for key in idle.keys() | spent.keys():
        takers = spent.get(key, [])
        if not takers:
            yield from idle[key]
            continue
        left, weight = sum(usage.amount for usage in idle.get(key, ())), sum(usage.amount for usage in takers)
        for usage in takers:
            part = left * usage.amount // weight if weight else 0
            left, weight = left - part, weight - usage.amount
            yield replace(usage, amount=usage.amount + part)
        for usage in idle.get(key, ()):
            yield replace(usage, amount=0)
