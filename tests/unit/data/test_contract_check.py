"""Contracts in the kernel: which rows break a schema, what is said of them, and that a quarantine loses none."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.data.contract_check import check

FLIGHTS = Path(__file__).parents[3] / "notebooks" / "data" / "flights.parquet"

SCHEMA = pa.DataFrameSchema(
    {
        "distance": pa.Column("int64", pa.Check.gt(0)),
        "carrier": pa.Column("str", pa.Check.isin(["UA", "AA", "B6"])),
        "delay": pa.Column("float64", pa.Check.in_range(-60, 600), nullable=True),
    }
)
GOOD = pd.DataFrame({"distance": [1, 2, 3], "carrier": ["UA", "AA", "B6"], "delay": [0.0, np.nan, 5.0]})


def ask(frame: Any, schema: Any = SCHEMA, *, quarantine: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is found, which is JSON, and the namespace afterwards."""
    namespace = {"flights": frame, "flights_schema": schema}
    given = {"contracts": [{"schema": "flights_schema", "frame": "flights"}], "quarantine": quarantine}
    found = check(namespace, given)
    json.dumps(found, allow_nan=False)
    return found["contracts"][0], namespace


def texts(found: dict[str, Any]) -> dict[str, int | None]:
    return {item["text"]: item["rows"] for item in found["failures"]}


def test_a_frame_that_holds():
    found, namespace = ask(GOOD, quarantine=True)
    assert (found["problem"], found["rows"], found["bad"], found["failures"], found["sample"]) == (None, 3, 0, [], [])
    assert namespace["flights"] is GOOD
    assert namespace["flights_quarantine"].empty
    assert list(namespace["flights_quarantine"].columns) == [*GOOD.columns, "violations"]


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(6),
        pd.Index(["a", "a", "b", "b", "b", "c"]),
        pd.MultiIndex.from_arrays([[1, 1, 1, 2, 2, 2], list("xxyyzz")], names=["one", "two"]),
        pd.DatetimeIndex(["2020-01-01"] * 6),
    ],
    ids=["positions", "repeated labels", "levels", "repeated times"],
)
def test_rows_are_told_by_position_whatever_the_labels(index: pd.Index):
    frame = pd.DataFrame(
        {
            "distance": [1, 0, 3, -4, 5, 6],
            "carrier": ["UA", "UA", None, "XX", "B6", "B6"],
            "delay": [np.nan, 0, 0, 0, 900, 1],
        },
        index=index,
    )
    schema = SCHEMA.add_columns({"delay": pa.Column("float64", pa.Check.in_range(-60, 600), nullable=True)})
    schema.unique = ["carrier", "delay"]
    found, namespace = ask(frame, schema, quarantine=True)
    assert found["problem"] is None, found
    assert found["bad"] == 4
    assert texts(found) == {
        "distance must be greater than 0": 2,
        "carrier must not be null": 1,
        "carrier must be one of 'UA', 'AA', 'B6'": 1,
        "delay must be between -60 and 600": 1,
    }
    assert {(item["row"], item["column"], item["value"]) for item in found["sample"]} == {
        (1, "distance", "0"),
        (3, "distance", "-4"),
        (2, "carrier", "nan"),
        (3, "carrier", "XX"),
        (4, "delay", "900.0"),
    }
    pd.testing.assert_frame_equal(namespace["flights"], frame.iloc[[0, 5]])
    kept = namespace["flights_quarantine"]
    pd.testing.assert_frame_equal(kept.drop(columns="violations"), frame.iloc[[1, 2, 3, 4]])
    assert kept["violations"].iloc[2] == "distance must be greater than 0; carrier must be one of 'UA', 'AA', 'B6'"


values = st.sampled_from([-2, -1, 0, 1, 2, 3])
rows = st.lists(
    st.tuples(values, st.sampled_from(["UA", "AA", "ZZ", None]), st.sampled_from([0.5, 1e9, None])), max_size=30
)


@settings(deadline=None, max_examples=150)
@given(rows, st.sampled_from(["positions", "repeated"]), st.booleans())
def test_every_row_is_good_or_quarantined_and_none_is_both(data: list[tuple[Any, ...]], labels: str, unique: bool):
    frame = pd.DataFrame(data, columns=["distance", "carrier", "delay"]).astype(
        {"distance": "int64", "carrier": "str", "delay": "float64"}
    )
    frame["number"] = np.arange(len(frame))
    if labels == "repeated":
        frame.index = pd.Index([number // 2 for number in range(len(frame))])
    schema = pa.DataFrameSchema(dict(SCHEMA.columns), unique=["distance", "carrier"] if unique else None)
    before = frame.copy()
    found, namespace = ask(frame, schema, quarantine=True)
    pd.testing.assert_frame_equal(frame, before)
    broken = (
        (frame.distance <= 0)
        | ~frame.carrier.isin(["UA", "AA", "B6"])
        | (frame.delay.notna() & ~frame.delay.between(-60, 600))
    )
    if unique:
        broken |= frame.duplicated(["distance", "carrier"], keep=False)
    good, bad = namespace["flights"], namespace["flights_quarantine"]
    assert found["bad"] == len(bad) == broken.sum()
    assert good.number.tolist() == frame.number[~broken.to_numpy()].tolist()
    assert bad.number.tolist() == frame.number[broken.to_numpy()].tolist()
    assert good.dtypes.equals(frame.dtypes)
    assert bad.dtypes.drop("violations").equals(frame.dtypes)
    assert (bad["violations"].str.len() > 0).all()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (GOOD.drop(columns="carrier"), "column carrier is missing"),
        (GOOD.astype({"distance": "float64"}), "distance must be int64, but is float64"),
        (GOOD.assign(delay="late"), "delay must be float64, but is str"),
    ],
)
def test_what_is_wrong_with_the_frame_itself_has_no_rows(frame: pd.DataFrame, said: str):
    found, namespace = ask(frame, quarantine=True)
    assert texts(found) == {said: None}
    assert found["frame_is_wrong"]
    assert found["bad"] == 0
    assert namespace["flights"] is frame


def test_what_other_parts_of_a_schema_ask():
    schema = pa.DataFrameSchema(
        {"distance": pa.Column("int64", unique=True), "^delay$": pa.Column("float64", pa.Check.le(1), regex=True)},
        checks=[
            pa.Check(lambda frame: len(frame) > 10, error="has more than ten rows"),
            pa.Check(lambda frame: frame["distance"] < frame["delay"].fillna(9), name="far_enough"),
        ],
        strict=True,
        ordered=True,
    )
    frame = pd.DataFrame({"distance": [3, 2, 2], "carrier": "UA", "delay": [np.nan, 2.5, 0.5]})
    assert texts(ask(frame, schema)[0]) == {
        "column carrier is not in the schema": None,
        "the frame must satisfy “has more than ten rows”": None,
        "distance must be unique": 2,
        "delay must not be null": 1,
        "delay must be at most 1": 1,
        "each row must satisfy far_enough": 1,
    }


def test_values_that_cannot_be_converted_are_bad_rows_and_the_frame_is_not_converted():
    frame = pd.DataFrame(
        {"distance": ["7", "far", "-1", "12"], "carrier": ["UA", "UA", "UA", "ZZ"]}, index=[5, 5, 5, 6]
    )
    schema = pa.DataFrameSchema(
        {"distance": pa.Column("int64", pa.Check.gt(0), coerce=True), "carrier": SCHEMA.columns["carrier"]}
    )
    found, namespace = ask(frame, schema, quarantine=True)
    assert texts(found) == {
        "distance must be convertible to the schema's dtype": 1,
        "distance must be greater than 0": 1,
        "carrier must be one of 'UA', 'AA', 'B6'": 1,
    }
    assert namespace["flights"].to_dict("list") == {"distance": ["7"], "carrier": ["UA"]}
    assert namespace["flights_quarantine"].index.tolist() == [5, 5, 6]


def test_an_index_is_checked_as_a_column_is():
    schema = pa.DataFrameSchema({"distance": pa.Column("int64")}, index=pa.Index("int64", pa.Check.gt(1), name="at"))
    frame = pd.DataFrame({"distance": [1, 2, 3]}, index=pd.Index([1, 2, 1], name="at"))
    found, namespace = ask(frame, schema, quarantine=True)
    assert texts(found) == {"at must be greater than 1": 2}
    assert namespace["flights"].distance.tolist() == [2]


def test_a_level_of_an_index_that_breaks_a_check_is_never_taken_for_good():
    schema = pa.DataFrameSchema(
        {"x": pa.Column("int64")},
        index=pa.MultiIndex([pa.Index("int64", pa.Check.gt(1), name="a"), pa.Index("str", name="b")]),
    )
    index = pd.MultiIndex.from_arrays([[1, 2, 1], ["p", "p", "q"]], names=["a", "b"])
    found, _ = ask(pd.DataFrame({"x": [1, 2, 3]}, index=index), schema)
    assert found["problem"] is None
    assert found["bad"] == 2 or found["frame_is_wrong"]


def test_personal_values_are_never_told():
    def leaks(column: pd.Series) -> pd.Series:
        raise ValueError(column.iloc[0])

    schema = pa.DataFrameSchema(
        {
            "mail": pa.Column("str", [pa.Check.str_contains("@"), pa.Check(leaks)], metadata={"pii": True}),
            "age": pa.Column("int64", pa.Check.lt(150, raise_warning=True)),
        },
        checks=pa.Check(lambda frame: frame["age"] > 0),
        unique=["mail"],
    )
    frame = pd.DataFrame({"mail": ["secret-ann", "secret-ann", "b@secret"], "age": [200, 0, 30]})
    found, _ = ask(frame, schema)
    assert found["bad"] == 2
    assert "secret" not in json.dumps(found)
    assert {item["value"] for item in found["sample"]} == {None, "200", "age=0", "age=200"}
    schema.columns["mail"].metadata, schema.metadata = None, {"pii": True}
    assert all(item["value"] is None for item in ask(frame, schema)[0]["sample"])


def test_a_schema_that_only_warns_takes_no_row_out():
    schema = pa.DataFrameSchema({"distance": pa.Column("int64", pa.Check.gt(1, raise_warning=True))})
    found, namespace = ask(GOOD, schema, quarantine=True)
    assert (found["bad"], found["frame_is_wrong"]) == (0, False)
    assert [(item["rows"], item["warns"]) for item in found["failures"]] == [(1, True)]
    assert namespace["flights"] is GOOD


def test_a_schema_that_would_drop_rows_reports_them_and_one_that_is_switched_off_checks(monkeypatch):
    monkeypatch.setenv("PANDERA_VALIDATION_ENABLED", "False")
    from pandera.config import config_context

    schema = pa.DataFrameSchema({"distance": pa.Column("int64", pa.Check.gt(1))}, drop_invalid_rows=True)
    with config_context(validation_enabled=False):
        assert ask(GOOD, schema)[0]["bad"] == 1
    assert schema.drop_invalid_rows


def test_the_sample_is_small_and_shows_each_failure():
    frame = pd.DataFrame({"distance": [0] * 500, "carrier": ["x" * 5000] * 500, "delay": [1e6] * 500})
    found, _ = ask(frame)
    assert len(found["sample"]) <= 20
    assert {item["column"] for item in found["sample"]} == {"distance", "carrier", "delay"}
    assert max(len(item["value"]) for item in found["sample"]) <= 100
    assert len(json.dumps(found)) < 10_000


def test_two_contracts_on_one_frame_quarantine_the_rows_of_both():
    namespace = {"flights": GOOD, "a": pa.DataFrameSchema({"distance": pa.Column("int64", pa.Check.gt(1))})}
    namespace["b"] = pa.DataFrameSchema({"distance": pa.Column("int64", pa.Check.lt(3))})
    contracts = [{"schema": name, "frame": "flights"} for name in "ab"]
    found = check(namespace, {"contracts": contracts, "quarantine": True})["contracts"]
    assert [item["bad"] for item in found] == [1, 1]
    assert namespace["flights"].distance.tolist() == [2]
    assert namespace["flights_quarantine"].violations.tolist() == [
        "distance must be greater than 1",
        "distance must be less than 3",
    ]


class Unfinished(pa.DataFrameModel):
    distance: list[Any] = 3


@pytest.mark.parametrize(
    ("flights", "schema", "said"),
    [
        (GOOD["distance"], SCHEMA, "flights is a Series, not a frame: a contract is for a frame of pandas or polars"),
        (None, SCHEMA, "flights is None, not a frame"),
        (GOOD, "distance > 0", "flights_schema is a str, not a DataFrameSchema or a DataFrameModel"),
        (GOOD, pd.DataFrame, "flights_schema is the class DataFrame, not"),
        (GOOD, pa.Check.gt(0), "flights_schema is a Check, not"),
        (GOOD, Unfinished, "flights_schema is no complete schema"),
    ],
)
def test_what_cannot_be_checked_is_a_sentence(flights: Any, schema: Any, said: str):
    found, namespace = ask(flights, schema, quarantine=True)
    assert said in found["problem"]
    assert "flights_quarantine" not in namespace
    assert "Traceback" not in found["problem"]


def test_names_that_are_not_there():
    given = {"contracts": [{"schema": "s", "frame": "f"}], "quarantine": False}
    assert check({}, given)["contracts"][0]["problem"].startswith("there is no s: define the schema in a cell above")
    assert "--contract FRAME=s" in check({"s": SCHEMA}, given)["contracts"][0]["problem"]


def test_a_check_that_raises_is_the_schemas_fault_and_is_said():
    schema = pa.DataFrameSchema({"distance": pa.Column("int64", pa.Check(lambda column: 1 / 0, name="odd"))})
    found, _ = ask(GOOD, schema)
    assert texts(found) == {
        'distance must satisfy odd: the check itself raised ZeroDivisionError("division by zero")': None
    }
    parser = pa.DataFrameSchema({"distance": pa.Column("int64")}, parsers=pa.Parser(lambda frame: frame.nothing))
    assert "flights_schema could not be checked: AttributeError" in ask(GOOD, parser)[0]["problem"]


def test_an_empty_frame_is_held_to_its_columns():
    assert ask(GOOD.iloc[:0])[0]["failures"] == []
    assert texts(ask(GOOD.iloc[:0].drop(columns="delay"))[0]) == {"column delay is missing": None}
    assert texts(ask(pd.DataFrame())[0]) == dict.fromkeys(
        ["column distance is missing", "column carrier is missing", "column delay is missing"]
    )


def test_columns_of_one_name():
    frame = pd.DataFrame([[1, "UA", 0.0, 7], [0, "UA", 0.0, -7]], columns=["distance", "carrier", "delay", "distance"])
    found, _ = ask(frame, quarantine=True)
    assert found["problem"] is None
    assert found["bad"] == 1


def test_a_dask_frame_is_told_what_to_do():
    dask = pytest.importorskip("dask.dataframe")
    found, _ = ask(dask.from_pandas(GOOD, npartitions=1))
    assert found["problem"] == (
        "flights is a DataFrame, not a frame: check it where it is computed, or bind flights.compute()"
    )


def test_a_schema_in_a_file(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flights.yaml").write_text(SCHEMA.to_yaml())
    (tmp_path / "flights.json").write_text(SCHEMA.to_json())
    (tmp_path / "broken.yaml").write_text("{ not: [yaml")
    (tmp_path / "other.json").write_text('{"columns": 3}')
    frame = GOOD.assign(distance=[0, 1, 2])

    def said(path: str) -> dict[str, Any]:
        given = {"contracts": [{"schema": path, "frame": "flights"}], "quarantine": False}
        return check({"flights": frame}, given)["contracts"][0]

    assert texts(said("flights.yaml")) == texts(said("flights.json")) == {"distance must be greater than 0": 1}
    assert "none.yaml cannot be read: No such file or directory" in said("none.yaml")["problem"]
    assert "broken.yaml is no schema as pandera writes it" in said("broken.yaml")["problem"]
    assert "other.json is no schema as pandera writes it" in said("other.json")["problem"]


def test_a_years_flights_are_checked_in_well_under_two_seconds():
    flights = pd.read_parquet(FLIGHTS)
    columns = {
        "distance": pa.Column("int64", pa.Check.gt(0)),
        "carrier": pa.Column("str", [pa.Check.isin(sorted(set(flights.carrier))), pa.Check.str_length(2, 2)]),
        "dep_delay": pa.Column("float64", pa.Check.in_range(-100, 2000), nullable=True),
        "month": pa.Column("int64", pa.Check.in_range(1, 12)),
        "origin": pa.Column("str", pa.Check.isin(["EWR", "JFK", "LGA"])),
        "hour": pa.Column("int64", pa.Check.lt(24)),
    }
    schema = pa.DataFrameSchema(columns, checks=pa.Check(lambda frame: frame.minute < 60))
    flights.loc[flights.index[:40], "distance"] = 0
    flights.loc[flights.index[50:52], "carrier"] = None
    started = time.perf_counter()
    found, namespace = ask(flights, schema, quarantine=True)
    assert time.perf_counter() - started < 2
    assert found["bad"] == 42
    assert len(namespace["flights"]) == 336_776 - 42
