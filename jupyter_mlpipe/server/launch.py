"""Starts runs as processes of their own, which live on when the Jupyter server ends.

A run is ``mlpipe run``, told which id to take. It is followed through the ledger like any other; what it prints goes to
a file in the run's folder, from which the reason is read where it never came as far as the ledger.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlpipe.errors import ExecutionError, MlpipeError, RequestError, UnknownRunError
from jupyter_mlpipe.ledger import runs
from jupyter_mlpipe.server.shapes.runs import RunRequest
from jupyter_mlpipe.server.told_errors import told_error
from jupyter_mlpipe.workspace import Workspace

DOOR = "lab"
"""Through which door runs that are started here come."""

_START_SECONDS = 60.0
_POLL_SECONDS = 0.03


def launch(workspace: Workspace, notebook: Path, asked: RunRequest, *, warm: bool) -> str:
    """Start a run and wait until the ledger has it; the run's id.

    Raises
    ------
    RequestError
        The request does not say which stage.
    MlpipeError
        Whatever kept the run from starting: the notebook cannot be read, the cluster cannot be had.
    """
    run_id = runs.new_run_id()
    words = [*_words(asked), str(notebook), "--run-id", run_id, "--door", DOOR, "--json", *(["--warm"] if warm else [])]
    workspace.create()
    folder = workspace.run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / "result.json"
    with answer.open("wb") as out, (folder / "mlpipe.log").open("wb") as log:
        process = subprocess.Popen(
            # Without -P modules of this folder would be imported in the place of installed ones.
            [sys.executable, "-P", "-m", "jupyter_mlpipe.cli.main", "run", *words],
            cwd=notebook.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            start_new_session=True,
        )
    # Whoever started a process has to take note of its end; nobody else is interested.
    threading.Thread(target=process.wait, name=f"mlpipe-run-{run_id}", daemon=True).start()
    deadline = time.monotonic() + _START_SECONDS
    while not _known(workspace, run_id):
        if process.poll() is not None and not _known(workspace, run_id):
            raise _reason(answer, folder / "mlpipe.log", process.returncode)
        if time.monotonic() > deadline:
            raise ExecutionError(
                f"the run did not begin within {_START_SECONDS:.0f} s",
                hint=f"what it says is in {folder / 'mlpipe.log'}",
                run=run_id,
            )
        time.sleep(_POLL_SECONDS)
    return run_id


def _words(asked: RunRequest) -> Iterator[str]:
    if asked.mode != "all":
        if not asked.stage:
            raise RequestError(f"a run in mode {asked.mode!r} needs a stage", hint="give `stage`")
        yield from ("--from" if asked.mode == "from" else "--stage", asked.stage)
        if asked.mode == "stage":
            yield f"--force={asked.stage}"
    if asked.force:
        yield "--force=*"
    for budget in asked.accept_cost:
        yield from ("--accept-cost", budget)
    for name, value in asked.parameters.items():
        yield from ("-p", name, json.dumps(value))


def _known(workspace: Workspace, run_id: str) -> bool:
    try:
        runs.run(workspace.ledger, run_id)
    except UnknownRunError:
        return False
    return True


def _reason(answer: Path, log: Path, exit_code: int) -> MlpipeError:
    """Why a run ended before it was in the ledger, as its process told it."""
    try:
        told = told_error(json.loads(answer.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        told = None
    if told is not None:
        return told
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] if log.exists() else []
    return ExecutionError(
        f"the run could not be started: its process ended with {exit_code}" + (f": {last[0]}" if last else ""),
        hint=f"what it said is in {log}",
    )
