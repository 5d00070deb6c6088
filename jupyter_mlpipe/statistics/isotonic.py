"""Isotonic regression: the rising function that is nearest to the data, and so the probabilities that scores stand for.

It is the pool-adjacent-violators algorithm, a whole pass at a time: every falling run of blocks is pooled at once,
since all of a falling run has one value in the result. Few passes leave few blocks; a stack settles what is left, so
that no data take more than linear time. Between its knots the function is linear, beyond them constant, as
scikit-learn's with ``out_of_bounds="clip"``.

Sources: M. Ayer et al., *An empirical distribution function for sampling with incomplete information*, Annals of
Mathematical Statistics 26 (1955); B. Zadrozny, C. Elkan, *Transforming classifier scores into accurate multiclass
probability estimates*, KDD 2002. Not for judging whether scores need it (``monitoring.quality.cbpe``).
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlpipe.statistics.arrays import Array

_PASSES = 30
"""Over all blocks; what then still falls is settled by a stack."""


@dataclass(frozen=True)
class Isotonic:
    """A rising, piecewise linear function."""

    scores: Array
    """Its knots, shape (knots,), rising."""
    values: Array
    """Its values there, shape (knots,)."""

    def __call__(self, scores: Array) -> Array:
        """Its values, of the shape of `scores`."""
        import numpy as np

        return np.interp(scores, self.scores, self.values)


def fit(scores: Array, targets: Array, weights: Array | None = None) -> Isotonic:
    """The isotonic regression of targets on scores.

    Parameters
    ----------
    scores, targets
        Shape (rows,); at least one row. Rows of one score are one point, at their mean target.
    weights
        Of the rows, greater than zero; all 1 by default.
    """
    import numpy as np

    order = np.argsort(scores, kind="stable")
    ordered, target = scores[order], targets[order].astype(float)
    weight = np.ones(len(ordered)) if weights is None else weights[order]
    begins = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > 0]))
    mass = np.add.reduceat(weight, begins)
    return _knots(ordered[begins], pooled(np.add.reduceat(target * weight, begins) / mass, mass))


def _knots(scores: Array, values: Array) -> Isotonic:
    """Without the points inside level stretches, which change nothing."""
    import numpy as np

    level = np.diff(values) == 0
    inside = np.concatenate([[False], level[:-1] & level[1:], [False]]) if len(values) > 2 else np.zeros(len(values))
    kept: Array = ~inside.astype(bool)
    return Isotonic(scores[kept], values[kept])


def pooled(values: Array, weights: Array) -> Array:
    """The rising sequence nearest to values in their scores' order, shape (points,)."""
    import numpy as np

    sums, mass = values * weights, weights.astype(float)
    sizes: Array = np.ones(len(values), dtype=np.intp)
    for _ in range(_PASSES):
        means = sums / mass
        rising = means[1:] >= means[:-1]
        if rising.all():
            return np.repeat(means, sizes)
        begins = np.flatnonzero(np.concatenate([[True], rising]))
        sums, mass, sizes = (np.add.reduceat(item, begins) for item in (sums, mass, sizes))
    return _settled(sums, mass, sizes)


def _settled(sums: Array, mass: Array, sizes: Array) -> Array:
    """The same by a stack of blocks, in Python: for sequences that passes take long for."""
    import numpy as np

    stack: list[tuple[float, float, int]] = []
    for one, weight, size in zip(sums.tolist(), mass.tolist(), sizes.tolist(), strict=True):
        block = (one, weight, size)
        while stack and stack[-1][0] * block[1] > block[0] * stack[-1][1]:
            before = stack.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        stack.append(block)
    return np.repeat([one / weight for one, weight, _ in stack], [size for _, _, size in stack])
