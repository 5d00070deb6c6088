"""The tables: a no-op, a cold run and one change, ours against the peer in the same interleaved run."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from tests.benchmarks.peers import dvc
from tests.benchmarks.pipelines import STAGES, Dvc, Ours, PapermillLoop
from tests.benchmarks.timing import Contestant, Table, interleave


def no_op(place: Path, rounds: int = 7) -> Table:
    """Everything is done already; the command line says so."""
    peer = Dvc(place / "dvc", dvc())
    ours, tracked = Ours(place / "ours"), Ours(place / "tracked", tracking=True)
    for contestant in (peer, ours, tracked):
        contestant.run()
    return interleave(
        f"no-op re-run of {STAGES} stages, command line",
        [
            Contestant("dvc repro", peer.run),
            Contestant("mlpipe run", ours.run),
            Contestant("mlpipe run, with MLflow tracking", tracked.run),
        ],
        rounds,
    )


def cold(place: Path, rounds: int = 3) -> Table:
    """Nothing is done yet; a new workspace each time."""
    loop, ours = PapermillLoop(place / "loop"), Ours(place / "ours")
    return interleave(
        f"cold run of {STAGES} trivial stages",
        [
            Contestant("papermill loop, one process", loop.run),
            Contestant("mlpipe run", ours.run, ours.forget),
        ],
        rounds,
    )


def one_change(place: Path, rounds: int = 5) -> Table:
    """One of twenty stages was edited."""
    peer, ours = Dvc(place / "dvc", dvc()), Ours(place / "ours")
    peer.run(), ours.run()
    theirs, own = count(1), count(1)
    return interleave(
        f"one changed stage of {STAGES}, command line",
        [
            Contestant("dvc repro", peer.run, lambda: peer.change(next(theirs))),
            Contestant("mlpipe run", ours.run, lambda: ours.change(next(own))),
        ],
        rounds,
    )
