"""A browser and a JupyterLab for all end-to-end tests; the front end is the committed build of this checkout."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.jupyter_servers import JupyterServer, running_jupyter

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from tests.e2e.lab import CHROMIUM_WORDS, Lab, opened_lab  # noqa: E402 - it needs Playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("MLPIPE_SCREENSHOTS", ROOT / "build" / "screenshots"))
"""Where pictures of each view are written."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one browser in one process."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


def chromium() -> str | None:
    """The program of the browser; None where none is installed."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=list(CHROMIUM_WORDS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    folder, state = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("s")
    # With collaboration, which has a test of its own, notebooks save themselves.
    alone = ["--YDocExtension.disable_rtc=True"] if find_spec("jupyter_server_ydoc") else []
    with running_jupyter(folder, state, lab=True, words=[*front_end(state), *alone]) as running:
        yield running


def front_end(state: Path) -> list[str]:
    """Options with which JupyterLab takes the front end from this checkout, whatever is installed."""
    place = state / "extensions" / "@jupyter-mlpipe"
    place.mkdir(parents=True)
    shutil.copytree(ROOT / "jupyter_mlpipe" / "labextension", place / "labextension")
    quiet = state / "settings" / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}), encoding="utf-8")
    return [
        f"--LabApp.extra_labextensions_path={place.parent}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


@pytest.fixture
def lab(browser: playwright.Browser, lab_server: JupyterServer) -> Iterator[Lab]:
    """A page; the test fails where it asked another host for anything, or broke in the browser."""
    with opened_lab(browser, lab_server) as opened:
        yield opened
        assert opened.foreign == []
        assert opened.complaints == []
