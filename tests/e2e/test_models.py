"""Models in JupyterLab: verdicts at badges, versions in the sidebar, promotion, refusal and rollback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.lab import PATIENCE, Lab
from tests.e2e.model_projects import BETTER, GOOD, MEASURE, MODEL, TRAIN, WRONG, cells, write_models
from tests.jupyter_servers import JupyterServer

pytestmark = pytest.mark.slow

SIDEBAR = "#jp-mlpipe-sidebar"


@pytest.fixture
def project(lab_server: JupyterServer, request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = lab_server.folder / request.node.name.removeprefix("test_")[:30]
    write_models(folder, GOOD)
    yield folder
    lab_server.stop_warm_processes(folder)


def open_models(lab: Lab) -> None:
    lab.page.evaluate("window.jupyterapp.commands.execute('mlpipe:show-models')")
    expect(lab.page.locator(f"{SIDEBAR} .jp-MlpipeModels")).to_be_visible(timeout=PATIENCE)


def row(lab: Lab, version: int) -> Locator:
    return lab.page.locator(f'{SIDEBAR} [data-mlpipe-model-version="{MODEL}@{version}"]')


def run(lab: Lab, version: int, **states: str) -> None:
    """Run the notebook, and wait until its model is a version."""
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(**{"register": "cached", "measure": "cached", **states})
    expect(row(lab, version)).to_be_visible(timeout=PATIENCE)


def train(lab: Lab, chosen: Any) -> None:
    lab.edit(TRAIN, cells(chosen)[TRAIN])
    lab.expect_states(train="stale")


def choose(lab: Lab, version: int, label: str) -> None:
    """Choose what to do with a version from its menu."""
    row(lab, version).locator("[aria-haspopup=menu]").click()
    lab.page.locator(".lm-Menu").get_by_text(label).click()


def accept(lab: Lab, label: str, reason: str = "") -> None:
    """Accept what the dialog asks, as soon as it can be accepted."""
    dialog = lab.page.locator(".jp-Dialog")
    button = dialog.locator(".jp-Dialog-footer").get_by_text(label, exact=True)
    if reason:
        dialog.locator("textarea").fill(reason)
    expect(dialog.locator("button.jp-mod-accept")).to_be_enabled(timeout=PATIENCE)
    button.click()
    expect(dialog).to_be_hidden(timeout=PATIENCE)


def lifecycle(lab: Lab, version: int, state: str) -> None:
    expect(row(lab, version).locator(f'[data-mlpipe-lifecycle="{state}"]')).to_be_visible(timeout=PATIENCE)


def test_a_version_is_promoted_a_worse_one_is_refused_and_the_earlier_one_comes_back(lab: Lab, project: Path):
    path = f"{project.name}/delays.ipynb"
    lab.open(path)
    open_models(lab)
    sidebar = lab.page.locator(SIDEBAR)
    expect(sidebar.get_by_text("%%stage register --model flight-delay")).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "models-none")

    run(lab, 1)
    lifecycle(lab, 1, "candidate")
    expect(lab.badge("measure").locator(".jp-MlpipeBadge-verdicts")).to_have_text("✓ 1 check", timeout=PATIENCE)
    for target in ("staging", "production"):
        choose(lab, 1, f"Promote to {target}…")
        accept(lab, "Promote", f"the first one for {target}")
        lifecycle(lab, 1, target)
    train(lab, BETTER)
    run(lab, 2)
    for target in ("staging", "production"):
        choose(lab, 2, f"Promote to {target}…")
        accept(lab, "Promote", "better")
        lifecycle(lab, 2, target)
    lifecycle(lab, 1, "archived")
    lab.screenshots(SCREENSHOTS, "models")

    train(lab, WRONG)
    run(lab, 3, measure="refused")
    read_evidence_at_the_badge(lab)
    refused = row(lab, 3)
    expect(refused).to_contain_text("at least 0.7 asked")
    choose(lab, 3, "Promote to staging…")
    dialog = lab.page.locator(".jp-Dialog")
    expect(dialog.locator('[data-mlpipe-decision="refused"]')).to_contain_text("auc is 0.1", timeout=PATIENCE)
    expect(dialog.locator("button.jp-mod-accept")).to_be_disabled()
    lab.screenshots(SCREENSHOTS, "model-refused")
    lab.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    choose(lab, 2, "Roll Back production…")
    accept(lab, "Roll Back", "it was slow")
    lifecycle(lab, 1, "production")
    models = lab.server.call("GET", f"/models?path={path}").json["models"]
    assert models[0]["aliases"] == {"production": 1, "staging": 2}

    read_a_versions_page(lab)


def read_evidence_at_the_badge(lab: Lab) -> None:
    badge = lab.badge("measure")
    expect(badge.locator(".jp-MlpipeBadge-why")).to_contain_text("at least 0.7 asked")
    badge.focus()
    lab.page.keyboard.press("Enter")
    menu = lab.page.locator(".lm-Menu")
    expect(menu).to_be_visible()
    lab.screenshots(SCREENSHOTS, "badge-refused")
    menu.get_by_text("✗ auc >= 0.7").click()
    evidence = lab.page.locator(".jp-MlpipeVerdicts:visible")
    expect(evidence.locator("details[open]")).to_contain_text("limit", timeout=PATIENCE)
    expect(evidence.locator("details[open]")).to_contain_text("0.7")
    lab.screenshots(SCREENSHOTS, "evidence")
    lab.execute("application:close")
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") > MEASURE


def read_a_versions_page(lab: Lab) -> None:
    row(lab, 1).focus()
    lab.page.keyboard.press("ArrowUp")
    lab.page.keyboard.press("Enter")
    page = lab.page.locator(".jp-MlpipePage:visible")
    expect(page.locator("h1")).to_contain_text("version 2", timeout=PATIENCE)
    history = page.locator(".jp-MlpipeModels-history")
    expect(history).to_contain_text("production was rolled back to version 1 in the place of version 2")
    expect(history).to_contain_text("it was slow")
    page.locator("select").select_option("1")
    expect(page.locator(".jp-MlpipeTable thead")).to_contain_text("Difference", timeout=PATIENCE)
    deprecate = page.locator('[data-mlpipe-action="deprecate deprecated"]')
    expect(deprecate).to_have_attribute("aria-disabled", "true")
    assert "staging" in (deprecate.get_attribute("title") or "")
    lab.screenshots(SCREENSHOTS, "model-version")
    page.locator(".jp-MlpipeFacts .jp-MlpipeLink").first.click()
    run_page = lab.page.locator(".jp-MlpipePage:visible", has_text="Stages")
    expect(run_page).to_contain_text("measure", timeout=PATIENCE)
