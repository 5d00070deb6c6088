"""The tables of whole pipelines: ours against peers in the same interleaved run.

What peers run: DVC and Snakemake plain scripts, the Dask script plain functions, all others notebooks in kernels. The
first of `kinds` is the peer that the others are compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.benchmarks.notebook_peers import NbclientLoop, PapermillLoop, Ploomber
from tests.benchmarks.peer_folder import PeerFolder
from tests.benchmarks.pipelines import Ours
from tests.benchmarks.script_peers import DaskScript, Dvc, Snakemake
from tests.benchmarks.timing import Contestant, Table, interleave
from tests.benchmarks.workload import Workload

NAMES: dict[type[PeerFolder], str] = {
    Dvc: "dvc repro",
    Snakemake: "snakemake --cores 2",
    DaskScript: "Dask LocalCluster, 2 processes",
    PapermillLoop: "papermill loop, one process",
    NbclientLoop: "nbclient loop, one process",
    Ploomber: "ploomber build, parallel",
}
Kinds = Sequence[type[PeerFolder]]
CACHING: Kinds = (Dvc, Snakemake, Ploomber)
ALL: Kinds = (PapermillLoop, NbclientLoop, Ploomber, Dvc, Snakemake, DaskScript)


def no_op(place: Path, rounds: int = 7, kinds: Kinds = CACHING) -> Table:
    """Everything is done already; the command line says so."""
    workload = Workload()
    peers = _peers(place, workload, kinds)
    ours, tracked = Ours(place / "ours", workload), Ours(place / "tracked", workload, tracking=True)
    warm = Ours(place / "warm", workload, warm=True)
    for contestant in (*peers, ours, tracked, warm):
        contestant.run()
    table = interleave(
        f"no-op re-run of {workload}, command line",
        [
            *(Contestant(NAMES[type(peer)], peer.run) for peer in peers),
            Contestant("mlpipe run", ours.run),
            Contestant("mlpipe run, with MLflow tracking", tracked.run),
            Contestant("mlpipe run --warm", warm.run),
        ],
        rounds,
    )
    warm.stop()
    return table


def one_change(place: Path, rounds: int = 5, kinds: Kinds = CACHING) -> Table:
    """One of twenty stages was edited."""
    workload = Workload()
    peers = _peers(place, workload, kinds)
    ours, warm = Ours(place / "ours", workload), Ours(place / "warm", workload, warm=True)
    for contestant in (*peers, ours, warm):
        contestant.run()
    table = interleave(
        f"one changed stage of {workload}, command line",
        [
            *(edited(NAMES[type(peer)], peer) for peer in peers),
            edited("mlpipe run", ours),
            edited("mlpipe run --warm", warm),
        ],
        rounds,
    )
    warm.stop()
    for peer in peers:
        peer.check()
    return table


def edited(name: str, pipeline: PeerFolder | Ours) -> Contestant:
    """The contestant whose stage 7 is edited before each turn."""
    edits = count(1)
    return Contestant(name, pipeline.run, lambda: pipeline.change(next(edits)))


def cold(place: Path, rounds: int = 3, kinds: Kinds = ALL) -> Table:
    """Nothing is done yet; a new workspace each time."""
    return _first_run(place, Workload(), rounds, kinds)


def imports(place: Path, rounds: int = 3, kinds: Kinds = ALL) -> Table:
    """The same with stages that import NumPy, pandas and scikit-learn."""
    return _first_run(place, Workload(imports=True), rounds, kinds)


def linear(place: Path, rounds: int = 3) -> Table:
    """Ten stages in a row, each of which uses the one before; nothing is done yet."""
    return _first_run(place, Workload(10, linear=True), rounds, ALL)


def _first_run(place: Path, workload: Workload, rounds: int, kinds: Kinds) -> Table:
    peers = _peers(place, workload, kinds)
    ours, warm = Ours(place / "ours", workload), Ours(place / "warm", workload, warm=True)
    warm.run()
    table = interleave(
        f"cold run of {workload}, command line",
        [
            *(Contestant(NAMES[type(peer)], peer.run, peer.forget) for peer in peers),
            Contestant("mlpipe run", ours.run, ours.forget),
            Contestant("mlpipe run --warm", warm.run, warm.forget),
        ],
        rounds,
    )
    warm.stop()
    for peer in peers:
        peer.check()
    return table


def _peers(place: Path, workload: Workload, kinds: Kinds) -> list[PeerFolder]:
    return [kind(place / kind.__name__, workload) for kind in kinds]
