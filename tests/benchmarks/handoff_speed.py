"""A frame handed from one stage to the next: write, digest and open, ours against pickle and Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.benchmarks.handoff import Handover, number_frame, string_frame
from tests.benchmarks.timing import Contestant, Growth, Table, interleave

SIZES = (1, 10, 100, 1000, 4000)


def numbers(place: Path, rounds: int = 5, megabytes: int = 1000) -> Table:
    """A frame of numbers and times."""
    return _hand_over(place, f"{megabytes} MB of numbers", number_frame(megabytes), rounds)


def strings(place: Path, rounds: int = 5, megabytes: int = 1000) -> Table:
    """A frame that is mostly strings."""
    return _hand_over(place, f"{megabytes} MB, most of it strings", string_frame(megabytes), rounds)


def growing_numbers(place: Path, rounds: int = 3) -> Growth:
    """Frames of numbers from 1 MB to 4 GB."""
    return _grow(place, "frames of numbers handed over", number_frame, rounds)


def growing_strings(place: Path, rounds: int = 3) -> Growth:
    """Frames of strings from 1 MB to 4 GB."""
    return _grow(place, "frames of strings handed over", string_frame, rounds)


def _hand_over(place: Path, title: str, frame: pd.DataFrame, rounds: int) -> Table:
    way = Handover(place, frame)

    def pickled() -> None:
        way.pickle()
        way.unpickle()

    def flushed() -> None:
        way.pickle(flushed=True)
        way.unpickle()

    def ours() -> None:
        way.save()
        way.load()

    return interleave(
        f"hand over {title} ({frame.memory_usage(deep=False).sum() / 1e6:.0f} MB in memory)",
        [
            Contestant("pickle 5, no digest, unsafe", pickled, way.remove),
            Contestant("the same, flushed to the disk", flushed, way.remove),
            Contestant("Parquet, uncompressed, no digest", way.parquet, way.remove),
            Contestant("ours: write, digest, flush, open", ours, way.forget),
            Contestant("ours: open alone", way.load, way.close),
        ],
        rounds,
    )


def _grow(place: Path, title: str, frame_of: Callable[[int], pd.DataFrame], rounds: int) -> Growth:
    return Growth(title, "MB", {size: _parts(place / str(size), frame_of(size), rounds) for size in SIZES})


def _parts(place: Path, frame: pd.DataFrame, rounds: int) -> Table:
    """Write and open apart; what a round opens first was written in the round before."""
    way = Handover(place, frame)
    table = interleave(
        "write and open",
        [
            Contestant("pickle 5: write, no digest", way.pickle, way.remove),
            Contestant("pickle 5: open", way.unpickle, way.close),
            Contestant("ours: write, digest, flush", way.save, way.forget),
            Contestant("ours: open", way.load, way.close),
        ],
        rounds,
    )
    way.remove()
    way.forget()
    return table
