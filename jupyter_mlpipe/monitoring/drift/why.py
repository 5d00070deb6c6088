"""Where drift comes from: which rows carry it, and which frame upstream had it first. Values in, values out.

Not for whether it is drift (``compare``), nor for what the ledger knows of two runs (``run_drift``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlpipe.monitoring.drift.compare import segment_name
from jupyter_mlpipe.monitoring.drift.report import ColumnDrift, DriftReport
from jupyter_mlpipe.monitoring.profiles import ColumnProfile, Profile

FrameName = tuple[str, str]
"""A stage, and the notebook's name of a frame that it made."""


@dataclass(frozen=True)
class SegmentPart:
    """What one segment adds to a column's change."""

    segment: str
    within: float
    """By its own rows being different."""
    mix: float
    """By its share of the rows being different."""
    share_before: float
    share_after: float

    @property
    def whole(self) -> float:
        """Of both together."""
        return self.within + self.mix


@dataclass(frozen=True)
class SegmentParts:
    """A column's change, divided among segments."""

    column: str
    figure: str
    """What changed: ``mean``, ``share of nulls``, ``share of `UA` ``."""
    before: float
    after: float
    parts: tuple[SegmentPart, ...]
    """The greatest first; they sum up to the change."""

    @property
    def within(self) -> float:
        """How much of the change is inside segments; the rest is that their shares changed."""
        return sum(part.within for part in self.parts)

    @property
    def text(self) -> str:
        """For people, one sentence."""
        change = self.after - self.before
        if not self.parts or not change:
            return f"{self.column}: the {self.figure} is as before"
        first = self.parts[0]
        whole = f"the {self.figure} went from {self.before:.4g} to {self.after:.4g}"
        inside = self.within / change
        if inside < 0.5:
            why = "mostly because the segments' shares of the rows changed"
            most = f"{first.segment} went from {first.share_before:.3g} to {first.share_after:.3g}"
            return f"{self.column}: {whole}, {why} ({most} of all)"
        return f"{self.column}: {whole}, and {first.segment} carries {first.whole / change:.0%} of that"


@dataclass(frozen=True)
class Origin:
    """The most upstream frame in which a column had drifted already."""

    column: str
    stage: str
    frame: str
    reasons: tuple[str, ...] = ()
    """What is said of the column there."""
    made_here: bool = False
    """No frame that the stage used has such a column."""
    from_columns: tuple[str, ...] = ()
    """What else had drifted in frames that the stage used, as ``frame.column``: it may have been made of these."""


def ranked(report: DriftReport, importance: Mapping[str, float] | None = None) -> tuple[ColumnDrift, ...]:
    """Columns that drifted, by effect times importance, the greatest first.

    Parameters
    ----------
    report
        Of a comparison.
    importance
        Of columns to the model, of any scale, from 0 upwards; what the report knows where None. A column without one
        counts like the mean of the others.
    """
    known = (
        {item.column: item.importance for item in report.columns if item.importance is not None}
        if importance is None
        else dict(importance)
    )
    mean = sum(known.values()) / len(known) if known else 1.0
    return tuple(
        sorted(report.drifted_columns, key=lambda item: (-item.effect * known.get(item.column, mean), item.column))
    )


def by_segments(reference: Profile, current: Profile, column: str) -> SegmentParts | None:
    """Divide a column's change among segments: the same rows being different, or another mix of rows.

    The change of a mean is ``Σ w̄ Δμ`` (within) and ``Σ Δw (μ̄ - m̄)`` (mix), over segments with shares ``w`` of the
    values and means ``μ``, where a bar is the mean of before and after and ``m̄`` that of the whole (Kitagawa,
    "Components of a difference between two rates", 1955). They sum up to it exactly.

    Parameters
    ----------
    reference, current
        Profiled by the same columns.
    column
        Its mean is divided; of a text, the share of the value whose share changed most; the share of nulls, where that
        changed by more than 2 in 100.

    Returns
    -------
    SegmentParts, or None where there are no segments, or the column is not in both.
    """
    if column not in reference.columns or column not in current.columns:
        return None
    segments = dict.fromkeys([*reference.segments, *current.segments])
    if not segments or not reference.segments or not current.segments:
        return None
    whole = reference.columns[column], current.columns[column]
    figure, value = _figure(*whole)
    sides = [
        {
            segment: _weighed(profile.segments[segment].columns[column], figure, value)
            for segment in segments
            if segment in profile.segments and column in profile.segments[segment].columns
        }
        for profile in (reference, current)
    ]
    totals = [sum(weight for weight, _ in side.values()) for side in sides]
    if not all(totals):
        return None
    before, after = (
        sum(weight * mean for weight, mean in side.values()) / total for side, total in zip(sides, totals, strict=True)
    )
    middle = (before + after) / 2
    parts = []
    for segment in segments:
        (w0, u0), (w1, u1) = (side.get(segment, (0.0, 0.0)) for side in sides)
        # A segment that is on one side only has no change of its own: all of it is mix.
        u0, u1 = (u0 if w0 else u1), (u1 if w1 else u0)
        w0, w1 = w0 / totals[0], w1 / totals[1]
        within, mix = (w0 + w1) / 2 * (u1 - u0), (w1 - w0) * ((u0 + u1) / 2 - middle)
        parts.append(SegmentPart(segment_name(segment), within, mix, w0, w1))
    way = 1.0 if after >= before else -1.0
    parts.sort(key=lambda part: (-way * part.whole, part.segment))
    shown = f"{figure} of `{value}`" if value is not None else figure
    return SegmentParts(column, shown, before, after, tuple(parts))


def origin(
    column: str, frame: FrameName, reports: Mapping[FrameName, DriftReport], used: Mapping[str, Sequence[FrameName]]
) -> Origin | None:
    """The most upstream frame that has the column's drift already.

    Parameters
    ----------
    column
        Of a frame that drifted.
    frame
        Where it was seen.
    reports
        Of each frame that was compared, by the stage that made it and its name.
    used
        For each stage, the frames that it used. Frames without a report are looked through: to those before them.

    Returns
    -------
    Origin, or None where the column has not drifted there. Of several it is the one with the greatest effect.
    """
    found = reports[frame].column(column) if frame in reports else None
    if found is None or not found.drifted:
        return None
    before = _nearest_reports(frame[0], reports, used)
    having = [name for name in before if (seen := reports[name].column(column)) is not None and seen.drifted]
    if having:
        first = max(having, key=lambda name: _effect(reports[name], column))
        return origin(column, first, reports, used)
    return Origin(
        column,
        *frame,
        reasons=found.reasons,
        made_here=bool(before) and not any(_has(reports[name], column) for name in before),
        from_columns=tuple(f"{name[1]}.{item.column}" for name in before for item in reports[name].drifted_columns),
    )


def _nearest_reports(
    stage: str, reports: Mapping[FrameName, DriftReport], used: Mapping[str, Sequence[FrameName]]
) -> list[FrameName]:
    """The frames before a stage that were compared: those that it used, or where one was not, those before that."""
    found: dict[FrameName, None] = {}
    waiting, seen = list(used.get(stage, ())), {stage}
    while waiting:
        name = waiting.pop(0)
        if name in reports and name[0] != stage:
            found[name] = None
        elif name[0] not in seen:
            seen.add(name[0])
            waiting += used.get(name[0], ())
    return list(found)


def _has(report: DriftReport, column: str) -> bool:
    found = report.column(column)
    return found is not None and found.finding != "missing-column"


def _effect(report: DriftReport, column: str) -> float:
    found = report.column(column)
    return found.effect if found is not None else 0.0


def _figure(reference: ColumnProfile, current: ColumnProfile) -> tuple[str, str | None]:
    """What of a column is divided, and of which value."""
    nulls = [column.nulls / column.count if column.count else 0.0 for column in (reference, current)]
    if abs(nulls[1] - nulls[0]) > 0.02:
        return "share of nulls", None
    if reference.mean is not None and current.mean is not None:
        return "mean", None
    before, after = reference.counts.counts, current.counts.counts
    n, m = max(1, reference.valid), max(1, current.valid)
    names = sorted({*before, *after})
    if not names:
        return "share of nulls", None
    return "share", max(names, key=lambda name: abs(after.get(name, 0) / m - before.get(name, 0) / n))


def _weighed(column: ColumnProfile, figure: str, value: str | None) -> tuple[float, float]:
    """How many values a segment has, and the figure's mean over them."""
    if figure == "share of nulls":
        return float(column.count), column.nulls / column.count if column.count else 0.0
    if figure == "mean":
        return float(column.moments.n), column.mean or 0.0
    return float(column.valid), column.counts.counts.get(value or "", 0) / column.valid if column.valid else 0.0
