"""``python -m tests.benchmarks.drift_power``: how often shifts of a known size are found, as a figure and a table.

Each point is a report on one column of fifteen (its share of the rate of false alarms is a fifteenth).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.drift.report import DriftOptions
from jupyter_mlpipe.monitoring.profiling import profile

FIGURE = Path(__file__).parents[2] / "docs" / "images" / "drift-power.svg"
SIZES = (200, 1000, 10_000)
WINDOWS = 100
REFERENCE = 50_000
OPTIONS = DriftOptions(alpha=0.01 / 15)

Draw = Callable[[np.random.Generator, int, float], pd.DataFrame]


def mean(generator: np.random.Generator, rows: int, size: float) -> pd.DataFrame:
    return pd.DataFrame({"x": generator.normal(size, 1, rows)})


def spread(generator: np.random.Generator, rows: int, size: float) -> pd.DataFrame:
    return pd.DataFrame({"x": generator.normal(0, 1 + size, rows)})


def category(generator: np.random.Generator, rows: int, size: float) -> pd.DataFrame:
    values = generator.choice(["UA", "AA", "DL", "B6"], rows)
    return pd.DataFrame({"x": np.where(generator.random(rows) < size, "new", values)})


def nulls(generator: np.random.Generator, rows: int, size: float) -> pd.DataFrame:
    return pd.DataFrame({"x": np.where(generator.random(rows) < 0.05 + size, np.nan, generator.normal(size=rows))})


SHIFTS: dict[str, tuple[Draw, tuple[float, ...]]] = {
    "mean, by standard deviations": (mean, (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)),
    "standard deviation, by a share of it": (spread, (0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)),
    "a new category, in a share of rows": (category, (0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08, 0.1)),
    "nulls, by a share of rows over 5 %": (nulls, (0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2)),
}


def found(draw: Draw, size: float, rows: int) -> float:
    """The share of windows in which the shift is found."""
    generator = np.random.default_rng(11)
    reference = profile(draw(generator, REFERENCE, 0.0))
    reports = (compare(reference, profile(draw(generator, rows, size)), OPTIONS) for _ in range(WINDOWS))
    return sum(report.drifted for report in reports) / WINDOWS


def main() -> None:
    """Print the table, and draw the figure."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "drift"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9, 6), sharey=True, layout="constrained")
    for axis, (title, (draw, sizes)) in zip(axes.flat, SHIFTS.items(), strict=True):
        print(f"\n| {title} | " + " | ".join(f"{size:g}" for size in sizes) + " |")
        print("|---" * (len(sizes) + 1) + "|")
        for rows in SIZES:
            rates = [found(draw, size, rows) for size in sizes]
            print(f"| {rows:,} rows | " + " | ".join(f"{rate:.2f}" for rate in rates) + " |", flush=True)
            axis.plot(sizes, rates, marker="o", markersize=3, label=f"{rows:,} rows")
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("share of windows in which it is found")
    axes[0, 0].legend()
    figure.savefig(FIGURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
