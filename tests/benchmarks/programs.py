"""Programs that contestants start: with which environment, and that they must succeed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.faults.desk import ROOT


def environment(**more: str) -> dict[str, str]:
    """The caller's environment without settings of ours, and with bytecode."""
    dropped = ("MLPIPE_", "MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def call(command: Sequence[str | Path], folder: Path, **more: str) -> str:
    """Run a program that must succeed; gives what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout
