"""Two people with one notebook, where jupyter-collaboration is installed: a run's outputs come once, to both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import front_end, playwright
from tests.e2e.lab import Lab, opened_lab
from tests.e2e.projects import REPORT, TRAIN, slow, steps, write_project
from tests.jupyter_servers import JupyterServer, running_jupyter

pytest.importorskip("jupyter_collaboration", reason="jupyter-collaboration is not installed")
pytestmark = [pytest.mark.exhaustive, pytest.mark.slow]


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    folder, state = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("s")
    with running_jupyter(folder, state, lab=True, words=front_end(state)) as running:
        yield running


def test_outputs_come_once_to_both(browser: playwright.Browser, shared_server: JupyterServer):
    write_project(shared_server.folder / "shared", steps(train=slow(30)))
    with opened_lab(browser, shared_server) as one, opened_lab(browser, shared_server) as other:
        labs: tuple[Lab, Lab] = (one, other)
        for lab in labs:
            lab.open("shared/numbers.ipynb")
            lab.expect_states(load="never")
        assert one.page.evaluate("window.jupyterapp.shell.currentWidget.context.model.collaborative")
        one.start("mlpipe:run-pipeline")
        for lab in labs:
            lab.expect_states(train="running")
        for lab in labs:
            lab.expect_states(report="cached")
            lab.wait_for(lambda lab=lab: "score 2.0" in lab.outputs(REPORT), what="the report")
            assert lab.outputs(TRAIN).count("step 29") == 1
            assert lab.outputs(REPORT).count("score") == 1
