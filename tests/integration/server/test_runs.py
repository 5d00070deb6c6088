"""Runs through the REST API: started, followed, cancelled, compared; they outlive the server."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.integration.server.conftest import CELLS, Project
from tests.jupyter_servers import running_jupyter

pytestmark = pytest.mark.xdist_group("jupyter-server")

SLOW = {
    4: """%%stage train
import time
for step in range(300):
    print('step', step, flush=True)
    time.sleep(0.1)
model = 4"""
}


def texts(outputs) -> str:
    return "".join(output.get("text", "") for output in outputs)


def test_a_run_is_followed_event_by_event(ran: tuple[Project, str]):
    project, run = ran
    events, after = [], 0
    while True:
        page = project.get(f"/runs/{run}/events", after=after, limit=3)
        events += page["events"]
        assert len(page["events"]) <= 3
        after = page["last"]
        if not page["more"]:
            break
    assert [events[0]["type"], events[-1]["type"]] == ["run_started", "run_finished"]
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    printed = [event for event in events if event["type"] == "cell_output" and event["stage"] == "load"]
    assert printed[0]["cell"] == "c3"
    assert printed[0]["output"]["text"] == "loaded\n"
    assert {event["stage"]: event["status"] for event in events if event["type"] == "stage_finished"}[
        "report"
    ] == "done"


def test_outputs_of_cells_by_their_ids(ran: tuple[Project, str]):
    project, run = ran
    outputs = project.get(f"/runs/{run}/outputs")
    assert outputs["status"] == "done"
    by_cell = {cell["cell"]: cell for cell in outputs["cells"]}
    assert texts(by_cell["c5"]["outputs"]) == "score 3.0\n"
    assert by_cell["c4"]["outputs"][0]["data"]["text/plain"] == "6"
    assert [cell["cell"] for cell in project.get(f"/runs/{run}/outputs", stage="train")["cells"]] == ["c4"]


def test_history_and_details(ran: tuple[Project, str]):
    project, run = ran
    listed = project.get("/runs", notebook=project.path)
    found = next(item for item in listed["runs"] if item["run"] == run)
    assert (found["notebook"], found["status"], found["door"]) == (project.path, "done", "lab")
    assert listed["pipelines"] == ["numbers"]
    assert project.get("/runs", notebook="ran/another.ipynb")["runs"] == []
    assert project.get("/runs", status="failed")["runs"] == []
    detail = project.get(f"/runs/{run}")
    stages = {item["name"]: item for item in detail["stages"]}
    assert stages["report"]["gates"] == [{"gate": "score > 1", "passed": True, "text": "score is 3, more than 1 asked"}]
    assert stages["report"]["numbers"]["score"] == 3.0
    assert [item["name"] for item in stages["train"]["inputs"]] == ["numbers"]
    assert stages["load"]["outputs"][0]["rows"] == 40


def test_values_are_previewed(ran: tuple[Project, str]):
    project, run = ran
    values = project.get(f"/runs/{run}/stages/train/values")["values"]
    numbers = next(value for value in values if value["name"] == "numbers")
    assert (numbers["role"], numbers["rows"], numbers["source"]) == ("input", 40, "load")
    assert numbers["columns"] == [{"name": "n", "type": "int64"}]
    assert "<table" in numbers["preview"]["text/html"]
    assert numbers["note"] == "the first 20 of 40 rows"
    model = next(value for value in values if value["name"] == "model")
    assert (model["role"], model["preview"]["text/plain"]) == ("output", "6")


def test_a_pickle_is_never_opened_by_the_server(project: Project):
    (project.folder / ".mlpipe").mkdir()
    trap = (
        "%%stage load\nclass Trap:\n    def __reduce__(self):\n        return (print, ('opened',))\nnumbers = [Trap()]"
    )
    use = "%%stage train\nmodel = len(numbers)"
    cells = {3: trap, 4: use, 5: "%%stage report\nprint(model)"}
    project.write(project.cells(cells))
    run = project.run()
    values = project.get(f"/runs/{run}/stages/load/values")["values"]
    assert [(value["name"], value["preview"]) for value in values if value["name"] == "numbers"] == [("numbers", None)]
    assert "kernel" in values[-1]["note"]


def test_versions_of_a_stage(project: Project):
    (project.folder / ".mlpipe").mkdir()
    first = project.run()
    project.write(project.cells({4: CELLS[4][0].replace("[factor]", "[factor + 1]")}))
    second = project.run()
    project.run()
    key = next(item["key"] for item in project.analyse()["stages"] if item["name"] == "train")
    versions = project.get("/stages/train/versions", pipeline="numbers", key=key)["versions"]
    assert [(item["run"], item["current"], item["stored"]) for item in versions] == [
        (second, False, True),
        (first, True, True),
    ]


@pytest.mark.parametrize(
    ("asked", "ran_again"),
    [
        ({"mode": "upto", "stage": "train", "force": True}, ["load", "train"]),
        ({"mode": "stage", "stage": "train"}, ["train"]),
        ({"mode": "from", "stage": "train"}, ["train", "report"]),
        ({"parameters": {"factor": 5}}, ["train", "report"]),
        ({"force": True}, ["load", "train", "report"]),
    ],
)
def test_what_a_run_is_asked_for(ran: tuple[Project, str], asked, ran_again):
    project, _ = ran
    run = project.run(**asked)
    stages = project.get(f"/runs/{run}")["stages"]
    assert [item["name"] for item in stages if item["status"] == "done"] == ran_again


def test_two_runs_side_by_side(project: Project):
    (project.folder / ".mlpipe").mkdir()
    first = project.run()
    project.write(project.cells({4: CELLS[4][0].replace("[factor]", "[factor + 1]")}))
    second = project.run(parameters={"factor": 5})
    comparison = project.get(f"/runs/{first}/compare/{second}")
    stages = {item["name"]: item for item in comparison["stages"]}
    assert {name: item["changed"] for name, item in stages.items()} == {"load": False, "train": True, "report": True}
    lines = [(line["kind"], line["text"]) for line in stages["train"]["source"] if line["kind"] != "same"]
    assert [kind for kind, _ in lines] == ["removed", "added"]
    assert stages["train"]["code"]
    assert [(item["name"], item["before"], item["after"]) for item in comparison["parameters"]] == [("factor", None, 5)]
    score = next(item for item in stages["report"]["metrics"] if item["name"] == "score")
    assert (score["before"], score["after"]) == (3.0, 6.0)
    assert texts(stages["report"]["outputs_before"]) == "score 3.0\n"
    assert texts(stages["report"]["outputs_after"]) == "score 6.0\n"


def test_a_run_that_cannot_begin_says_why(project: Project):
    assert project.server.call("POST", "/runs", {"path": f"{project.name}/none.ipynb"}).code == "MP102"
    assert project.server.call("POST", "/runs", {"path": project.path, "parameters": {"no": 1}}).code == "MP107"
    assert project.server.call("POST", "/runs", {"path": project.path, "mode": "upto", "stage": "no"}).code == "MP110"


def wait_for_output(project: Project, run: str, text: str) -> float:
    """Seconds until a run's cells have put out a text."""
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        cells = project.get(f"/runs/{run}/outputs")["cells"]
        if any(text in texts(cell["outputs"]) for cell in cells):
            return time.monotonic() - begun
        time.sleep(0.1)
    raise TimeoutError(text)


def test_outputs_come_while_a_stage_runs_and_a_run_can_be_cancelled(project: Project):
    (project.folder / ".mlpipe").mkdir()
    project.write(project.cells(SLOW))
    run = project.start()
    wait_for_output(project, run, "step 3\n")
    analysis = project.analyse(SLOW)
    assert analysis["run"] == run
    states = {item["name"]: item for item in analysis["stages"]}
    assert (states["train"]["state"], states["report"]["state"]) == ("running", "queued")
    assert states["train"]["started"] <= time.time()
    cancelled = project.server.call("POST", f"/runs/{run}/cancel", {"path": project.path})
    assert cancelled.json == {"run": run, "asked": True}
    begun = time.monotonic()
    assert project.server.wait_for_run(project.path, run) == "cancelled"
    assert time.monotonic() - begun < 15
    assert {item["name"]: item["status"] for item in project.get(f"/runs/{run}")["stages"]}["train"] == "cancelled"
    again = project.server.call("POST", f"/runs/{run}/cancel", {"path": project.path})
    assert again.json["asked"] is False


def test_a_run_outlives_its_server(tmp_path_factory: pytest.TempPathFactory):
    folder, state = tmp_path_factory.mktemp("shown"), tmp_path_factory.mktemp("state")
    with running_jupyter(folder, state, words=["--MlpipeExtension.warm_runs=False"]) as server:
        project = Project(server, "alone")
        (folder / "alone" / ".mlpipe").mkdir(parents=True)
        project.write(project.cells({4: SLOW[4].replace("300", "60")}))
        run = project.start()
        wait_for_output(project, run, "step 1\n")
        server.process.kill()
        server.process.wait()
    with running_jupyter(folder, state) as server:
        project = Project(server, "alone")
        assert project.get("/runs")["runs"][0]["status"] == "running"
        assert server.wait_for_run(project.path, run) == "done"
        outputs = project.get(f"/runs/{run}/outputs")["cells"]
    assert "step 59\n" in texts(next(cell["outputs"] for cell in outputs if cell["cell"] == "c4"))


def test_a_run_that_is_killed_is_seen_to_be_lost(tmp_path_factory: pytest.TempPathFactory):
    folder, state = tmp_path_factory.mktemp("shown"), tmp_path_factory.mktemp("state")
    with running_jupyter(folder, state, words=["--MlpipeExtension.warm_runs=False"]) as server:
        project = Project(server, "killed")
        (folder / "killed" / ".mlpipe").mkdir(parents=True)
        project.write(project.cells(SLOW))
        run = project.start()
        wait_for_output(project, run, "step 1\n")
        pids = [int(place.name) for place in Path("/proc").glob("[0-9]*") if run in _command(place)]
        assert pids
        for pid in pids:
            os.kill(pid, 9)
        assert server.wait_for_run(project.path, run, 20) == "interrupted"


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def test_an_executed_notebook_is_copied_beside_its_source(ran: tuple[Project, str]):
    project, run = ran
    reply = project.server.call("POST", f"/runs/{run}/notebook", {"path": project.path})
    assert reply.json["path"] == f"{project.name}/numbers.run-{run}.ipynb"
    copy = json.loads((project.server.folder / reply.json["path"]).read_text(encoding="utf-8"))
    assert copy["metadata"]["mlpipe"]["run"] == run
