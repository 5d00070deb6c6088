"""Calibration: the reliability table, its errors, and Murphy's parts of the Brier score."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from jupyter_mlpipe.errors import QualityError
from jupyter_mlpipe.monitoring.quality import reliability
from jupyter_mlpipe.monitoring.quality.calibration import calibration_sample

RNG = np.random.default_rng(2)
SCORE = RNG.beta(2, 3, 5000)
TRUTH = RNG.random(5000) < SCORE**1.5


def test_the_table_is_scikit_learns() -> None:
    found = reliability(TRUTH, SCORE)
    share, mean = calibration_curve(TRUTH, SCORE, n_bins=10)
    assert [item.share for item in found.bins] == pytest.approx(share)
    assert [item.score for item in found.bins] == pytest.approx(mean)
    assert found.brier == pytest.approx(sk.brier_score_loss(TRUTH, SCORE))
    equal = reliability(TRUTH, SCORE, equal_rows=True)
    share, mean = calibration_curve(TRUTH, SCORE, n_bins=10, strategy="quantile")
    assert [item.share for item in equal.bins] == pytest.approx(share)
    assert {item.rows for item in equal.bins} == {500}
    json.dumps(found.to_json(), allow_nan=False)


def test_errors_are_distances_of_score_and_share() -> None:
    found = reliability(TRUTH, SCORE)
    apart = [abs(item.score - item.share) for item in found.bins]
    assert found.expected_error == pytest.approx(np.average(apart, weights=[item.rows for item in found.bins]))
    assert found.greatest_error == max(apart)


def test_parts_add_up_to_the_brier_score_where_scores_do_not_vary_within_bins() -> None:
    found = reliability(TRUTH, SCORE.round(1), bins=1000)
    assert found.brier == pytest.approx(found.reliability - found.resolution + found.uncertainty)


def test_chance_is_taken_off_the_error_over_time() -> None:
    perfect = [
        calibration_sample(generator.random(300) < (score := generator.beta(2, 3, 300)), score).value
        for generator in map(np.random.default_rng, range(200))
    ]
    naive = np.mean([reliability(np.random.default_rng(seed).random(300) < SCORE[:300], SCORE[:300], bins=15)
                     .expected_error for seed in range(50)])  # fmt: skip
    assert np.mean(perfect) < 0.025 < naive
    assert calibration_sample(TRUTH, SCORE).value == pytest.approx(
        np.sqrt(np.mean((SCORE - SCORE**1.5) ** 2)), abs=0.01
    )


@pytest.mark.parametrize(
    ("truth", "score", "said"),
    [
        ([], [], "there are no rows"),
        ([1, 0], [0.5], "both need one a row"),
        ([1, 0], [0.5, 1.5], "must be probabilities"),
        ([1, 0], [0.5, float("nan")], "must be probabilities"),
    ],
)
def test_odd_data_is_refused_in_words(truth: list[int], score: list[float], said: str) -> None:
    with pytest.raises(QualityError, match=said):
        reliability(truth, score)


def test_one_row_and_one_class_have_a_table() -> None:
    found = reliability([1], [1.0])
    assert (found.expected_error, found.brier, found.uncertainty, found.bins[0].rows) == (0, 0, 0, 1)
