"""Contracts on frames of polars."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.data.contract_check import check

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pandera.polars")

SCHEMA = pa.DataFrameSchema(
    {
        "distance": pa.Column(pl.Int64, pa.Check.gt(0)),
        "carrier": pa.Column(pl.String, pa.Check.isin(["UA", "AA", "B6"])),
        "delay": pa.Column(pl.Float64, pa.Check.in_range(-60, 600), nullable=True),
    }
)


def ask(frame: Any, schema: Any = SCHEMA, *, quarantine: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    namespace = {"flights": frame, "flights_schema": schema}
    given = {"contracts": [{"schema": "flights_schema", "frame": "flights"}], "quarantine": quarantine}
    found = check(namespace, given)
    json.dumps(found, allow_nan=False)
    return found["contracts"][0], namespace


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-1, 0, 1, 2]), st.sampled_from(["UA", "ZZ", None]), st.sampled_from([0.5, 1e9, None])
        ),
        max_size=20,
    ),
    st.booleans(),
)
def test_every_row_is_good_or_quarantined_and_none_is_both(data: list[tuple[Any, ...]], unique: bool):
    schema = {"distance": pl.Int64, "carrier": pl.String, "delay": pl.Float64}
    frame = pl.DataFrame(data, schema=schema, orient="row").with_row_index("number")
    contract = pa.DataFrameSchema(dict(SCHEMA.columns), unique=["distance", "carrier"] if unique else None)
    found, namespace = ask(frame, contract, quarantine=True)
    assert found["problem"] is None, found
    broken = np.array(
        [
            distance <= 0
            or carrier not in ("UA", "AA", "B6")
            or (delay is not None and not -60 <= delay <= 600)
            or (unique and [row[:2] for row in data].count((distance, carrier)) > 1)
            for distance, carrier, delay in data
        ],
        dtype=bool,
    )
    assert found["bad"] == broken.sum()
    assert namespace["flights"].equals(frame.filter(~broken))
    kept = namespace["flights_quarantine"]
    assert kept.drop("violations").equals(frame.filter(broken))
    assert kept["violations"].null_count() == 0


def test_what_is_said_is_what_is_said_of_a_pandas_frame():
    frame = pl.DataFrame({"distance": [1, 0, 3], "carrier": ["UA", None, "ZZ"], "delay": [0.0, None, 900.0]})
    found, _ = ask(frame)
    assert {item["text"]: item["rows"] for item in found["failures"]} == {
        "distance must be greater than 0": 1,
        "carrier must not be null": 1,
        "carrier must be one of 'UA', 'AA', 'B6'": 1,
        "delay must be between -60 and 600": 1,
    }
    assert {(item["row"], item["value"]) for item in found["sample"]} == {
        (1, "0"),
        (1, "None"),
        (2, "ZZ"),
        (2, "900.0"),
    }
    wrong, _ = ask(frame.drop("delay").with_columns(distance=pl.lit("far")))
    assert {item["text"]: item["rows"] for item in wrong["failures"]} == {
        "column delay is missing": None,
        "distance must be Int64, but is String": None,
        "carrier must not be null": 1,
        "carrier must be one of 'UA', 'AA', 'B6'": 1,
    }


def test_values_that_cannot_be_converted_are_bad_rows():
    frame = pl.DataFrame({"distance": ["7", "far", "-1"]})
    schema = pa.DataFrameSchema({"distance": pa.Column(pl.Int64, pa.Check.gt(0), coerce=True)})
    found, namespace = ask(frame, schema, quarantine=True)
    assert found["bad"] == 2
    assert namespace["flights"].to_dict(as_series=False) == {"distance": ["7"]}


def test_frames_and_schemas_of_two_libraries_and_lazy_frames_are_told_what_to_do():
    import pandas as pd

    assert ask(pd.DataFrame({"distance": [1]}))[0]["problem"] == (
        "flights_schema is a schema for polars, and flights is a frame of pandas: use pandera.pandas"
    )
    assert ask(pl.LazyFrame({"distance": [1]}))[0]["problem"] == (
        "flights is a LazyFrame, not a frame: bind flights.collect()"
    )
