"""The measures of one column, each with what it must exceed. Not for what a finding is called (``findings``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from blake3 import blake3

from jupyter_mlpipe.monitoring.drift import statistics
from jupyter_mlpipe.monitoring.drift.calibration import (
    chunk_resamples,
    pooled_resamples,
    rate_tail,
    spread_of_chunks,
    tail,
    unseen_bound,
)
from jupyter_mlpipe.monitoring.drift.cells import (
    CategoryCells,
    binned,
    category_cells,
    category_counts,
    number_cells,
    of_cells,
)
from jupyter_mlpipe.monitoring.drift.report import DriftOptions, Statistic
from jupyter_mlpipe.monitoring.profiles import ORDERED, ColumnProfile
from jupyter_mlpipe.statistics.arrays import Array

POWERS: Mapping[str, int] = {
    "psi": 1,
    "js_distance": 2,
    "wasserstein": 2,
    "ks": 2,
    "cramers_v": 2,
    "l_infinity": 2,
}
"""To which power a distance is near to a sum of squares."""

RATES = ("null_rate", "infinite_rate", "mixed_rate")

MEASURES = 8
"""Among so many measures a column's share of the chance is divided."""


@dataclass(frozen=True)
class Measured:
    """A column's measures."""

    statistics: tuple[Statistic, ...] = ()
    unseen: Mapping[str, float] = field(default_factory=dict)
    """Values that are new, with their shares, where they are too many for chance."""
    missing: Mapping[str, float] = field(default_factory=dict)
    compared: bool = True
    """False: the values cannot be compared; only how many there are was."""


def measure(
    reference: ColumnProfile,
    current: ColumnProfile,
    chunks: Sequence[ColumnProfile],
    level: float,
    options: DriftOptions,
) -> Measured:
    """Measure a column.

    Parameters
    ----------
    reference, current
        Of one kind, or one of them without any value.
    chunks
        Of the reference; none where its variation is not known.
    level
        How often all measures of an unchanged column together may exceed what they must.
    options
        Give the least effects that count.
    """
    share = level / MEASURES
    rates = [_rate(name, (reference, current), chunks, share, options) for name in RATES]
    found = tuple(rate for rate in rates if rate is not None)
    enough = min(reference.valid, current.valid) >= options.minimum_rows
    if not enough or reference.kind != current.kind or reference.kind == "other":
        return Measured(found, compared=False)
    chunks = [chunk for chunk in chunks if chunk.kind == reference.kind and chunk.valid]
    if reference.kind in ORDERED:
        if reference.sketch is None or current.sketch is None:
            return Measured(found, compared=False)
        return Measured((*_numbers(reference, current, chunks, share, options), *found))
    if not reference.counts.applies or not current.counts.applies or reference.key != current.key:
        return Measured(found, compared=False)
    measured = _categories(reference, current, chunks, share, options)
    return replace(measured, statistics=(*measured.statistics, *found))


# -- numbers ----------------------------------------------------------------------------------------------------------


def _numbers(
    reference: ColumnProfile,
    current: ColumnProfile,
    chunks: Sequence[ColumnProfile],
    level: float,
    options: DriftOptions,
) -> list[Statistic]:
    import numpy as np

    cells = number_cells(reference, current)
    n, m = current.valid, reference.valid
    deviation = reference.stddev or current.stddev or 0.0

    def measures(before: Array, after: Array) -> dict[str, Array]:
        """From distribution functions at the points."""
        p, q = binned(before, cells.bins), binned(after, cells.bins)
        found = {
            "psi": statistics.psi(statistics.smoothed(p * m), statistics.smoothed(q * n)),
            "js_distance": statistics.js_distance(p, q),
            "ks": statistics.ks(before, after),
        }
        if deviation > 0 and np.isfinite(deviation):
            found["wasserstein"] = statistics.wasserstein(before, after, cells.points, deviation)
        return found

    values = {name: float(value) for name, value in measures(cells.reference, cells.current).items()}

    def by_chance() -> Iterator[dict[str, Array]]:
        seed = _seed(reference.name)
        before, after = pooled_resamples(of_cells(cells.reference), of_cells(cells.current), n, m, seed=seed)
        yield measures(np.cumsum(before, axis=1), np.cumsum(after, axis=1))
        if len(chunks) > 1:
            parts = np.array([of_cells(chunk.cdf(cells.points)) * chunk.valid for chunk in chunks])
            before, after = chunk_resamples(parts, n, seed=seed)
            yield measures(np.cumsum(before, axis=1), np.cumsum(after, axis=1))

    allowed = {"ks": reference.rank_error + current.rank_error}
    p_values = {"ks": statistics.ks_p_value(values["ks"], n, m)}
    return _judged(values, by_chance, level, options, allowed=allowed, p_values=p_values)


def _categories(
    reference: ColumnProfile,
    current: ColumnProfile,
    chunks: Sequence[ColumnProfile],
    level: float,
    options: DriftOptions,
) -> Measured:
    import numpy as np

    cells = category_cells(reference, current)
    n, m = current.valid, reference.valid

    def measures(p: Array, q: Array) -> dict[str, Array]:
        return {
            "psi": statistics.psi(statistics.smoothed(p * m), statistics.smoothed(q * n)),
            "js_distance": statistics.js_distance(p, q),
            "cramers_v": statistics.cramers_v(p, q, n, m),
            "l_infinity": statistics.l_infinity(p, q),
        }

    values = {name: float(value) for name, value in measures(cells.reference, cells.current).items()}

    def by_chance() -> Iterator[dict[str, Array]]:
        seed, size = _seed(reference.name), len(cells.reference)
        yield measures(*pooled_resamples(cells.reference, cells.current, n, m, seed=seed))
        usable = [chunk for chunk in chunks if chunk.counts.applies and chunk.key == reference.key]
        if len(usable) > 1:
            parts = np.array([category_counts(cells.names, chunk, size) for chunk in usable])
            yield measures(*chunk_resamples(parts, n, seed=seed))

    judged = _judged(values, by_chance, level, options) if len(cells.reference) > 1 else []
    unseen = _unseen(cells, reference, current, level, options)
    gone = _gone(cells, reference, current, level)
    missing = _missing(gone, options) if current.complete else None
    found = [*judged, *(item for item in (unseen, missing) if item is not None)]
    return Measured(
        tuple(found),
        cells.unseen if unseen is not None and unseen.drifted else {},
        gone if missing is not None and missing.drifted else {},
    )


def _unseen(
    cells: CategoryCells, reference: ColumnProfile, current: ColumnProfile, level: float, options: DriftOptions
) -> Statistic | None:
    """The share of values that the reference never had; by chance it is what the reference has missed."""
    if not reference.complete:
        return None
    share = sum(cells.unseen.values())
    often = Counter(reference.counts.counts.values())
    missed = unseen_bound(often[1], often[2], reference.valid, level / 2)
    threshold = max(options.least("unseen"), missed + rate_tail(missed, current.valid, level / 2))
    return Statistic("unseen", share, threshold, share > threshold)


def _missing(gone: Mapping[str, float], options: DriftOptions) -> Statistic:
    """The share that those values had which are gone, and would not all be by chance."""
    share, threshold = sum(gone.values()), options.least("missing")
    return Statistic("missing", share, threshold, share > threshold)


def _gone(cells: CategoryCells, reference: ColumnProfile, current: ColumnProfile, level: float) -> dict[str, float]:
    """Values that are gone although the chance of that is small.

    All ``b`` of a value's occurrences in both samples are in the reference with the chance ``(m / (n + m))^b``
    (Fisher's exact test, in its limit of a rare value).
    """
    counts, many = reference.counts.counts, max(1, len(reference.counts.counts))
    in_reference = reference.valid / (reference.valid + current.valid)
    return {name: share for name, share in cells.missing.items() if in_reference ** counts[name] < level / many}


# -- judging ----------------------------------------------------------------------------------------------------------


def _judged(
    values: Mapping[str, float],
    by_chance: Callable[[], Iterator[dict[str, Array]]],
    level: float,
    options: DriftOptions,
    *,
    allowed: Mapping[str, float] | None = None,
    p_values: Mapping[str, float] | None = None,
) -> list[Statistic]:
    """Compare each value with what counts and, where it is more, with what chance reaches.

    A few values far out move the Wasserstein distance more than resamples can tell; so the distribution function must
    differ by more than chance, too, for it to count.
    """
    least = {name: options.least(name) for name in values}
    reached: dict[str, float] = {}
    if any(value > least[name] for name, value in values.items()):
        for chance in by_chance():
            for name, draws in chance.items():
                reached[name] = max(reached.get(name, 0.0), tail(draws, level, POWERS[name]))
        for name, more in (allowed or {}).items():
            reached[name] += more
    found = []
    for name, value in values.items():
        threshold = max(least[name], reached.get(name, 0.0))
        drifted = value > threshold and (name != "wasserstein" or values["ks"] > reached["ks"])
        found.append(Statistic(name, value, threshold, drifted, (p_values or {}).get(name)))
    return found


def _rate(
    name: str,
    sides: tuple[ColumnProfile, ColumnProfile],
    chunks: Sequence[ColumnProfile],
    level: float,
    options: DriftOptions,
) -> Statistic | None:
    """The difference of the share of nulls, infinities, or values of another kind."""
    reference, current = sides
    before, after = _share(name, reference), _share(name, current)
    if name != "null_rate" and not before and not after:
        return None
    n, m = current.count, reference.count
    if not n or not m:
        return None
    pooled = (before * m + after * n + 1) / (m + n + 2)
    by_chance = rate_tail(pooled, n, level) + rate_tail(pooled, m, level)
    natural = spread_of_chunks([_share(name, chunk) for chunk in chunks if chunk.count], level)
    threshold = max(options.least(name), by_chance, natural)
    return Statistic(name, after - before, threshold, abs(after - before) > threshold)


def _share(name: str, column: ColumnProfile) -> float:
    part = {"null_rate": column.nulls, "infinite_rate": column.infinite, "mixed_rate": column.mixed}[name]
    return part / column.count if column.count else 0.0


def _seed(name: str) -> int:
    return int.from_bytes(blake3(name.encode("utf-8", "surrogatepass")).digest(8))
