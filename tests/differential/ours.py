"""Runs a trap as a pipeline of ours, on a cluster that many runs share. Not for judging it (``verdict`` does)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution import worker_preload
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.differential.plain import lay_out
from tests.differential.transcript import Transcript, transcript
from tests.differential.trap import Trap


@dataclass(frozen=True)
class OurRun:
    """What one run gave: ``transcript`` is None where no run took place."""

    status: str
    error: MlpipeError | None
    stages: Mapping[str, str]
    transcript: Transcript | None
    seconds: float = 0.0


@contextmanager
def shared_cluster(workers: int = 2) -> Iterator[str]:
    """Address of a cluster that is there for as long as the block lasts."""
    from distributed import LocalCluster

    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        resources={"CPU": 1},
        preload=[worker_preload.__name__],
        silence_logs=50,
    )
    try:
        yield str(cluster.scheduler_address)
    finally:
        cluster.close(timeout=10)


def run_ours(trap: Trap, staging: str, folder: Path, settings: Mapping[str, Any]) -> OurRun:
    """One run of the trap's notebook in `folder`, which is first put back to what the trap brings.

    What ``.mlpipe`` holds stays: a second call is a run with a warm cache.
    """
    _sweep(folder)
    path = lay_out(trap, folder, staging)
    with Workspace.open(path, {"tracking": False, **settings}, environ={}) as workspace:
        try:
            pipeline = workspace.read(path)
            result = run_pipeline(workspace, pipeline)
        except MlpipeError as error:
            return OurRun("refused", error, {}, None)
        executed = json.loads(result.notebook.read_text(encoding="utf-8"))
    stages = {stage.name: stage.status for stage in result.stages}
    return OurRun(
        result.status, result.error, stages, transcript(executed, folder, trap, path.name), seconds=result.seconds
    )


def _sweep(folder: Path) -> None:
    (folder / ".mlpipe").mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.name == ".mlpipe":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
