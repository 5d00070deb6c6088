"""Eight runs at once, each a process of its own, under one budget: it is exceeded by no more than what ran already."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from jupyter_mlpipe.ledger.usage import open_tasks, usage_between
from jupyter_mlpipe.workspace import Workspace
from tests.integration.test_cli import MLPIPE, Desk

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("budgets-under-load")]

RUNNERS, STAGES = 8, 4
PRICES = 'currency = "EUR"\n[machines.local]\ncpu_hour = 3600\nmemory_gib_hour = 0\n'
STAGE = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until:\n    pass\n"
BUDGET = '[tool.mlpipe.budgets.all]\namount = {amount}\naction = "refuse"\nperiod = "year"\nteam = "ops"\n'


def test_eight_runs_hold_to_one_budget(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    for number in range(RUNNERS):
        cells = ["s0 = alpha", *(f"%%stage s{at}\n{STAGE}s{at} = s{at - 1} + 1" for at in range(1, STAGES + 1))]
        desk.notebook(
            f"n{number}.ipynb",
            f"%load_ext jupyter_mlpipe\n%pipeline n{number} --team ops",
            *cells,
            parameters="alpha = 0",
        )
        assert desk.call("run", f"n{number}.ipynb", "--quiet").code == 0  # its history

    def spent(kind: str) -> list[int]:
        with Workspace.open(tmp_path) as workspace:
            facts = usage_between(workspace.ledger, 0.0, 1e12)
        return [fact.amount or 0 for fact in facts if fact.kind == kind]

    history = spent("attempt")
    room = round(2.5 * sum(history) / RUNNERS)  # for two or three of the eight
    amount = (sum(history) + sum(spent("idle")) + room) / 1e9
    (tmp_path / "pyproject.toml").write_text(BUDGET.format(amount=amount), encoding="utf-8")
    processes = [
        subprocess.Popen(
            [*MLPIPE, "run", f"n{number}.ipynb", "-p", "alpha", "5", "--json"], cwd=tmp_path, env=desk.environ,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for number in range(RUNNERS)
    ]  # fmt: skip
    results = []
    for process in processes:
        said, wrong = process.communicate(timeout=600)
        assert process.returncode in (0, 3), wrong
        results.append(json.loads(said))
    statuses = [result["status"] for result in results]
    assert "refused" in statuses
    assert {result["error"]["code"] for result in results if result["error"]} == {"MP821"}
    with Workspace.open(tmp_path) as workspace, workspace.ledger.read() as connection:
        assert open_tasks(connection) == []
    # Idle time is charged when a run ends, and makes the room smaller still.
    fresh = spent("attempt")[len(history) :]
    assert fresh
    assert sum(fresh) <= room + RUNNERS * max(fresh)
    done = {stage["name"] for stage in results[0]["stages"] if stage["status"] == "done"}
    again = desk.call("plan", "n0.ipynb", "-p", "alpha", "5", "--json").json
    assert done <= {stage["name"] for stage in again["stages"] if stage["hit"]}, "finished stages are kept"
