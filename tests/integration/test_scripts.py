"""Runs started by a script: workers import it again."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.faults.desk import Desk

pytestmark = [pytest.mark.slow]

RUN = "result = run_pipeline(workspace, workspace.read('nb.ipynb'))\nprint(result.status)"
SCRIPT = """
import sys
from jupyter_mlpipe import Workspace, run_pipeline

workspace = Workspace.open("nb.ipynb")
{}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "project", tmp_path / "traces")
    (desk.folder / ".mlpipe").mkdir(parents=True)
    desk.traces.mkdir()
    desk.write("%%stage only\nx = 1")
    return desk


def run_script(desk: Desk, below: str) -> subprocess.CompletedProcess[str]:
    """Run a script that runs the notebook in a statement below the line given, if any."""
    body = f"{below}\n{textwrap.indent(RUN, '    ')}" if below else RUN
    (desk.folder / "script.py").write_text(SCRIPT.format(body), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "script.py"],
        cwd=desk.folder,
        env=desk.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("below", ["", "for _ in range(2):"])
def test_a_script_without_a_guard_is_told_once_before_any_worker_starts(desk: Desk, below: str) -> None:
    done = run_script(desk, below)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.count("MP309") == 1
    line = len(SCRIPT.split("{}", maxsplit=1)[0].splitlines()) + bool(below) + 1
    assert f"line {line} of `script.py`" in done.stderr
    assert "bootstrapping" not in done.stderr
    runs = json.loads(desk.mlpipe("runs", "--json").stdout)["runs"]
    assert [run["status"] for run in runs] == ["failed"]


def test_workers_do_not_run_a_script_again_whatever_its_condition_is(desk: Desk) -> None:
    done = run_script(desk, "if len(sys.argv) == 1:")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("Traceback") == 1
    assert done.stderr.count("MP309") == 1
    assert "of `script.py`" in done.stderr
    assert len(json.loads(desk.mlpipe("runs", "--json").stdout)["runs"]) == 1


def test_a_script_with_a_guard_runs(desk: Desk) -> None:
    done = run_script(desk, 'if __name__ == "__main__":')
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    again = run_script(desk, "")  # nothing to do, so no worker imports it
    assert (again.returncode, again.stdout) == (0, "done\n"), again.stderr
