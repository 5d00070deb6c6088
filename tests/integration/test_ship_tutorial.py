"""The tutorial of the model that may ship: the better goes to production; worse, unfair and malformed ones go nowhere.

One story, told in order in one workspace, through the command line and Python.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import PromotionRefusedError
from jupyter_mlpipe.models import promotion
from jupyter_mlpipe.models.catalogue import known_model
from jupyter_mlpipe.models.loading import load_model
from jupyter_mlpipe.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ship_tutorial")]

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
MODEL = "credit-risk"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tutorial, with what it is good for: both models, then each fault."""
    folder = tmp_path_factory.mktemp("credit")
    for name in ("credit_risk.ipynb", "credit.py", "data/germancredit.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(NOTEBOOKS / name, folder / name)
    return folder


def mlpipe(folder: Path, *words: str) -> tuple[int, Any, str]:
    """Exit code, JSON and the error stream of a command."""
    command = [sys.executable, "-m", "jupyter_mlpipe.cli.main", *words, "--json"]
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("MLPIPE_", "MLFLOW_"))}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environ, timeout=250)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except ValueError:
        return done.returncode, None, done.stdout + done.stderr


def run(folder: Path, fault: str) -> tuple[int, str]:
    code, _, _ = mlpipe(folder, "run", "credit_risk.ipynb", "-p", "fault", fault)
    _, shown, _ = mlpipe(folder, "show")
    return code, " ".join(stage["error"]["message"] for stage in shown["stages"] if stage["error"])


def newest(folder: Path) -> dict[str, int]:
    """The newest version of each stage."""
    _, facts, _ = mlpipe(folder, "models", "show", MODEL)
    return {item["stage"]: item["version"] for item in reversed(facts["versions"])}


def test_the_better_of_two_parallel_models_goes_to_production(folder: Path) -> None:
    assert run(folder, "none") == (0, "")
    made = newest(folder)
    assert set(made) == {"logistic", "forest"}
    better = str(made["forest"])
    code, facts, _ = mlpipe(folder, "promote", MODEL, better)
    assert (code, facts["reasons"]) == (3, ["it is not in staging, through which it must go"])
    for state in ("staging", "production"):
        code, facts, _ = mlpipe(folder, "promote", MODEL, better, "--to", state)
        assert (code, facts["decision"]) == (0, "done")
        assert all(check["passed"] for check in facts["checks"])
    gates = {(check["stage"], check["gate"].split("(")[0]) for check in facts["checks"]}
    assert gates == {
        ("forest", "roc_auc"),
        ("forest", "equal_opportunity_difference"),
        ("validate", "contract applicants_schema on applicants"),
    }


@pytest.mark.parametrize(
    ("fault", "gate", "why"),
    [("worse", "roc_auc", "at least 0.7 asked"), ("unfair", "equal_opportunity_difference", "for sex=female")],
)
def test_a_bad_one_is_refused_at_each_door(folder: Path, fault: str, gate: str, why: str, tmp_path: Path) -> None:
    before = newest(folder)
    code, said = run(folder, fault)
    assert code == 3
    assert gate in said
    assert why in said
    made = newest(folder)
    assert all(made[stage] > before[stage] for stage in before), "it is registered, as evidence"
    version = made["forest"]
    for words in (("promote",), ("models", "promote"), ("promote", "--check"), ("models", "check")):
        code, facts, _ = mlpipe(folder, *words, MODEL, str(version), "--to", "staging")
        assert code == 3
        assert any(gate in reason and why in reason for reason in facts["reasons"])
    report = tmp_path / "gates.xml"
    mlpipe(folder, "promote", "--check", MODEL, str(version), "--to", "staging", "--junit", str(report))
    assert f'message="{gate}' in report.read_text("utf-8")
    with Workspace.open(folder, environ={}) as workspace, pytest.raises(PromotionRefusedError, match=gate):
        promotion.promote(workspace, MODEL, version, "staging")
    with Workspace.open(folder, environ={}) as workspace:
        assert known_model(workspace.ledger, MODEL).aliases["production"] == 2 - (before["forest"] == 1)


def test_nothing_learns_from_malformed_data(folder: Path) -> None:
    before = newest(folder)
    code, said = run(folder, "malformed")
    assert code == 3
    assert "70 of 1,000 rows of applicants (7 %) break applicants_schema" in said
    _, shown, _ = mlpipe(folder, "show")
    status = {stage["name"]: stage["status"] for stage in shown["stages"]}
    assert status["validate"] == "refused"
    assert status["logistic"] == status["forest"] == "skipped"
    assert newest(folder) == before


def test_a_rollback_is_one_command_and_leaves_the_history_whole(folder: Path) -> None:
    with Workspace.open(folder, environ={}) as workspace:
        first = known_model(workspace.ledger, MODEL).aliases["production"]
    other = 3 - first  # the other of the first two
    for state in ("staging", "production"):
        assert mlpipe(folder, "promote", MODEL, str(other), "--to", state)[0] == 0
    code, facts, _ = mlpipe(folder, "models", "rollback", MODEL, "--reason", "worse on Mondays")
    assert (code, facts["version"], facts["before"]) == (0, first, other)
    _, log, _ = mlpipe(folder, "models", "log", MODEL)
    moves = [
        (item["action"], item["version"], item["status"])
        for item in log["history"]
        if item.get("target") == "production"
    ]
    assert moves == [
        ("promote", first, "refused"),
        ("promote", first, "done"),
        ("promote", other, "done"),
        ("rollback", first, "done"),
    ]
    assert log["history"][-1]["reason"] == "worse on Mondays"
    with Workspace.open(folder, environ={}) as workspace:
        model = load_model(workspace.settings, f"{MODEL}@production")
    assert type(model).__name__ == "Pipeline"


def test_lineage_leads_from_production_to_the_file_and_back(folder: Path) -> None:
    code, up, _ = mlpipe(folder, "lineage", f"{MODEL}@production", "--up")
    assert code == 0
    assert "data/germancredit.csv" in json.dumps(up)
    code, down, _ = mlpipe(folder, "lineage", "data/germancredit.csv", "--down")
    assert code == 0
    assert MODEL in json.dumps(down)
