"""Profiles in whylogs' form: what whylogs itself says of the same frame, and merging with its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlpipe.errors import ProfileError
from jupyter_mlpipe.monitoring import from_whylogs, profile, to_whylogs, write_whylogs
from tests.unit.monitoring.whylogs_own import by_whylogs

pytest.importorskip("whylogs_sketching", reason="whylogs has no wheel for this Python")

# whylogs' moments of columns with infinities are NaN, and NumPy says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ROWS = 20_000
AT = np.linspace(0.05, 0.95, 19)


def frame(seed: int = 3, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    delay = random.gamma(2, 20, rows)
    delay[::10] = np.nan
    return pd.DataFrame(
        {
            "delay": delay,
            "distance": random.integers(100, 5000, rows),
            "hour": random.integers(0, 24, rows),
            "seats": pd.array(np.where(random.random(rows) < 0.1, None, random.integers(50, 60, rows)), dtype="Int64"),
            "carrier": random.choice(["AA", "UA", "DL", None], rows),
            "tail": [f"N{number}" for number in random.integers(0, 3000, rows)],
            "late": random.random(rows) < 0.3,
            "when": pd.Timestamp("2013-01-01") + pd.to_timedelta(random.integers(0, 10**6, rows), unit="s"),
            "nothing": [None] * rows,
        }
    )


def summary(view: Any, column: str) -> dict[str, Any]:
    return dict(view.get_column(column).to_summary_dict())


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return frame()


@pytest.fixture(scope="module")
def ours(data: pd.DataFrame) -> Any:
    return to_whylogs(profile(data))


@pytest.fixture(scope="module")
def theirs(data: pd.DataFrame) -> Any:
    return by_whylogs(data)


COLUMNS = tuple(frame(rows=20).columns)


@pytest.mark.parametrize("column", COLUMNS)
def test_counts_types_and_moments_are_those_that_whylogs_finds(ours: Any, theirs: Any, column: str) -> None:
    mine, its = summary(ours, column), summary(theirs, column)
    for key in (key for key in its if key.startswith(("counts/", "types/", "ints/")) and key != "counts/nan"):
        if key.startswith("ints/") and column == "late":
            continue  # whylogs has its starting values there
        assert mine[key] == its[key], key
    if its.get("distribution/n"):
        assert mine["distribution/n"] == its["distribution/n"]
        for key in ("mean", "stddev", "min", "max"):
            assert mine[f"distribution/{key}"] == pytest.approx(its[f"distribution/{key}"], rel=1e-9)


@pytest.mark.parametrize("column", [name for name in COLUMNS if name not in ("when", "nothing")])
def test_distinct_values_are_estimated_as_by_whylogs(ours: Any, theirs: Any, column: str) -> None:
    # The same registers: only the estimator for merged sketches differs.
    assert summary(ours, column)["cardinality/est"] == pytest.approx(
        summary(theirs, column)["cardinality/est"], rel=0.03
    )


@pytest.mark.parametrize("column", ["delay", "distance", "hour", "seats", "late"])
def test_quantiles_agree_within_the_sketches_errors(data: pd.DataFrame, ours: Any, theirs: Any, column: str) -> None:
    values = np.sort(data[column].dropna().to_numpy(dtype=float))
    coarse = theirs.get_column(column).get_metric("distribution").kll.value.normalized_rank_error(False)
    for view, error in ((ours, 0.0025), (theirs, coarse)):
        kll = view.get_column(column).get_metric("distribution").kll.value
        for share, value in zip(AT, kll.get_quantiles(list(AT)), strict=True):
            low, high = np.searchsorted(values, value, "left"), np.searchsorted(values, value, "right")
            assert low / len(values) - error <= share <= high / len(values) + error


def test_frequent_values_are_those_of_whylogs(ours: Any, theirs: Any) -> None:
    for column in ("carrier", "late", "hour", "seats"):
        mine, its = (
            {item.value: item.est for item in view.get_column(column).get_metric("frequent_items").strings}
            for view in (ours, theirs)
        )
        assert mine == its, column


def test_a_bound_on_values_that_are_not_kept_holds() -> None:
    often = [f"N{n}" for n in range(20) for _ in range(100 * (20 - n))]
    parts = [pd.DataFrame({"tail": often + [f"X{n}" for n in range(start, start + 3000)]}) for start in (0, 3000)]
    merged = profile(parts[0]).merge(profile(parts[1]))
    assert not merged.columns["tail"].complete
    truth = pd.concat(parts)["tail"].value_counts()
    found = to_whylogs(merged).get_column("tail").get_metric("frequent_items").strings
    assert found[0].value == truth.index[0]
    assert all(item.lower <= truth[item.value] <= item.upper for item in found)


def test_a_written_file_opens_with_whylogs_and_merges_with_its_own(tmp_path: Path, data: pd.DataFrame) -> None:
    from whylogs.core import DatasetProfileView

    write_whylogs(profile(data), tmp_path / "ours.bin")
    more = frame(seed=9)
    merged = DatasetProfileView.read(str(tmp_path / "ours.bin")).merge(by_whylogs(more))
    both = by_whylogs(pd.concat([data, more]))
    for column in ("delay", "distance", "carrier", "late", "seats"):
        mine, its = summary(merged, column), summary(both, column)
        assert mine["counts/n"] == 2 * ROWS
        assert mine["counts/null"] == its["counts/null"]
        assert mine["cardinality/est"] == pytest.approx(its["cardinality/est"], rel=0.03)
        if its["distribution/n"]:
            assert mine["distribution/mean"] == pytest.approx(its["distribution/mean"], rel=1e-9)
            assert mine["distribution/stddev"] == pytest.approx(its["distribution/stddev"], rel=1e-9)


def test_a_profile_of_whylogs_is_read_and_merges_with_ours(data: pd.DataFrame, theirs: Any) -> None:
    read, mine = from_whylogs(theirs), profile(data)
    assert read.rows == ROWS
    for name in ("delay", "distance", "carrier", "late", "seats"):
        got, own = read.columns[name], mine.columns[name]
        assert (got.kind, got.count, got.nulls, got.valid) == (own.kind, own.count, own.nulls, own.valid)
        assert got.distinct == pytest.approx(own.distinct, rel=0.03)
        if own.kind == "number":
            assert got.mean == pytest.approx(own.mean)
            assert got.stddev == pytest.approx(own.stddev)
            shares = own.cdf(got.quantiles(AT))
            assert np.all(shares >= AT - got.rank_error - own.rank_error)
    assert read.columns["carrier"].frequent() == mine.columns["carrier"].frequent()
    together = read.merge(mine)
    assert together.rows == 2 * ROWS
    assert together.columns["delay"].mean == pytest.approx(mine.columns["delay"].mean)
    assert together.columns["carrier"].frequent()["AA"] == 2 * mine.columns["carrier"].frequent()["AA"]


def test_a_profile_comes_back_from_whylogs_form(data: pd.DataFrame) -> None:
    own = profile(data)
    back = from_whylogs(to_whylogs(own))
    for name in ("delay", "distance", "hour", "carrier", "late"):
        got, mine = back.columns[name], own.columns[name]
        assert (got.kind, got.count, got.nulls, got.minimum) == (mine.kind, mine.count, mine.nulls, mine.minimum) or (
            mine.kind == "boolean"
        )
        if mine.kind == "number":
            assert np.array_equal(got.quantiles(AT), mine.quantiles(AT))
            assert got.stddev == mine.stddev


def test_an_empty_frame_and_one_of_one_row_are_written(tmp_path: Path) -> None:
    from whylogs.core import DatasetProfileView

    for rows in (0, 1, 2):
        part = frame(rows=20).iloc[:rows]
        write_whylogs(profile(part), tmp_path / "few.bin")
        read = DatasetProfileView.read(str(tmp_path / "few.bin"))
        assert summary(read, "hour")["counts/n"] == rows
        assert from_whylogs(read).rows == rows


def test_infinities_are_counted_and_not_taken_into_moments() -> None:
    endless = pd.DataFrame({"x": [1.0, np.inf, 2.0, -np.inf, np.nan]})
    its = summary(to_whylogs(profile(endless)), "x")
    assert (its["counts/inf"], its["counts/null"], its["distribution/n"]) == (2, 1, 2)
    read = from_whylogs(by_whylogs(endless)).columns["x"]
    assert (read.infinite, read.nulls, read.mean) == (2, 1, None)


def test_personal_values_do_not_enter_the_file(tmp_path: Path) -> None:
    people = pd.DataFrame({"mail": [f"canary{n}@example.org" for n in range(50)], "name": ["Ada Canary"] * 50})
    write_whylogs(profile(people, pii=["name"]), tmp_path / "people.bin")
    written = (tmp_path / "people.bin").read_bytes()
    assert b"canary" not in written
    assert b"Canary" not in written
    assert from_whylogs(to_whylogs(profile(people))).columns["mail"].distinct == pytest.approx(50, rel=0.05)


@pytest.mark.parametrize("thing", [3, "text", pd.DataFrame({"x": [1]}), None])
def test_what_is_no_profile_of_whylogs_is_refused(thing: object) -> None:
    with pytest.raises(ProfileError, match="no profile of whylogs"):
        from_whylogs(thing)


def test_no_connection_leaves_the_machine_and_whylogs_is_imported_only_when_it_is_used(tmp_path: Path) -> None:
    program = f"""
import socket, sys
def refuse(*a, **k): raise SystemExit("a connection was tried")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
import pandas as pd
from jupyter_mlpipe.monitoring import profile, write_whylogs
made = profile(pd.DataFrame({{"x": [1.0, 2.0]}}))
assert "whylogs" not in sys.modules
write_whylogs(made, {str(tmp_path / "x.bin")!r})
assert "whylogs" in sys.modules
import threading, time
time.sleep(0.3)
assert [t.name for t in threading.enumerate() if not t.daemon] == ["MainThread"]
"""
    environment = {name: text for name, text in os.environ.items() if name != "WHYLOGS_NO_ANALYTICS"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
