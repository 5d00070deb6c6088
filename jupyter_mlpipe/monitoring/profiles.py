"""Profiles: what is known of a frame's columns without its rows. Frozen, mergeable, small.

Two profiles of parts of a frame merge into the profile of the whole. Not for making one of a frame (``profiling``), for
its bytes (``profile_bytes``), nor for comparing two (``drift``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from jupyter_mlpipe.monitoring import sketches
from jupyter_mlpipe.monitoring.value_counts import ValueCounts
from jupyter_mlpipe.statistics.arrays import Array

Kind = Literal["number", "text", "boolean", "time", "other"]
"""``other``: only counted, such as lists, bytes, or a column without any value. A category is of its values' kind."""

ORDERED: tuple[Kind, ...] = ("number", "time")
"""Kinds with quantiles; a time is in seconds since the epoch, UTC."""

Segment = tuple[tuple[str, str], ...]
"""Column and value of each column by which rows were told apart."""


@dataclass(frozen=True)
class Moments:
    """Sums over finite values, by which means and variances merge."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared differences from the mean."""
    low: float = math.inf
    high: float = -math.inf

    def merge(self, other: Moments) -> Moments:
        """Of both (Chan, Golub and LeVeque, "Updating formulae", 1979)."""
        if not self.n or not other.n:
            return self if self.n else other
        n, apart = self.n + other.n, other.mean - self.mean
        mean = self.mean + apart * other.n / n
        squares = self.squares + other.squares + apart * apart * self.n * other.n / n
        return Moments(n, mean, squares, min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True)
class ColumnProfile:
    """What is known of a column."""

    name: str
    kind: Kind
    dtype: str
    count: int = 0
    """Rows, nulls included."""
    nulls: int = 0
    """None, NaN, NaT, NA."""
    infinite: int = 0
    """Positive and negative infinities: kept out of quantiles and moments."""
    mixed: int = 0
    """Values of another kind than the column's."""
    moments: Moments = field(default_factory=Moments)
    counts: ValueCounts = field(default_factory=ValueCounts.none)
    hashed: bool = False
    """Values stand as keyed digests, and a number's quantiles are left out: the column is personal, or may be."""
    key: str = ""
    """Which key the digests were made with; values of two keys cannot be compared."""
    registers: Array = field(default=None, repr=False, compare=False)
    """HyperLogLog registers, shape ``(4096,)``."""
    sketch: Any = field(default=None, repr=False, compare=False)
    """KLL sketch of finite numbers or times; None where there is none."""

    @property
    def valid(self) -> int:
        """How many values are of the column's kind and finite."""
        return self.count - self.nulls - self.infinite - self.mixed

    @property
    def minimum(self) -> float | None:
        """The least finite value; None where there is none, or it is not told."""
        return self.moments.low if self.moments.n else None

    @property
    def maximum(self) -> float | None:
        """The greatest finite value."""
        return self.moments.high if self.moments.n else None

    @property
    def mean(self) -> float | None:
        """The mean of the finite values."""
        return self.moments.mean if self.moments.n else None

    @property
    def stddev(self) -> float | None:
        """The standard deviation of the finite values, with n - 1; None for fewer than two."""
        return math.sqrt(self.moments.squares / (self.moments.n - 1)) if self.moments.n > 1 else None

    @property
    def complete(self) -> bool:
        """`frequent` holds every value, exactly."""
        return self.counts.complete

    @property
    def distinct(self) -> float:
        """How many distinct values there are: exact where `complete`, else estimated within some 3 %."""
        return float(len(self.counts.counts)) if self.complete else sketches.distinct_values(self._registers)[0]

    @property
    def rank_error(self) -> float:
        """By how much ranks of `cdf` and `quantiles` may be off, with 99 % confidence; 0 where they are exact."""
        return sketches.rank_error(self.sketch) if self.sketch is not None else 0.0

    def frequent(self) -> Mapping[str, int]:
        """How often values occur, the most frequent first; empty where they are not counted."""
        return dict(sorted(self.counts.counts.items(), key=lambda item: (-item[1], item[0])))

    def quantiles(self, probabilities: Array) -> Array:
        """Values below which these shares of all finite values lie; NaN where there are none.

        Parameters
        ----------
        probabilities
            Within [0, 1], shape ``(n,)``.
        """
        import numpy as np

        if self.sketch is None or self.sketch.is_empty():
            return np.full(len(probabilities), np.nan)
        return np.asarray(self.sketch.get_quantiles(np.asarray(probabilities, dtype=np.float64), inclusive=True))

    def cdf(self, points: Array) -> Array:
        """Share of finite values at or below each point; NaN where there are none.

        Parameters
        ----------
        points
            In any order, shape ``(n,)``.
        """
        import numpy as np

        points = np.asarray(points, dtype=np.float64)
        if self.sketch is None or self.sketch.is_empty():
            return np.full(len(points), np.nan)
        distinct, places = np.unique(points, return_inverse=True)
        if not len(distinct):
            return np.empty(0)
        return np.asarray(self.sketch.get_cdf(distinct, inclusive=True))[:-1][places]

    @property
    def _registers(self) -> Array:
        return self.registers if self.registers is not None else sketches.no_registers()


@dataclass(frozen=True)
class Profile:
    """What is known of a frame."""

    rows: int
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    """By name, in the frame's order."""
    start: float | None = None
    """Of the window that the rows are from, in seconds since the epoch; half open."""
    end: float | None = None
    segments: Mapping[Segment, Profile] = field(default_factory=dict)
    """Of the rows in which the columns have these values; without segments of their own."""
    chunks: tuple[Profile, ...] = ()
    """Of parts in order: how much the data varies by itself. Kept by references only."""

    def merge(self, other: Profile) -> Profile:
        """Of both frames' rows."""
        return merged([self, other])

    def to_bytes(self) -> bytes:
        """A compact form; see `from_bytes`."""
        from jupyter_mlpipe.monitoring.profile_bytes import to_bytes

        return to_bytes(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Read what `to_bytes` wrote. Raises `ProfileError` where it is damaged or of a newer version."""
        from jupyter_mlpipe.monitoring.profile_bytes import from_bytes

        return from_bytes(data)


def merged(profiles: Sequence[Profile]) -> Profile:
    """The profile of several frames' rows together.

    A column that some of them lack counts as null there. Chunks follow one another; segments merge by their values.
    """
    if len(profiles) == 1:
        return profiles[0]
    names = list(dict.fromkeys(name for item in profiles for name in item.columns))
    rows = sum(item.rows for item in profiles)
    columns = {name: _merged_column(name, profiles) for name in names}
    starts = [item.start for item in profiles if item.start is not None]
    ends = [item.end for item in profiles if item.end is not None]
    by_segment: dict[Segment, list[Profile]] = {}
    for item in profiles:
        for segment, part in item.segments.items():
            by_segment.setdefault(segment, []).append(part)
    return Profile(
        rows,
        columns,
        min(starts, default=None),
        max(ends, default=None),
        {segment: merged(parts) for segment, parts in by_segment.items()},
        tuple(chunk for item in profiles for chunk in item.chunks),
    )


def _merged_column(name: str, profiles: Iterable[Profile]) -> ColumnProfile:
    parts = [item.columns.get(name) for item in profiles]
    absent = sum(item.rows for item, part in zip(profiles, parts, strict=True) if part is None)
    there = [part for part in parts if part is not None]
    merged_column = _of_one_kind(there)
    return replace(merged_column, count=merged_column.count + absent, nulls=merged_column.nulls + absent)


def _of_one_kind(parts: Sequence[ColumnProfile]) -> ColumnProfile:
    """Parts of another kind than most values' count as mixed."""
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    weights: dict[Kind, int] = {}
    for part in parts:
        weights[part.kind] = weights.get(part.kind, 0) + (part.valid if part.kind != "other" else 0)
    kind = max(weights, key=lambda item: (weights[item], item != "other", item))  # the same, whichever comes first
    same = [part for part in parts if part.kind == kind]
    others = [part for part in parts if part.kind != kind]
    moments = Moments()
    for part in same:
        moments = moments.merge(part.moments)
    hashed, keys = any(part.hashed for part in same), {part.key for part in same if part.hashed}
    comparable = len(keys) <= 1 and (not hashed or all(part.hashed or not part.valid for part in same))
    counted = [part.counts for part in same if part.valid]
    counts = ValueCounts.merged(counted) if comparable and counted else ValueCounts.none()
    kept = [part.sketch for part in same if part.sketch is not None]
    secret = hashed and kind in ORDERED
    return ColumnProfile(
        name=same[0].name,
        kind=kind,
        dtype=next((part.dtype for part in same if part.valid), same[0].dtype),
        count=sum(part.count for part in parts),
        nulls=sum(part.nulls for part in parts),
        infinite=sum(part.infinite for part in same),
        mixed=sum(part.mixed for part in same) + sum(part.count - part.nulls for part in others),
        moments=Moments() if secret else moments,
        counts=counts,
        hashed=hashed,
        key=min(keys, default=""),
        registers=np.maximum.reduce([part._registers for part in same]),  # noqa: SLF001 - parts of the same class
        sketch=sketches.merged_quantiles(kept) if kept and not secret else None,
    )
