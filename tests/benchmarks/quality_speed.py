"""Performance estimated without labels: ours with its band, against scikit-learn's isotonic regression and sums."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import f1_score, roc_auc_score

from jupyter_mlpipe.monitoring.quality import cbpe
from jupyter_mlpipe.monitoring.quality.predictions import Predictions
from tests.benchmarks.timing import Contestant, Table, interleave

ROWS = 1_000_000
REFITS = 5
"""Resamples of the peer's band, for which ours has two hundred."""


def estimating(place: Path, rounds: int = 3) -> Table:
    """A reference and a window of a million rows each: accuracy, F1, ROC AUC and Brier score."""
    del place
    reference, window = _rows(0), _rows(1)
    names = ("accuracy", "f1", "roc_auc", "brier")
    assert reference.scores is not None
    assert window.scores is not None
    both, twice = np.repeat([1, 0], ROWS), np.tile(window.scores, 2)

    def sums(rows: np.ndarray | slice) -> dict[str, float]:
        fitted = IsotonicRegression(out_of_bounds="clip").fit(reference.scores[rows], reference.truth[rows])
        chances = fitted.predict(window.scores)
        weights = np.concatenate([chances, 1 - chances])
        return {
            "accuracy": float(np.where(window.predicted == 1, chances, 1 - chances).mean()),
            "f1": f1_score(both, np.tile(window.predicted, 2), sample_weight=weights),
            "roc_auc": roc_auc_score(both, twice, sample_weight=weights),
            "brier": float((chances * (1 - window.scores) ** 2 + (1 - chances) * window.scores**2).mean()),
        }

    def refitted() -> None:
        generator = np.random.default_rng(0)
        for _ in range(REFITS):
            sums(generator.integers(0, ROWS, ROWS))

    def ours() -> None:
        cbpe.fit(reference, calibrate=True).bands(window, names)

    found = cbpe.fit(reference, calibrate=True, resamples=0).estimate(window, names)
    expected = sums(slice(None))
    assert all(abs(found[name] - expected[name]) < 1e-4 for name in names), (found, expected)
    return interleave(
        f"figures of {ROWS:,} rows without labels, from a reference of as many",
        [
            Contestant("scikit-learn, no band", lambda: sums(slice(None))),
            Contestant(f"scikit-learn, {REFITS} resamples", refitted),
            Contestant(f"ours, band of {cbpe.RESAMPLES} resamples", ours),
        ],
        rounds,
    )


def _rows(seed: int) -> Predictions:
    generator = np.random.default_rng(seed)
    score = generator.beta(2, 5, ROWS)
    truth = (generator.random(ROWS) < score**1.3).astype(int)
    return Predictions("binary", (0, 1), truth, (score >= 0.5).astype(int), score, None)
