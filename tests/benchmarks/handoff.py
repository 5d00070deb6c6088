"""Frames that one stage hands to the next, and the ways to do it. Measures nothing."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer


def number_frame(megabytes: int) -> pd.DataFrame:
    """Eight columns of numbers and times."""
    rows = megabytes * 10**6 // (8 * 8)
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"x{n}": generator.random(rows) for n in range(5)}
    columns |= {f"n{n}": generator.integers(0, 10**6, rows) for n in range(2)}
    columns["when"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(generator.integers(0, 10**9, rows), unit="us")
    return pd.DataFrame(columns)


def string_frame(megabytes: int) -> pd.DataFrame:
    """Three columns of strings and one of numbers; about twenty bytes a string."""
    rows = megabytes * 10**6 // (3 * 28 + 8)
    words = pd.array([f"customer-{n:011d}" for n in range(100_000)], dtype="str")
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {f"s{n}": words.take(generator.integers(0, 100_000, rows)) for n in range(3)}
    columns["x"] = generator.random(rows)
    return pd.DataFrame(columns)


class Handover:
    """A frame, written and opened again in a folder; what was opened must be the frame."""

    def __init__(self, place: Path, frame: pd.DataFrame) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.place, self.frame = place, frame
        self.store = ArtifactStore.open(
            str(place / "store"), cache_dir=place / "cache", signer=Signer(place / "signing.key"), trusted=()
        )
        self._ends = frame.iloc[[0, -1]]
        self._saved: list[Any] = []
        self._opened: object = None

    def pickle(self, *, flushed: bool = False) -> None:
        """Write with pickle; `flushed` to the disk, as our store's writes are."""
        with (self.place / "frame.pickle").open("wb") as file:
            pickle.dump(self.frame, file, protocol=5)
            if flushed:
                file.flush()
                os.fsync(file.fileno())

    def unpickle(self) -> None:
        with (self.place / "frame.pickle").open("rb") as file:
            self._take(pickle.load(file))

    def parquet(self) -> None:
        self.frame.to_parquet(self.place / "frame.parquet", compression=None)
        self._take(pd.read_parquet(self.place / "frame.parquet"))

    def save(self) -> None:
        self._saved, errors = self.store.save_values({"frame": self.frame}, {"frame": self.frame})
        assert not errors

    def load(self) -> None:
        self._take(self.store.load(self._saved[0], {})["frame"])

    def close(self) -> None:
        """Let go of what was opened."""
        self._opened = None

    def remove(self) -> None:
        """Remove what was written, so that the next write begins from nothing."""
        self.close()
        for path in self.place.glob("frame.*"):
            path.unlink()

    def forget(self) -> None:
        """The same of what our store holds."""
        self.close()
        shutil.rmtree(self.place / "store" / "blobs", ignore_errors=True)

    def _take(self, other: pd.DataFrame) -> None:
        assert len(other) == len(self.frame)
        assert other.iloc[[0, -1]].equals(self._ends)
        self._opened = other
