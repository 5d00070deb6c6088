"""papermill's engines ``mlpipe-stage`` and ``mlpipe``; the only home of papermill.

``mlpipe-stage`` runs the small notebook of one stage in a kernel of ours. ``mlpipe`` is the door: papermill hands it
any notebook, and it runs the notebook's whole pipeline, with cache and cluster, and gives papermill the outputs.

papermill writes a notebook whole at each cell's start and end, and calls the cells of a dead kernel completed. So
nothing is written between the cells here, and no status is ever read back from papermill's notebook: what happened
stands in the `StageExecution` that the caller passed in.

This module does not know what a stage's cells mean (``composition``, ``session``), nor Dask (``stage_task``).
"""

from __future__ import annotations

import importlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.kernel_client import CellExecutionError, CellRunner
from jupyter_mlpipe.execution.kernel_process import KernelDeathError, KernelPlace, LiveKernel, StageStoppedError, Watch
from jupyter_mlpipe.execution.metering.measured import Measured
from jupyter_mlpipe.execution.metering.stage_meter import StageMeter
from jupyter_mlpipe.execution.quick_imports import quick_imports
from jupyter_mlpipe.execution.standby import Standby, process_standby

STAGE_ENGINE = "mlpipe-stage"
DOOR_ENGINE = "mlpipe"

DOOR = "jupyter_mlpipe.workspace:run_notebook"
"""What the door calls, by name. A workspace stands above execution, so it cannot be imported from here; papermill
enters from below, at this module, and the name is resolved only at that moment. Signature: see `PipelineEngine`."""


def import_papermill(*, worker: bool = False) -> None:
    """Import papermill ahead of its use, as quickly as it goes."""
    with quick_imports(worker=worker):
        import papermill.execute  # noqa: F401


@dataclass
class StageExecution:
    """What one execution needs beside its notebook, and what became of it."""

    place: KernelPlace
    watch: Watch = field(default_factory=Watch)
    on_event: Callable[[dict[str, Any]], None] = lambda _event: None
    """Gets ``cell_started``, ``cell_output`` and ``cell_finished`` as they happen."""
    standby: bool = True
    """Whether to use, and to leave, a kernel on standby."""
    start_timeout: float = 60.0
    status: str = "failed"
    """``done``, ``failed``, ``died``, ``timeout`` or ``cancelled``."""
    error: dict[str, Any] | None = None
    """``ename``, ``evalue``, ``traceback``, and ``cell``: the index in the source notebook, None for our own cells."""
    exit_code: int | None = None
    cell: int | None = None
    """The user's cell that ran last, as an index in the source notebook."""
    pid: int | None = None
    metered: bool = True
    energy: bool = False
    usage: Measured = field(default_factory=Measured)
    """What its process tree used."""
    notebook: Any = None


class _Engine(ABC):
    """What papermill asks of an engine.

    papermill loads the engines that are installed while it is being imported itself, so its own base class cannot be
    imported here at the top.
    """

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, output_path: Any = None, progress_bar: Any = True, **keywords: Any
    ) -> Any:
        """Execute `nb` and give it back; it is written once, at the end, however that comes."""
        from papermill.engines import NotebookExecutionManager

        keeper = NotebookExecutionManager(nb, None, progress_bar=progress_bar, autosave_cell_every=0)
        keeper.notebook_start()
        try:
            cls.execute_managed_notebook(keeper, kernel_name, **keywords)
        finally:
            keeper.output_path = output_path
            keeper.notebook_complete()
        return keeper.nb

    @classmethod
    @abstractmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **keywords: Any) -> None:
        """Run what the notebook says and put outputs and facts into its cells."""

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """The kernel that the notebook names, unless `name` is given."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """The language that the notebook names, unless `language` is given."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


class StageEngine(_Engine):
    """Runs a notebook's cells in a kernel of ours. Registered as ``mlpipe-stage``."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        stage: StageExecution | None = None,
        start_timeout: float = 60,
        execution_timeout: float | None = None,
        **_unused: Any,
    ) -> None:
        """Run the notebook's cells; called by papermill.

        Parameters
        ----------
        nb_man
            papermill's keeper of the notebook.
        kernel_name
            The kernel to start; `stage` says otherwise where it is given.
        stage
            Where, how long, and whom to tell. Without it the notebook is run as papermill's own engine would run it.
        start_timeout, execution_timeout
            Seconds for the kernel to start; seconds for the whole notebook where `stage` is not given.
        """
        if stage is None:
            deadline = None if execution_timeout is None else time.monotonic() + execution_timeout
            place = KernelPlace.of(kernel_name, str(Path.cwd()))
            stage = StageExecution(place, Watch(deadline), standby=False, start_timeout=start_timeout)
        stage.notebook = nb_man.nb
        standby = process_standby() if stage.standby else Standby()
        try:
            with standby.kernel(stage.place, stage.watch, stage.start_timeout) as kernel:
                stage.pid = kernel.pid
                if stage.standby:
                    standby.prepare(stage.place)
                nb_man.nb.metadata["language_info"] = kernel.language_info
                runner = CellRunner(nb_man.nb, kernel, stage.watch, _output_events(nb_man.nb, stage.on_event))
                with _metered(stage, kernel):
                    _run_cells(nb_man, runner, stage)
        except StageStoppedError as stop:
            stage.status = stop.status
            raise
        except KernelDeathError as death:
            stage.status, stage.exit_code = "died", death.exit_code
            stage.error = {"ename": "KernelDied", "evalue": str(death), "traceback": death.last_words}
            stage.error["cell"] = stage.cell
            raise


@contextmanager
def _metered(stage: StageExecution, kernel: LiveKernel) -> Iterator[None]:
    """Meter the kernel while its cells run. What it used before, to start, is the stage's too."""
    if not stage.metered or kernel.pid is None:
        yield
        return
    meter = StageMeter(kernel.pid, energy=stage.energy)
    try:
        yield
    finally:
        stage.usage = meter.stop(kernel.cpu_seconds)


def _run_cells(nb_man: Any, runner: CellRunner, stage: StageExecution) -> None:
    for index, cell in enumerate(nb_man.nb.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        about = cell.metadata.get("mlpipe", {})
        ours, source_cell = about.get("role") is not None, about.get("cell", index)
        nb_man.cell_start(cell, index)
        if not ours:
            stage.cell = source_cell
            stage.on_event({"type": "cell_started", "cell": source_cell, "time": nb_man.now().timestamp()})
        try:
            runner.run_cell(cell, index, silent=ours)
        except CellExecutionError as error:
            nb_man.cell_exception(cell, cell_index=index, exception=error)
            stage.status = "failed"
            stage.error = _error_of(cell, error, None if ours else source_cell)
            _cell_finished(nb_man, stage, ours, source_cell, "failed")
            nb_man.cell_complete(cell, cell_index=index)
            return
        except (KernelDeathError, StageStoppedError) as error:
            nb_man.cell_exception(cell, cell_index=index, exception=error)
            _cell_finished(nb_man, stage, ours, source_cell, "failed")
            raise
        nb_man.cell_complete(cell, cell_index=index)
        _cell_finished(nb_man, stage, ours, source_cell, "done")
    stage.status = "done"


def _cell_finished(nb_man: Any, stage: StageExecution, ours: bool, source_cell: int, status: str) -> None:
    if not ours:
        stage.on_event(
            {"type": "cell_finished", "cell": source_cell, "status": status, "time": nb_man.now().timestamp()}
        )


def _error_of(cell: Any, error: CellExecutionError, source_cell: int | None) -> dict[str, Any]:
    shown = next((output for output in cell.outputs if output["output_type"] == "error"), None)
    return {
        "ename": error.ename,
        "evalue": error.evalue,
        "traceback": list(shown["traceback"]) if shown is not None else [error.traceback],
        "cell": source_cell,
    }


def _output_events(
    nb: Any, on_event: Callable[[dict[str, Any]], None]
) -> Callable[[int, dict[str, Any] | None, list[dict[str, Any]] | None], None]:
    def tell(index: int, output: dict[str, Any] | None, replaced: list[dict[str, Any]] | None) -> None:
        about = nb.cells[index].metadata.get("mlpipe", {})
        if about.get("role") is not None:
            return
        event = {"type": "cell_output", "cell": about.get("cell", index), "time": time.time()}
        on_event({**event, "output": output} if output is not None else {**event, "outputs": replaced})

    return tell


def execute_stage(notebook: Path, stage: StageExecution) -> None:
    """Run a stage's notebook through papermill; what became of it is in `stage`, never raised.

    Parameters
    ----------
    notebook
        The composed notebook's file.
    stage
        Its fields ``status``, ``error``, ``exit_code`` and ``notebook`` are set.

    Raises
    ------
    NoKernelError
        No kernel could be started at all.
    """
    register_engines()
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    try:
        execute_notebook(
            str(notebook),
            None,
            engine_name=STAGE_ENGINE,
            kernel_name=stage.place.kernel_name,
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            stage=stage,
        )
    except (PapermillExecutionError, KernelDeathError, StageStoppedError):
        return  # the engine has said it, in stage.status


class PipelineEngine(_Engine):
    """Runs the whole pipeline of a notebook. Registered as ``mlpipe``.

    The function named by `DOOR` is called as ``run_notebook(notebook, path=, kernel_name=, on_event=)`` with the
    notebook as plain JSON (papermill's injected parameters in it) and the path it was read from; it returns the
    executed notebook as plain JSON and raises only where no run took place. A cell that failed holds its error, and
    papermill raises it; a run that ended badly without one (a gate refused, it was cancelled) is raised here in the
    same shape.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, input_path: Any = None, **_unused: Any) -> None:
        """Run the pipeline and put outputs, prompt numbers and facts into papermill's notebook."""
        module, _, name = DOOR.partition(":")
        run_notebook = getattr(importlib.import_module(module), name)
        started: set[int] = set()

        def on_event(event: Mapping[str, Any]) -> None:
            index = event.get("cell")
            if event.get("type") == "cell_finished" and isinstance(index, int) and index not in started:
                started.add(index)
                if nb_man.pbar:
                    nb_man.pbar.update(1)

        executed = run_notebook(
            json.loads(json.dumps(nb_man.nb)),
            path=input_path if isinstance(input_path, str) else None,
            kernel_name=kernel_name,
            on_event=on_event,
        )
        _copy_results(nb_man, _nodes(executed, type(nb_man.nb)))
        _raise_unless_done(nb_man.nb)


def _copy_results(nb_man: Any, executed: Any) -> None:
    """Copy what papermill's reader looks for; the cells' sources and the user's metadata stay papermill's."""
    by_id = {cell.get("id"): cell for cell in executed.cells if cell.get("id")}
    same_layout = len(executed.cells) == len(nb_man.nb.cells)
    for index, cell in enumerate(nb_man.nb.cells):
        result = by_id.get(cell.get("id"), executed.cells[index] if same_layout else None)
        if cell.cell_type != "code" or result is None or result.cell_type != "code":
            continue
        cell.outputs = result.outputs
        cell.execution_count = result.execution_count
        cell.metadata.papermill.update(result.metadata.get("papermill", {}))
        if "mlpipe" in result.metadata:
            cell.metadata["mlpipe"] = result.metadata["mlpipe"]
        if cell.metadata.papermill.get("exception"):
            nb_man.nb.metadata.papermill["exception"] = True
    for key in ("mlpipe", "language_info"):
        if key in executed.metadata:
            nb_man.nb.metadata[key] = executed.metadata[key]


def _nodes(value: Any, node: type) -> Any:
    """Plain JSON as papermill's kind of dict, whose keys are attributes too."""
    if isinstance(value, Mapping):
        return node({key: _nodes(item, node) for key, item in value.items()})
    return [_nodes(item, node) for item in value] if isinstance(value, list) else value


def _raise_unless_done(nb: Any) -> None:
    """Raise what papermill cannot see: the run did not end well, though no cell holds an error."""
    from papermill.exceptions import PapermillExecutionError

    about = nb.metadata.get("mlpipe", {})
    status = about.get("status", "done")
    holds_error = any(output.output_type == "error" for cell in nb.cells for output in cell.get("outputs", ()))
    if status == "done" or holds_error:
        return
    error = about.get("error") or {}
    failed = (index for index, cell in enumerate(nb.cells) if cell.metadata.get("papermill", {}).get("exception"))
    index = next(failed, 0)
    cell = nb.cells[index] if nb.cells else {}
    text = error.get("message") or f"the run was {status}"
    raise PapermillExecutionError(
        cell_index=index,
        exec_count=cell.get("execution_count"),
        source=cell.get("source", ""),
        ename=error.get("code") or "MlpipeError",
        evalue=text,
        traceback=[text, *([f"→ {error['hint']}"] if error.get("hint") else [])],
    )


def register_engines() -> None:
    """Make both engines known to papermill in this process, installed as an entry point or not."""
    import_papermill()
    from papermill.engines import papermill_engines

    papermill_engines.register(STAGE_ENGINE, StageEngine)
    papermill_engines.register(DOOR_ENGINE, PipelineEngine)
