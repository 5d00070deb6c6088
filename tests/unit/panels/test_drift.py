"""How a drift report looks: ranked, escaped, drawn, and said in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from jupyter_mlpipe.ledger.drift_reports import DriftFact, record_drift
from jupyter_mlpipe.monitoring import DriftReport, Profile, compare, profile
from jupyter_mlpipe.monitoring.profile_store import ProfileStore
from jupyter_mlpipe.panels.distributions import FIGURE, distribution
from jupyter_mlpipe.panels.drift_panel import draw
from jupyter_mlpipe.panels.drift_report import report_blocks, window_text
from jupyter_mlpipe.workspace import Workspace

EVIL = "<img src=x onerror=alert(1)>"


def _frame(shift: float = 0.0, *, rows: int = 2000, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "distance": random.normal(700 + shift, 100, rows),
            EVIL: random.choice(["AA", "UA", EVIL], rows),
            "when": pd.date_range("2013-01-01", periods=rows, freq="min"),
        }
    )


@pytest.fixture(scope="module")
def compared() -> tuple[Profile, Profile, DriftReport]:
    reference, current = profile(_frame()), profile(_frame(300, seed=2))
    return reference, current, compare(reference, current, name=EVIL)


def test_the_column_that_drifted_stands_first_and_is_drawn(compared: tuple[Profile, Profile, DriftReport]) -> None:
    reference, current, report = compared
    blocks = report_blocks(report, reference=reference, current=current)
    table = blocks[1].data
    assert table["text/html"].index("distance") < table["text/html"].index("&lt;img")
    assert table["text/plain"].startswith("! distance")
    figures = [block.data[FIGURE] for block in blocks if FIGURE in block.data]
    before, after = go.Figure(figures[0]).data
    assert sum(before.y) == pytest.approx(1)
    assert sum(after.y) == pytest.approx(1)
    assert np.average(after.x, weights=after.y) - np.average(before.x, weights=before.y) == pytest.approx(300, abs=15)


def test_nothing_of_the_data_is_read_as_html(compared: tuple[Profile, Profile, DriftReport]) -> None:
    reference, current, report = compared
    blocks = report_blocks(report, reference=reference, current=current)
    column = distribution(reference.columns[EVIL], current.columns[EVIL])
    assert column is not None
    for block in (*blocks, column):
        assert "<img" not in str(block.data.get("text/html", "")) + str(block.data.get(FIGURE, ""))
        assert block.data["text/plain"]


def test_personal_columns_are_not_drawn() -> None:
    frame = pd.DataFrame({"mail": ["a@example.com", "b@example.com"] * 100})
    hidden = profile(frame, pii=["mail"], key=b"k" * 32).columns["mail"]
    assert distribution(hidden, hidden) is None


@pytest.mark.parametrize("values", [[1.0] * 50, [None] * 50, [float("inf")] * 50, [True, False] * 25])
def test_columns_with_little_to_draw_do_no_harm(values: list[object]) -> None:
    column = profile(pd.DataFrame({"c": values})).columns["c"]
    drawn = distribution(column, column)
    if drawn is not None:
        go.Figure(drawn.data[FIGURE])


def test_windows_are_half_open() -> None:
    assert window_text(0, 86400) == "1970-01-01 to before 1970-01-02 UTC"
    assert window_text(None, 86400) == ""
    assert window_text(1e300, 2e300) == ""


def test_the_panel_says_what_to_do_where_there_is_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, create=True) as workspace:
        (block,) = draw(workspace).blocks
    assert "--drift-against" in block.data["text/html"]


def test_the_panel_shows_the_newest_report_and_all_windows(
    tmp_path: Path, compared: tuple[Profile, Profile, DriftReport]
) -> None:
    reference, current, report = compared
    with Workspace.open(tmp_path, create=True) as workspace:
        profiles = ProfileStore(workspace.settings)
        kept, seen = profiles.put(reference), profiles.put(current)
        steady = compare(reference, reference, name=EVIL)
        facts = [
            DriftFact(
                name="flights",
                model="delay",
                rows=one.rows,
                drifted=one.drifted,
                columns_drifted=len(one.drifted_columns),
                report=one.to_json(),
                reference=kept,
                profile=seen,
            )
            for one in (steady, report)
        ]
        record_drift(workspace.ledger, facts)
        blocks = draw(workspace).blocks
    assert "drift in" in blocks[0].data["text/plain"]
    maps = [block.data[FIGURE]["data"][0] for block in blocks if block.data.get(FIGURE)]
    heat = go.Figure(data=[maps[-1]]).data[0]
    assert len(heat.x) == 2
    assert heat.z[-1][1] > 0.3 > heat.z[-1][0]
