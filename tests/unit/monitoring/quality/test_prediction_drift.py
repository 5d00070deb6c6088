"""Drift of predictions: SciPy's distance, what chance makes of it, and shifts that are found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from jupyter_mlpipe.monitoring.quality import prediction_drift
from jupyter_mlpipe.monitoring.quality.prediction_drift import Distribution
from jupyter_mlpipe.monitoring.quality.predictions import Predictions

CHUNKS = [np.arange(at, at + 500) for at in range(0, 5000, 500)]


def learnt(scores: np.ndarray) -> Distribution:
    data = Predictions("binary", (0, 1), None, (scores > 0.5).astype(int), scores, None)
    found = prediction_drift.distribution(data, CHUNKS)
    assert found is not None
    return found


@pytest.mark.parametrize("digits", [16, 1], ids=["continuous", "few values"])
@pytest.mark.parametrize("shift", [0.0, 0.05, 0.4])
def test_the_distance_is_scipys(shift: float, digits: int) -> None:
    generator = np.random.default_rng(1)
    one, other = generator.beta(2, 5, 5000).round(digits), (generator.beta(2, 5, 700) + shift).round(digits)
    expected = wasserstein_distance(one, other) / one.std()
    assert learnt(one).distance(other) == pytest.approx(expected, rel=0.03, abs=0.003)


def test_chance_is_not_taken_for_drift_and_small_shifts_of_many_rows_are_seen() -> None:
    usual = learnt(np.random.default_rng(1).beta(2, 5, 5000))
    alarms = 0
    for seed in range(300):
        rows = (50, 500, 5000)[seed % 3]
        limit = usual.limit(rows)
        assert limit is not None
        alarms += usual.distance(np.random.default_rng(seed + 10).beta(2, 5, rows)) > limit
    assert alarms <= 3
    shifted = np.random.default_rng(9).beta(2, 5, 5000) + 0.02
    assert usual.distance(shifted) > (usual.limit(5000) or 9)
    assert usual.distance(shifted[:100]) < (usual.limit(100) or 0)


def test_constant_predictions_and_one_row_have_a_distance() -> None:
    usual = learnt(np.full(5000, 0.3))
    assert usual.distance(np.full(10, 0.3)) == 0
    assert usual.distance(np.array([0.8])) == pytest.approx(0.5)
    assert usual.limit(10) == pytest.approx(0, abs=1e-5)
