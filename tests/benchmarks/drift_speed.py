"""Drift: from two raw frames to a report, against SciPy on the raw columns and, where there is one, Evidently.

Evidently has an environment of its own (see ``evidently_drift``), whose Python ``MLPIPE_EVIDENTLY`` names; it times
itself on the same rows, one round for each of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import jensenshannon

from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.profiling import profile
from tests.benchmarks.timing import Contestant, Table, interleave

ROWS = 1_000_000
PEER = Path(__file__).parent / "evidently_drift.py"


def report(place: Path, rounds: int = 3) -> Table:
    """Ten columns of numbers and five of texts, a million rows on each side."""
    before, after = frame(0), frame(1)

    def scipy() -> None:
        for name in before:
            if name.startswith("number"):
                _numbers(before[name].to_numpy(), after[name].to_numpy())
            else:
                _texts(before[name], after[name])

    def ours() -> None:
        assert len(compare(profile(before), profile(after)).columns) == 15

    table = interleave(
        f"two frames of {ROWS:,} rows × 15 columns to a drift report",
        [Contestant("SciPy, raw columns", scipy), Contestant("profiles and report", ours)],
        rounds,
    )
    python = os.environ.get("MLPIPE_EVIDENTLY")
    if python is None:
        return table
    files = [str(place / name) for name in ("before.parquet", "after.parquet")]
    for made, file in zip((before, after), files, strict=True):
        made.to_parquet(file)
    command = [python, str(PEER), *files, str(rounds)]
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    seconds = {"Evidently": json.loads(found.stdout.splitlines()[-1]), **table.seconds}
    return Table(table.title, seconds, "Evidently")


def frame(seed: int) -> pd.DataFrame:
    """Numbers of several shapes, texts of three to 2,000 values; slightly apart by the seed."""
    generator = np.random.default_rng(seed)
    numbers = {f"number {index}": generator.normal(0.02 * seed, 1 + index, ROWS) for index in range(6)}
    numbers |= {f"number {index}": generator.lognormal(0, 1, ROWS) for index in (6, 7)}
    numbers |= {f"number {index}": generator.integers(0, 100, ROWS) for index in (8, 9)}
    sizes = (3, 16, 100, 500, 2000)
    texts = {f"text {size}": generator.choice([f"value {index}" for index in range(size)], ROWS) for size in sizes}
    return pd.DataFrame(numbers | texts)


def _numbers(before: np.ndarray, after: np.ndarray) -> None:
    """What a report has of a column of numbers: KS, Wasserstein, PSI and Jensen-Shannon on deciles."""
    stats.ks_2samp(before, after)
    stats.wasserstein_distance(before, after)
    edges = np.unique(np.quantile(before, np.linspace(0.1, 0.9, 9)))
    p, q = (np.bincount(np.searchsorted(edges, side), minlength=10) / len(side) for side in (before, after))
    np.sum((q - p) * np.log(q / p))
    jensenshannon(p, q, base=2)


def _texts(before: pd.Series, after: pd.Series) -> None:
    counts = pd.concat([before.value_counts(), after.value_counts()], axis=1).fillna(0).to_numpy().T
    stats.chi2_contingency(counts)
    jensenshannon(counts[0], counts[1], base=2)
