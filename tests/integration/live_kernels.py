"""Real kernels as a front end drives them, for the tests of the magics."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class Reply:
    status: str
    outputs: list[dict[str, Any]] = field(default_factory=list)
    ename: str = ""

    @property
    def text(self) -> str:
        """What was printed and displayed, as plain text."""
        parts = []
        for output in self.outputs:
            if output["output_type"] == "stream":
                parts.append(output["text"])
            elif output["output_type"] == "error":
                parts.append("\n".join(output["traceback"]))
            else:
                parts.append(output["data"].get("text/plain", ""))
        return "\n".join(parts)

    @property
    def told(self) -> str:
        """Our own line."""
        return "\n".join(
            output["data"]["text/plain"] for output in self.outputs if "mlpipe" in output.get("metadata", {})
        )

    @property
    def own(self) -> list[dict[str, Any]]:
        """The outputs of the user's code."""
        return [output for output in self.outputs if "mlpipe" not in output.get("metadata", {})]

    def kinds(self) -> list[str]:
        return [output["output_type"] for output in self.own]


class LiveKernel:
    """A kernel that a front end talks to: it sends the ids of cells, and knows the notebook's file."""

    def __init__(self, folder: Path, notebook: Path | None = None) -> None:
        from jupyter_client.manager import KernelManager

        self.notebook = notebook
        environment = dict(os.environ)
        if notebook is not None:
            environment["JPY_SESSION_NAME"] = str(notebook)
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        assert self.run("%load_ext jupyter_mlpipe").status == "ok"

    def run(self, source: str, cell_id: str | None = None, *, silent: bool = False) -> Reply:
        content = {"code": source, "silent": silent, "store_history": not silent, "allow_stdin": False}
        content |= {"stop_on_error": True, "user_expressions": {}}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell_id} if cell_id else {})
        self.client.shell_channel.send(message)
        return self._answer(message["header"]["msg_id"])

    def cell(self, cell_id: str) -> Reply:
        """Run a cell of the file."""
        cells = json.loads(self.notebook.read_text())["cells"]
        (source,) = [cell["source"] for cell in cells if cell["id"] == cell_id]
        return self.run(source, cell_id)

    def all(self) -> dict[str, Reply]:
        cells = json.loads(self.notebook.read_text())["cells"]
        return {cell["id"]: self.run(cell["source"], cell["id"]) for cell in cells if cell["cell_type"] == "code"}

    def value(self, expression: str) -> Any:
        reply = self.run(f"print(__import__('json').dumps({expression}))", silent=True)
        assert reply.status == "ok", reply
        return json.loads(self.run(f"print(__import__('json').dumps({expression}))").text)

    def complete(self, code: str) -> list[str]:
        message = self.client.complete(code, len(code))
        return self.client.get_shell_msg(timeout=30)["content"]["matches"] if message else []

    def help(self, code: str) -> str:
        self.client.inspect(code, len(code))
        return self.client.get_shell_msg(timeout=30)["content"]["data"].get("text/plain", "")

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _answer(self, request: str) -> Reply:
        reply = Reply("unknown")
        end = time.monotonic() + 90
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=90)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind == "stream":
                last = reply.outputs[-1] if reply.outputs else {}
                if last.get("output_type") == "stream" and last["name"] == content["name"]:
                    last["text"] += content["text"]
                else:
                    reply.outputs.append({"output_type": kind, **content})
            elif kind in ("display_data", "execute_result", "error"):
                content.pop("transient", None)
                reply.outputs.append({"output_type": kind, **content})
        while True:
            message = self.client.get_shell_msg(timeout=90)
            if message["parent_header"].get("msg_id") == request:
                reply.status = message["content"]["status"]
                reply.ename = message["content"].get("ename", "")
                return reply


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MLPIPE_TRACKING", "false")
    here = Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", str(here))
    folder = tmp_path / "project"
    (folder / ".mlpipe").mkdir(parents=True)
    return folder


@pytest.fixture
def live(project: Path) -> Iterator[Callable[..., LiveKernel]]:
    started: list[LiveKernel] = []

    def start(notebook: Path | None = None) -> LiveKernel:
        started.append(LiveKernel(project, notebook))
        return started[-1]

    yield start
    for kernel in started:
        kernel.close()


def write(path: Path, *cells: str) -> Path:
    """A notebook whose cells have the ids c0, c1, …"""
    made = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(cells)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}))
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKernel]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("shared")
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        (folder / "project" / ".mlpipe").mkdir(parents=True)
        kernel = LiveKernel(folder / "project")
        yield kernel
        kernel.close()
