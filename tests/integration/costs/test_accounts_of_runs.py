"""Whoever keeps a run's accounts hears of every attempt, whatever became of it, and may refuse it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import MlpipeError, NotAllowedError
from jupyter_mlpipe.execution.hooks import StageHook
from jupyter_mlpipe.execution.metering.run_meters import (
    BegunAttempt,
    ClusterUse,
    EndedAttempt,
    MeteredRun,
    MeteringHook,
)
from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.notebook.pipeline import Stage
from jupyter_mlpipe.store.manifests import StageManifest
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import project, write

__all__ = ["project"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("accounts")]


class Keeper(StageHook):
    """A metering hook, and its only meter."""

    name = "keeper"

    def __init__(self, refuse: Callable[[BegunAttempt | None], bool] = lambda _: False) -> None:
        self.refuse = refuse
        self.runs: list[MeteredRun] = []
        self.begun: list[str] = []
        self.ended: list[EndedAttempt] = []
        self.restored: list[str] = []
        self.uses: list[ClusterUse | None] = []

    def add_options(self, parser: Any) -> None:
        """None."""

    def before_stage(self, context: Any) -> None:
        """Nothing."""

    def after_stage(self, context: Any) -> None:
        """Nothing."""

    def meter(self, run: MeteredRun) -> Keeper:
        self.runs.append(run)
        return self

    def run_starting(self) -> MlpipeError | None:
        return NotAllowedError("not today") if self.refuse(None) else None

    def attempt_starting(self, begun: BegunAttempt) -> MlpipeError | None:
        if self.refuse(begun):
            return NotAllowedError(f"{begun.stage.name} may not")
        self.begun.append(begun.task)
        return None

    def attempt_ended(self, ended: EndedAttempt) -> None:
        self.ended.append(ended)

    def stage_restored(self, stage: Stage, _manifest: StageManifest) -> None:
        self.restored.append(stage.name)

    def run_ended(self, use: ClusterUse | None) -> None:
        self.uses.append(use)

    def cluster_waited(self, use: ClusterUse) -> None:
        self.uses.append(use)

    def outcomes(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for ended in self.ended:
            found.setdefault(ended.begun.stage.name, []).append(ended.outcome)
        return found


def run(folder: Path, keeper: Keeper, *cells: str, **options: Any) -> RunResult:
    notebook = write(folder / "nb.ipynb", *cells)
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        workspace.__dict__["_hooks"] = (keeper,)
        return run_pipeline(workspace, workspace.read(notebook), **options)


FLAKY = """%%stage flaky --retries 2 --backoff 10ms
import os, pathlib, signal
tries = pathlib.Path("{tries}")
tries.write_text(tries.read_text() + "." if tries.exists() else ".")
if len(tries.read_text()) == 1:
    raise ValueError("not yet")
if len(tries.read_text()) == 2:
    os.kill(os.getpid(), signal.SIGKILL)
flaky = 1"""
HUNGRY = """%%stage hungry --memory 300MB --max-memory 1GB
hungry = len(bytearray(500_000_000))"""


@pytest.mark.skipif(sys.platform != "linux", reason="stages are held to memory on Linux")
def test_every_attempt_is_told_of(project: Path) -> None:
    keeper = Keeper()
    assert isinstance(keeper, MeteringHook)
    # The one that goes wrong is first: what stands below others that write files is tried again after them.
    cells = ("%%stage wrong\nwrong = 1 / 0", FLAKY.format(tries=project / "tries"), HUNGRY)
    result = run(project, keeper, *cells, keep_going=True)
    assert [stage.status for stage in result.stages] == ["failed", "done", "done"]
    assert keeper.outcomes() == {
        "wrong": ["failed"],
        "flaky": ["failed", "died", "done"],
        "hungry": ["failed", "done"],
    }
    assert sorted(keeper.begun) == sorted(ended.begun.task for ended in keeper.ended)
    assert [ended.begun.options.memory for ended in keeper.ended if ended.begun.stage.name == "hungry"] == [
        300_000_000,
        600_000_000,
    ]
    assert all(ended.seconds > 0 and ended.worker for ended in keeper.ended)
    (use,) = keeper.uses
    assert use is not None
    assert use.workers == 1
    assert use.cpu_seconds >= use.busy_cpu_seconds > 0
    again = Keeper()
    run(project, again, *cells[1:])
    assert again.restored == ["hungry"]
    assert again.outcomes() == {"flaky": ["done"]}, "it reads the file in which it counts its tries"


def test_what_is_refused_does_not_run_and_what_is_done_is_kept(project: Path) -> None:
    cells = ("%%stage first\na = 1", "%%stage second\nb = a + 1", "%%stage third\nc = b + 1")
    nothing = Keeper(lambda begun: begun is None)
    refused = run(project, nothing, *cells)
    assert (refused.status, [stage.status for stage in refused.stages]) == ("refused", ["skipped"] * 3)
    assert refused.error is not None
    assert refused.error.message == "not today"
    assert nothing.begun == []
    second = Keeper(lambda begun: begun is not None and begun.stage.name == "second")
    result = run(project, second, *cells)
    assert [stage.status for stage in result.stages] == ["done", "refused", "skipped"]
    assert (result.status, result.error.message if result.error else "") == ("refused", "second may not")
    third = Keeper()
    assert [stage.status for stage in run(project, third, *cells).stages] == ["hit", "done", "done"]


def test_cancelled_work_says_what_it_used(project: Path) -> None:
    keeper, cancel = Keeper(), threading.Event()

    def stop(event: Mapping[str, Any]) -> None:
        if event["type"] == "cell_started":
            threading.Timer(0.5, cancel.set).start()

    result = run(project, keeper, "%%stage slow\nimport time\ntime.sleep(60)", on_event=stop, cancel=cancel)
    assert result.status == "cancelled"
    (ended,) = keeper.ended
    assert (ended.outcome, 0.4 < ended.seconds < 30) == ("cancelled", True)
    assert ended.worker, "the worker said so itself"
