"""A frame handed from one stage to the next: write, digest and open, ours against pickle and Parquet."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer
from tests.benchmarks.timing import Contestant, Table, interleave


def numbers(place: Path, rounds: int = 5, megabytes: int = 1000) -> Table:
    """Eight columns of numbers and times."""
    rows = megabytes * 10**6 // (8 * 8)
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"x{n}": generator.random(rows) for n in range(5)}
    columns |= {f"n{n}": generator.integers(0, 10**6, rows) for n in range(2)}
    columns["when"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(generator.integers(0, 10**9, rows), unit="us")
    return _hand_over(place, f"{megabytes} MB of numbers", pd.DataFrame(columns), rounds)


def strings(place: Path, rounds: int = 5, megabytes: int = 1000) -> Table:
    """Three columns of strings and one of numbers; about twenty bytes a string."""
    rows = megabytes * 10**6 // (3 * 28 + 8)
    words = pd.array([f"customer-{n:011d}" for n in range(100_000)], dtype="str")
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"s{n}": words.take(generator.integers(0, 100_000, rows)) for n in range(3)}
    columns["x"] = generator.random(rows)
    return _hand_over(place, f"{megabytes} MB, most of it strings", pd.DataFrame(columns), rounds)


def _hand_over(place: Path, title: str, frame: pd.DataFrame, rounds: int) -> Table:
    place.mkdir(parents=True, exist_ok=True)
    store = ArtifactStore.open(
        str(place / "store"), cache_dir=place / "cache", signer=Signer(place / "signing.key"), trusted=()
    )
    first, last = frame.iloc[0].tolist(), frame.iloc[-1].tolist()
    saved: list[Any] = []
    steps: dict[str, Any] = {}

    def same(other: pd.DataFrame) -> None:
        assert len(other) == len(frame)
        assert (other.iloc[0].tolist(), other.iloc[-1].tolist()) == (first, last)

    def pickled() -> None:
        with (place / "frame.pickle").open("wb") as file:
            pickle.dump(frame, file, protocol=5)
        with (place / "frame.pickle").open("rb") as file:
            same(pickle.load(file))

    def parquet() -> None:
        frame.to_parquet(place / "frame.parquet", compression=None)
        same(pd.read_parquet(place / "frame.parquet"))

    def written() -> None:
        artifacts, errors = store.save_values({"frame": frame}, {"frame": frame})
        assert not errors
        saved[:] = artifacts

    def opened() -> None:
        steps["frame"] = store.load(saved[0], {})["frame"]
        same(steps["frame"])

    def ours() -> None:
        written()
        opened()

    def forget() -> None:
        steps.clear()
        shutil.rmtree(place / "store" / "blobs", ignore_errors=True)

    def remove() -> None:
        for path in place.glob("frame.*"):
            path.unlink()

    return interleave(
        f"hand over {title} ({frame.memory_usage(deep=False).sum() / 1e6:.0f} MB in memory)",
        [
            Contestant("pickle 5, no digest, unsafe", pickled, remove),
            Contestant("Parquet, uncompressed, no digest", parquet, remove),
            Contestant("ours: write, digest, open", ours, forget),
            Contestant("ours: open alone", opened),
        ],
        rounds,
    )
