"""JupyterLab stays usable where notebooks and outputs are large; what is cut says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.lab import Lab
from tests.e2e.projects import write_project
from tests.jupyter_servers import JupyterServer

pytestmark = [pytest.mark.exhaustive, pytest.mark.slow]

LONGEST_FREEZE = """() => new Promise(done => {
  let longest = 0;
  let last = performance.now();
  window.mlpipeFreeze = () => longest;
  const step = now => { longest = Math.max(longest, now - last); last = now; requestAnimationFrame(step); };
  requestAnimationFrame(step);
  done();
})"""


@pytest.fixture
def folder(lab_server: JupyterServer, request: pytest.FixtureRequest) -> Path:
    return lab_server.folder / request.node.name.removeprefix("test_")[:30]


def test_a_stage_that_prints_100_megabytes_and_one_with_a_page_of_50(lab: Lab, folder: Path):
    chatty = "%%stage chatty\nfor line in range(1000):\n    print(str(line).rjust(6) * 17_000)\nlines = 1000"
    page = (
        "%%stage page\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>big</b>' * 5_000_000))\npage = lines"
    )
    write_project(folder, [chatty, page], name="large.ipynb")
    lab.open(f"{folder.name}/large.ipynb")
    lab.expect_states(chatty="never")
    lab.page.evaluate(LONGEST_FREEZE)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(chatty="cached", page="cached", timeout=240_000)
    lab.wait_for(lambda: "executed notebook has it" in lab.outputs(1), what="the word on the page")
    assert "the rest of what this cell prints is not shown here" in lab.outputs(0)
    assert len(lab.outputs(0)) + len(lab.outputs(1)) < 3_000_000
    assert lab.page.evaluate("window.mlpipeFreeze()") < 5000


def test_a_notebook_of_two_thousand_cells(lab: Lab, folder: Path):
    sources = ["%%stage first\nstart = 1"]
    sources += [f"value_{number} = {number}" for number in range(1998)]
    sources += ["%%stage last\nend = start + value_7"]
    write_project(folder, sources, name="long.ipynb")
    lab.open(f"{folder.name}/long.ipynb")
    lab.expect_states(first="never", timeout=120_000)
    lab.page.evaluate(LONGEST_FREEZE)
    lab.start("mlpipe:run-pipeline")
    lab.expect_states(first="cached", timeout=180_000)
    lab.edit(0, "%%stage first\nstart = 2")
    lab.expect_states(first="stale", timeout=60_000)
    assert lab.page.evaluate("window.mlpipeFreeze()") < 5000
