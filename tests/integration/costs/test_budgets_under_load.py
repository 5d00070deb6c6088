"""Eight runs at once, each a process of its own, under one budget: it is exceeded by no more than what ran already."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from jupyter_mlpipe.costs.budget_keeper import keeper_of
from jupyter_mlpipe.costs.charging import Charger
from jupyter_mlpipe.ledger.usage import open_tasks, usage_between
from jupyter_mlpipe.workspace import Workspace
from tests.integration.test_cli import MLPIPE, Desk

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive, pytest.mark.timeout(900)]

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

    def standing() -> Decimal:
        with Workspace.open(tmp_path) as workspace:
            text = {"all": {"amount": 10**6, "period": "year", "team": "ops"}}
            return Decimal(keeper_of(workspace.ledger, text, Charger.of(tmp_path).currency).standings()[0].spent)

    before = standing()
    per_run = before / RUNNERS
    allowed = before + per_run * Decimal("2.5")  # room for two or three of the eight
    amount = round(float(allowed) / 1e9, 6)
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
    with Workspace.open(tmp_path) as workspace:
        facts = [fact for fact in usage_between(workspace.ledger, 0.0, 1e12) if fact.kind == "attempt"]
        with workspace.ledger.read() as connection:
            assert open_tasks(connection) == []
    dearest = max(fact.amount or 0 for fact in facts)
    idle = standing() - sum(fact.amount or 0 for fact in facts)
    # Idle time is charged when a run ends; attempts are held to the budget before they begin.
    assert standing() - idle <= Decimal(round(amount * 1e9)) + RUNNERS * dearest
    again = [desk.call("run", f"n{number}.ipynb", "-p", "alpha", "5", "--json") for number in range(2)]
    done = {stage["name"] for stage in results[0]["stages"] if stage["status"] == "done"}
    kept = {stage["name"] for stage in again[0].json["stages"] if stage["hit"]}
    assert done <= kept, "finished stages are kept"
