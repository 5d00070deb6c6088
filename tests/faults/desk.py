"""A folder with a notebook, the command line in it, and a place outside the project where stages leave traces.

Stages write their traces outside the workspace, so that no trace is an input or an output of theirs. Not for
assertions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MLPIPE = [sys.executable, "-m", "jupyter_mlpipe.cli.main"]
ROOT = Path(__file__).resolve().parents[2]


def notebook(*cells: str, kernel: str = "python3") -> dict[str, Any]:
    """The cells as nbformat 4 JSON."""
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{index}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for index, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@dataclass
class Desk:
    """A project folder, the command line in it, and ``traces`` outside."""

    folder: Path
    traces: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of commands: none of the caller's settings, a key of the desk's own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLPIPE_", "MLFLOW_"))}
        own = {
            "MLPIPE_TRACKING": "false",
            "MLPIPE_WORKERS": "2",
            "MLPIPE_SIGNING_KEY": str(self.traces / "key"),
            "PYTHONPATH": str(ROOT),
        }
        return {**kept, **own, **self.settings}

    def write(self, *cells: str, name: str = "nb.ipynb", kernel: str = "python3") -> Path:
        path = self.folder / name
        path.write_text(json.dumps(notebook(*cells, kernel=kernel)), encoding="utf-8")
        return path

    def mlpipe(self, *arguments: str, timeout: float = 200, **keywords: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*MLPIPE, *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **keywords,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [*MLPIPE, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> dict[str, Any]:
        """``mlpipe run nb.ipynb --json``, which must end well."""
        done = self.mlpipe("run", "nb.ipynb", "--json", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def statuses(self, *arguments: str) -> dict[str, str]:
        return {stage["name"]: stage["status"] for stage in self.run(*arguments)["stages"]}

    def trace(self, name: str) -> str:
        path = self.traces / name
        return path.read_text(encoding="utf-8") if path.exists() else ""


def leave_trace(traces: Path, name: str) -> str:
    """Source that appends a line with its process's and its parent's id."""
    return (
        "import os, time\n"
        f"with open({str(traces / name)!r}, 'a') as trace:\n"
        "    trace.write(f'{os.getpid()} {os.getppid()}\\n')\n"
    )


def wait_until(met: Callable[[], object], what: str, seconds: float = 90) -> None:
    """Wait; fails with `what` where it does not come."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.05)


def alive(pids: Sequence[int]) -> list[int]:
    """Those of the processes that run (zombies do not)."""
    import psutil

    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.Error:
            continue
    return found


def descendants(pid: int) -> list[int]:
    """Ids of all processes below one."""
    import psutil

    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


def by_name(stages: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(stage["name"]): stage for stage in stages}
