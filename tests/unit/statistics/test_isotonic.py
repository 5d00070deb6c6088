"""Isotonic regression: scikit-learn's, for any data, and in linear time for the worst."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from jupyter_mlpipe.statistics import isotonic, student


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.floats(-5, 5), st.floats(0.1, 9)), min_size=1, max_size=60))
def test_it_is_scikit_learns(rows: list[tuple[int, float, float]]) -> None:
    scores, targets, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, targets, weights)
    places = np.linspace(-1, 21, 45)
    assert isotonic.fit(scores, targets, weights)(places) == pytest.approx(theirs.predict(places), abs=1e-9)


def test_labels_of_many_rows_are_pooled_as_scikit_learn_does() -> None:
    generator = np.random.default_rng(3)
    scores = generator.random(50_000)
    truth = generator.random(50_000) < scores**2
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, truth)
    assert isotonic.fit(scores, truth)(scores) == pytest.approx(theirs.predict(scores), abs=1e-12)


def test_a_fall_at_the_very_end_takes_no_pass_for_each_row() -> None:
    values = np.arange(200_000.0)
    values[-1] = -1e12
    began = time.perf_counter()
    found = isotonic.pooled(values, np.ones(len(values)))
    assert time.perf_counter() - began < 5
    assert np.allclose(found, values.mean())


@pytest.mark.parametrize(
    ("probability", "free", "expected"),
    # R's qt
    [(0.975, 5, 2.570582), (0.975, 30, 2.042272), (0.99865, 9, 4.094277), (0.99865, 4, 6.620), (0.99865, 3, 9.219)],
)
def test_students_quantiles_are_near(probability: float, free: int, expected: float) -> None:
    assert student.quantile(probability, free) == pytest.approx(expected, rel=0.04)
    assert student.quantile(probability, 1) == float("inf")
