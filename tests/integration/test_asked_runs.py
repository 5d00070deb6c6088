"""What a run is asked for: from a stage on, under an id that its starter chose, through which door."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from jupyter_mlpipe.ledger.runs import new_run_id
from tests.faults.desk import Desk, by_name

pytestmark = [pytest.mark.slow]

CELLS = (
    "%load_ext jupyter_mlpipe\n%pipeline asked",
    "%%stage load\nrows = [3, 1, 2]",
    "%%stage side\nside = len('side')",
    "%%stage order\ndef settle(values):\n    values.sort()\nsettle(rows)",
    "print(rows)",
    "%%stage first\nfirst = rows[0]",
    "%%stage other\nother = side + 1",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace in which all is stored, and where runs know that `order` changes what `load` made."""
    place = tmp_path_factory.mktemp("asked")
    made = Desk(place / "project", place / "traces")
    (made.folder / ".mlpipe").mkdir(parents=True)
    made.traces.mkdir()
    made.write(*CELLS)
    assert set(made.statuses().values()) == {"done"}
    return made


def options(desk: Desk, run: str) -> Any:
    return json.loads(desk.mlpipe("show", run, "--json").stdout)["options"]


def test_a_run_from_a_stage_on_runs_what_follows_from_it(desk: Desk) -> None:
    facts = desk.run("--from", "order")
    ran = {name for name, stage in by_name([*facts["stages"], *facts["cells"]]).items() if stage["status"] == "done"}
    assert ran == {"order", "cell-4", "first"}
    assert by_name(facts["stages"])["first"]["reason"] == "forced"
    assert options(desk, facts["run"]) == {
        "door": "cli", "mode": "from", "stage": "order", "force": [], "keep_going": False
    }  # fmt: skip


def test_a_plan_from_a_stage_on(desk: Desk) -> None:
    plan = json.loads(desk.mlpipe("plan", "nb.ipynb", "--from", "side", "--json").stdout)
    assert {stage["name"] for stage in plan["stages"] if not stage["hit"]} == {"side", "other"}


def test_a_run_from_a_stage_that_it_does_not_reach(desk: Desk) -> None:
    refused = desk.mlpipe("run", "nb.ipynb", "--from", "first", "--stage", "load")
    assert refused.returncode == 2
    assert "MP110" in refused.stderr
    assert "MP110" in desk.mlpipe("run", "nb.ipynb", "--from", "frist").stderr


@pytest.mark.parametrize("warm", [(), ("--warm",)], ids=["cold", "warm"])
def test_who_starts_a_run_may_choose_its_id_and_says_its_door(desk: Desk, warm: tuple[str, ...]) -> None:
    chosen = new_run_id()
    try:
        facts = desk.run("--run-id", chosen, "--door", "lab", "--stage", "side", "--force", "side", *warm)
        assert facts["run"] == chosen
        assert options(desk, chosen) == {
            "door": "lab", "mode": "stage", "stage": "side", "force": ["side"], "keep_going": False
        }  # fmt: skip
        again = desk.mlpipe("run", "nb.ipynb", "--run-id", chosen, *warm)
        assert again.returncode == 2
        assert "MP001" in again.stderr
        assert "MP001" in desk.mlpipe("run", "nb.ipynb", "--run-id", "../elsewhere", *warm).stderr
    finally:
        if warm:
            desk.mlpipe("warm", "--stop")


def test_the_modes_of_runs(desk: Desk) -> None:
    assert options(desk, desk.run()["run"])["mode"] == "all"
    upto = options(desk, desk.run("--stage", "order", "--keep-going")["run"])
    assert (upto["mode"], upto["stage"], upto["keep_going"]) == ("upto", "order", True)


def test_what_is_for_programs_is_in_no_help(desk: Desk) -> None:
    shown = desk.mlpipe("run", "--help").stdout
    assert "--from" in shown
    assert "--run-id" not in shown
    assert "--door" not in shown


def test_papermills_door(desk: Desk) -> None:
    command = [sys.executable, "-m", "papermill", "nb.ipynb", str(desk.traces / "out.ipynb"), "--engine", "mlpipe"]
    subprocess.run(command, cwd=desk.folder, env=desk.environ, check=True, capture_output=True, timeout=200)
    executed = json.loads((desk.traces / "out.ipynb").read_text(encoding="utf-8"))
    assert options(desk, executed["metadata"]["mlpipe"]["run"])["door"] == "papermill"
