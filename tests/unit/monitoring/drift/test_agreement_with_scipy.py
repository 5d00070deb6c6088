"""The measures of drift against SciPy's and NumPy's on the raw columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from jupyter_mlpipe.monitoring import compare, profile
from jupyter_mlpipe.monitoring.drift.statistics import chi_square, ks_p_value
from jupyter_mlpipe.monitoring.drift.statistics import wasserstein as wasserstein_of
from jupyter_mlpipe.monitoring.profiles import Profile

FLIGHTS = Path(__file__).parents[4] / "notebooks/data/flights.parquet"
NUMBERS = ("sched_dep_time", "dep_delay", "arr_time", "arr_delay", "flight", "air_time", "distance", "hour", "minute")
CATEGORIES = ("carrier", "origin")


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    return pd.read_parquet(FLIGHTS, columns=["month", *NUMBERS, *CATEGORIES])


@pytest.fixture(scope="module")
def january(flights: pd.DataFrame) -> Profile:
    return profile(flights[flights.month == 1])


def on_raw_numbers(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    deciles = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1], method="inverted_cdf"))
    p, q = (np.bincount(np.searchsorted(deciles, side), minlength=len(deciles) + 1) for side in (before, after))
    ps, qs = (p + 0.5) / (p + 0.5).sum(), (q + 0.5) / (q + 0.5).sum()
    return {
        "ks": stats.ks_2samp(before, after, method="asymp").statistic,
        "wasserstein": stats.wasserstein_distance(before, after) / before.std(ddof=1),
        "js_distance": jensenshannon(p, q, base=2),
        "psi": stats.entropy(ps, qs) + stats.entropy(qs, ps),
    }


@pytest.mark.parametrize("month", [2, 4, 7, 9, 12])
def test_measures_of_a_month_are_those_of_its_raw_columns(flights: pd.DataFrame, january: Profile, month: int) -> None:
    before, after = flights[flights.month == 1], flights[flights.month == month]
    report = compare(january, profile(after))
    for name in NUMBERS:
        column = report.column(name)
        assert column is not None
        for measure, exact in on_raw_numbers(before[name].dropna().to_numpy(), after[name].dropna().to_numpy()).items():
            found = column.statistic(measure)
            assert found is not None
            # KS is looked for at some 200 points: between two of them it may be a hundredth of their distance higher.
            assert found.value == pytest.approx(exact, abs=0.006, rel=0.02), (name, measure)


@pytest.mark.parametrize("month", [3, 8])
def test_measures_of_categories_are_exact(flights: pd.DataFrame, january: Profile, month: int) -> None:
    before, after = flights[flights.month == 1], flights[flights.month == month]
    report = compare(january, profile(after))
    for name in CATEGORIES:
        both = pd.concat([before[name], after[name]]).to_numpy()
        table = pd.crosstab(np.repeat([0, 1], [len(before), len(after)]), both).to_numpy()
        column = report.column(name)
        assert column is not None
        values = {item.name: item.value for item in column.statistics}
        assert values["cramers_v"] == pytest.approx(stats.contingency.association(table, method="cramer"), rel=1e-9)
        assert values["js_distance"] == pytest.approx(jensenshannon(table[0], table[1], base=2), rel=1e-9)
        shares = table / table.sum(axis=1, keepdims=True)
        assert values["l_infinity"] == pytest.approx(np.abs(shares[1] - shares[0]).max(), rel=1e-9)


def test_chi_square_is_pearsons() -> None:
    counts = np.array([[30, 12, 8, 50], [40, 30, 10, 35]])
    rows = counts.sum(axis=1)
    ours = chi_square(counts[0] / rows[0], counts[1] / rows[1], rows[1], rows[0])
    assert float(ours) == pytest.approx(stats.chi2_contingency(counts, correction=False).statistic, rel=1e-12)


@pytest.mark.parametrize(("rows", "shift"), [(300, 0.1), (1000, 0.05), (5000, 0.02)])
def test_the_p_value_of_ks_is_scipys(rows: int, shift: float) -> None:
    random = np.random.default_rng(5)
    before, after = random.normal(size=2 * rows), random.normal(shift, 1, size=rows)
    exact = stats.ks_2samp(before, after, method="asymp")
    assert ks_p_value(exact.statistic, rows, 2 * rows) == pytest.approx(exact.pvalue, abs=0.02)


def test_wasserstein_of_steps_between_points_is_the_area_between_them() -> None:
    points = np.array([0.0, 1.0, 2.0])
    before, after = np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.25, 1.0])
    assert float(wasserstein_of(before, after, points, 0.5)) == pytest.approx(0.5)
