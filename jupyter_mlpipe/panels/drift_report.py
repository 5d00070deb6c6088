"""A drift report as blocks: what it says as a whole, a table of its columns, and the distributions of the worst.

Not for comparing (``monitoring.drift``), nor for choosing which report is shown (``drift_panel``, ``%drift``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from jupyter_mlpipe.monitoring.drift.report import ColumnDrift, DriftReport, Statistic
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.panels import Block
from jupyter_mlpipe.panels.distributions import distribution

MOST_COLUMNS = 40
MOST_DRAWN = 3
_MOST_SEGMENTS = 12

_BAR = (
    '<div style="background:rgba(128,128,128,.25);width:6em;height:.6em;display:inline-block">'
    '<div style="background:{color};width:{width:.0f}%;height:100%"></div></div> {value:.3f}'
)
_DRIFTED, _STEADY = "#d84315", "#8c8c8c"


def report_blocks(
    report: DriftReport, *, reference: Profile | None = None, current: Profile | None = None
) -> tuple[Block, ...]:
    """Draw a report.

    Parameters
    ----------
    report
        What a comparison said.
    reference, current
        The profiles that were compared; with both, the columns that drifted most are drawn.

    Returns
    -------
    tuple of Block
        HTML, Plotly figures, and plain text of all of it. Whatever comes from data is escaped.
    """
    blocks = [_summary(report), _table(report)]
    if report.segments:
        blocks.append(_segments(report))
    if reference is not None and current is not None:
        for column in report.drifted_columns[:MOST_DRAWN]:
            drawn = distribution(reference.columns.get(column.column), current.columns.get(column.column))
            if drawn is not None:
                blocks.append(drawn)
    return tuple(blocks)


def window_text(start: float | None, end: float | None) -> str:
    """The time that a window covers; empty where it is not known."""
    if start is None or end is None:
        return ""
    try:
        first, last = (datetime.fromtimestamp(moment, UTC) for moment in (start, end))
    except (OverflowError, ValueError, OSError):
        return ""
    # Half open: midnight is the end of the day before.
    whole = not (start % 86400 or end % 86400)
    shown = (moment.strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M") for moment in (first, last))
    return f"{next(shown)} to before {next(shown)} UTC"


def _headline(report: DriftReport) -> str:
    number = len(report.drifted_columns)
    if not report.drifted:
        return "no drift"
    return f"drift in {number} of {len(report.columns)} columns" if number else "drift in segments"


def _summary(report: DriftReport) -> Block:
    window = window_text(report.start, report.end)
    size = f"{report.rows:,} rows against {report.reference_rows:,} of the reference" + (
        f", {window}" if window else ""
    )
    name = f"{report.name}: " if report.name else ""
    color = _DRIFTED if report.drifted else "inherit"
    said = "".join(f"<li>{escape(reason)}</li>" for reason in report.reasons)
    html = (
        f'<p><b>{escape(name)}<span style="color:{color}">{escape(_headline(report))}</span></b><br>{escape(size)}</p>'
        + (f"<ul>{said}</ul>" if said else "")
    )
    plain = "\n".join([f"{name}{_headline(report)}; {size}", *(f"  {reason}" for reason in report.reasons)])
    return Block({"text/html": html, "text/plain": plain})


def _table(report: DriftReport) -> Block:
    shown = report.columns[:MOST_COLUMNS]
    left = len(report.columns) - len(shown)
    head = "<tr><th>Column</th><th>Finding</th><th>Effect</th><th>Figures</th><th>Why</th></tr>"
    rows = "".join(map(_row, shown))
    more = f"<p>and {left:,} more that drifted less</p>" if left else ""
    html = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>{more}"
    return Block({"text/html": html if shown else "<p>No column was compared.</p>", "text/plain": _plain_table(report)})


def _row(column: ColumnDrift) -> str:
    bar = _BAR.format(
        color=_DRIFTED if column.drifted else _STEADY,
        width=100 * min(max(column.effect, 0.0), 1.0),
        value=column.effect,
    )
    figures = "<br>".join(escape(_figure(item)) for item in _told(column))
    why = "<br>".join(map(escape, column.reasons))
    name, finding = escape(column.column), escape(_finding(column))
    if column.drifted:
        name, finding = f"<b>{name}</b>", f"<b>{finding}</b>"
    return f"<tr><td>{name}</td><td>{finding}</td><td>{bar}</td><td>{figures}</td><td>{why}</td></tr>"


def _finding(column: ColumnDrift) -> str:
    return "steady" if column.finding == "none" else column.finding.replace("-", " ")


def _told(column: ColumnDrift) -> list[Statistic]:
    """What exceeded its threshold; where nothing did, what came nearest to it."""
    exceeded = [item for item in column.statistics if item.drifted]
    nearest = sorted(column.statistics, key=lambda item: -(item.value / item.threshold if item.threshold else 0.0))
    return exceeded or nearest[:1]


def _figure(item: Statistic) -> str:
    sign = ">" if item.drifted else "≤"
    return f"{item.name.replace('_', ' ')} {item.value:.3g} {sign} {item.threshold:.3g}"


def _plain_table(report: DriftReport) -> str:
    shown = report.columns[:MOST_COLUMNS]
    if not shown:
        return "no column was compared"
    width = min(max(len(column.column) for column in shown), 32)
    lines = []
    for column in shown:
        mark = "!" if column.drifted else " "
        figures = "; ".join(map(_figure, _told(column)))
        name = _one_line(column.column)[:width]
        lines.append(f"{mark} {name:<{width}}  {_finding(column):<14}  {column.effect:5.3f}  {figures}".rstrip())
    left = len(report.columns) - len(shown)
    return "\n".join(lines + ([f"  and {left:,} more"] if left else []))


def _segments(report: DriftReport) -> Block:
    ordered = sorted(report.segments.items(), key=lambda item: (not item[1].drifted, -_worst(item[1]), item[0]))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(_headline(part))}</td><td>{part.rows:,}</td>"
        f"<td>{escape(', '.join(column.column for column in part.drifted_columns[:5]))}</td></tr>"
        for name, part in ordered[:_MOST_SEGMENTS]
    )
    left = len(ordered) - _MOST_SEGMENTS
    more = f"<p>and {left:,} more segments</p>" if left > 0 else ""
    head = "<tr><th>Segment</th><th></th><th>Rows</th><th>Columns</th></tr>"
    plain = "\n".join(f"  {_one_line(name)}: {_headline(part)}" for name, part in ordered[:_MOST_SEGMENTS])
    html = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>{more}"
    return Block({"text/html": html, "text/plain": plain})


def _worst(report: DriftReport) -> float:
    return max((column.effect for column in report.columns), default=0.0)


def _one_line(text: str) -> str:
    return " ".join(text.split())
