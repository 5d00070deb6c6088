"""How far two distributions are apart: functions of shares in the same cells, or of distribution functions.

All take stacks of distributions, so that hundreds of resamples cost one call.

Every measure is an effect size: it does not grow with the number of rows. Not for when it is too much
(``calibration``).
"""

from __future__ import annotations

import math

from jupyter_mlpipe.statistics.arrays import Array


def psi(reference: Array, current: Array) -> Array:
    """Population stability index: the sum over cells of ``(q - p) ln(q / p)``.

    Symmetric Kullback-Leibler divergence, as used for scorecards (Siddiqi, "Credit Risk Scorecards", 2006); below 0.1
    is commonly held to be stable, above 0.25 a shift.

    Parameters
    ----------
    reference, current
        Shares ``p`` and ``q``, all above 0 (see `smoothed`); shapes ``(…, cells)`` that broadcast.

    Returns
    -------
    array, shape ``(…,)``, from 0 upwards
    """
    import numpy as np

    return np.sum((current - reference) * np.log(current / reference), axis=-1)


def js_distance(reference: Array, current: Array) -> Array:
    """Jensen-Shannon distance, base 2: ``sqrt((KL(p‖m) + KL(q‖m)) / 2)`` with ``m = (p + q) / 2``.

    Endres and Schindelin, "A new metric for probability distributions" (2003). Shapes as for `psi`; within [0, 1].
    """
    import numpy as np

    middle = (reference + current) / 2

    def kl(shares: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sum(np.where(shares > 0, shares * np.log2(shares / middle), 0.0), axis=-1)

    return np.sqrt(np.clip((kl(reference) + kl(current)) / 2, 0.0, 1.0))


def cramers_v(reference: Array, current: Array, rows: float, reference_rows: float) -> Array:
    """Cramér's V of the table of two samples by cells: ``sqrt(chi² / (n + m))``, since one side of it is 2.

    Cramér, "Mathematical Methods of Statistics" (1946). `chi_square` has the test's own statistic.

    Parameters
    ----------
    reference, current
        Shares, shapes ``(…, cells)``.
    rows, reference_rows
        How many values each is of.
    """
    import numpy as np

    return np.sqrt(chi_square(reference, current, rows, reference_rows) / (rows + reference_rows))


def chi_square(reference: Array, current: Array, rows: float, reference_rows: float) -> Array:
    """Pearson's chi-square of two samples by cells: ``n m / (n + m) · Σ (q - p)² / pooled`` (Pearson, 1900)."""
    import numpy as np

    pooled = (rows * current + reference_rows * reference) / (rows + reference_rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(pooled > 0, (current - reference) ** 2 / pooled, 0.0)
    return rows * reference_rows / (rows + reference_rows) * np.sum(parts, axis=-1)


def l_infinity(reference: Array, current: Array) -> Array:
    """The largest difference of a cell's share: ``max |q - p|``; shapes as for `psi`."""
    import numpy as np

    return np.max(np.abs(current - reference), axis=-1)


def ks(reference: Array, current: Array) -> Array:
    """Kolmogorov-Smirnov: the largest difference of two distribution functions (Smirnov, 1939).

    Parameters
    ----------
    reference, current
        Distribution functions at the same points; shapes ``(…, points)`` that broadcast.
    """
    import numpy as np

    return np.max(np.abs(current - reference), axis=-1)


def ks_p_value(distance: float, rows: float, reference_rows: float) -> float:
    """The chance of a distance of at least this without drift: ``2 Σ (-1)^(k-1) exp(-2 k² λ²)`` (Kolmogorov, 1933).

    With ``λ = (√n + 0.12 + 0.11 / √n) D`` and ``n`` the harmonic mean's half (Stephens, 1970); too large for values
    that occur often, where the test is conservative.
    """
    n = math.sqrt(rows * reference_rows / (rows + reference_rows))
    scaled = (n + 0.12 + 0.11 / n) * distance
    if scaled < 0.2:
        return 1.0
    terms = ((-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * math.fsum(terms)))


def wasserstein(reference: Array, current: Array, points: Array, deviation: float) -> Array:
    """Wasserstein-1 (earth mover's) distance in standard deviations of the reference: ``∫ |F - G| dx / σ``.

    Vallender, "Calculation of the Wasserstein distance between probability distributions on the line" (1973).

    Parameters
    ----------
    reference, current
        Distribution functions at `points`; shapes ``(…, points)``.
    points
        Sorted, shape ``(points,)``; between them the difference is taken to be linear.
    deviation
        The reference's standard deviation, above 0.
    """
    import numpy as np

    apart = np.abs(current - reference)
    return (apart[..., :-1] + apart[..., 1:]) @ np.diff(points) / (2 * deviation)


def smoothed(counts: Array) -> Array:
    """Shares of cells with half an observation added to each (Jeffreys), so that none is 0; shape ``(…, cells)``."""
    more = counts + 0.5
    return more / more.sum(axis=-1, keepdims=True)
