"""One stage: papermill and nbclient through their APIs against our engine with a fork server, in one process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from unittest import mock

import nbformat
from nbclient import NotebookClient

from jupyter_mlpipe.execution.assignment import KERNEL_ENVIRONMENT
from jupyter_mlpipe.execution.fork_servers import close_fork_servers
from jupyter_mlpipe.execution.kernel_process import KernelPlace
from jupyter_mlpipe.execution.papermill_engine import StageExecution, execute_stage, register_engines
from jupyter_mlpipe.execution.standby import close_standby
from tests.benchmarks.notebook_peers import KERNEL, write_kernel
from tests.benchmarks.timing import Contestant, Table, interleave
from tests.benchmarks.workload import IMPORTS, WORK
from tests.faults.desk import notebook


def trivial(place: Path, rounds: int = 9) -> Table:
    """One cell that binds a number."""
    return _one(place, "one trivial stage", ["x = 1"], (), rounds)


def ten_cells(place: Path, rounds: int = 9) -> Table:
    """Ten cells that print."""
    return _one(place, "one stage of ten cells", [f"print({n})" for n in range(10)], (), rounds)


def importing(place: Path, rounds: int = 7) -> Table:
    """A cell that imports NumPy, pandas and scikit-learn, and uses them."""
    ahead = ("numpy", "pandas", "sklearn.linear_model")
    return _one(place, "one stage that imports scikit-learn", [IMPORTS, f"x = {WORK.format(n=1)}"], ahead, rounds)


def _one(place: Path, title: str, cells: list[str], ahead: tuple[str, ...], rounds: int) -> Table:
    register_engines()
    from papermill import execute_notebook

    place.mkdir(parents=True, exist_ok=True)
    path = place / "stage.ipynb"
    path.write_text(json.dumps(notebook(*cells)))
    where = KernelPlace.of("python3", str(place), KERNEL_ENVIRONMENT, ahead=ahead)

    def papermill() -> None:
        execute_notebook(path, place / "out.ipynb", kernel_name=KERNEL, progress_bar=False)

    def nbclient() -> None:
        NotebookClient(nbformat.read(path, 4), kernel_name=KERNEL).execute()

    def ours() -> None:
        stage = StageExecution(where)
        execute_stage(path, stage)
        assert stage.status == "done", stage.error

    def alone() -> None:
        stage = StageExecution(where, standby=False)
        execute_stage(path, stage)
        assert stage.status == "done", stage.error

    ours()
    contestants = [
        Contestant("papermill", papermill),
        Contestant("nbclient", nbclient),
        Contestant("our engine, a kernel on standby", ours),
        Contestant("our engine, forked on demand", alone),
    ]
    with mock.patch.dict(os.environ, write_kernel(place / "jupyter")):
        table = interleave(title, contestants, rounds)
    close_standby()
    close_fork_servers()
    return table
