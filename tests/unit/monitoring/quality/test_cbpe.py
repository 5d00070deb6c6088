"""CBPE: the paper's sums in plain Python, bands that hold the truth, and what cannot be estimated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

from jupyter_mlpipe.errors import QualityReferenceError
from jupyter_mlpipe.monitoring.quality import cbpe
from jupyter_mlpipe.monitoring.quality.predictions import Predictions


def predictions(truth: Any, scores: Any, cut: float = 0.5) -> Predictions:
    scores = np.asarray(scores, dtype=float)
    if scores.ndim == 2:
        labels: tuple[Any, ...] = tuple(range(scores.shape[1]))
        return Predictions("multiclass", labels, np.asarray(truth), scores.argmax(axis=1), scores, None)
    return Predictions("binary", (0, 1), np.asarray(truth), (scores >= cut).astype(int), scores, None)


def drawn(rows: int, seed: int, low: float = 2, high: float = 3) -> Predictions:
    """Scores that are too sure of themselves."""
    generator = np.random.default_rng(seed)
    chance = generator.beta(low, high, rows)
    score = chance**2 / (chance**2 + (1 - chance) ** 2)
    return predictions((generator.random(rows) < chance).astype(int), score.round(3))


def by_the_paper(scores: list[float], chances: list[float], cut: float) -> dict[str, float]:
    """Expected figures, one row after another, as the paper writes them."""
    tp = fp = tn = fn = loss = squared = 0.0
    for score, chance in zip(scores, chances, strict=True):
        if score >= cut:
            tp, fp = tp + chance, fp + 1 - chance
        else:
            tn, fn = tn + 1 - chance, fn + chance
        loss -= chance * math.log(score) + (1 - chance) * math.log(1 - score)
        squared += chance * (1 - score) ** 2 + (1 - chance) * score**2
    n = len(scores)
    found = {
        "accuracy": (tp + tn) / n, "precision": tp / (tp + fp), "recall": tp / (tp + fn),
        "specificity": tn / (tn + fp), "f1": 2 * tp / (2 * tp + fp + fn), "log_loss": loss / n, "brier": squared / n,
        "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2,
    }  # fmt: skip
    positive, negative = sum(chances), n - sum(chances)
    x = y = area = precision = 0.0
    for threshold in sorted(set(scores), reverse=True):
        above = [chance for score, chance in zip(scores, chances, strict=True) if score >= threshold]
        recall, fall = sum(above) / positive, (len(above) - sum(above)) / negative
        area += (fall - x) * (recall + y) / 2
        precision += (recall - y) * sum(above) / len(above)
        x, y = fall, recall
    return found | {"roc_auc": area, "average_precision": precision}


def test_estimates_are_those_of_the_paper_to_four_decimals() -> None:
    reference, window = drawn(4000, 1), drawn(700, 2, low=3)
    theirs = IsotonicRegression(out_of_bounds="clip").fit(reference.scores, reference.truth)
    assert window.scores is not None
    expected = by_the_paper(window.scores.tolist(), theirs.predict(window.scores).tolist(), 0.5)
    found = cbpe.fit(reference, calibrate=True).estimate(window)
    assert found == pytest.approx(expected, abs=5e-5)


def test_scores_that_are_probabilities_stand_for_themselves() -> None:
    generator = np.random.default_rng(4)
    chance = generator.beta(2, 3, 3000)
    reference = predictions((generator.random(3000) < chance).astype(int), chance)
    assert cbpe.fit(reference).calibration.functions is None
    assert cbpe.fit(drawn(3000, 1)).calibration.functions is not None
    found = cbpe.fit(reference).estimate(reference)
    assert found == pytest.approx(by_the_paper(chance.tolist(), chance.tolist(), 0.5), abs=1e-9)


def test_with_known_labels_the_figures_are_those_of_scikit_learn() -> None:
    data = drawn(900, 5)
    found = cbpe.expected(data, np.eye(2)[data.truth], cbpe.ESTIMATED)
    y, s, p = data.truth, data.scores, data.predicted
    expected = {
        "roc_auc": sk.roc_auc_score(y, s), "average_precision": sk.average_precision_score(y, s),
        "accuracy": sk.accuracy_score(y, p), "balanced_accuracy": sk.balanced_accuracy_score(y, p),
        "precision": sk.precision_score(y, p), "recall": sk.recall_score(y, p), "f1": sk.f1_score(y, p),
        "specificity": sk.recall_score(y, p, pos_label=0), "brier": sk.brier_score_loss(y, s),
        "log_loss": sk.log_loss(y, np.clip(s, np.finfo(float).eps, 1 - np.finfo(float).eps)),
    }  # fmt: skip
    assert found == pytest.approx(expected, rel=1e-9)


def many_labels(rows: int, seed: int, sharp: float) -> Predictions:
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(rows, 3)) * sharp
    chances = np.exp(noise) / np.exp(noise).sum(axis=1, keepdims=True)
    truth = (chances.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1)
    scores = chances**2 / (chances**2).sum(axis=1, keepdims=True)
    return predictions(truth, scores)


def test_many_labels_are_estimated_one_against_the_rest() -> None:
    reference, window = many_labels(5000, 1, 1.5), many_labels(3000, 2, 0.8)
    assert reference.scores is not None
    assert window.scores is not None
    chances = np.column_stack(
        [
            IsotonicRegression(out_of_bounds="clip")
            .fit(reference.scores[:, label], reference.truth == label)
            .predict(window.scores[:, label])
            for label in range(3)
        ]
    )
    chances /= chances.sum(axis=1, keepdims=True)
    found = cbpe.fit(reference, calibrate=True).bands(window)
    assert found["accuracy"].value == pytest.approx(chances[np.arange(3000), window.predicted].mean(), abs=1e-9)
    each = []
    for label in range(3):
        chosen = window.predicted == label
        right = chances[chosen, label].sum()
        each.append(2 * right / (chosen.sum() + chances[:, label].sum()))
    assert found["f1"].value == pytest.approx(np.mean(each), abs=1e-9)
    ranked = [by_the_paper(window.scores[:400, k].tolist(), chances[:400, k].tolist(), 0.5) for k in range(3)]
    few = cbpe.expected(window.take(np.arange(400)), chances[:400], cbpe.ESTIMATED)
    assert few["roc_auc"] == pytest.approx(np.mean([item["roc_auc"] for item in ranked]), abs=1e-9)
    true = cbpe.expected(window, np.eye(3)[window.truth], cbpe.ESTIMATED)
    assert true["accuracy"] < sk.accuracy_score(reference.truth, reference.predicted) - 0.05
    for name, band in found.items():
        assert band.low <= true[name] <= band.high, name


@pytest.mark.parametrize("rows", [80, 2500])
def test_bands_hold_the_truth_of_shifted_windows(rows: int) -> None:
    estimator = cbpe.fit(drawn(8000, 11))
    held = dict.fromkeys(("roc_auc", "accuracy", "f1", "brier"), 0)
    windows = 40
    for seed in range(windows):
        window = drawn(rows, 100 + seed, low=2.5, high=2.5)
        true = cbpe.expected(window, np.eye(2)[window.truth], list(held))
        for name, band in estimator.bands(window, list(held)).items():
            held[name] += band.low <= true[name] <= band.high
    # 95 % are promised; 40 windows of one reference have the reference's own luck in common.
    assert min(held.values()) >= 0.83 * windows, held


def test_a_reference_of_one_class_says_so() -> None:
    with pytest.raises(QualityReferenceError, match="all 50 labelled rows are 1") as caught:
        cbpe.fit(predictions(np.ones(50, dtype=int), np.linspace(0.1, 0.9, 50)))
    assert "labels of all classes" in caught.value.hint


def test_constant_scores_rank_nothing() -> None:
    truth = np.tile([0, 0, 0, 1], 50)
    data = predictions(truth, np.full(200, 0.25))
    bands = cbpe.fit(data).bands(data)
    assert bands["roc_auc"] == pytest.approx((0.5, 0.5, 0.5))
    assert bands["accuracy"].value == pytest.approx(0.75)
    assert math.isnan(bands["precision"].value)


@pytest.mark.parametrize("rows", [0, 1])
def test_windows_of_no_row_and_of_one_have_no_more_than_they_can(rows: int) -> None:
    bands = cbpe.fit(drawn(500, 1)).bands(drawn(rows, 2))
    if rows:
        assert 0 <= bands["accuracy"].low <= bands["accuracy"].value <= bands["accuracy"].high <= 1
    else:
        assert all(math.isnan(band.value) for band in bands.values())
