"""One attempt at one stage, as it runs on a worker: staging folder, kernel, papermill, and the truth about the end.

`run_stage` is the Dask task, and equally a plain function for a run without a cluster. It writes what the kernel must
know to a private folder, composes the small notebook, has papermill execute it with our engine, and reads the result
file that the kernel's last cell wrote whole. The status comes from that file and from the kernel's own end, never from
papermill's notebook. Nothing is published here: the runner does that, once, whatever became of other attempts.

This module does not know the ledger, keys or retries (``walk``), nor what the cells do (``session``).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import ExecutionError
from jupyter_mlpipe.execution.cluster import current_worker
from jupyter_mlpipe.execution.composition import compose
from jupyter_mlpipe.execution.metering.measured import Measured
from jupyter_mlpipe.execution.stage_events import StageEvents
from jupyter_mlpipe.execution.worker_size import shown_resource

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.kernel_process import Watch

SPEC_FILE = "spec.json"
NOTEBOOK_FILE = "stage.ipynb"
RESULT_FILE = "result.json"

_CANCEL_SECONDS = 5.0


@dataclass(frozen=True)
class StageTask:
    """Everything a worker needs to run one attempt at a stage. Picklable."""

    run: str
    stage: str
    cells: Sequence[Mapping[str, Any]]
    """The user's cells: ``{"source", "metadata"}``, with ``metadata["mlpipe"]["cell"]`` the index in the notebook."""
    spec: Mapping[str, Any]
    """What the kernel's first and last cell need; see ``session``."""
    kernel_name: str
    folder: str
    """Where the kernel starts: the notebook's folder."""
    attempt: int = 1
    timeout: float | None = None
    """Seconds for the whole stage, kernel start included."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the worker's environment for the kernel."""
    ahead: Sequence[str] | None = None
    """Modules that a fork server imports before it forks the kernel; None starts the kernel by itself."""
    memory: int | None = None
    """Bytes that the stage may have; None for any."""
    topic: str | None = None
    """Dask topic under which events are logged; None where nobody listens."""
    metered: bool = True
    """Whether what it uses is measured."""
    energy: bool = False
    """Whether the energy that it takes is measured, too."""
    standby: bool = True
    """Whether a kernel is kept ready for the next stage."""
    start_timeout: float = 60.0


@dataclass(frozen=True)
class StageOutcome:
    """What became of one attempt. Picklable."""

    status: str
    """``done``, ``failed`` (a cell raised), ``died`` (the kernel ended), ``timeout`` or ``cancelled``."""
    result: dict[str, Any] | None = None
    """What the kernel wrote at its end; only where it is done."""
    cell_outputs: list[dict[str, Any]] = field(default_factory=list)
    """For each user cell ``{"outputs", "metadata", "execution_count"}``, whatever the status."""
    error: dict[str, Any] | None = None
    """``ename``, ``evalue``, ``traceback``, ``cell`` (index in the notebook); ``exit_code`` where the kernel died."""
    seconds: float = 0.0
    worker: str = ""
    usage: Measured = field(default_factory=Measured)
    """What it used, as far as it was measured."""


# -- running stages of this process, so that another thread can stop them -----------------------------------------

_running: dict[int, tuple[StageTask, Watch]] = {}
_running_lock = threading.Lock()


def cancel_here(run: str, stage: str | None = None) -> int:
    """Stop the stages of `run` (or the one named) that run in this process; say how many that were.

    Their kernels are killed within a tenth of a second by the threads that own them.
    """
    with _running_lock:
        matching = [watch for task, watch in _running.values() if task.run == run and stage in (None, task.stage)]
    for watch in matching:
        watch.cancel()
    return len(matching)


def cancel_stage(run: str, stage: str | None = None, *, client: Any = None) -> int:
    """Stop the running stages of a run, in this process and on all workers of a Dask client.

    Parameters
    ----------
    run, stage
        The run, and one of its stages; all of them where None.
    client
        A ``distributed.Client``. Workers that do not answer are left out.

    Returns
    -------
    int
        How many stages were told to stop.
    """
    stopped: list[Any] = [cancel_here(run, stage)]
    if client is not None:

        def ask() -> None:
            with suppress(Exception):  # workers or a scheduler that are gone have nothing left to stop
                stopped.extend(client.run(cancel_here, run, stage, on_error="ignore").values())

        asking = threading.Thread(target=ask, name="mlpipe-cancel", daemon=True)
        asking.start()
        asking.join(_CANCEL_SECONDS)  # a worker that hangs never answers
    return sum(count for count in stopped if isinstance(count, int))


def run_stage(task: StageTask, on_event: Callable[[dict[str, Any]], None] | None = None) -> StageOutcome:
    """Run one attempt at a stage; the task that a Dask worker executes.

    Parameters
    ----------
    task
        What to run.
    on_event
        Where to send ``cell_*`` events; None sends them to the task's Dask topic.

    Raises
    ------
    NoKernelError
        The kernel is not installed here or cannot be started.
    ExecutionError
        This worker cannot write its temporary folder.
    """
    from jupyter_mlpipe.execution.event_loops import loop_closed_at_end
    from jupyter_mlpipe.execution.kernel_process import KernelPlace, Watch
    from jupyter_mlpipe.execution.papermill_engine import StageExecution, execute_stage

    begun = time.monotonic()
    watch = Watch(None if task.timeout is None else begun + task.timeout)
    events = StageEvents(
        {"run": task.run, "stage": task.stage, "attempt": task.attempt},
        _sender(task, on_event),
        at_once=on_event is not None,
    )
    stage = StageExecution(
        KernelPlace.of(
            task.kernel_name,
            task.folder,
            task.environment,
            ahead=task.ahead,
            memory=task.memory,
        ),
        watch,
        events,
        standby=task.standby,
        metered=task.metered,
        energy=task.energy,
        start_timeout=task.start_timeout,
    )
    token = id(watch)
    with _running_lock:
        _running[token] = (task, watch)
    staging = _staging_folder()
    try:
        # Dask gives each task a context of its own, and so jupyter_client an event loop.
        with loop_closed_at_end() if current_worker() is not None else nullcontext():
            execute_stage(_compose(task, staging), stage)
        result = _read_result(staging) if stage.status == "done" else None
    finally:
        with _running_lock:
            _running.pop(token, None)
        events.flush()
        shutil.rmtree(staging, ignore_errors=True)
    status, error = stage.status, stage.error
    if status == "done" and result is None:
        status = "failed"
        error = _error("NoResult", "the kernel ran all cells but did not write down what it made", stage)
    elif error is None and status in ("timeout", "cancelled"):
        error = _error(*_STOPPED[status](task), stage)
    if error is not None and status == "died":
        error = {**error, "exit_code": stage.exit_code}
    if error is not None and task.memory and str(error["ename"]).endswith("MemoryError"):
        error = {**error, "hint": _OUT_OF_MEMORY.format(shown_resource("MEMORY", task.memory))}
    seconds = time.monotonic() - begun
    return StageOutcome(
        status, result, _cell_outputs(stage.notebook), error, seconds, worker=_worker_name(), usage=stage.usage
    )


def _sender(
    task: StageTask, on_event: Callable[[dict[str, Any]], None] | None
) -> Callable[[list[dict[str, Any]]], None] | None:
    """How events leave this process."""
    if on_event is not None:

        def give(batch: list[dict[str, Any]]) -> None:
            for event in batch:
                on_event(event)

        return give
    worker = current_worker()
    if worker is None or task.topic is None:
        return None
    return partial(worker.log_event, task.topic)


_OUT_OF_MEMORY = (
    "the stage may use {} (--memory), beside what its kernel starts with: ask for more, or work in smaller pieces"
)

_STOPPED: Mapping[str, Callable[[StageTask], tuple[str, str]]] = {
    "timeout": lambda task: ("StageTimeout", f"the stage took longer than its timeout of {task.timeout:g} s"),
    "cancelled": lambda _task: ("Cancelled", "the stage was cancelled"),
}


def _error(name: str, text: str, stage: Any) -> dict[str, Any]:
    return {"ename": name, "evalue": text, "traceback": [], "cell": stage.cell}


def _staging_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="mlpipe-stage-"))  # for this user only (0700)
    except OSError as error:
        raise ExecutionError(
            f"the worker cannot make a temporary folder: {error}",
            hint="free space in, or point TMPDIR at another folder than, " + tempfile.gettempdir(),
        ) from error


def _compose(task: StageTask, staging: Path) -> Path:
    spec_path, notebook = staging / SPEC_FILE, staging / NOTEBOOK_FILE
    spec_path.write_text(json.dumps(task.spec), encoding="utf-8")
    composed = compose(task.cells, spec_path, kernel_name=task.kernel_name, steps=task.spec.get("steps", ()))
    notebook.write_text(json.dumps(composed), encoding="utf-8")
    return notebook


def _read_result(staging: Path) -> dict[str, Any] | None:
    try:
        result = json.loads((staging / RESULT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def _cell_outputs(notebook: Any) -> list[dict[str, Any]]:
    if notebook is None:
        return []
    collected = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.metadata.get("mlpipe", {}).get("role") is not None:
            continue
        collected.append(
            {
                "outputs": json.loads(json.dumps(cell.outputs)),
                "metadata": json.loads(json.dumps(cell.metadata)),
                "execution_count": cell.execution_count,
            }
        )
    return collected


def _worker_name() -> str:
    worker = current_worker()
    if worker is not None:
        return str(worker.address)
    return f"{socket.gethostname()}:{os.getpid()}"
