"""What is usual: variance between chunks told apart from sampling error, and limits that few chunks widen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jupyter_mlpipe.monitoring.quality.norms import Figure, beyond, norm_of, stray_of, widened


def figures(chunks: int, between: float, errors: tuple[float, ...], seed: int = 0) -> list[Figure]:
    generator = np.random.default_rng(seed)
    each = [errors[number % len(errors)] for number in range(chunks)]
    return [Figure(0.8 + between * generator.normal() + error * generator.normal(), error) for error in each]


def test_variance_between_chunks_is_told_apart_from_sampling_error() -> None:
    same, apart = norm_of(figures(400, 0.0, (0.01, 0.05))), norm_of(figures(400, 0.04, (0.01, 0.05)))
    assert same is not None
    assert apart is not None
    assert same.between < 0.006
    assert apart.between == pytest.approx(0.04, rel=0.15)
    assert apart.mean == pytest.approx(0.8, abs=0.01)
    low, high = apart.limits(0.0)
    assert (low, high) == pytest.approx((0.8 - 0.12, 0.8 + 0.12), abs=0.02)


@pytest.mark.parametrize("chunks", [3, 5, 10, 30])
def test_a_chunk_like_the_others_is_seldom_beyond_the_limits(chunks: int) -> None:
    alarms = 0
    for seed in range(1500):
        *known, new = figures(chunks + 1, 0.04, (0.02, 0.03), seed)
        norm = norm_of(known)
        assert norm is not None
        alarms += beyond(new.value, norm.limits(new.error), "lower")
    assert alarms / 1500 < 0.006


def test_fewer_than_three_chunks_say_nothing() -> None:
    assert norm_of(figures(2, 0.1, (0.1,))) is None
    assert stray_of(figures(2, 0.1, (0.1,))) is None


@pytest.mark.parametrize("errors", [(0.0,), (0.0, 0.0, 0.2), (1e-9, 1.0)])
def test_chunks_without_an_error_are_no_division_by_zero(errors: tuple[float, ...]) -> None:
    norm = norm_of(figures(10, 0.0, errors))
    assert norm is not None
    assert all(map(math.isfinite, norm.limits(0.0)))


def test_a_band_is_widened_by_how_far_truth_strayed() -> None:
    gaps = [Figure(value, 0.01) for value in (0.05, -0.05) * 10]
    stray = stray_of(gaps)
    assert stray is not None
    assert stray.between == pytest.approx(math.sqrt(0.05**2 - 0.01**2))
    low, high = widened(0.79, 0.8, 0.81, stray)
    assert low == pytest.approx(0.8 - math.hypot(0.01, 2.086 * stray.between), abs=1e-3)
    assert high - 0.8 == pytest.approx(0.8 - low)
    assert widened(0.79, 0.8, 0.81, None) == (0.79, 0.81)


def test_only_the_worse_side_counts() -> None:
    assert beyond(0.5, (0.6, 0.9), "lower")
    assert not beyond(0.5, (0.6, 0.9), "higher")
    assert beyond(0.95, (0.6, 0.9), "higher")
    assert beyond(0.95, (0.6, 0.9), "either")
    assert not beyond(0.95, (0.6, 0.9), "lower")
