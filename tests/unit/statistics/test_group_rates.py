"""Rates of groups: intervals of differences and ratios that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jupyter_mlpipe.statistics import group_rates
from jupyter_mlpipe.statistics.group_rates import SELECTION, TRUE_POSITIVE, Rate

TRUTHS = [
    ("two groups, equal", [1, 1], [0.3, 0.3], 500, SELECTION),
    ("two groups, apart", [1, 1], [0.3, 0.4], 500, SELECTION),
    ("two groups, one small", [4, 1], [0.3, 0.4], 200, SELECTION),
    ("two groups, rare", [1, 1], [0.02, 0.1], 500, SELECTION),
    ("true positives", [1, 1], [0.6, 0.8], 300, TRUE_POSITIVE),
    ("five groups, equal", [1] * 5, [0.3] * 5, 1000, SELECTION),
    ("five groups, apart", [1] * 5, [0.2, 0.3, 0.3, 0.4, 0.5], 1000, SELECTION),
    ("uneven groups", [10, 8, 5, 2, 1, 1], [0.3, 0.35, 0.3, 0.4, 0.45, 0.3], 1000, SELECTION),
]
IDS = [case[0] for case in TRUTHS]


def coverage(shares: list[float], chosen: list[float], rows: int, rate: Rate, simulations: int) -> tuple[float, float]:
    """How often the intervals of the difference and of the ratio hold the truth."""
    generator = np.random.default_rng(11)
    share, chance = np.array(shares) / sum(shares), np.array(chosen)
    cells = np.zeros((len(share), 2, 2))
    for truth, part in ((0, 0.7), (1, 0.3)):
        cells[:, truth, 1], cells[:, truth, 0] = share * part * chance, share * part * (1 - chance)
    apart, ratio = chance.max() - chance.min(), chance.min() / chance.max()
    held = np.zeros(2)
    for seed in range(simulations):
        counts = generator.multinomial(rows, cells.ravel()).reshape(cells.shape)
        found = [group_rates.rates(counts, rate)]
        drawn = [group_rates.rates(group_rates.draws(counts, 400, seed), rate)]
        one, other = (make(found, drawn, 0.95) for make in (group_rates.difference, group_rates.ratio))
        held += (one.low <= apart <= one.high, other.low <= ratio <= other.high)
    return held[0] / simulations, held[1] / simulations


@pytest.mark.parametrize(
    ("shares", "chosen", "rows", "rate"), [case[1:] for case in TRUTHS], ids=[c[0] for c in TRUTHS]
)
def test_95_percent_intervals_hold_the_truth_at_least_so_often(
    shares: list[float], chosen: list[float], rows: int, rate: Rate
) -> None:
    # Three standard errors of 400 simulations, and half a percent for a finite sample.
    least = 0.95 - 3 * math.sqrt(0.95 * 0.05 / 400) - 0.005
    assert min(coverage(shares, chosen, rows, rate, 400)) >= least


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("shares", "chosen", "rows", "rate"), [case[1:] for case in TRUTHS], ids=[c[0] for c in TRUTHS]
)
def test_intervals_cover_in_many_simulations(shares: list[float], chosen: list[float], rows: int, rate: Rate) -> None:
    least = 0.95 - 3 * math.sqrt(0.95 * 0.05 / 4000) - 0.01
    assert min(coverage(shares, chosen, rows, rate, 4000)) >= least
