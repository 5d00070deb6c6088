"""Runs a project in batch or in a live kernel, and says which stages were executed. Judges nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.keys.project import Project

_TOLD = re.compile(r"^(\w+): (ran|restored)\b(.*)", re.MULTILINE)


def run(project: Project, folder: Path, settings: Mapping[str, Any]) -> RunResult:
    """Write the project and run it on the shared cluster."""
    path = project.write(folder)
    with Workspace.open(path, {"tracking": False, **settings}, environ={}) as workspace:
        return run_pipeline(workspace, workspace.read(path), parameters=project.parameters)


def ran(result: RunResult) -> set[str]:
    """Explicit stages that were executed; one whose hit a gate refused was not."""
    return {stage.name for stage in result.stages if not stage.implicit and stage.attempts}


@contextmanager
def live_kernel(notebook: Path, settings: Mapping[str, Any]) -> Iterator[Any]:
    """A kernel in the notebook's folder, as JupyterLab starts one, with the extension loaded; gives its client."""
    from jupyter_client.manager import KernelManager

    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MLPIPE_", "MLFLOW_"))},
        "JPY_SESSION_NAME": str(notebook),
        "MLPIPE_TRACKING": "false",
        "MLPIPE_SIGNING_KEY": str(settings["signing_key"]),
    }
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(notebook.parent), env=environment)
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run_live(project: Project, folder: Path, settings: Mapping[str, Any]) -> dict[str, str]:
    """Write the project and run all its cells in a fresh kernel.

    Returns
    -------
    dict
        For each stage that told something: ``ran`` or ``restored``, and the line's rest.
    """
    path = project.write(folder)
    told: dict[str, str] = {}
    with live_kernel(path, settings) as client:
        _execute(client, "%load_ext jupyter_mlpipe", "")
        for cell in project.to_notebook()["cells"]:
            if cell["cell_type"] == "code":
                text = _execute(client, cell["source"], cell["id"])
                told |= {name: word + rest for name, word, rest in _TOLD.findall(text)}
    return told


def _execute(client: Any, source: str, cell_id: str) -> str:
    """Run a cell and give what it shows; an error that is not a gate's is raised."""
    content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = client.session.msg("execute_request", content, metadata={"cellId": cell_id})
    client.shell_channel.send(message)
    shown: list[str] = []
    while True:
        reply = client.get_iopub_msg(timeout=120)
        if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        kind, body = reply["msg_type"], reply["content"]
        if kind == "status" and body["execution_state"] == "idle":
            return "\n".join(shown)
        if kind == "stream":
            shown.append(body["text"])
        elif kind in ("display_data", "execute_result"):
            shown.append(str(body["data"].get("text/plain", "")))
        elif kind == "error":
            assert "MP501" in " ".join([*body["traceback"], body["evalue"]]), "\n".join(body["traceback"])
