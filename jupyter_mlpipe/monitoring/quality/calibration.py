"""Calibration: whether a probability of 0.3 comes true in 3 cases of 10.

Sources: A. H. Murphy, *A new vector partition of the probability score*, Journal of Applied Meteorology 12 (1973);
M. P. Naeini, G. F. Cooper, M. Hauskrecht, *Obtaining well calibrated probabilities using Bayesian binning*, AAAI 2015;
A. Kumar, P. Liang, T. Ma, *Verified uncertainty calibration*, NeurIPS 2019. Not for repairing scores.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from jupyter_mlpipe.errors import QualityError
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.metrics import Sample

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows with scores from a range."""

    low: float
    high: float
    """The range is half open; the last one is closed."""
    rows: int
    score: float
    """Mean score."""
    share: float
    """Of its rows that are positive."""


@dataclass(frozen=True)
class Reliability:
    """How scores and what came true lie together."""

    bins: tuple[Bin, ...]
    """Those that have rows."""
    expected_error: float
    """ECE: the mean distance of score and share over bins, weighted by rows. Chance alone makes it greater than 0."""
    greatest_error: float
    """MCE: the greatest distance of any bin."""
    brier: float
    reliability: float
    """Murphy's: the mean squared distance of score and share; 0 is best."""
    resolution: float
    """How far the bins' shares are from the overall share; greater is better."""
    uncertainty: float
    """Variance of the truth. brier = reliability - resolution + uncertainty + what scores vary within bins."""

    def to_json(self) -> dict[str, Any]:
        """The table as JSON values."""
        return asdict(self)


def reliability(truth: Any, score: Any, *, bins: int = BINS, equal_rows: bool = False) -> Reliability:
    """The reliability table of scores.

    Parameters
    ----------
    truth
        Whether each row is positive, shape (rows,).
    score
        Probability that it is, shape (rows,).
    bins
        How many there are at most.
    equal_rows
        Whether bins have equally many rows, rather than equally wide ranges.

    Raises
    ------
    QualityError
        There are no rows; lengths differ; scores are no probabilities.
    """
    import numpy as np

    positive, probability = np.asarray(truth).astype(bool), np.asarray(score, dtype=float)
    if positive.shape != probability.shape or positive.ndim != 1:
        raise QualityError(f"truth has the shape {positive.shape} and scores {probability.shape}; both need one a row")
    if not len(probability):
        raise QualityError("there are no rows whose calibration could be told")
    if not (np.isfinite(probability).all() and probability.min() >= 0 and probability.max() <= 1):
        raise QualityError("scores must be probabilities from 0 to 1", hint="give what predict_proba gives")
    edges = np.linspace(0, 1, bins + 1)
    if equal_rows:
        edges = np.unique(np.concatenate([[0], np.quantile(probability, edges[1:-1]), [1]]))
    at = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    rows = np.bincount(at, minlength=len(edges) - 1)
    used = np.flatnonzero(rows)
    count = rows[used]
    mean = np.bincount(at, probability, len(edges) - 1)[used] / count
    share = np.bincount(at, positive, len(edges) - 1)[used] / count
    weight, overall = count / count.sum(), positive.mean()
    apart = abs(mean - share)
    table = zip(edges[used], edges[used + 1], count, mean, share, strict=True)
    return Reliability(
        tuple(Bin(float(a), float(b), int(n), float(m), float(s)) for a, b, n, m, s in table),
        float(weight @ apart),
        float(apart.max()),
        float(((probability - positive) ** 2).mean()),
        float(weight @ apart**2),
        float(weight @ (share - overall) ** 2),
        float(overall * (1 - overall)),
    )


def calibration_sample(truth: Array, score: Array, bins: int = 15) -> Sample:
    """The root mean squared calibration error over bins of equally many rows, less what chance makes of it.

    Of shares of n rows chance alone makes `p (1 - p) / (n - 1)` of squared distance, which is taken off (Kumar, Liang
    and Ma, equation 9), so that few rows do not look worse than many.
    """
    import numpy as np

    order = np.argsort(score, kind="stable")
    edges = np.unique(np.linspace(0, len(score), min(bins, max(len(score) // 10, 1)) + 1).astype(int))
    sizes = np.diff(edges)
    begins = edges[:-1]
    positive = np.add.reduceat(truth[order].astype(float), begins)
    mean = np.add.reduceat(score[order], begins) / sizes
    counts = np.column_stack([sizes - positive, positive]).ravel()

    def figures(weights: Array) -> Array:
        cells = weights.reshape(len(weights), -1, 2)
        rows = cells.sum(axis=2)
        share = cells[:, :, 1] / rows
        chance = share * (1 - share) / np.maximum(rows - 1, 1)
        return np.sqrt(np.maximum((rows * ((mean - share) ** 2 - chance)).sum(axis=1) / rows.sum(axis=1), 0))

    return Sample(counts, figures, 0.5)
