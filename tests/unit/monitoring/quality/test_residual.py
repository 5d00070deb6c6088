"""Errors of a regression, estimated: true figures within the band, where rows shift to where the model is poor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from threadpoolctl import threadpool_limits

from jupyter_mlpipe.errors import QualityError
from jupyter_mlpipe.monitoring.quality import QualityReport, quality


def rows(count: int, seed: int, centre: float = 0.0, extra: float = 0.0) -> pd.DataFrame:
    """A model that errs more the greater x is, and more in the north."""
    generator = np.random.default_rng(seed)
    x = generator.normal(centre, 1, count)
    place = generator.choice(["north", "south", "west"], count)
    error = generator.normal(size=count) * np.exp(0.5 * x) * np.where(place == "north", 2.0, 1.0) * (1 + extra)
    return pd.DataFrame({"x": x, "place": place, "found": 20 + 3 * x, "true": 20 + 3 * x + error})


ASKED: dict[str, Any] = {
    "reference": rows(4000, 1), "target": "true", "prediction": "found", "features": ["x", "place"]
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads of OpenMP that wait for cores which other tests have take many times as long."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def shifted() -> QualityReport:
    frame = pd.concat([rows(1500, seed, centre) for seed, centre in ((2, 0.0), (3, 0.5), (4, 1.0))])
    return quality(frame, **ASKED, every="n=1500", measures=["mae", "rmse", "mape", "r2", "bias", "mean_prediction"])


def test_figures_are_those_of_scikit_learn(shifted: QualityReport) -> None:
    frame = rows(1500, 3, 0.5)
    expected = {
        "mae": sk.mean_absolute_error(frame["true"], frame["found"]),
        "rmse": sk.root_mean_squared_error(frame["true"], frame["found"]),
        "mape": sk.mean_absolute_percentage_error(frame["true"], frame["found"]),
        "r2": sk.r2_score(frame["true"], frame["found"]),
        "bias": (frame["found"] - frame["true"]).mean(),
        "mean_prediction": frame["found"].mean(),
    }
    assert {name: shifted.of(name)[1].value for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("measure", ["mae", "rmse", "mape"])
def test_estimates_follow_the_shift_and_hold_the_truth(shifted: QualityReport, measure: str) -> None:
    estimated, true = shifted.of(measure, estimated=True), shifted.of(measure)
    assert all(row.holds for row in estimated), [(row.value, row.low, row.high, row.holds) for row in estimated]
    if measure != "mape":
        assert estimated[2].value > 1.3 * estimated[0].value
        assert estimated[2].value == pytest.approx(true[2].value, rel=0.15)
        assert estimated[2].breached
        assert true[2].breached
    assert "concept drift" in shifted.assumptions[0]


def test_errors_that_grow_without_a_shift_are_seen_only_with_labels() -> None:
    found = quality(rows(1500, 5, extra=1.0), **ASKED, measures=["mae"])
    estimated, true = found.of("mae", estimated=True)[0], found.of("mae")[0]
    assert true.breached
    assert not estimated.breached
    assert estimated.holds is False
    assert "concept drift" in estimated.reason


def test_unknown_categories_and_missing_features_are_no_error() -> None:
    frame = rows(300, 6)
    frame.loc[:20, "place"] = "moon"
    frame.loc[30:40, "place"] = None
    frame.loc[50:60, "x"] = np.nan
    (row,) = quality(frame.drop(columns="true"), **ASKED, measures=["mae"]).rows
    assert row.estimated
    assert row.low < row.value < row.high


def test_few_true_numbers_are_measured_and_nothing_is_estimated() -> None:
    found = quality(rows(300, 6), **{**ASKED, "reference": rows(60, 1)}, measures=["mae"])
    assert not any(row.estimated for row in found.rows)
    assert "errors are learnt from 100 or more" in found.notes[0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"prediction": None}, "numbers that were predicted are needed"),
        ({"prediction": "place"}, "place of the reference holds 'south'"),
        ({"measures": ["roc_auc"]}, "roc_auc cannot be told of these predictions"),
        ({"groups": ["place"]}, "fairness is asked of predictions of two classes"),
        ({"features": ["y"]}, "the reference has no column 'y'"),
        ({"score": "x"}, "these are no labels"),
    ],
)
def test_what_cannot_be_told_is_said_in_words(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(QualityError) as caught:
        quality(rows(300, 6), **{**ASKED, **changed})
    assert said in caught.value.message


def test_counts_are_numbers_where_the_task_or_features_say_so() -> None:
    generator = np.random.default_rng(3)
    counts = pd.DataFrame({"true": generator.poisson(3, 400), "found": generator.poisson(3, 400)})
    asked: dict[str, Any] = {"reference": counts, "target": "true", "prediction": "found"}
    assert quality(counts, **asked, estimate=False).task == "multiclass"
    found = quality(counts, **asked, task="regression", estimate=False)
    assert found.task == "regression"
    assert found.of("mae")[0].value == pytest.approx(abs(counts["true"] - counts["found"]).mean())
    assert quality(counts, **asked, features=["found"], estimate=False).task == "regression"
