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
    warm = Ours(place / "warm", warm=True)
    for contestant in (peer, ours, tracked, warm):
        contestant.run()
    table = interleave(
        f"no-op re-run of {STAGES} stages, command line",
        [
            Contestant("dvc repro", peer.run),
            Contestant("mlpipe run", ours.run),
            Contestant("mlpipe run, with MLflow tracking", tracked.run),
            Contestant("mlpipe run --warm", warm.run),
        ],
        rounds,
    )
    warm.stop()
    return table


def cold(place: Path, rounds: int = 3) -> Table:
    """Nothing is done yet; a new workspace each time."""
    return _first_run(f"cold run of {STAGES} trivial stages", place, rounds, imports=False)


def imports(place: Path, rounds: int = 3) -> Table:
    """The same with stages that import NumPy, pandas and scikit-learn."""
    return _first_run(f"cold run of {STAGES} stages that import scikit-learn", place, rounds, imports=True)


def _first_run(title: str, place: Path, rounds: int, *, imports: bool) -> Table:
    loop, ours = PapermillLoop(place / "loop", imports=imports), Ours(place / "ours", imports=imports)
    warm = Ours(place / "warm", imports=imports, warm=True)
    warm.run()
    table = interleave(
        title,
        [
            Contestant("papermill loop, one process", loop.run),
            Contestant("mlpipe run", ours.run, ours.forget),
            Contestant("mlpipe run --warm", warm.run, warm.forget),
        ],
        rounds,
    )
    warm.stop()
    return table


def one_change(place: Path, rounds: int = 5) -> Table:
    """One of twenty stages was edited."""
    peer, ours, warm = Dvc(place / "dvc", dvc()), Ours(place / "ours"), Ours(place / "warm", warm=True)
    peer.run(), ours.run(), warm.run()
    theirs, own, again = count(1), count(1), count(1)
    table = interleave(
        f"one changed stage of {STAGES}, command line",
        [
            Contestant("dvc repro", peer.run, lambda: peer.change(next(theirs))),
            Contestant("mlpipe run", ours.run, lambda: ours.change(next(own))),
            Contestant("mlpipe run --warm", warm.run, lambda: warm.change(next(again))),
        ],
        rounds,
    )
    warm.stop()
    return table
