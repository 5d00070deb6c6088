"""How the time of a whole pipeline grows with the number of its stages; each figure also for one stage."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.peer_folder import PeerFolder
from tests.benchmarks.pipeline_speed import edited
from tests.benchmarks.pipelines import Ours
from tests.benchmarks.script_peers import Dvc
from tests.benchmarks.timing import Contestant, Growth, Table, interleave
from tests.benchmarks.workload import Workload

SIZES = (10, 100, 1000)
# What DVC writes at the end of each stage grows with their number: its cold run of 1,000 takes it over ten minutes.
MOST_FOR_DVC = 100


def stages(place: Path, rounds: int = 1) -> Growth:
    """A cold run, a re-run with nothing to do and one with an edited stage."""
    return Growth("trivial stages, command line", "stages", {n: _stages(place / str(n), n, rounds) for n in SIZES})


def _stages(place: Path, number: int, rounds: int) -> Table:
    workload = Workload(number)
    ours, warm = Ours(place / "ours", workload), Ours(place / "warm", workload, warm=True)
    warm.start()
    contestants = [*_turns("mlpipe run", ours), *_turns("mlpipe run --warm", warm)]
    if number <= MOST_FOR_DVC:
        contestants += _turns("dvc repro", Dvc(place / "dvc", workload))
    table = interleave(str(workload), contestants, rounds)
    warm.stop()
    return table


def _turns(name: str, pipeline: PeerFolder | Ours) -> list[Contestant]:
    """The cold run comes first, so that there is something to run again in the first round."""
    return [
        Contestant(f"{name}: cold", pipeline.run, pipeline.forget),
        Contestant(f"{name}: no-op", pipeline.run),
        edited(f"{name}: one change", pipeline),
    ]
