"""Values as a browser can show them, without opening what could run code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlpipe.server.previews import COLUMNS, ROWS, preview
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer


@pytest.fixture
def drawn(tmp_path: Path):
    store = ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))

    def draw(**values):
        (artifact,), refused = store.save_values(values, values)
        assert not refused
        return preview(store, artifact)

    return draw


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"n": range(1000), "s": ["<script>alert(1)</script>"] * 1000}),
        pl.DataFrame({"n": range(1000), "s": ["<script>alert(1)</script>"] * 1000}),
        pa.table({"n": list(range(1000)), "s": ["<script>alert(1)</script>"] * 1000}),
    ],
    ids=["pandas", "polars", "arrow"],
)
def test_tables_show_their_first_rows_and_their_schema(drawn, table):
    shown = drawn(table=table)
    assert [column.name for column in shown.columns] == ["n", "s"]
    assert "int" in shown.columns[0].type.lower()
    assert shown.note == f"the first {ROWS} of 1,000 rows"
    assert shown.data["text/html"].count("<tr") == ROWS + 1
    assert "<script>" not in shown.data["text/html"]


def test_a_wide_table_shows_its_first_columns(drawn):
    shown = drawn(table=pd.DataFrame({f"c{number}": [0.0, 1.0] for number in range(500)}))
    assert len(shown.columns) == 500
    assert shown.note == f"the first {COLUMNS} of 500 columns"


def test_arrays_show_their_corners_and_shape(drawn):
    shown = drawn(array=np.arange(10_000_000).reshape(1000, 10_000))
    assert shown.note == "shape (1000, 10000), int64"
    assert len(shown.data["text/plain"]) < 1000


def test_plain_values(drawn):
    assert drawn(x=3.5).data == {"text/plain": "3.5"}
    assert drawn(x={"a": [1, 2]}).data["text/plain"].startswith('{\n  "a"')
    long = drawn(x="y" * 1_000_000)
    assert len(long.data["text/plain"]) == 20_000
    assert long.note.startswith("the first 20,000 of")


def test_figures_are_shown_as_figures(drawn):
    shown = drawn(figure=go.Figure(go.Scatter(y=[1, 2, 3])))
    assert shown.data["application/vnd.plotly.v1+json"]["data"][0]["type"] == "scatter"


def test_a_series(drawn):
    assert drawn(series=pd.Series([1, 2], name="age")).columns[0].name == "age"


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("it was opened",))


def test_a_pickle_is_not_opened(drawn):
    shown = drawn(value=[Trap()])
    assert shown.data is None
    assert "kernel" in shown.note
