"""What the REST API says of an open notebook, from cells that are not saved."""

from __future__ import annotations

import json

import pytest

from tests.integration.server.conftest import CELLS, HELPER, Project

pytestmark = pytest.mark.xdist_group("jupyter-server")

ALL_CACHED = {"load": "restored", "train": "restored", "report": "restored"}


def stage(analysis, name):
    return next(item for item in analysis["stages"] if item["name"] == name)


def test_a_notebook_that_never_ran(project: Project):
    analysis = project.analyse()
    assert analysis["pipeline"] == "numbers"
    assert analysis["owner"] == "ana@example.com"
    assert {item["name"]: item["state"] for item in analysis["stages"]} == dict.fromkeys(
        ("load", "train", "report"), "never"
    )
    train = stage(analysis, "train")
    assert train["cells"] == ["c4"]
    assert train["after"] == ["load"]
    assert train["inputs"] == ["numbers"]
    assert train["owner"] == "bo@example.com"
    assert train["resources"]["memory"] == 10**9
    assert train["resources"]["cpus"] is None
    assert stage(analysis, "report")["gates"] == ["score > 1"]
    assert not (project.folder / ".mlpipe").exists(), "looking leaves no trace"


def test_parameters_are_typed(project: Project):
    kinds = {item["name"]: (item["type"], item["default"], item["help"]) for item in project.analyse()["parameters"]}
    assert kinds == {
        "factor": ("integer", 3, "by how much"),
        "name": ("string", "x", None),
        "sizes": ("json", [1, 2], None),
    }


def test_what_ran_is_cached_and_what_is_edited_is_stale_before_it_is_saved(ran: tuple[Project, str]):
    project, _ = ran
    assert set(project.states().values()) <= {"cached", "restored"}
    edited = project.analyse({4: CELLS[4][0].replace("[factor]", "[factor - 1]")})
    assert stage(edited, "load")["state"] in ("cached", "restored")
    assert stage(edited, "train")["state"] == "stale"
    assert stage(edited, "train")["reason"] == "model changed"
    assert stage(edited, "report")["state"] == "stale"
    assert "train" in stage(edited, "report")["reason"]
    assert edited["expected_seconds"] > 0


def test_a_helper_that_is_edited_makes_exactly_its_users_stale(ran: tuple[Project, str]):
    project, _ = ran
    helper = project.folder / "helper.py"
    try:
        helper.write_text(HELPER.replace("2 *", "3 *"), encoding="utf-8")
        states = project.states()
        assert (states["load"] in ("cached", "restored"), states["train"], states["report"]) == (True, "stale", "stale")
        assert "double" in stage(project.analyse(), "train")["reason"]
    finally:
        helper.write_text(HELPER, encoding="utf-8")
    assert "stale" not in project.states().values()


def test_comments_change_nothing(ran: tuple[Project, str]):
    project, _ = ran
    assert "stale" not in project.states({4: CELLS[4][0] + "\n# a thought"}).values()


def test_parameters_of_a_run_in_preparation_count(ran: tuple[Project, str]):
    project, _ = ran
    assert stage(project.analyse(parameters={"factor": 4}), "train")["state"] == "stale"
    wrong = project.analyse(parameters={"nothing": 4})
    assert wrong["error"]["code"] == "MP107"


def test_a_cell_in_the_making_is_said_to_be_wrong_and_the_stages_stay(project: Project):
    analysis = project.analyse({4: "%%stage train\nmodel = double("})
    assert analysis["error"]["code"] == "MP103"
    assert analysis["error_cell"] == "c4"
    assert [item["name"] for item in analysis["stages"]] == ["load", "train", "report"]


def test_a_wrong_option_is_said_at_its_cell(project: Project):
    analysis = project.analyse({4: "%%stage train --memry 1GB\nmodel = 1"})
    assert (analysis["error"]["code"], analysis["error_cell"]) == ("MP101", "c4")
    assert "--memory" in analysis["error"]["hint"]


def test_findings_name_their_cell(project: Project):
    analysis = project.analyse({3: "%%stage load\nfrom math import *\nnumbers = pd.DataFrame({'n': range(40)})"})
    assert any(finding["code"] == "ML002" and finding["cell"] == "c3" for finding in analysis["findings"])


def test_gates_that_refused_stay_refused_until_they_change(project: Project):
    (project.folder / ".mlpipe").mkdir()
    strict = {5: CELLS[5][0].replace("> 1", "> 1000")}
    project.write(project.cells(strict))
    project.run()
    report = stage(project.analyse(strict), "report")
    assert report["state"] == "refused"
    assert "1000" in report["reason"]
    assert stage(project.analyse(), "report")["state"] == "stale"


def test_a_failed_stage_says_why_until_it_changes(project: Project):
    (project.folder / ".mlpipe").mkdir()
    broken = {4: "%%stage train\nmodel = 1 / (numbers['n'].sum() * 0)\nraise ValueError('no such luck')"}
    project.write(project.cells(broken))
    project.run()
    train = stage(project.analyse(broken), "train")
    assert train["state"] == "failed"
    assert "no such luck" in train["reason"]
    assert train["last_run"]
    assert stage(project.analyse(), "train")["state"] in ("never", "stale")


def test_what_may_stand_on_a_stage_line(project: Project):
    line = project.get("/stage-line")
    options = {option["flags"][-1]: option for option in line["options"]}
    assert line["magics"] == ["stage", "mlstage"]
    assert options["--memory"]["value"] == "SIZE"
    assert options["--after"]["values"] == "stages"
    assert options["--gate"]["repeatable"]
    assert options["--no-cache"]["value"] is None


def test_the_tutorial_is_copied_where_it_is_asked_for(project: Project):
    reply = project.server.call("POST", "/tutorial", {"folder": project.name})
    assert reply.json["path"] == f"{project.name}/mlpipe-tutorial/flight_delays.ipynb"
    notebook = project.server.folder / reply.json["path"]
    notebook.write_text("mine now", encoding="utf-8")
    assert project.server.call("POST", "/tutorial", {"folder": project.name}).status == 200
    assert notebook.read_text(encoding="utf-8") == "mine now"


def test_a_notebook_to_debug_a_stage_that_failed(project: Project):
    (project.folder / ".mlpipe").mkdir()
    broken = {4: "%%stage train\nmodel = 1\nraise ValueError('no such luck')"}
    project.write(project.cells(broken))
    run = project.run()
    asked = {"path": project.path, "run": run, "stage": "train"}
    first = project.server.call("POST", "/debug-notebook", asked).json["path"]
    second = project.server.call("POST", "/debug-notebook", asked).json["path"]
    assert (first, second) == (
        f"{project.name}/numbers.debug-train.ipynb",
        f"{project.name}/numbers.debug-train-2.ipynb",
    )
    notebook = json.loads((project.server.folder / first).read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert any("%stage_inputs train" in source and run in source for source in sources)
    assert any("no such luck" in source and "%%stage" not in source for source in sources)
