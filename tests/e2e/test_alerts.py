"""Alerts in JupyterLab: a stage fails, the alert appears, somebody takes care of it, and the ledger knows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from jupyter_mlpipe.monitoring.alerts import desk
from jupyter_mlpipe.workspace import Workspace
from tests.e2e.conftest import SCREENSHOTS
from tests.e2e.lab import PATIENCE, Lab
from tests.e2e.projects import steps, write_project
from tests.jupyter_servers import JupyterServer

pytestmark = pytest.mark.slow

SECTION = "#jp-mlpipe-alerts-section"


@pytest.fixture
def project(lab_server: JupyterServer) -> Iterator[Path]:
    """A pipeline whose training fails, and a watch over its workspace."""
    folder = lab_server.folder / "alerts"
    write_project(folder, steps(train="%%stage train\nmodel = 1 / 0"))
    (folder / "pyproject.toml").write_text("[tool.mlpipe.alerts]\ngroup-window = 0.1\n", encoding="utf-8")
    watch = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlpipe.cli.main", "alerts", "watch"],
        cwd=folder,
        env=dict(lab_server.environment),
        stdout=subprocess.DEVNULL,
    )
    yield folder
    watch.terminate()
    watch.wait(30)
    lab_server.stop_warm_processes(folder)


def test_a_failed_stage_is_an_alert_that_is_acknowledged_in_the_sidebar(lab: Lab, project: Path) -> None:
    lab.open("alerts/numbers.ipynb")
    lab.execute("mlpipe:show-alerts")
    section = lab.page.locator(SECTION)
    expect(section.get_by_text("No open alerts")).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "alerts-none")

    lab.start("mlpipe:run-pipeline")
    lab.expect_states(train="failed")
    failed = section.locator('[data-mlpipe-alert]:has-text("numbers/train")').first
    expect(failed).to_have_attribute("data-mlpipe-status", "open", timeout=PATIENCE)
    expect(lab.page.get_by_text("Alerts (", exact=False).first).to_be_visible(timeout=PATIENCE)
    failed.locator("button").first.click()
    expect(failed.get_by_label("What happened")).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "alerts-open")

    failed.get_by_role("button", name="Acknowledge").click()
    dialog = lab.page.locator(".jp-Dialog")
    dialog.locator("input").fill("I divide by one now")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(failed).to_have_attribute("data-mlpipe-status", "acknowledged", timeout=PATIENCE)
    expect(failed.get_by_text("I divide by one now").first).to_be_visible()
    with Workspace.open(project) as workspace:
        taken = [view.alert for view in desk.open_alerts(workspace.ledger) if view.alert.status == "acknowledged"]
    assert [(alert.subject, alert.note) for alert in taken] == [("numbers/train", "I divide by one now")]

    failed.get_by_role("button", name="Silence").click()
    expect(lab.page.locator(".jp-Dialog")).to_be_visible()
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Silence").click()
    expect(failed.get_by_text("silenced").first).to_be_visible(timeout=PATIENCE)
    lab.screenshots(SCREENSHOTS, "alerts-acknowledged")
