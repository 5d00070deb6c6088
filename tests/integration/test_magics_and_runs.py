"""One cache: what a live kernel keeps is a hit for a run, and the other way round."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]


def batch(notebook: Path) -> dict[str, Any]:
    """Run a notebook; the status of each stage by name."""
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(workspace, workspace.read(notebook))
    assert result.status == "done", result
    return {stage.name: stage.status for stage in result.stages}


SETUP = "import pandas as pd\nfactor = 2\n\ndef scale(frame):\n    return frame * factor"
LOAD = '%%stage load\nframe = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})\nprint("loading")\nframe'
TRAIN = (
    "%%stage train\n"
    "import matplotlib\nmatplotlib.use('module://matplotlib_inline.backend_inline')\n"
    "import matplotlib.pyplot as plt\nimport plotly.graph_objects as go\n"
    "scaled = scale(frame)\nprint('training')\n"
    "fig, axes = plt.subplots(figsize=(1, 1))\naxes.plot(scaled.a)\nplt.show()\n"
    "display(go.Figure(data=go.Bar(y=[1, 2])))\n"
    "total = float(scaled.a.sum())\nscaled"
)
USE = "print(total, scaled.b.tolist())"


@pytest.mark.slow
def test_a_stage_run_live_is_a_hit_in_a_run(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(project / "demo.ipynb", SETUP, LOAD, TRAIN, USE)
    replies = live(notebook).all()
    assert [reply.status for reply in replies.values()] == ["ok"] * 4
    assert replies["c1"].told == "load: ran, because it has not run before"
    statuses = batch(notebook)
    assert statuses["load"] == "hit"
    assert statuses["train"] == "hit"


@pytest.mark.slow
def test_a_stage_of_a_run_is_restored_live_with_its_outputs(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(project / "demo.ipynb", SETUP, LOAD, TRAIN, USE)
    assert batch(notebook)["train"] == "done"
    kernel = live(notebook)
    replies = kernel.all()
    assert replies["c1"].told.startswith("load: restored v")
    assert replies["c2"].told.startswith("train: restored v")
    mimes = {mime for output in replies["c2"].own for mime in output.get("data", {})}
    assert {"image/png", "text/html", "application/vnd.plotly.v1+json", "text/plain"} <= mimes
    assert replies["c2"].own[0] == {"output_type": "stream", "name": "stdout", "text": "training\n"}
    assert replies["c2"].kinds()[-1] == "execute_result"
    assert replies["c3"].text == "12.0 [1.0, 3.0, 5.0]\n"
    assert kernel.value("plt.__name__") == "matplotlib.pyplot", "imports of a skipped body are there"


MANY = (
    ("%pipeline many --owner a@b", ()),
    ("alpha = 0.5\nnames = ['a', 'b']", ("parameters",)),
    (
        (
            "import pandas as pd, numpy as np, os, random\nfrom helpers import fit\nnp.random.seed(3)\n"
            "pd.set_option('display.max_rows', 7)"
        ),
        (),
    ),
    ("class Box:\n    def __init__(self, v):\n        self.v = v\n\nLIMIT = {'x': 3}", ()),
    ("plain = pd.DataFrame({'a': np.arange(5), 'b': list('abcde')})\nprint(len(plain))", ()),
    ("box = Box(3)\nbox.v += 1\nprint(box.v)", ()),
    ("os.environ['MY_FLAG'] = '1'\nprint('env')", ()),
    ("first = [[1], [2]]\nsecond = first[0]\nprint(second)", ()),
    ("%%stage one\nx = fit(plain.a.sum(), alpha) + box.v\nbox2 = Box(x)\nprint(os.environ['MY_FLAG'])", ()),
    ("%%stage two\ndraw = np.random.rand(3)\nplain['c'] = draw.repeat(2)[:5]\nsecond.append(5)\nplain", ()),
    (
        (
            "%%stage three\ny = float(plain['c'].sum()) + LIMIT['x'] + len(first[0]) + len(names)\nz = box2.v\n"
            "rng = random.Random(3).random()"
        ),
        (),
    ),
    (
        "%%stage four\nimport json\ndef later(q):\n    return q + 1\nfor i in range(3): print(i)\ntotal = later(y)",
        (),
    ),
    ("%%stage five\nw = later(total) + np.random.rand()\nplain.iloc[0, 0] = 100", ()),
    ("print(x, draw, y, z, total, w, plain.a.tolist(), first, second, rng)", ()),
)
"""Plain cells with values, aliases, classes, random and ambient states, and stages over them."""


def write_many(project: Path) -> Path:
    (project / "helpers.py").write_text("def fit(a, b):\n    return float(a) * b\n")
    path = write(project / "many.ipynb", *(source for source, _ in MANY))
    notebook = json.loads(path.read_text())
    for cell, (_, tags) in zip(notebook["cells"], MANY, strict=True):
        cell["metadata"] = {"tags": list(tags)}
    path.write_text(json.dumps(notebook))
    return path


@pytest.mark.slow
def test_live_and_runs_share_every_stage_of_a_hard_notebook(project: Path, live: Callable[..., LiveKernel]):
    """Run live in one workspace and as a run in another: each is all hits for the other, with equal results."""
    notebook = write_many(project)
    plain = live(notebook).all()
    assert all(reply.status == "ok" for reply in plain.values()), plain
    stages = ("one", "two", "three", "four", "five")
    found = batch(notebook)
    assert {name: found[name] for name in stages} == dict.fromkeys(stages, "hit")

    other = project.parent / "other"
    (other / ".mlpipe").mkdir(parents=True)
    copied = write_many(other)
    made = batch(copied)
    assert {name: made[name] for name in stages} == dict.fromkeys(stages, "done")
    restored = live(copied).all()
    assert all(restored[f"c{at}"].told.split()[1] == "restored" for at in range(8, 13)), restored
    assert restored["c13"].text == plain["c13"].text
