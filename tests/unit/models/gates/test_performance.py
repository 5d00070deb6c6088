"""Performance: scikit-learn's figures, and what the values must be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LinearRegression, LogisticRegression

from jupyter_mlpipe.models.gates import judge
from jupyter_mlpipe.statistics import bootstrap
from tests.unit.models.gates.evidence import Bound, check, estimate

RNG = np.random.default_rng(5)
ROWS = 500
Y = RNG.integers(0, 2, ROWS)
SCORE = np.clip(0.5 + 0.2 * (Y - 0.5) + 0.25 * RNG.normal(size=ROWS), 0.01, 0.99).round(2)  # with ties
CHOSEN = (SCORE > 0.55).astype(int)
NAMES = np.array(["cat", "dog", "eel"])
KIND = NAMES[RNG.integers(0, 3, ROWS)]
GUESS = np.where(RNG.random(ROWS) < 0.7, KIND, NAMES[RNG.integers(0, 3, ROWS)])
TRUE = RNG.normal(5, 2, ROWS)
FOUND = TRUE + RNG.normal(0, 1, ROWS)

CASES = [
    ("roc_auc(y, p)", sk.roc_auc_score(Y, SCORE)),
    ("average_precision(y, p)", sk.average_precision_score(Y, SCORE)),
    ("log_loss(y, p)", sk.log_loss(Y, SCORE)),
    ("brier(y, p)", sk.brier_score_loss(Y, SCORE)),
    ("accuracy(y, c)", sk.accuracy_score(Y, CHOSEN)),
    ("balanced_accuracy(y, c)", sk.balanced_accuracy_score(Y, CHOSEN)),
    ("precision(y, c)", sk.precision_score(Y, CHOSEN)),
    ("recall(y, c)", sk.recall_score(Y, CHOSEN)),
    ("f1(y, c)", sk.f1_score(Y, CHOSEN)),
    ("f1(y, c, positive=0)", sk.f1_score(Y, CHOSEN, pos_label=0)),
    ("accuracy(k, g)", sk.accuracy_score(KIND, GUESS)),
    ("balanced_accuracy(k, g)", sk.balanced_accuracy_score(KIND, GUESS)),
    ("precision(k, g, average='macro')", sk.precision_score(KIND, GUESS, average="macro")),
    ("recall(k, g, average='weighted')", sk.recall_score(KIND, GUESS, average="weighted")),
    ("f1(k, g, average='micro')", sk.f1_score(KIND, GUESS, average="micro")),
    ("f1(k, g, average='weighted')", sk.f1_score(KIND, GUESS, average="weighted")),
    ("f1(k, g, positive='dog')", sk.f1_score(KIND == "dog", GUESS == "dog")),
    ("r2(t, f)", sk.r2_score(TRUE, FOUND)),
    ("mae(t, f)", sk.mean_absolute_error(TRUE, FOUND)),
    ("rmse(t, f)", sk.root_mean_squared_error(TRUE, FOUND)),
    ("mape(t, f)", sk.mean_absolute_percentage_error(TRUE, FOUND)),
]


@pytest.mark.parametrize(("measure", "expected"), CASES, ids=[case[0] for case in CASES])
def test_figures_are_those_of_scikit_learn(measure: str, expected: float) -> None:
    found = estimate(measure, y=Y, p=SCORE, c=CHOSEN, k=KIND, g=GUESS, t=TRUE, f=FOUND)
    assert found["value"] == pytest.approx(expected, rel=1e-9)
    assert found["low"] < found["value"] < found["high"]
    assert found["evidence"]["rows"] == ROWS
    assert found == estimate(measure, y=Y, p=SCORE, c=CHOSEN, k=KIND, g=GUESS, t=TRUE, f=FOUND)


@pytest.mark.parametrize(
    "make",
    [
        list,
        pd.Series,
        pl.Series,
        pa.array,
        lambda values: pa.chunked_array([values[:200], values[200:]]),
        lambda values: pd.Series(values, dtype="category"),
        lambda values: pd.DataFrame({"y": values}),
        lambda values: pd.Series(values, dtype=object),
        lambda values: pd.Series(values).convert_dtypes(),
    ],
)
def test_columns_of_any_library_are_the_same_rows(make: Callable[[Any], Any]) -> None:
    plain = estimate("f1(y, c)", y=Y, c=CHOSEN)
    assert estimate("f1(y, c)", y=make(Y), c=make(CHOSEN)) == plain
    names = np.array(["bad", "good"], dtype=object)
    labelled = estimate("f1(y, c, positive='good')", y=make(names[Y]), c=make(names[CHOSEN]))
    assert labelled["value"] == plain["value"]


def test_predict_proba_as_it_is_and_columns_of_frames() -> None:
    frame = pd.DataFrame({"was late": Y, "p": SCORE})
    both = np.column_stack([1 - SCORE, SCORE])
    expected = sk.roc_auc_score(Y, SCORE)
    assert estimate('roc_auc(test."was late", both)', test=frame, both=both)["value"] == pytest.approx(expected)
    for made in (pl.from_pandas(frame), pa.Table.from_pandas(frame), {"was late": Y, "p": SCORE}):
        assert estimate('roc_auc(test."was late", test.p)', test=made)["value"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("roc_auc(ones, p) > 0", "all 4 rows are positive; rows of both classes are needed"),
        ("roc_auc(empty, empty) > 0", "empty has no rows"),
        ("roc_auc(y, short) > 0", "y has 4 rows and short has 3; they must belong together"),
        ("roc_auc(y, holes) > 0", "2 of the 4 values of holes are missing (NaN or None)"),
        ("mae(holes, p) > 0", "2 of the 4 values of holes are missing"),
        ("accuracy(y, nones) > 0", "1 of the 4 values of nones are missing"),
        ("mae(endless, p) > 0", "1 of the 4 values of endless are infinite"),
        ("f1(words, words) > 0", "which label is the positive one is not known (labels: bad, good); say it, as in"),
        ("f1(words, words, positive='god') > 0", "no row of words has the positive label god (labels: bad, good)"),
        ("f1(three, three) > 0", "there are 3 labels (a, b, c); say average="),
        ("mae(words, p) > 0", "words holds no numbers but str"),
        ("mae(y, text) > 0", "text is str, not one value a row"),
        ("mae(y, square) > 0", "square has the shape (4, 3), not one value a row"),
        ("mae(y, ragged) > 0", "ragged (list) is not one value a row"),
        ("mae(y, one) > 0", "one is int, not one value a row"),
        ("log_loss(y, big) > 0", "scores from 0 to 9 are no probabilities"),
        ("r2(ones, p) > 0", "the truth is the same in all rows"),
        ("precision(y, zeros) > 0", "it divides by zero rows"),
        ("accuracy(many, many) > 0", "have 60 distinct values: these are no labels"),
        ("roc_auc(many, many, positive=1) > 0", "many has 60 distinct values: these are no labels"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_said_in_words(gate: str, said: str) -> None:
    values = {
        "y": [0, 1, 0, 1], "p": [0.1, 0.9, 0.4, 0.6], "ones": [1, 1, 1, 1], "zeros": [0, 0, 0, 0], "empty": [],
        "short": [0.1, 0.2, 0.3], "holes": [math.nan, 1.0, math.nan, 0.0], "nones": [None, "a", "b", "a"],
        "endless": [math.inf, 0.0, 0.0, 0.0], "words": ["good", "bad", "good", "bad"], "three": ["a", "b", "c", "a"],
        "text": "abcd", "square": np.zeros((4, 3)), "ragged": [[1], [1, 2], [1], [1]], "one": 1, "big": [0, 9, 1, 1],
        "many": np.arange(60),
    }  # fmt: skip
    found = check(gate, **values)
    assert not found.passed
    assert said in found.text


def test_a_few_rows_without_an_error_are_not_taken_for_sure() -> None:
    y, p = [0, 1] * 5, [0.1, 0.9] * 5
    assert estimate("accuracy(y, y)", y=y)["low"] < 0.85
    assert estimate("recall(y, y)", y=y)["low"] < 0.85
    assert estimate("roc_auc(y, p)", y=y, p=p)["low"] < 0.95
    assert estimate("average_precision(y, p)", y=y, p=p)["low"] < 0.6


def test_confidence_and_resamples_can_be_asked_for() -> None:
    wide, narrow = (estimate(f"mae(t, f, confidence={level})", t=TRUE, f=FOUND) for level in ("0.99", "0.8"))
    assert wide["high"] - wide["low"] > 1.5 * (narrow["high"] - narrow["low"])
    assert estimate("mae(t, f, resamples=200)", t=TRUE, f=FOUND)["evidence"]["resamples"] == 200
    assert bootstrap.resamples_for(50_000, 1000) == 1000
    assert bootstrap.resamples_for(1_000_000, 1000) == 200


# -- against the model in production ----------------------------------------------------------------------------------

X = pd.DataFrame({"a": SCORE, "b": RNG.normal(size=ROWS)})
GOOD = LogisticRegression().fit(X, Y)
POOR = LogisticRegression().fit(X[["a", "b"]] * [0, 1], Y)


def compare(gate: str, production: Any, **values: Any) -> Any:
    return judge([gate], Bound({"model": GOOD, "X": X, "y": Y, **values}, production=production))[0]


def test_an_improvement_is_the_paired_difference_of_the_figures() -> None:
    found = compare("improvement(roc_auc, model, X, y) > 0", POOR)
    one, other = (sk.roc_auc_score(Y, model.predict_proba(X)[:, 1]) for model in (GOOD, POOR))
    assert found.passed
    assert found.facts["value"] == pytest.approx(one - other)
    (evidence,) = found.facts["evidence"].values()
    assert (evidence["candidate"], evidence["production"]) == (pytest.approx(one), pytest.approx(other))
    assert "in production" in found.text
    assert not compare("improvement(roc_auc, model, X, y) > 0", GOOD, model=POOR).passed


@pytest.mark.parametrize("metric", ["accuracy", "f1", "balanced_accuracy", "log_loss", "brier", "average_precision"])
def test_an_improvement_is_positive_where_the_candidate_is_better(metric: str) -> None:
    found = compare(f"improvement({metric}, model, X, y) > 0", POOR)
    assert found.facts["value"] > 0
    assert found.facts["low"] < found.facts["value"] < found.facts["high"]
    assert compare(f"improvement({metric}, model, X, y) > 0", GOOD, model=POOR).facts["value"] < 0


def test_a_model_is_no_improvement_over_itself() -> None:
    found = compare("improvement(roc_auc, model, X, y) >= 0", GOOD)
    assert found.passed
    assert (found.facts["low"], found.facts["value"], found.facts["high"]) == (0, 0, 0)


def test_pairing_tells_apart_what_two_intervals_cannot() -> None:
    nearly = LinearRegression().fit(X, TRUE)
    better = LinearRegression().fit(X, TRUE)
    better.intercept_ += TRUE.mean() - better.predict(X).mean()
    nearly.intercept_ += 0.5
    found = compare("improvement(rmse, model, X, t) > 0", nearly, model=better, t=TRUE)
    single = estimate("rmse(t, f)", t=TRUE, f=better.predict(X))
    assert found.passed
    assert found.facts["high"] - found.facts["low"] < single["high"] - single["low"]


def test_one_row_that_differs_proves_no_improvement() -> None:
    class Fixed:
        def __init__(self, labels: np.ndarray) -> None:
            self.labels = labels

        def predict(self, rows: object) -> np.ndarray:
            return self.labels

    once = Y.copy()
    once[0] = 1 - once[0]
    found = compare("improvement(accuracy, model, X, y) > 0", Fixed(once), model=Fixed(Y))
    assert (found.passed, found.facts["value"]) == (False, pytest.approx(1 / ROWS))
    assert compare("improvement(accuracy, model, X, y) >= 0", Fixed(Y), model=Fixed(Y)).passed


def test_without_a_model_in_production_an_improvement_holds_and_says_so() -> None:
    found = compare("improvement(roc_auc, model, X, y) >= 0.01", None)
    assert found.passed
    assert found.text == "improvement: there is no model in production to compare with yet"
    assert found.facts["value"] is None


def test_the_model_in_production_has_a_name() -> None:
    found = compare("improvement(accuracy, model, X, y, of='flights') > 0", {"flights": POOR})
    assert found.facts["value"] > 0


def test_a_model_that_cannot_predict_says_why() -> None:
    wrong = compare("improvement(roc_auc, model, X, y) > 0", POOR, X=X[["b"]])
    assert "model cannot predict: ValueError: The feature names should match" in wrong.text
    numbers = compare("improvement(roc_auc, model, X, y) > 0", POOR, model=LinearRegression().fit(X, Y))
    assert "model gives no probabilities, which roc_auc needs" in numbers.text
    nothing = compare("improvement(accuracy, model, X, y) > 0", POOR, model=3)
    assert "model is int, which has no predict" in nothing.text
