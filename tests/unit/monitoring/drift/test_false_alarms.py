"""Unchanged data is called drifted no more often than configured, whatever its columns are like."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jupyter_mlpipe.monitoring import DriftOptions, compare, profile
from jupyter_mlpipe.monitoring.drift.calibration import tail, unseen_bound

FLIGHTS = Path(__file__).parents[4] / "notebooks/data/flights.parquet"
ALPHA = 0.01
Draw = Callable[[np.random.Generator, int], pd.DataFrame]


def awkward(random: np.random.Generator, n: int) -> pd.DataFrame:
    """Heavy tails, few values, rare categories, many nulls, values that never come twice."""

    def words(letter: str, numbers: np.ndarray) -> np.ndarray:
        return np.char.add(letter, numbers.astype(str)).astype(object)

    rare = [0.9, 0.03, 0.02, 0.02, 0.01, 0.01, 0.004, 0.003, 0.002, 0.001]
    return pd.DataFrame(
        {
            "normal": random.normal(size=n),
            "cauchy": random.standard_cauchy(n),
            "pareto": random.pareto(1.1, n),
            "poisson": random.poisson(2, n),
            "mostly zero": np.where(random.random(n) < 0.95, 0, random.exponential(size=n)),
            "mostly null": np.where(random.random(n) < 0.8, np.nan, random.normal(size=n)),
            "zipf": words("v", np.minimum(random.zipf(1.3, n), 10**6)),
            "rare": random.choice(list("abcdefghij"), n, p=rare).astype(object),
            "many": words("w", random.integers(0, 200, n)),
            "flag": random.random(n) < 0.3,
            "unique text": words("i", random.integers(0, 10**9, n)),
            "unique number": random.integers(0, 10**12, n),
        }
    )


def of_flights() -> Draw:
    columns = [
        "dep_delay",
        "arr_delay",
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
        "air_time",
        "distance",
        "hour",
    ]
    whole = pd.read_parquet(FLIGHTS, columns=columns)
    return lambda random, n: whole.iloc[random.integers(0, len(whole), n)].reset_index(drop=True)


def alarms(draw: Draw, *, reference_rows: int, rows: int, windows: int, chunk: str | None = None) -> list[str]:
    """What was said of unchanged windows; a new reference for every tenth."""
    random = np.random.default_rng([rows, reference_rows])
    said = []
    for window in range(windows):
        if window % 10 == 0:
            reference = profile(draw(random, reference_rows), chunk=chunk)
        report = compare(reference, profile(draw(random, rows)), DriftOptions(alpha=ALPHA))
        said += [f"{window}: {report.reasons}"] if report.drifted else []
    return said


def most_by_chance(windows: int) -> int:
    """So many alarms or fewer are had at the configured rate, but once in a thousand tests."""
    return int(stats.binom.ppf(0.999, windows, ALPHA))


@pytest.mark.parametrize("make", [lambda: awkward, of_flights], ids=["awkward", "flights"])
@pytest.mark.parametrize("rows", [200, 1000, 10_000])
@pytest.mark.exhaustive
def test_two_hundred_unchanged_windows_are_no_drift(make: Callable[[], Draw], rows: int) -> None:
    said = alarms(make(), reference_rows=20_000, rows=rows, windows=200)
    assert len(said) <= most_by_chance(200), said


@pytest.mark.parametrize("chunk", [None, "n=100"])
def test_windows_larger_than_their_reference_are_no_drift(chunk: str | None) -> None:
    """What a small reference missed, it missed by chance."""
    said = alarms(awkward, reference_rows=1000, rows=10_000, windows=8, chunk=chunk)
    assert len(said) <= most_by_chance(8), said


def days(random: np.random.Generator, count: int) -> pd.DataFrame:
    """Days of 500 rows, each somewhat other than the last."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "level": random.normal(random.normal(0, 0.4), 1, 500),
                    "mix": random.choice(list("abcd"), 500, p=random.dirichlet([40, 30, 20, 10])).astype(object),
                    "nulls": np.where(random.random(500) < random.beta(2, 20), np.nan, 1.5),
                }
            )
            for _ in range(count)
        ],
        ignore_index=True,
    )


def test_days_that_differ_are_no_drift_where_the_reference_has_chunks() -> None:
    random = np.random.default_rng(8)
    whole = days(random, 40)
    chunked, plain = profile(whole, chunk="n=500"), profile(whole)
    windows = [profile(days(random, 1)) for _ in range(15)]
    assert sum(compare(chunked, window).drifted for window in windows) <= most_by_chance(15)
    assert sum(compare(plain, window).drifted for window in windows) > 7, "without them, they are"


def test_a_shift_beyond_what_days_do_is_found_all_the_same() -> None:
    random = np.random.default_rng(9)
    reference = profile(days(random, 40), chunk="n=500")
    later = days(random, 2)
    later["level"] += 3
    column = compare(reference, profile(later)).column("level")
    assert column is not None
    assert column.drifted


def test_the_tail_of_a_distance_reaches_beyond_its_resamples() -> None:
    draws = np.sqrt(np.random.default_rng(1).chisquare(9, size=400))
    assert tail(draws, 1e-5, 2) == pytest.approx(stats.chi2.ppf(1 - 1e-5, 9) ** 0.5, rel=0.08)


def test_what_a_reference_missed_is_within_its_bound() -> None:
    random = np.random.default_rng(2)
    shares = random.pareto(1.2, 3000)
    shares /= shares.sum()
    beyond = 0
    for _ in range(300):
        counts = random.multinomial(500, shares)
        missed = shares[counts == 0].sum()
        beyond += missed > unseen_bound(int((counts == 1).sum()), int((counts == 2).sum()), 500, 0.01)
    assert beyond <= stats.binom.ppf(0.999, 300, 0.01)
