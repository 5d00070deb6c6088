"""Metrics under weights: scikit-learn's figures, and bootstrap intervals that cover."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from jupyter_mlpipe.statistics import bootstrap, metrics
from jupyter_mlpipe.statistics.metrics import Sample

RNG = np.random.default_rng(5)
ROWS = 500
Y = RNG.integers(0, 2, ROWS)
SCORE = np.clip(0.5 + 0.2 * (Y - 0.5) + 0.25 * RNG.normal(size=ROWS), 0.01, 0.99).round(2)  # with ties


def test_weights_of_a_resample_give_what_scikit_learn_gives_for_them() -> None:
    weights = RNG.exponential(size=ROWS)
    for make, theirs in ((metrics.roc_auc, sk.roc_auc_score), (metrics.average_precision, sk.average_precision_score)):
        sample = make(Y == 1, SCORE)
        assert sample.order is not None
        padded = np.concatenate([weights, np.zeros(len(sample.counts) - ROWS)])
        found = sample.figures(padded[sample.order][None, :])[0]
        assert found == pytest.approx(theirs(Y, SCORE, sample_weight=weights), rel=1e-9)


# -- coverage ---------------------------------------------------------------------------------------------------------


def ranking(generator: np.random.Generator, rows: int) -> Sample:
    truth = generator.random(rows) < 0.3
    return metrics.roc_auc(truth, generator.normal(size=rows) + truth)


def hits(generator: np.random.Generator, rows: int) -> Sample:
    truth = generator.integers(0, 2, rows)
    return metrics.confusion(metrics.accuracy, truth, np.where(generator.random(rows) < 0.95, truth, 1 - truth), 2)


def recall(generator: np.random.Generator, rows: int) -> Sample:
    truth = (generator.random(rows) < 0.15).astype(int)
    found = np.where(generator.random(rows) < 0.9, truth, 1 - truth)
    return metrics.confusion(metrics.averaged("recall", "binary", 1), truth, found, 2)


def errors(generator: np.random.Generator, rows: int) -> Sample:
    return metrics.mae(generator.exponential(size=rows), np.zeros(rows))


def variance(generator: np.random.Generator, rows: int) -> Sample:
    x = generator.normal(size=rows)
    return metrics.r2(x + generator.normal(size=rows), x)


KINDS = [
    (ranking, 0.5 * (1 + math.erf(0.5))),
    (hits, 0.95),
    (recall, 0.9),
    (errors, 1.0),
    (variance, 0.5),
]


def coverage(make: Callable[..., Sample], true: float, rows: int, simulations: int) -> float:
    generator = np.random.default_rng(7)
    held = 0
    for seed in range(simulations):
        sample = make(generator, rows)
        draws = bootstrap.resampled(sample.counts + sample.prior, sample.figures, resamples=400, seed=seed)
        low, high = bootstrap.interval(draws, 0.95, sample.few)
        held += low <= true <= high
    return held / simulations


@pytest.mark.parametrize(("make", "true"), KINDS)
def test_95_percent_intervals_hold_the_truth_in_95_of_100_simulations(make: Callable[..., Sample], true: float) -> None:
    # Three standard errors of 400 simulations, and one percent for a finite sample.
    assert coverage(make, true, 300, 400) == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 400) + 0.01)


@pytest.mark.exhaustive
@pytest.mark.parametrize("rows", [100, 1000])
@pytest.mark.parametrize(("make", "true"), KINDS)
def test_intervals_cover_for_few_rows_and_many(make: Callable[..., Sample], true: float, rows: int) -> None:
    tolerance = 3 * math.sqrt(0.95 * 0.05 / 2000) + (0.02 if rows < 300 else 0.005)
    assert coverage(make, true, rows, 2000) == pytest.approx(0.95, abs=tolerance)
