"""Comparisons against SciPy on the raw columns, false alarms, planted faults, and data that is bad."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.drift.report import DriftOptions, DriftReport
from jupyter_mlpipe.monitoring.drift.statistics import ks_p_value
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.monitoring.profiling import profile

DATA = Path(__file__).parents[4] / "notebooks" / "data"
COLUMNS = ["dep_delay", "arr_delay", "air_time", "distance", "carrier", "origin", "dest"]


@cache
def flights() -> pd.DataFrame:
    return pd.read_parquet(DATA / "flights.parquet", columns=[*COLUMNS, "month", "hour", "tailnum"])


def month(number: int) -> pd.DataFrame:
    return flights()[flights().month == number].drop(columns="month")


@cache
def january() -> Profile:
    return profile(month(1))


def value(report: DriftReport, column: str, name: str) -> float:
    found = report.column(column)
    assert found is not None
    statistic = found.statistic(name)
    assert statistic is not None
    return statistic.value


# -- against SciPy on raw data ------------------------------------------------------------------------------------


def binned(before: pd.Series, after: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Shares in the deciles of the first."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1], method="inverted_cdf"))
    counts = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (before, after)]
    return counts[0] / len(before), counts[1] / len(after)


@pytest.mark.parametrize("number", [2, 7, 12])
@pytest.mark.parametrize("column", ["dep_delay", "arr_delay", "air_time", "distance"])
def test_numbers_are_as_far_apart_as_scipy_says(column, number):
    raw = month(number)
    report = compare(january(), profile(raw[[column]]), DriftOptions(columns=(column,)))
    before, after = month(1)[column].dropna(), raw[column].dropna()
    p, q = binned(before, after)
    # The sketches' rank error is 0.0014 on each side.
    assert value(report, column, "ks") == pytest.approx(stats.ks_2samp(before, after).statistic, abs=0.003)
    distance = stats.wasserstein_distance(before, after) / before.std()
    assert value(report, column, "wasserstein") == pytest.approx(distance, rel=0.05, abs=0.003)
    assert value(report, column, "psi") == pytest.approx(np.sum((q - p) * np.log(q / p)), rel=0.05, abs=0.002)
    assert value(report, column, "js_distance") == pytest.approx(jensenshannon(p, q, base=2), rel=0.03, abs=0.002)


@pytest.mark.parametrize("column", ["carrier", "origin"])
def test_categories_are_as_far_apart_as_scipy_says(column):
    before, after = month(1)[column], month(7)[column]
    report = compare(january(), profile(month(7)))
    table = pd.crosstab(np.repeat([0, 1], [len(before), len(after)]), np.concatenate([before, after])).to_numpy()
    p, q = table[0] / len(before), table[1] / len(after)
    assert value(report, column, "cramers_v") == pytest.approx(stats.contingency.association(table), abs=1e-4)
    assert value(report, column, "js_distance") == pytest.approx(jensenshannon(p, q, base=2), abs=1e-4)
    assert value(report, column, "l_infinity") == pytest.approx(np.abs(p - q).max())


@pytest.mark.parametrize(("rows", "reference_rows", "shift"), [(1500, 1200, 0.08), (200, 5000, 0.1), (900, 900, 0.02)])
def test_the_p_value_of_kolmogorov_and_smirnov_is_scipys(rows, reference_rows, shift):
    generator = np.random.default_rng(1)
    before, after = generator.normal(size=reference_rows), generator.normal(shift, 1, size=rows)
    theirs = stats.ks_2samp(before, after)
    assert ks_p_value(float(theirs.statistic), rows, reference_rows) == pytest.approx(theirs.pvalue, rel=0.1)


def test_heavy_tails_and_few_distinct_numbers_agree_too():
    generator = np.random.default_rng(2)
    frames = [
        pd.DataFrame(
            {"lognormal": generator.lognormal(shift, 1, 20_000), "poisson": generator.poisson(2 + shift, 20_000)}
        )
        for shift in (0.0, 0.3)
    ]
    report = compare(*map(profile, frames))
    for column in frames[0]:
        before, after = (frame[column] for frame in frames)
        assert value(report, column, "ks") == pytest.approx(stats.ks_2samp(before, after).statistic, abs=0.003)
        distance = stats.wasserstein_distance(before, after) / before.std()
        assert value(report, column, "wasserstein") == pytest.approx(distance, rel=0.1)


# -- false alarms -------------------------------------------------------------------------------------------------


def synthetic(rows: int) -> pd.DataFrame:
    """Columns that break approximations: tails without a mean, rare categories, many nulls, spikes."""
    generator = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "pareto": generator.pareto(1.1, rows),
            "poisson": generator.poisson(0.3, rows),
            "rare": generator.choice(["a", "b", "c", "d"], rows, p=[0.989, 0.01, 0.0009, 0.0001]),
            "zipf": np.minimum(generator.zipf(1.5, rows), 3000).astype(str),
            "mostly null": np.where(generator.random(rows) < 0.97, np.nan, generator.normal(size=rows)),
            "spike": np.where(generator.random(rows) < 0.9, 0.0, generator.exponential(size=rows)),
            "infinite": np.where(generator.random(rows) < 0.001, np.inf, generator.normal(size=rows)),
            "yes": generator.random(rows) < 0.003,
        }
    )


def false_alarms(frame: pd.DataFrame, rows: int, windows: int = 200) -> int:
    """In how many windows of resampled rows something is called drift."""
    generator = np.random.default_rng(rows)
    reference = profile(frame.iloc[generator.permutation(len(frame))[: len(frame) // 4]])
    drawn = (profile(frame.iloc[generator.integers(0, len(frame), rows)]) for _ in range(windows))
    return sum(compare(reference, window).drifted for window in drawn)


MOST = int(stats.binom.ppf(0.99, 200, 0.01))
"""Of 200 windows, at a rate of 1 in 100."""


@pytest.mark.parametrize("rows", [200, 1000, pytest.param(10_000, marks=pytest.mark.exhaustive)])
def test_unshifted_windows_of_flights_are_not_called_drifted(rows):
    assert false_alarms(flights()[[*COLUMNS[1:6], "hour"]].iloc[::2], rows) <= MOST


@pytest.mark.parametrize("rows", [200, 1000, pytest.param(10_000, marks=pytest.mark.exhaustive)])
def test_unshifted_windows_of_awkward_columns_are_not_called_drifted(rows):
    assert false_alarms(synthetic(200_000), rows) <= MOST


@pytest.mark.parametrize(("reference_rows", "rows"), [(1000, 10_000), (2000, 10_000), (10_000, 1000)])
def test_chunks_of_a_reference_raise_no_alarm_either(reference_rows, rows):
    generator = np.random.default_rng(rows)
    frame = flights()[["arr_delay", "distance", "dest", "carrier"]]
    found = 0
    for _ in range(40):
        reference = profile(frame.iloc[generator.integers(0, len(frame), reference_rows)], chunk="n=500")
        found += compare(reference, profile(frame.iloc[generator.integers(0, len(frame), rows)])).drifted
    assert found <= int(stats.binom.ppf(0.99, 40, 0.01))


def test_no_window_of_ten_thousand_rows_in_forty_is_called_drifted():
    # The rate at this size is near to 0, since effects must matter, too; all 200 windows are among the long tests.
    assert false_alarms(flights()[["arr_delay", "distance", "carrier"]], 10_000, 40) == 0


# -- planted faults -----------------------------------------------------------------------------------------------


def planted(fault: str, frame: pd.DataFrame) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    frame = frame.assign(late=frame.arr_delay > 15)
    some = generator.random(len(frame))
    if fault == "unit":
        return frame.assign(distance=frame.distance * 1.609344)
    if fault == "category":
        return frame.assign(carrier=frame.carrier.where(some > 0.04, "ZZ"))
    if fault == "nulls":
        return frame.assign(air_time=frame.air_time.where(some > 0.3))
    if fault == "label":
        return frame.assign(late=frame.late | (some < 0.25))
    return frame


@pytest.mark.parametrize(
    ("fault", "column", "finding", "words"),
    [
        ("unit", "distance", "scale", "1.609 times the reference's, as after a change of unit (miles to kil"),
        ("category", "carrier", "new-values", "carrier: `ZZ` is new, in "),
        ("nulls", "air_time", "nulls", "of the values are missing"),
        ("label", "late", "shift", "`True` went from "),
    ],
)
@pytest.mark.parametrize("rows", [1000, 20_000])
def test_a_planted_fault_is_found_in_its_first_window_and_named(fault, column, finding, words, rows):
    reference = profile(planted("none", month(1)).sample(frac=0.5, random_state=0))
    rest = planted(fault, month(1)).sample(rows, random_state=1)
    report = compare(reference, profile(rest), DriftOptions(ignore=("tailnum",)))
    assert report.drifted
    assert [item.column for item in report.drifted_columns] == [column]
    found = report.columns[0]
    assert found.finding == finding
    assert any(words in reason for reason in found.reasons), found.reasons
    unplanted = compare(reference, profile(planted("none", month(1)).sample(rows, random_state=1)))
    assert not [item for item in unplanted.drifted_columns if item.column != "tailnum"]


def test_months_that_drift_from_january_drift_on_delays_and_destinations():
    drifted = {
        number: {item.column for item in compare(january(), profile(month(number))).drifted_columns}
        for number in (3, 7, 12)
    }
    assert "dep_delay" not in drifted[3]
    assert {"dep_delay", "arr_delay", "air_time", "dest"} <= drifted[7]
    assert {"dep_delay", "arr_delay", "dest"} <= drifted[12]


@pytest.mark.parametrize("rows", [500, 5000, 50_000])
def test_only_a_factor_is_called_a_change_of_unit(rows):
    generator = np.random.default_rng(rows)
    reference = profile(pd.DataFrame({"x": generator.gamma(2, 500, 20_000)}))
    raw = generator.gamma(2, 500, rows)
    findings = {
        name: compare(reference, profile(pd.DataFrame({"x": values}))).columns[0].finding
        for name, values in {"kilometres": raw * 1.609344, "more": raw + 400, "other": raw**1.5}.items()
    }
    assert findings == {"kilometres": "scale", "more": "shift", "other": "shift"}


# -- bad data -----------------------------------------------------------------------------------------------------


def normal(rows: int = 1000, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame({"x": generator.normal(size=rows), "g": generator.choice(["a", "b"], rows)})


@pytest.mark.parametrize("rows", [0, 1, 99])
def test_too_few_rows_are_not_judged(rows):
    report = compare(profile(normal()), profile(normal(rows, 1).assign(x=50.0)))
    assert not report.drifted
    assert {item.finding for item in report.columns} == {"too-few"}
    assert report.reasons[0] == f"{rows:,} {'row is' if rows == 1 else 'rows are'} too few to judge (at least 100)"


def test_a_reference_without_rows_is_no_drift():
    assert not compare(profile(normal(0)), profile(normal())).drifted
    assert not compare(profile(normal(1)), profile(normal())).drifted


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.full(1000, 7.0), id="constant"),
        pytest.param(np.full(1000, np.nan), id="all null"),
        pytest.param([f"id-{index}" for index in range(1000)], id="all unique"),
        pytest.param(np.full(1000, np.inf), id="infinite"),
        pytest.param([[1], [2]] * 500, id="lists"),
        pytest.param([1, "a", None, 2.5] * 250, id="mixed"),
    ],
)
def test_a_column_that_stays_odd_has_not_drifted(values):
    made = profile(pd.DataFrame({"x": values}))
    report = compare(made, made)
    assert not report.drifted
    assert report.columns[0].effect < 0.01
    assert DriftReport.from_json(json.loads(json.dumps(report.to_json()))) == report


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        (np.full(1000, 7.0), "shift"),
        (np.full(1000, np.nan), "nulls"),
        (np.where(np.arange(1000) < 100, np.inf, normal().x), "nulls"),
        (["word"] * 1000, "type"),
    ],
)
def test_a_column_that_turns_odd_has_drifted(values, finding):
    report = compare(profile(normal()[["x"]]), profile(pd.DataFrame({"x": values})))
    assert report.drifted
    assert report.columns[0].finding == finding


def test_a_constant_that_changes_has_drifted():
    before, after = (profile(pd.DataFrame({"x": np.full(1000, value)})) for value in (7.0, 8.0))
    report = compare(before, after)
    assert report.drifted
    assert report.reasons[0].startswith("x: it was constantly 7; now its mean is 8")


def test_columns_that_only_one_side_has_are_named():
    renamed = normal(seed=1).rename(columns={"x": "y"})
    report = compare(profile(normal()), profile(renamed))
    assert report.drifted
    assert report.reasons == ("x is missing; y is new and looks like it: was it renamed?",)
    new = report.column("y")
    assert new is not None
    assert (new.finding, new.drifted) == ("new-column", False)


def test_a_segment_that_drifts_is_found_though_the_whole_has_not():
    after = normal(8000, 1)
    after["k"] = np.where(np.arange(8000) % 20 == 0, "rare", "common")
    before = normal(8000).assign(k=after.k)
    after.loc[after.k == "rare", "x"] += 1
    report = compare(profile(before, by=["k"]), profile(after, by=["k"]))
    assert report.drifted
    assert not report.drifted_columns
    assert [name for name, part in report.segments.items() if part.drifted] == ["k=rare"]


def test_days_that_differ_by_nature_are_no_drift_where_the_reference_knows_its_days():
    generator = np.random.default_rng(5)
    days = np.repeat(np.arange(60), 500)
    frame = pd.DataFrame({"x": generator.normal(size=30_000) + generator.normal(0, 0.4, 60)[days]})
    window = profile(frame.iloc[20_000:21_000])
    assert compare(profile(frame.iloc[:20_000]), window).drifted
    assert not compare(profile(frame.iloc[:20_000], chunk="n=500"), window).drifted
