"""Drafting a contract: the code runs, and the frame holds to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.data.contract_check import check
from jupyter_mlpipe.data.contracts import draft
from jupyter_mlpipe.errors import UsageError

FLIGHTS = Path(__file__).parents[3] / "notebooks" / "data" / "flights.parquet"

COLUMNS = st.sampled_from(
    [
        np.arange,
        lambda n: pd.array([1, None] * n, dtype="Int64")[:n],
        lambda n: np.linspace(-1, 1e300, n),
        lambda n: np.array([np.inf, np.nan] * n)[:n],
        lambda n: pd.array(["it's", None, 'a "b"\n'] * n, dtype="str")[:n],
        lambda n: pd.array(["x", None] * n, dtype="string")[:n],
        lambda n: pd.Categorical(["a", "b", None] * n)[:n],
        lambda n: np.array([True, False] * n)[:n],
        lambda n: pd.date_range("2024-01-01", periods=n),
        lambda n: pd.date_range("2024-01-01", periods=n, tz="Europe/Berlin"),
        lambda n: pd.to_timedelta(range(n), unit="s"),
        lambda n: pd.period_range("2024-01", periods=n, freq="M"),
        lambda n: pd.array(range(n), dtype="int64[pyarrow]"),
        lambda n: pd.Series([[1], {}, None] * n, dtype=object)[:n],
        lambda n: np.arange(n) * 1j,
        lambda n: np.arange(n, dtype="uint8"),
        lambda n: np.arange(n, dtype="float32") / 3,
    ]
)


def holds(frame: Any, name: str = "flights_schema") -> dict[str, Any]:
    namespace: dict[str, Any] = {"frame": frame}
    exec(draft(frame, name), namespace)
    found = check(namespace, {"contracts": [{"schema": name, "frame": "frame"}], "quarantine": False})["contracts"][0]
    assert found["problem"] is None, found
    assert found["failures"] == []
    return namespace


# Pandera takes a frame with a column of this name for one of Dask's.
NAMES = st.text(max_size=5).filter(lambda name: name != "dask")


@settings(deadline=None, max_examples=120)
@given(st.dictionaries(NAMES, COLUMNS, max_size=5), st.integers(0, 50))
def test_a_frame_holds_to_its_own_draft(columns: dict[str, Any], rows: int):
    holds(pd.DataFrame({name: pd.Series(make(rows)).reset_index(drop=True) for name, make in columns.items()}))


def test_a_draft_has_the_frames_own_dtypes_and_what_it_shows():
    flights = pd.read_parquet(FLIGHTS)
    code = draft(flights, "flights_schema")
    assert "'carrier': pa.Column('str', pa.Check.isin(['9E', 'AA'," in code
    assert "'distance': pa.Column('int64', pa.Check.in_range(17, 4983))," in code
    assert "'tailnum': pa.Column('str', nullable=True)," in code
    namespace = holds(flights)
    assert len(namespace["flights_schema"].columns) == 19


def test_a_draft_of_a_polars_frame():
    pl = pytest.importorskip("polars")
    pytest.importorskip("pandera.polars")
    holds(
        pl.DataFrame(
            {
                "a": [1, None],
                "b": ["x", "y"],
                "c": [0.5, float("inf")],
                "d": [True, None],
                "e": [[1], [2]],
                "f": [None, None],
            }
        ).with_columns(g=pl.date(2024, 1, 1), h=pl.datetime(2024, 1, 1, time_zone="UTC"))
    )


@pytest.mark.parametrize(
    "frame", [3, [1], pd.DataFrame([[1, 2]]), pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.Series([1])]
)
def test_what_no_contract_can_be_drafted_from_is_said(frame: Any):
    with pytest.raises(UsageError, match="contract"):
        draft(frame)
    with pytest.raises(UsageError, match="no name"):
        draft(pd.DataFrame({"a": [1]}), "a b")
