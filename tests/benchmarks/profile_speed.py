"""Profiles: ours against whylogs' own walk, on one core; over Dask's workers; and merging a thousand."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jupyter_mlpipe.monitoring import Profile, profile
from jupyter_mlpipe.monitoring.profiles import merged
from tests.benchmarks.timing import Contestant, Table, interleave
from tests.unit.monitoring.whylogs_own import by_whylogs

ROWS = 1_000_000
PARTS = 1000
PARTITIONS = 16


def frame(place: Path, rounds: int = 3) -> Table:
    """A million rows of ten numbers and five texts."""
    del place
    return _against_whylogs("10 numbers and 5 texts", flights(ROWS), rounds)


def unique(place: Path, rounds: int = 3) -> Table:
    """A million rows of a number and a text that never repeat."""
    del place
    random = np.random.default_rng(1)
    data = pd.DataFrame(
        {"number": random.normal(size=ROWS), "text": [f"{n:08x}-{n * 7919 % 65536}" for n in range(ROWS)]}
    )
    return _against_whylogs("a number and a text, all unique", data, rounds)


def workers(place: Path, rounds: int = 3) -> Table:
    """Partitions that are in the memory of one worker, and of two."""
    del place
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    contestants, open_ones = [], []
    for count in (1, 2):
        cluster = LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=50)
        client = Client(cluster, set_as_default=False)
        open_ones += [client, cluster]
        parts = dd.from_map(functools.partial(flights, 4 * ROWS // PARTITIONS), range(PARTITIONS)).persist(
            scheduler=client
        )

        def run(parts: Any = parts, client: Any = client) -> None:
            with client.as_current():
                assert profile(parts).rows == 4 * ROWS

        run()
        contestants.append(Contestant("1 worker" if count == 1 else f"{count} workers", run))
    try:
        return interleave(f"profile {4 * ROWS:,} rows in {PARTITIONS} partitions", contestants, rounds)
    finally:
        for item in open_ones:
            item.close()


def merging(place: Path, rounds: int = 3) -> Table:
    """A thousand profiles of a thousand rows each, as bytes."""
    del place
    from whylogs.core import DatasetProfileView

    data = flights(PARTS * 1000)
    parts = [data.iloc[start : start + 1000] for start in range(0, len(data), 1000)]
    ours = [profile(part).to_bytes() for part in parts]
    theirs = [by_whylogs(part).serialize() for part in parts]

    def merge_theirs() -> None:
        views = [DatasetProfileView.deserialize(item) for item in theirs]
        functools.reduce(lambda left, right: left.merge(right), views)

    return interleave(
        f"read and merge {PARTS:,} profiles of 15 columns",
        [
            Contestant("whylogs", merge_theirs),
            Contestant("ours", lambda: merged([Profile.from_bytes(item) for item in ours])),
        ],
        rounds,
    )


def flights(rows: int, seed: int = 0) -> pd.DataFrame:
    """Ten columns of numbers and five of texts."""
    random = np.random.default_rng(seed)
    choose = random.choice
    return pd.DataFrame(
        {
            **{f"delay{n}": random.gamma(2, 20, rows) for n in range(4)},
            "airtime": np.where(random.random(rows) < 0.03, np.nan, random.normal(150, 90, rows)),
            "price": random.random(rows),
            "distance": random.integers(80, 5000, rows),
            "number": random.integers(1, 8500, rows),
            "hour": random.integers(0, 24, rows),
            "minute": random.integers(0, 60, rows),
            "carrier": choose([f"C{n}" for n in range(16)], rows),
            "origin": choose(["EWR", "JFK", "LGA"], rows),
            "destination": choose([f"D{n}" for n in range(105)], rows),
            "tail": choose([f"N{n}" for n in range(4000)], rows),
            "weather": choose(["clear", "rain", "snow", None], rows),
        }
    )


def _against_whylogs(what: str, data: pd.DataFrame, rounds: int) -> Table:
    with _one_core():
        return interleave(
            f"profile {ROWS:,} rows: {what}, one core",
            [Contestant("whylogs", lambda: by_whylogs(data)), Contestant("ours", lambda: profile(data))],
            rounds,
        )


@contextmanager
def _one_core() -> Iterator[None]:
    """All contestants on one core, Arrow's threads among them."""
    cores, threads = os.sched_getaffinity(0), pa.cpu_count()
    os.sched_setaffinity(0, {min(cores)})
    pa.set_cpu_count(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        pa.set_cpu_count(threads)
