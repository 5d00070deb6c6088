"""Compares a window's profile with a reference's: column by column, segment by segment, and as a whole.

Not for where profiles come from (``profiling``, ``references``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jupyter_mlpipe.monitoring.drift.findings import told
from jupyter_mlpipe.monitoring.drift.measuring import measure
from jupyter_mlpipe.monitoring.drift.report import ColumnDrift, DriftOptions, DriftReport
from jupyter_mlpipe.monitoring.drift.statistics import js_distance
from jupyter_mlpipe.monitoring.profiles import ORDERED, ColumnProfile, Profile, Segment

_ALIKE = 0.1
"""Jensen-Shannon distance below which a missing and a new column may be one that was renamed."""


def compare(
    reference: Profile, current: Profile, options: DriftOptions | None = None, *, name: str = ""
) -> DriftReport:
    """Say whether and where a window has drifted from a reference.

    Parameters
    ----------
    reference
        With its ``chunks``, where its natural variation is to be allowed for.
    current
        The window. Its segments are compared with the reference's of the same values.
    options
        What to compare, and when it is drift.
    name
        Of the data set.

    Returns
    -------
    DriftReport
        Unchanged data is called drifted at a rate of at most ``options.alpha``, segments included.
    """
    options = options or DriftOptions()
    shared = [segment for segment in current.segments if segment in reference.segments]
    level = options.alpha / (1 + len(shared))
    report = _compared(reference, current, options, level, name)
    if not current.segments:
        return report
    segments = {
        segment_name(segment): _compared(
            reference.segments[segment], current.segments[segment], options, level, segment_name(segment)
        )
        for segment in shared
    }
    drifted = [part.name for part in segments.values() if part.drifted]
    reasons = list(report.reasons)
    if drifted and not report.drifted:
        reasons.append(
            f"as a whole it has not drifted, but {', '.join(drifted[:5])} {'has' if len(drifted) == 1 else 'have'}"
        )
    return replace(report, segments=segments, drifted=report.drifted or bool(drifted), reasons=tuple(reasons))


def segment_name(segment: Segment) -> str:
    """``carrier=UA, origin=JFK``."""
    return ", ".join(f"{column}={value}" for column, value in segment)


def _compared(reference: Profile, current: Profile, options: DriftOptions, level: float, name: str) -> DriftReport:
    ignored = set(options.ignore)
    wanted = options.columns if options.columns is not None else [*reference.columns, *current.columns]
    names = [item for item in dict.fromkeys(wanted) if item not in ignored]
    both = [item for item in names if item in reference.columns and item in current.columns]
    gone = [item for item in names if item in reference.columns and item not in current.columns]
    new = [item for item in current.columns if item not in reference.columns and item not in ignored]
    few = current.rows < options.minimum_rows
    found = [
        _column(
            reference.columns[item], current.columns[item], _chunks(reference, item), level / max(1, len(both)), options
        )
        for item in both
    ]
    found += [
        _missing(reference.columns[item], {item: current.columns[item] for item in new}, options) for item in gone
    ]
    found += [
        ColumnDrift(item, current.columns[item].kind, finding="new-column", reasons=(f"{item} is a new column",))
        for item in new
        if options.columns is None
    ]
    if few:
        # A column that is not there needs no rows to be seen.
        found = [
            item if item.finding in {"missing-column", "new-column"} else _too_few(item, current.rows, options)
            for item in found
        ]
    ranked = tuple(sorted(found, key=_rank))
    drifted = [item for item in ranked if item.drifted]
    reasons = [reason for item in drifted for reason in item.reasons]
    for side, profile in (("", current), ("of the reference ", reference)):
        if profile.rows < options.minimum_rows:
            reasons.insert(0, f"{_rows(profile.rows, side)} too few to judge (at least {options.minimum_rows:,})")
    return DriftReport(
        name=name,
        drifted=bool(drifted),
        columns=ranked,
        reasons=tuple(reasons),
        rows=current.rows,
        reference_rows=reference.rows,
        start=current.start,
        end=current.end,
        options={"alpha": options.alpha, "minimum_rows": options.minimum_rows, "ignore": list(options.ignore)},
    )


def _column(
    reference: ColumnProfile,
    current: ColumnProfile,
    chunks: Sequence[ColumnProfile],
    level: float,
    options: DriftOptions,
) -> ColumnDrift:
    if reference.kind != current.kind and reference.valid and current.valid:
        reason = f"{current.name} was {reference.kind} ({reference.dtype}) and is {current.kind} ({current.dtype})"
        return ColumnDrift(
            current.name, current.kind, True, "type", 1.0, (), (reason,), options.importance.get(current.name)
        )
    if reference.kind == "time" and current.kind == "time":
        # Time goes on: that later rows are later is no drift.
        measured = measure(replace(reference, sketch=None), replace(current, sketch=None), chunks, level, options)
        return told(reference, current, replace(measured, compared=True), options)
    return told(reference, current, measure(reference, current, chunks, level, options), options)


def _chunks(reference: Profile, name: str) -> list[ColumnProfile]:
    return [chunk.columns[name] for chunk in reference.chunks if name in chunk.columns]


def _missing(column: ColumnProfile, new: Mapping[str, ColumnProfile], options: DriftOptions) -> ColumnDrift:
    alike = [name for name, other in new.items() if _looks_like(column, other)]
    reason = f"{column.name} is missing"
    if alike:
        reason += f"; {alike[0]} is new and looks like it: was it renamed?"
    return ColumnDrift(
        column.name, column.kind, True, "missing-column", 1.0, (), (reason,), options.importance.get(column.name)
    )


def _looks_like(reference: ColumnProfile, other: ColumnProfile) -> bool:
    """Whether two columns of different names may be one."""
    from jupyter_mlpipe.monitoring.drift.cells import binned, category_cells, number_cells

    if reference.kind != other.kind or not reference.valid or not other.valid:
        return False
    if reference.kind in ORDERED:
        if reference.sketch is None or other.sketch is None:
            return False
        cells = number_cells(reference, other)
        apart = js_distance(binned(cells.reference, cells.bins), binned(cells.current, cells.bins))
    else:
        if not reference.complete or not other.complete or reference.key != other.key:
            return False
        categories = category_cells(reference, other)
        apart = js_distance(categories.reference, categories.current)
    return float(apart) < _ALIKE


def _too_few(column: ColumnDrift, rows: int, options: DriftOptions) -> ColumnDrift:
    reason = f"{column.column}: {_rows(rows)} too few to judge (at least {options.minimum_rows:,})"
    return replace(column, drifted=False, finding="too-few", reasons=(reason,))


def _rows(rows: int, side: str = "") -> str:
    return f"{rows:,} {'row' if rows == 1 else 'rows'} {side}{'is' if rows == 1 else 'are'}"


def _rank(column: ColumnDrift) -> tuple[bool, float, str]:
    return (
        not column.drifted,
        -column.effect * (column.importance if column.importance is not None else 1.0),
        column.column,
    )
