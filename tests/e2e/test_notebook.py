"""The pipeline in the open notebook: badges, runs from the toolbar, outputs in cells, what a stage's menu does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.lab import PATIENCE, Lab
from tests.e2e.projects import LOAD, REPORT, TRAIN, slow, steps, write_project
from tests.jupyter_servers import JupyterServer

ALL_NEVER = {"load": "never", "train": "never", "plain": "never", "report": "never"}
ALL_CACHED = dict.fromkeys(ALL_NEVER, "cached/restored")


@pytest.fixture
def project(lab_server: JupyterServer, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = lab_server.folder / request.node.name.removeprefix("test_")[:30].replace("[", "-").replace("]", "")
    write_project(folder, steps())
    yield folder
    lab_server.stop_warm_processes(folder)


def opened(lab: Lab, project: Path) -> str:
    path = f"{project.name}/numbers.ipynb"
    lab.open(path)
    return path


def run_whole(lab: Lab) -> None:
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(**ALL_CACHED)


def test_badges_then_a_run_then_stale_before_saving(lab: Lab, project: Path):
    opened(lab, project)
    lab.expect_states(**ALL_NEVER)
    lab.screenshots(SCREENSHOTS, "badges-never")
    run_whole(lab)
    assert "loaded 40" in lab.outputs(LOAD)
    assert "score 3.0" in lab.outputs(REPORT)
    lab.screenshots(SCREENSHOTS, "badges-cached")
    lab.edit(TRAIN, "%%stage train --memory 1GB --owner bo@example.com\nmodel = double(list(numbers['n']))[factor + 1]")
    lab.expect_states(load="cached", train="stale", plain="cached", report="stale")
    lab.screenshots(SCREENSHOTS, "badges-stale")
    on_disk = json.loads((project / "numbers.ipynb").read_text(encoding="utf-8"))
    assert "factor + 1" not in json.dumps(on_disk), "nothing was saved for it"
    lab.edit(TRAIN, steps()[TRAIN] + "\n# only a comment")
    lab.expect_states(**ALL_CACHED)


def test_what_a_run_would_cost_is_shown_before_it_begins(lab: Lab, project: Path):
    (project / "prices.toml").write_text('currency = "EUR"\n[machines.local]\ncpu_hour = 36\n', encoding="utf-8")
    opened(lab, project)
    run_whole(lab)
    expect(lab.badge("train")).to_contain_text("€", timeout=PATIENCE)
    lab.edit(TRAIN, "%%stage train --owner bo@example.com\nmodel = double(list(numbers['n']))[factor + 1]")
    lab.expect_states(load="cached", train="stale")
    lab.start("mlpipe:plan-pipeline")
    cost = lab.page.locator(".jp-MlpipePlan-cost")
    expect(cost).to_contain_text("Expected to cost €", timeout=PATIENCE)
    expect(cost).to_contain_text("Stored results spare €")
    expect(lab.page.locator('[data-mlpipe-plan="train"]')).to_contain_text("€")
    expect(lab.page.locator('[data-mlpipe-plan="load"]')).not_to_contain_text("€")
    lab.screenshots(SCREENSHOTS, "plan-cost")
    lab.page.keyboard.press("Escape")


def test_a_run_beyond_a_budget_asks_for_consent(lab: Lab, project: Path):
    (project / "prices.toml").write_text("[machines.local]\ncpu_hour = 3600\n", encoding="utf-8")
    path = opened(lab, project)
    run_whole(lab)
    budget = '[tool.mlpipe.budgets.small]\namount = 0.01\naction = "ask"\n'
    (project / "pyproject.toml").write_text(budget, encoding="utf-8")
    lab.start("mlpipe:run-pipeline", {"force": True})
    asked = lab.page.locator(".Toastify__toast", has_text="MP822")
    expect(asked).to_contain_text("budget small", timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "budget-asks")
    asked.get_by_text("Run all the same").click()
    lab.wait_for(lambda: [run["status"] for run in runs_of(lab, path)] == ["done", "refused", "done"], what="its end")


def test_a_helper_that_is_edited_makes_its_users_stale(lab: Lab, project: Path):
    opened(lab, project)
    run_whole(lab)
    helper = project / "helper.py"
    helper.write_text(helper.read_text(encoding="utf-8").replace("2 *", "3 *"), encoding="utf-8")
    lab.execute("mlpipe:refresh-analysis")
    lab.expect_states(load="cached", train="stale", plain="cached", report="stale")


def test_states_go_live_and_outputs_come_as_they_are_printed(lab: Lab, project: Path):
    write_project(project, steps(train=slow(50)))
    opened(lab, project)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(train="running")
    lab.wait_for(lambda: "step 5" in lab.outputs(TRAIN), what="an output")
    assert lab.state("train") == "running"
    assert lab.state("report") == "queued"
    lab.screenshots(SCREENSHOTS, "running")
    lab.expect_states(**ALL_CACHED)
    lab.wait_for(lambda: "step 49" in lab.outputs(TRAIN), what="the last output")
    lab.wait_for(lambda: "score 2.0" in lab.outputs(REPORT), what="the next stage's output")


def test_cancel(lab: Lab, project: Path):
    write_project(project, steps(train=slow(600)))
    opened(lab, project)
    lab.start("mlpipe:run-pipeline")
    lab.wait_for(lambda: "step 3" in lab.outputs(TRAIN), what="an output")
    lab.execute("mlpipe:cancel-run")
    lab.expect_states(load="cached", train="never/stale", report="never/stale")


def test_the_tab_is_closed_while_it_runs_and_opened_again(lab: Lab, project: Path):
    write_project(project, steps(train=slow(60)))
    path = opened(lab, project)
    lab.start("mlpipe:run-pipeline")
    lab.wait_for(lambda: "step 2" in lab.outputs(TRAIN), what="an output")
    lab.page.goto("about:blank")
    run = lab.server.call("GET", f"/runs?path={path}").json["runs"][0]["run"]
    assert lab.server.wait_for_run(path, run) == "done"
    lab.open(path)
    lab.expect_states(**ALL_CACHED)
    lab.wait_for(lambda: "step 59" in lab.outputs(TRAIN), what="the whole output")
    lab.wait_for(lambda: "score 2.0" in lab.outputs(REPORT), what="the report")


def test_run_from_here_runs_what_follows_only(lab: Lab, project: Path):
    path = opened(lab, project)
    run_whole(lab)
    lab.execute("mlpipe:run-from-stage", {"path": path, "stage": "train"})
    lab.wait_for(lambda: len(runs_of(lab, path)) == 2 and runs_of(lab, path)[0]["status"] == "done", what="the run")
    stages = lab.server.call("GET", f"/runs/{runs_of(lab, path)[0]['run']}?path={path}").json["stages"]
    assert {item["name"]: item["status"] for item in stages} == {
        "load": "hit", "train": "done", "plain": "hit", "report": "done",
    }  # fmt: skip


def runs_of(lab: Lab, path: str) -> list[dict[str, str]]:
    return list(lab.server.call("GET", f"/runs?path={path}").json["runs"])


def test_a_stage_that_fails_is_opened_with_its_inputs(lab: Lab, project: Path):
    write_project(project, steps(train="%%stage train\nmodel = sum(numbers['n'])\nraise ValueError('no such luck')"))
    path = opened(lab, project)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(load="cached", train="failed")
    assert "no such luck" in (lab.badge("train").get_attribute("aria-label") or "")
    lab.wait_for(lambda: "no such luck" in lab.outputs(TRAIN), what="the traceback")
    lab.screenshots(SCREENSHOTS, "failed")
    lab.start("mlpipe:open-failed-stage", {"path": path, "stage": "train"})
    tab = lab.page.locator(".lm-TabBar-tab.jp-mod-current", has_text="debug-train")
    expect(tab).to_be_visible(timeout=PATIENCE)
    lab.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.context?.path.includes('debug-train')", timeout=PATIENCE
    )
    lab.start("notebook:run-all-cells")
    lab.wait_for(lambda: "no such luck" in whole_notebook(lab), what="the error in the copy")
    assert "numbers" in whole_notebook(lab)


def whole_notebook(lab: Lab) -> str:
    script = "JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON())"
    return str(lab.page.evaluate(script))


def test_a_gate_that_refuses_shows_it(lab: Lab, project: Path):
    write_project(project, steps(report="%%stage report --gate 'score > 100'\nscore = model / 2"))
    opened(lab, project)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(train="cached", report="refused")
    assert "score > 100" in (lab.badge("report").get_attribute("aria-label") or "")


def test_a_cell_in_the_making_keeps_the_badges_and_is_marked(lab: Lab, project: Path):
    opened(lab, project)
    lab.expect_states(**ALL_NEVER)
    lab.edit(TRAIN, "%%stage train\nmodel = double(")
    marker = lab.cell(TRAIN).locator('[data-mlpipe-severity="error"]').first
    expect(marker).to_be_visible(timeout=PATIENCE)
    expect(marker).to_contain_text("never closed")
    lab.expect_states(load="never")
    lab.screenshots(SCREENSHOTS, "broken-cell")


def test_a_selected_cell_becomes_a_stage(lab: Lab, project: Path):
    write_project(project, ["import math", "radius = 2\narea = math.pi * radius**2"], name="plain.ipynb")
    lab.open(f"{project.name}/plain.ipynb")
    hint = lab.page.locator(".jp-MlpipeHint")
    expect(hint).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "first-hint")
    lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    lab.start("mlpipe:make-stage")
    dialog = lab.page.locator(".jp-Dialog")
    expect(dialog).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "make-stage")
    dialog.locator("input").first.fill("circle")
    dialog.locator(".jp-mod-accept").click()
    lab.expect_states(circle="never")
    expect(hint).to_be_hidden(timeout=PATIENCE)
    source = lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.getSource()")
    assert source.startswith("%%stage circle\n")
