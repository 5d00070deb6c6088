"""``python evidently_drift.py REFERENCE CURRENT ROUNDS``: Evidently's drift report of two Parquet files, in seconds.

It needs an environment of its own: ``pip install "evidently>=0.7" "pandas<3" pyarrow``. Reading is not timed.
"""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def main(reference: str, current: str, rounds: int) -> list[float]:
    """Seconds of each round."""
    before, after = pd.read_parquet(reference), pd.read_parquet(current)
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        Report([DataDriftPreset()]).run(after, before).dict()
        seconds.append(time.perf_counter() - begun)
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
