"""Profiles of frames: every kind of column and of frame, odd ones too, against what pandas says of the rows."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zlib
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlpipe.errors import MlpipeError, UnprofilableError, WindowError
from jupyter_mlpipe.monitoring.profiles import ColumnProfile, Profile
from jupyter_mlpipe.monitoring.profiling import profile

ROWS = 3000


AT = np.array([0.1, 0.5, 0.9])


def flights(rows: int = ROWS, seed: int = 5) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "delay": np.where(random.random(rows) < 0.1, np.nan, random.gamma(2, 20, rows)),
            "hour": random.integers(0, 24, rows),
            "distance": random.integers(100, 5000, rows).astype(np.int32),
            "carrier": random.choice(["AA", "UA", None], rows),
            "late": random.random(rows) < 0.2,
            "when": pd.Timestamp("2013-01-01") + pd.to_timedelta(random.integers(0, 10**7, rows), unit="s"),
        }
    )


def column(values: Any, **options: Any) -> ColumnProfile:
    return profile(pd.DataFrame({"x": values}), **options).columns["x"]


def told(item: ColumnProfile) -> tuple[str, int, int, int, int]:
    return item.kind, item.count, item.nulls, item.infinite, item.mixed


# -- columns ----------------------------------------------------------------------------------------------------------

UTC_NOON = 1357041600.0
NOON = dt.datetime(2013, 1, 1, 12)  # noqa: DTZ001 - a time without a zone is what is tried

KINDS = {
    "floats": ([1.0, None, 3.0], ("number", 3, 1, 0, 0)),
    "integers": ([1, 2, 3], ("number", 3, 0, 0, 0)),
    "nullable integers": (pd.array([1, None, 3], dtype="Int64"), ("number", 3, 1, 0, 0)),
    "nullable floats": (pd.array([1.5, None, 3], dtype="Float64"), ("number", 3, 1, 0, 0)),
    "half floats": (np.array([1.5, np.inf], dtype=np.float16), ("number", 2, 0, 1, 0)),
    "unsigned": (np.array([1, 2**64 - 1], dtype=np.uint64), ("number", 2, 0, 0, 0)),
    "arrow integers": (pd.array([1, None], dtype=pd.ArrowDtype(pa.int16())), ("number", 2, 1, 0, 0)),
    "decimals": ([Decimal("1.5"), None, Decimal(2)], ("number", 3, 1, 0, 0)),
    "durations": (pd.to_timedelta([1, None, 3], unit="s"), ("number", 3, 1, 0, 0)),
    "booleans": ([True, False, True], ("boolean", 3, 0, 0, 0)),
    "nullable booleans": (pd.array([True, None], dtype="boolean"), ("boolean", 2, 1, 0, 0)),
    "texts": (["a", None, "b"], ("text", 3, 1, 0, 0)),
    "object texts": (np.array(["a", None, "b"], dtype=object), ("text", 3, 1, 0, 0)),
    "arrow texts": (pd.array(["a", None], dtype=pd.ArrowDtype(pa.large_string())), ("text", 2, 1, 0, 0)),
    "categories of texts": (pd.Categorical(["a", None, "b"]), ("text", 3, 1, 0, 0)),
    "categories of numbers": (pd.Categorical([3, 1, 3, None]), ("number", 4, 1, 0, 0)),
    "times": (pd.to_datetime(["2013-01-01", None]), ("time", 2, 1, 0, 0)),
    "dates": ([dt.date(2013, 1, 1), None], ("time", 2, 1, 0, 0)),
    "lists": ([[1], [2, 3], None], ("other", 3, 1, 0, 0)),
    "bytes": ([b"a", None], ("other", 2, 1, 0, 0)),
    "dictionaries": ([{"a": 1}, None], ("other", 2, 1, 0, 0)),
    "complex": (np.array([1 + 2j, 3]), ("other", 2, 0, 0, 0)),
    "intervals": (pd.interval_range(0, 2), ("other", 2, 0, 0, 0)),
    "periods": (pd.period_range("2013-01", periods=2, freq="M"), ("other", 2, 0, 0, 0)),
    "sparse": (pd.arrays.SparseArray([0.0, 1.0, np.nan]), ("number", 3, 1, 0, 0)),
    "nulls": ([None, None], ("other", 2, 2, 0, 0)),
    "only NaN": ([np.nan, np.nan], ("other", 2, 2, 0, 0)),
    "only infinities": ([np.inf, -np.inf], ("number", 2, 0, 2, 0)),
    "mixed numbers": ([1, "a", 2.5, None, 3], ("number", 5, 1, 0, 1)),
    "mixed texts": (["a", 1, "b", dt.date(2013, 1, 1), None], ("text", 5, 1, 0, 2)),
    "numbers beyond floats": ([10**400, 1, -(10**400)], ("number", 3, 0, 2, 0)),
    "mixed with NA": ([1, "a", 2, pd.NA, pd.NaT, float("nan")], ("number", 6, 3, 0, 1)),
    "lone surrogates": (pd.Series(["\ud800", "a"], dtype=object), ("text", 2, 0, 0, 0)),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_column_is_told(name: str) -> None:
    values, wanted = KINDS[name]
    made = profile(pd.DataFrame({"x": values}))
    assert told(made.columns["x"]) == wanted
    assert Profile.from_bytes(made.to_bytes()).columns["x"].frequent() == made.columns["x"].frequent()
    assert made.merge(made).columns["x"].count == 2 * wanted[1]


def test_numbers_are_what_pandas_and_numpy_say_of_them() -> None:
    data = flights()
    made = profile(data)
    for name in ("delay", "hour", "distance"):
        found, values = made.columns[name], data[name].dropna()
        assert (found.minimum, found.maximum) == (values.min(), values.max())
        assert found.mean == pytest.approx(values.mean(), rel=1e-12)
        assert found.stddev == pytest.approx(values.std(), rel=1e-12)
        assert found.distinct == pytest.approx(values.nunique(), rel=0.05)
        assert found.nulls == data[name].isna().sum()
        low, high = (np.quantile(values, AT + off * found.rank_error) for off in (-1, 1))
        assert ((low <= found.quantiles(AT)) & (found.quantiles(AT) <= high)).all()
        points = np.quantile(values, [0.2, 0.7])
        assert found.cdf(points) == pytest.approx([(values <= point).mean() for point in points], abs=0.001)
    assert dict(made.columns["hour"].frequent()) == {
        str(hour): int(n) for hour, n in data["hour"].value_counts().items()
    }
    assert made.columns["hour"].complete
    assert not made.columns["delay"].complete
    assert dict(made.columns["carrier"].frequent()) == data["carrier"].value_counts().to_dict()
    assert dict(made.columns["late"].frequent()) == {str(k): v for k, v in data["late"].value_counts().items()}


def test_moments_hold_where_the_mean_is_far_from_zero() -> None:
    values = 1e9 + np.random.default_rng(1).normal(size=5000)
    parts = [column(part) for part in np.array_split(values, 7)]
    whole = column(values)
    assert whole.stddev == pytest.approx(values.std(ddof=1), rel=1e-9)
    made = [profile(pd.DataFrame({"x": part})) for part in np.array_split(values, 7)]
    together = made[0]
    for part in made[1:]:
        together = together.merge(part)
    assert together.columns["x"].stddev == pytest.approx(values.std(ddof=1), rel=1e-7)
    assert sum(part.count for part in parts) == 5000


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_are_seconds_since_the_epoch_in_utc_whatever_their_unit_and_zone(unit: str) -> None:
    plain = pd.Series([NOON, pd.NaT]).astype(f"datetime64[{unit}]")
    zoned = plain.dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    for values in (plain, zoned):
        found = column(values)
        assert (found.kind, found.minimum, found.nulls) == ("time", UTC_NOON, 1)
    table = pa.table({"x": pa.array([NOON, None], pa.timestamp(unit, "America/New_York"))})
    assert profile(table).columns["x"].kind == "time"


def test_durations_and_times_of_day_are_seconds() -> None:
    assert column(pd.to_timedelta([1.5, 90], unit="s")).maximum == 90.0
    for unit in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        found = profile(pa.table({"x": pa.array([dt.time(1, 0, 1), None], unit)})).columns["x"]
        assert (found.kind, found.minimum, found.nulls) == ("number", 3601.0, 1)


def test_a_constant_one_row_and_no_row() -> None:
    constant = column(np.full(5000, 2.5))
    assert (constant.mean, constant.stddev, constant.distinct, constant.complete) == (2.5, 0.0, 1.0, True)
    one = column([7.0])
    assert (one.mean, one.stddev, one.minimum) == (7.0, None, 7.0)
    none = profile(pd.DataFrame({"x": np.array([], dtype=float), "y": pd.Series([], dtype="str")}))
    assert (none.rows, none.columns["x"].count, none.columns["x"].mean) == (0, 0, None)
    assert np.isnan(none.columns["x"].quantiles(np.array([0.5]))).all()
    assert profile(flights().iloc[:0], by=["carrier"], time="when", chunk="n=10").rows == 0


def test_all_unique_columns_are_summed_up_and_their_texts_are_not_kept() -> None:
    rows = 20_000
    made = profile(
        pd.DataFrame({"number": np.random.default_rng(1).random(rows), "text": [f"id{n}" for n in range(rows)]})
    )
    for found in made.columns.values():
        assert found.distinct == pytest.approx(rows, rel=0.05)
        assert not found.complete
    assert made.columns["text"].hashed
    assert len(made.columns["text"].frequent()) <= 1024
    assert len(made.to_bytes()) < 200_000


def test_numbers_near_the_largest_cost_no_warning() -> None:
    found = column(np.array([1.7e308, 1.7e308, -1.7e308] * 500))
    assert (found.count, found.maximum) == (1500, 1.7e308)


# -- frames -----------------------------------------------------------------------------------------------------------


def test_polars_arrow_dask_and_pandas_frames_agree() -> None:
    import dask
    import dask.dataframe as dd

    data = flights()
    table = pa.Table.from_pandas(data, preserve_index=False)
    wanted = profile(data)
    with dask.config.set(scheduler="synchronous"):
        others = {
            "polars": profile(pl.from_pandas(data)),
            "lazy": profile(pl.from_pandas(data).lazy()),
            "arrow": profile(table),
            "batch": profile(table.combine_chunks().to_batches()[0]),
            "chunked": profile(pa.concat_tables([table.slice(0, 1000), table.slice(1000)])),
            "dask": profile(dd.from_pandas(data, npartitions=11)),
            "merged": profile(data.iloc[:700]).merge(profile(data.iloc[700:])),
            "arrow types": profile(data.convert_dtypes(dtype_backend="pyarrow")),
        }
    for name, made in others.items():
        assert made.rows == ROWS, name
        assert list(made.columns) == list(wanted.columns), name
        for mine, other in zip(wanted.columns.values(), made.columns.values(), strict=True):
            what = (name, mine.name)
            assert told(mine) == told(other), what
            assert (mine.minimum, mine.maximum) == (other.minimum, other.maximum), what
            if mine.mean is not None:
                assert other.mean == pytest.approx(mine.mean, rel=1e-9), what
                assert other.stddev == pytest.approx(mine.stddev, rel=1e-6), what
            assert np.array_equal(mine._registers, other._registers), what
            if name not in ("dask", "merged"):
                assert np.array_equal(mine.quantiles(AT), other.quantiles(AT), equal_nan=True), what
            if name not in ("dask", "merged"):  # parts may have few distinct values where the whole has many
                assert mine.frequent() == other.frequent(), what


def test_a_series_is_a_frame_of_one_column() -> None:
    assert list(profile(pd.Series([1, 2], name="x")).columns) == ["x"]
    assert list(profile(pl.Series("y", [1, 2])).columns) == ["y"]


def test_names_that_are_not_texts_and_many_columns() -> None:
    made = profile(pd.DataFrame({1: [1.0], ("a", 2): ["x"], None: [True]}))
    assert list(made.columns) == ["1", "('a', 2)", "None"]
    wide = profile(pd.DataFrame(np.random.default_rng(1).random((20, 3000)), columns=[f"c{n}" for n in range(3000)]))
    assert len(wide.columns) == 3000
    assert len(Profile.from_bytes(wide.to_bytes()).columns) == 3000


def test_a_frame_without_columns_has_rows_only() -> None:
    made = profile(pd.DataFrame(index=range(5)))
    assert (made.rows, dict(made.columns)) == (5, {})


@pytest.mark.parametrize(
    ("thing", "options", "words"),
    [
        (3, {}, "no frame"),
        ([1, 2], {}, "no frame"),
        (np.ones((3, 2)), {}, "no frame"),
        (None, {}, "no frame"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), {}, "two columns"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), {}, "two columns"),
        (flights(20), {"by": ["carier"]}, "no column 'carier'"),
        (flights(20), {"columns": ["hours"]}, "no column 'hours'"),
        (flights(20), {"time": "wehn"}, "no column 'wehn'"),
        (flights(20), {"pii": ["name"]}, "no column 'name'"),
        (flights(3000), {"by": ["distance"]}, "segments"),
    ],
)
def test_what_cannot_be_profiled_is_said(thing: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(UnprofilableError, match=words) as caught:
        profile(thing, **options)
    assert caught.value.hint


@pytest.mark.parametrize("chunk", ["fortnight", "n=0", "n=x", "day"])
def test_chunks_that_cannot_be_cut_are_said(chunk: str) -> None:
    with pytest.raises(WindowError):
        profile(flights(20), chunk=chunk)


def test_a_dask_frame_is_not_cut_into_chunks() -> None:
    import dask.dataframe as dd

    with pytest.raises(MlpipeError, match="chunks"):
        profile(dd.from_pandas(flights(20), npartitions=2), chunk="n=5")


# -- parts ------------------------------------------------------------------------------------------------------------


def test_segments_are_what_profiling_their_rows_gives() -> None:
    data = flights()
    made = profile(data, by=["carrier", "late"])
    assert sum(part.rows for part in made.segments.values()) == ROWS
    assert len(made.segments) == 6
    part = made.segments[("carrier", "AA"), ("late", "True")]
    rows = data[(data["carrier"] == "AA") & data["late"]]
    assert part.rows == len(rows)
    assert part.columns["delay"].mean == pytest.approx(rows["delay"].mean())
    null = made.segments[("carrier", "null"), ("late", "True")]
    assert null.rows == (data["carrier"].isna() & data["late"]).sum()


def test_chunks_follow_time_and_tell_their_windows() -> None:
    data = flights().sample(frac=1, random_state=1)
    made = profile(data, time="when", chunk="week")
    assert (made.start, made.columns["when"].minimum) == (data["when"].min().timestamp(),) * 2
    assert made.end is not None
    assert made.end > data["when"].max().timestamp()
    assert sum(part.rows for part in made.chunks) == ROWS
    starts = [part.start for part in made.chunks]
    assert starts == sorted(starts)
    by_count = profile(data, time="when", chunk="n=1000")
    assert [part.rows for part in by_count.chunks] == [1000, 1000, 1000]


# -- personal values --------------------------------------------------------------------------------------------------


def inside(made: Profile) -> bytes:
    """All that a profile's bytes say, unpacked."""
    return zlib.decompress(made.to_bytes()[8:-16])


def people(rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mail": [f"canary.{n}@example.org" for n in range(rows)],
            "name": ["Ada Canary", "Bo Canary"] * (rows // 2),
            "note": ["write to canary@example.com soon", "none"] * (rows // 2),
            "salary": np.linspace(123456.75, 223456.75, rows),
            "kind": pd.Categorical(["canary.cat@example.org", "plain"] * (rows // 2)),
            "team": ["red", "blue", "red"] * (rows // 3),
        }
    )


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow", "objects", "dask"])
def test_personal_values_are_nowhere_in_the_bytes(form: str) -> None:
    import dask.dataframe as dd

    data: Any = people()
    data = {
        "pandas": lambda: data,
        "polars": lambda: pl.from_pandas(data),
        "arrow": lambda: pa.Table.from_pandas(data),
        "objects": lambda: data.astype({"mail": object, "name": object, "note": object}),
        "dask": lambda: dd.from_pandas(data, npartitions=2),
    }[form]()
    made = profile(data, by=["name", "team"], pii=["name", "salary"])
    found = inside(made)
    for canary in (b"canary", b"Canary", b"@example", b"Ada", (123456.75).hex().encode(), b"123456"):
        assert canary not in found, canary
    assert len(made.segments) == 4
    assert all(made.columns[name].hashed for name in ("mail", "name", "note", "kind", "salary"))
    assert dict(made.columns["team"].frequent()) == {"red": 40, "blue": 20}
    salary = made.columns["salary"]
    assert (salary.minimum, salary.mean, salary.sketch) == (None, None, None)
    assert salary.distinct == pytest.approx(60, rel=0.1)
    assert sorted(made.columns["name"].frequent().values()) == [30, 30]
    assert b"canary" not in inside(made.merge(made))


def test_mail_by_segment_is_digested_without_being_named() -> None:
    made = profile(people(), by=["mail"])
    assert len(made.segments) == 60
    assert b"canary" not in inside(made)


def test_tags_on_the_frame_mark_columns_too() -> None:
    data = people()
    data.attrs["pii"] = ["name"]
    assert profile(data).columns["name"].hashed
    schema = pa.schema([pa.field("name", pa.string(), metadata={"pii": "yes"})])
    assert profile(pa.table({"name": ["Ada"]}, schema=schema)).columns["name"].hashed


def test_digests_depend_on_the_key_and_are_the_same_for_one_key() -> None:
    data = people()
    first, again, other = (profile(data, pii=["name"], key=bytes([n]) * 32).columns["name"] for n in (1, 1, 2))
    assert first.frequent() == again.frequent()
    assert first.key == again.key != other.key
    assert not set(first.frequent()) & set(other.frequent())


def test_long_texts_are_cut_and_still_told_apart() -> None:
    found = column(["x" * 5000 + "a", "x" * 5000 + "b"])
    assert len(found.frequent()) == 2
    assert max(map(len, found.frequent())) <= 128


def test_importing_profiles_loads_no_heavy_library() -> None:
    program = (
        "import sys, jupyter_mlpipe.monitoring.profiling, jupyter_mlpipe.monitoring.profile_bytes\n"
        "import jupyter_mlpipe.monitoring.whylogs_format\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'datasketches', 'whylogs', 'dask', 'polars'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
