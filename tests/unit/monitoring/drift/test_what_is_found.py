"""Faults planted in a frame: each is found in its first window, and called by its name. And input that is no good."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jupyter_mlpipe.errors import DriftOptionError
from jupyter_mlpipe.monitoring import DriftOptions, DriftReport, compare, profile

FLIGHTS = Path(__file__).parents[4] / "notebooks/data/flights.parquet"
COLUMNS = ["month", "carrier", "origin", "dep_delay", "arr_delay", "distance", "air_time"]
ROWS = 2000


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    return pd.read_parquet(FLIGHTS, columns=COLUMNS)


def frame(seed: int = 0, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "level": random.normal(50, 10, rows),
            "degrees": random.normal(55, 18, rows),
            "amount": random.gamma(2, 500, rows),
            "kind": random.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2]).astype(object),
            "constant": np.full(rows, 7.0),
            "few": random.integers(0, 5, rows),
        }
    )


def against(changed: pd.DataFrame, reference: pd.DataFrame | None = None, **options: object) -> DriftReport:
    return compare(profile(frame() if reference is None else reference), profile(changed), DriftOptions(**options))


def with_(**columns: object) -> pd.DataFrame:
    return frame(1).assign(**columns)


def some(share: float) -> np.ndarray:
    return np.random.default_rng(2).random(ROWS) < share


FAULTS: dict[str, tuple[Callable[[], pd.DataFrame], str, str, str]] = {
    "unit": (lambda: with_(amount=lambda f: f.amount * 1.609344), "amount", "scale", "miles to kilometres"),
    "inverse unit": (lambda: with_(amount=lambda f: f.amount / 60), "amount", "scale", "the inverse of minutes"),
    "temperature": (lambda: with_(degrees=lambda f: (f.degrees - 32) / 1.8), "degrees", "scale", "Fahrenheit to Cel"),
    "new category": (lambda: with_(kind=lambda f: f.kind.where(~some(0.05), "z")), "kind", "new-values", "`z` is new"),
    "lost category": (lambda: with_(kind=lambda f: f.kind.replace("c", "a")), "kind", "missing-values", "`c` is gone"),
    "mix": (lambda: with_(kind=lambda f: f.kind.where(~some(0.3), "c")), "kind", "shift", "`c` went from"),
    "wave of nulls": (lambda: with_(level=lambda f: f.level.where(~some(0.2))), "level", "nulls", "are missing"),
    "infinities": (lambda: with_(level=lambda f: f.level.where(~some(0.2), np.inf)), "level", "nulls", "are infinite"),
    "shift": (lambda: with_(level=lambda f: f.level + 5), "level", "shift", "standard deviations up"),
    "spread": (lambda: with_(level=lambda f: 50 + 2 * (f.level - 50)), "level", "shift", "standard deviation went"),
    "constant": (lambda: with_(constant=8.0), "constant", "shift", "it was constantly 7"),
    "became constant": (lambda: with_(level=3.0), "level", "shift", "the mean went"),
    "type": (lambda: with_(few=lambda f: f.few.astype(str)), "few", "type", "was number (int64) and is text"),
    "mixed": (lambda: with_(few=lambda f: f.few.astype(object).where(~some(0.1), "?")), "few", "type", "another kind"),
    "gone": (lambda: frame(1).drop(columns="level"), "level", "missing-column", "level is missing"),
    "renamed": (lambda: frame(1).rename(columns={"amount": "price"}), "amount", "missing-column", "was it renamed?"),
    "all null": (lambda: with_(level=np.nan), "level", "nulls", "100 % of the values are missing"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_named_and_nothing_else(fault: str) -> None:
    plant, name, finding, words = FAULTS[fault]
    report = against(plant())
    assert [column.column for column in report.drifted_columns] == [name]
    assert report.columns[0].finding == finding
    assert words in " ".join(report.reasons)
    assert 0 < report.columns[0].effect <= 1


def test_a_report_is_json_and_back() -> None:
    report = against(with_(level=np.inf, kind="z"))
    text = json.dumps(report.to_json(), allow_nan=False)
    assert DriftReport.from_json(json.loads(text)) == report


def test_a_second_run_says_the_same() -> None:
    assert against(with_(level=lambda f: f.level + 2)) == against(with_(level=lambda f: f.level + 2))


@pytest.mark.parametrize("month", range(2, 13))
def test_faults_in_a_month_of_flights_are_found_above_what_months_do(flights: pd.DataFrame, month: int) -> None:
    reference = profile(flights[flights.month == 1].drop(columns="month"))
    window = flights[flights.month == month].drop(columns="month").reset_index(drop=True)
    random = np.random.default_rng(month)
    window["distance"] = window["distance"] * 1.609344
    window["carrier"] = window["carrier"].where(random.random(len(window)) > 0.03, "ZZ")
    window["arr_delay"] = window["arr_delay"].where(random.random(len(window)) > 0.15)
    report = compare(reference, profile(window))
    found = {column.column: column.finding for column in report.drifted_columns}
    assert found["distance"] == "scale"
    assert found["carrier"] == "new-values"
    assert found["arr_delay"] == "nulls" or "of the values are missing" in " ".join(report.reasons)
    assert "`ZZ` is new" in " ".join(report.reasons)
    assert "miles to kilometres" in " ".join(report.reasons)
    assert report.columns[0].column == "distance"


# -- input that is no good --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 1, 99])
def test_few_rows_are_no_drift_and_the_report_says_so(rows: int) -> None:
    for report in (against(with_(level=1e6).head(rows)), against(frame(), reference=with_(level=1e6).head(rows))):
        assert not report.drifted
        assert {column.finding for column in report.columns} <= {"too-few"}
        assert "too few to judge (at least 100)" in report.reasons[0]


def test_a_column_that_is_gone_or_new_is_told_of_few_rows_too() -> None:
    report = against(frame(1, 20).drop(columns="level").assign(more=1))
    assert {column.column: column.finding for column in report.columns if column.finding != "too-few"} == {
        "level": "missing-column",
        "more": "new-column",
    }
    assert report.drifted


def test_frames_without_columns_are_compared() -> None:
    nothing = pd.DataFrame(index=range(200))
    assert not against(nothing, reference=nothing).drifted
    assert {column.finding for column in against(nothing).columns} == {"missing-column"}
    assert {column.finding for column in against(frame(), reference=nothing).columns} == {"new-column"}


def test_values_that_are_all_unique_are_no_drift() -> None:
    before, after = (pd.DataFrame({"id": [f"{side}{i}" for i in range(ROWS)]}) for side in "ab")
    assert not against(after, reference=before).drifted


def test_later_times_are_no_drift() -> None:
    before = pd.DataFrame({"t": pd.date_range("2023", periods=ROWS, freq="h", tz="UTC")})
    after = pd.DataFrame({"t": pd.date_range("2024", periods=ROWS, freq="h", tz="Europe/Berlin")})
    assert not against(after, reference=before).drifted


@pytest.mark.parametrize("factor", [1e300, 1e-300])
def test_numbers_near_the_ends_of_their_range_are_compared(factor: float) -> None:
    assert against(with_(level=lambda f: f.level * factor)).columns[0].drifted
    same = with_(level=lambda f: f.level * factor)
    assert not against(same, reference=same).drifted


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 0.0},
        {"alpha": 1.5},
        {"minimum_rows": 0},
        {"minimum_effect": {"ps": 0.1}},
        {"minimum_effect": {"psi": -1}},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(DriftOptionError) as refused:
        DriftOptions(**options)
    assert refused.value.code == "MP715"


# -- options, segments ------------------------------------------------------------------------------------------------


def test_columns_are_chosen_ignored_and_ranked_by_importance() -> None:
    changed = with_(level=lambda f: f.level + 20, amount=lambda f: f.amount + 300)
    assert [column.column for column in against(changed).drifted_columns] == ["level", "amount"]
    ranked = against(changed, importance={"level": 0.1, "amount": 0.9})
    assert [column.column for column in ranked.drifted_columns] == ["amount", "level"]
    assert [column.column for column in against(changed, ignore=("level",)).drifted_columns] == ["amount"]
    assert [column.column for column in against(changed, columns=("level", "kind")).columns] == ["level", "kind"]


def test_an_effect_below_what_counts_is_none() -> None:
    changed = with_(level=lambda f: f.level + 5)
    least = dict.fromkeys(("psi", "js_distance", "ks", "wasserstein"), 0.9)
    assert against(changed).drifted
    assert not against(changed, minimum_effect=least).drifted


def test_a_segment_that_drifts_is_named_though_the_whole_has_not() -> None:
    random = np.random.default_rng(3)
    before, after = (frame(seed, 20_000).assign(place=random.choice(["u", "v", "w"], 20_000)) for seed in (4, 5))
    moved = (after.place == "u") & (np.arange(20_000) % 20 == 0)
    after.loc[moved, "level"] += 30
    few = after.place == "u"
    after = pd.concat([after[~few], after[few & moved]])
    before = pd.concat([before[before.place != "u"], before[before.place == "u"][::20]])
    report = compare(profile(before, by=["place"]), profile(after, by=["place"]))
    assert report.segments["place=u"].drifted
    assert not report.segments["place=v"].drifted
    assert not report.drifted_columns
    assert report.drifted
    assert report.reasons == ("as a whole it has not drifted, but place=u has",)
