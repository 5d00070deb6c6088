"""The panel *Drift*: of each model and data set the newest report, and its columns over the last windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.ledger.drift_reports import DriftFact, drift_reports
from jupyter_mlpipe.monitoring.drift.report import DriftReport
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.panels import Block, Panel, PanelKind
from jupyter_mlpipe.panels.distributions import FIGURE
from jupyter_mlpipe.panels.drift_report import report_blocks
from jupyter_mlpipe.workspace import Workspace

_MOST_READ = 400
_MOST_SERIES = 5
_MOST_WINDOWS = 60
_MOST_COLUMNS = 25

_EMPTY = (
    "Nothing was compared with a reference yet.",
    "Hold a stage to what a model learnt from: put --drift-against MODEL@ALIAS on its line. Or run `mlpipe drift`.",
)


def draw(workspace: Workspace) -> Panel:
    """Draw it: one read of the ledger, and two profiles from the store for each report that is shown."""
    series: dict[tuple[str, str], list[DriftFact]] = {}
    for fact in drift_reports(workspace.ledger, limit=_MOST_READ):
        series.setdefault((fact.model or "", fact.name), []).append(fact)
    newest = sorted(series.values(), key=lambda facts: -facts[-1].id)
    blocks: list[Block] = []
    for facts in newest[:_MOST_SERIES]:
        blocks += _series(workspace, facts[-_MOST_WINDOWS:])
    if not blocks:
        blocks = [Block({"text/html": "".join(f"<p>{line}</p>" for line in _EMPTY), "text/plain": "\n".join(_EMPTY)})]
    left = len(newest) - _MOST_SERIES
    if left > 0:
        text = f"and {left} more data sets: mlpipe drift report shows any of them"
        blocks.append(Block({"text/html": f"<p>{text}</p>", "text/plain": text}))
    return Panel("Drift", tuple(blocks))


KIND = PanelKind("drift", "Drift", draw)


def _series(workspace: Workspace, facts: Sequence[DriftFact]) -> list[Block]:
    reports = [(fact, report) for fact in facts if (report := _report(fact)) is not None]
    if not reports:
        return []
    fact, report = reports[-1]
    reference, current = (_profile(workspace, digest) for digest in (fact.reference, fact.profile))
    blocks = list(report_blocks(report, reference=reference, current=current))
    over_time = _heat_map([report for _, report in reports])
    return [*blocks, over_time] if over_time is not None else blocks


def _report(fact: DriftFact) -> DriftReport | None:
    """The report; None where another version wrote what this one cannot read."""
    try:
        return DriftReport.from_json(fact.report)
    except (KeyError, TypeError, ValueError):
        return None


def _profile(workspace: Workspace, digest: str | None) -> Profile | None:
    """A profile that may have been swept since."""
    if digest is None:
        return None
    from jupyter_mlpipe.monitoring.profile_store import ProfileStore

    try:
        return ProfileStore(workspace.settings).get(digest)
    except MlpipeError:
        return None


def _heat_map(reports: Sequence[DriftReport]) -> Block | None:
    """Effects of columns over windows; None where there are too few windows to see anything."""
    if len(reports) < 2:
        return None
    worst: dict[str, float] = {}
    for report in reports:
        for column in report.columns:
            worst[column.column] = max(worst.get(column.column, 0.0), column.effect)
    names = sorted(worst, key=lambda name: (-worst[name], name))[:_MOST_COLUMNS][::-1]
    effects: list[list[float | None]] = []
    for name in names:
        found = [report.column(name) for report in reports]
        effects.append([None if column is None else column.effect for column in found])
    windows = [_window(number, report) for number, report in enumerate(reports, 1)]
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": windows,
        "y": [name.replace("&", "&amp;").replace("<", "&lt;") for name in names],
        "z": effects,
        "zmin": 0,
        "zmax": max(0.3, *(worst[name] for name in names)) if names else 1,
        "colorscale": [[0, "rgba(128,128,128,0.15)"], [0.35, "#ffb74d"], [1, "#d84315"]],
        "colorbar": {"title": {"text": "effect"}},
    }
    layout = {
        "title": {"text": "Effect by column and window"},
        "height": 140 + 18 * len(names),
        "margin": {"l": 130, "r": 12, "t": 36, "b": 60},
        "xaxis": {"type": "category"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#808080"},
    }
    drifted = sum(report.drifted for report in reports)
    plain = f"{drifted} of the last {len(reports)} windows drifted"
    return Block({FIGURE: {"data": [trace], "layout": layout}, "text/plain": plain})


def _window(number: int, report: DriftReport) -> str:
    from datetime import UTC, datetime

    try:
        if report.start is not None:
            return f"{number}: {datetime.fromtimestamp(report.start, UTC):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        pass
    return str(number)
