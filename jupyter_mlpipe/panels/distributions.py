"""A column's distribution in a reference and in a window, as a Plotly figure drawn from two profiles.

The figure is Plotly's JSON: whoever shows it has Plotly, and drawing it here need not load it. Personal values stand in
a profile as digests, which tell a reader nothing: such columns are not drawn. Not for measures of drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.monitoring.profiles import ORDERED, ColumnProfile
from jupyter_mlpipe.panels import Block

FIGURE = "application/vnd.plotly.v1+json"

_BINS = 30
_MOST_VALUES = 15
_TAIL = 0.005
"""What lies further out than this share of either side's values is drawn into the first and the last bin."""

_REFERENCE = {"name": "reference", "marker": {"color": "#8c8c8c"}}
_CURRENT = {"name": "now", "marker": {"color": "#1976d2"}}


def distribution(reference: ColumnProfile | None, current: ColumnProfile | None) -> Block | None:
    """Draw one column; None where it is not in both, personal, or has nothing to draw."""
    if reference is None or current is None or reference.hashed or current.hashed:
        return None
    if not reference.valid or not current.valid or (reference.kind in ORDERED) != (current.kind in ORDERED):
        return None
    ordered = reference.kind in ORDERED
    traces = _histograms(reference, current) if ordered else _bars(reference, current)
    if not traces:
        return None
    layout = {
        "title": {"text": _plain(reference.name)},
        "height": 260,
        "margin": {"l": 48, "r": 12, "t": 36, "b": 40},
        "barmode": "overlay" if ordered else "group",
        "yaxis": {"title": {"text": "share of rows"}, "tickformat": ".0%", "rangemode": "tozero"},
        "xaxis": {"type": "date" if reference.kind == "time" else "linear" if ordered else "category"},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.15},
        # Legible on a light and on a dark page.
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#808080"},
    }
    return Block({FIGURE: {"data": traces, "layout": layout}, "text/plain": _in_words(reference, current)})


def _histograms(reference: ColumnProfile, current: ColumnProfile) -> list[dict[str, Any]]:
    import numpy as np

    ends = np.array([column.quantiles(np.array([_TAIL, 1 - _TAIL])) for column in (reference, current)], dtype=float)
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if not np.isfinite([low, high]).all():
        return []
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    # Plotly reads times as milliseconds since the epoch.
    places = centres * 1000 if reference.kind == "time" else centres
    traces = []
    for column, look in ((reference, _REFERENCE), (current, _CURRENT)):
        below = np.asarray(column.cdf(edges), dtype=float)
        below[0], below[-1] = 0.0, 1.0
        traces.append({"type": "bar", "x": places.tolist(), "y": np.diff(below).tolist(), "opacity": 0.6, **look})
    return traces


def _bars(reference: ColumnProfile, current: ColumnProfile) -> list[dict[str, Any]]:
    shares = [_shares(column) for column in (reference, current)]
    named = _most({value: max(found.get(value, 0.0) for found in shares) for value in {**shares[0], **shares[1]}})
    if not named:
        return []
    labels = [_plain(value) for value in named]
    return [
        {"type": "bar", "x": labels, "y": [found.get(value, 0.0) for value in named], **look}
        for found, look in zip(shares, (_REFERENCE, _CURRENT), strict=True)
    ]


def _shares(column: ColumnProfile) -> dict[str, float]:
    return {value: number / column.valid for value, number in column.frequent().items()}


def _most(shares: Mapping[str, float]) -> list[str]:
    return [value for value, _ in sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:_MOST_VALUES]]


def _in_words(reference: ColumnProfile, current: ColumnProfile) -> str:
    import numpy as np

    if reference.kind == "number":
        points = np.array([0.05, 0.5, 0.95])
        before, after = (", ".join(f"{value:.4g}" for value in part.quantiles(points)) for part in (reference, current))
        return f"{reference.name}: 5 %, 50 % and 95 % were {before}, and are {after}"
    if reference.kind == "time":
        spans = (f"{_day(part.minimum)} to {_day(part.maximum)}" for part in (reference, current))
        return f"{reference.name}: it was {next(spans)}, and is {next(spans)}"
    was, now = _shares(reference), _shares(current)
    named = _most(was | now)[:5]
    told = (f"{value} {was.get(value, 0.0):.1%} -> {now.get(value, 0.0):.1%}" for value in named)
    return f"{reference.name}: {', '.join(told)}"


def _day(seconds: float | None) -> str:
    from datetime import UTC, datetime

    try:
        return "?" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return "?"


def _plain(text: str) -> str:
    """A text that Plotly shows as it is: it reads some HTML in labels."""
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
