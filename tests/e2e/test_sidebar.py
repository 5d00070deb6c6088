"""The sidebar: the graph of the pipeline, panels; and the tutorial from the launcher."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.lab import PATIENCE, Lab
from tests.e2e.projects import slow, steps, write_project
from tests.jupyter_servers import TOKEN, JupyterServer

ALL_CACHED = dict.fromkeys(("load", "train", "plain", "report"), "cached/restored")


@pytest.fixture
def project(lab_server: JupyterServer, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = lab_server.folder / request.node.name.removeprefix("test_")[:30]
    write_project(folder, steps())
    yield folder
    lab_server.stop_warm_processes(folder)


def open_sidebar(lab: Lab) -> None:
    lab.page.evaluate("window.jupyterapp.shell.activateById('jp-mlpipe-sidebar')")
    expect(lab.page.locator("#jp-mlpipe-sidebar")).to_be_visible(timeout=PATIENCE)


def node(lab: Lab, stage: str):
    return lab.page.locator(f'#jp-mlpipe-sidebar [data-mlpipe-node="{stage}"]')


def test_the_graph_shows_states_live_and_leads_to_cells(lab: Lab, project: Path):
    write_project(project, steps(train=slow(40)))
    lab.open(f"{project.name}/numbers.ipynb")
    open_sidebar(lab)
    for stage in ALL_CACHED:
        expect(node(lab, stage)).to_be_visible(timeout=PATIENCE)
    lab.start("mlpipe:run-pipeline")
    lab.expect_attribute(node(lab, "train"), "data-mlpipe-state", "running")
    lab.screenshots(SCREENSHOTS, "graph-running")
    for stage in ALL_CACHED:
        lab.expect_attribute(node(lab, stage), "data-mlpipe-state", "cached|restored")
    node(lab, "report").click()
    active = "window.jupyterapp.shell.currentWidget.content.activeCell.model.id"
    lab.wait_for(lambda: lab.page.evaluate(active) == "c6", what="the stage's cell being active")


def test_the_graph_is_reached_and_walked_by_keyboard(lab: Lab, project: Path):
    lab.open(f"{project.name}/numbers.ipynb")
    open_sidebar(lab)
    expect(node(lab, "load")).to_be_visible(timeout=PATIENCE)
    node(lab, "load").focus()
    assert "load" in (node(lab, "load").get_attribute("aria-label") or "")
    lab.page.keyboard.press("ArrowDown")
    focused = "document.activeElement.closest('[data-mlpipe-node]')?.dataset.mlpipeNode"
    assert lab.page.evaluate(focused) in ("train", "plain")
    lab.page.keyboard.press("Enter")
    active = "window.jupyterapp.shell.currentWidget.content.activeCell.model.id"
    lab.wait_for(lambda: lab.page.evaluate(active) in ("c4", "c5"), what="the stage's cell being active")


def test_a_panel_is_drawn_from_the_workspace(lab: Lab, project: Path):
    lab.open(f"{project.name}/numbers.ipynb")
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(**ALL_CACHED)
    lab.execute("mlpipe:open-panel", {"panel": "storage"})
    panel = lab.page.locator(".jp-MainAreaWidget .jp-MlpipePanel:visible")
    expect(panel.get_by_text("No longer used")).to_be_visible(timeout=PATIENCE)
    expect(panel.locator("table").last).to_contain_text("train")
    lab.screenshots(SCREENSHOTS, "panel-storage")


@pytest.mark.slow
def test_the_tutorial_is_opened_from_the_launcher_and_runs(lab: Lab):
    lab.page.goto(f"{lab.server.url}/lab?token={TOKEN}&reset")
    card = lab.page.locator(".jp-LauncherCard", has_text="Pipeline Tutorial")
    expect(card).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "launcher")
    card.click()
    path = "window.jupyterapp.shell.currentWidget?.context?.path"
    lab.page.wait_for_function(f"{path} === 'mlpipe-tutorial/flight_delays.ipynb'", timeout=PATIENCE)
    stages = ("load", "validate", "features", "logistic", "boosting", "evaluate", "report")
    lab.expect_states(load="never")
    open_sidebar(lab)
    lab.screenshots(SCREENSHOTS, "tutorial")
    lab.page.locator(".jp-MlpipeRunButton:visible .jp-MlpipeRunButton-main").first.click()
    for stage in stages:
        lab.expect_attribute(node(lab, stage), "data-mlpipe-state", "cached", timeout=3 * PATIENCE)
    lab.screenshots(SCREENSHOTS, "tutorial-done")


def test_runs_are_listed_and_two_are_compared(lab: Lab, project: Path):
    path = f"{project.name}/numbers.ipynb"
    lab.open(path)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(**ALL_CACHED)
    changed = steps(train="%%stage train --memory 1GB\nmodel = double(list(numbers['n']))[factor + 1]\nmodel")
    lab.edit(4, changed[4])
    lab.expect_states(train="stale")
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(**ALL_CACHED)
    later, earlier = (run["run"] for run in lab.server.call("GET", f"/runs?path={path}").json["runs"][:2])
    open_sidebar(lab)
    for run in (later, earlier):
        expect(lab.page.locator(f'#jp-mlpipe-sidebar [data-mlpipe-run="{run}"]')).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "runs")
    lab.execute("mlpipe:open-run", {"path": path, "run": later})
    expect(lab.page.locator(".jp-MainAreaWidget:visible").get_by_text("model changed").first).to_be_visible(
        timeout=PATIENCE
    )
    lab.screenshots(SCREENSHOTS, "run")
    lab.execute("mlpipe:compare-runs", {"path": path, "run": earlier, "other": later})
    view = lab.page.locator(".jp-MainAreaWidget:visible", has_text="2 of 4 stages differ")
    expect(view).to_be_visible(timeout=PATIENCE)
    expect(view).to_contain_text("model = double(list(numbers['n']))[factor + 1]")
    expect(view).to_contain_text("score 4.0")
    lab.screenshots(SCREENSHOTS, "compare")
