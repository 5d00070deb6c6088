"""A stage that is compared with what a registered model learnt from: stopped, warned, or let through, and recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.courier import Courier
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger import gates, outbox
from jupyter_mlpipe.ledger.drift_reports import drift_reports
from jupyter_mlpipe.ledger.profiles import profile_blobs
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.monitoring.references import reference_of
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import project, write

__all__ = ["project"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("drift_gate")]

SETUP = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression"
FRAME = """%%stage features{options}
random = np.random.default_rng({seed})
distance, hour = random.gamma(2, 500, 3000), random.integers(5, 24, 3000).astype(float)
frame = pd.DataFrame({{"distance": {factor} * distance, "hour": hour}})
frame["id"] = range(3000)"""
FIT = """%%stage fit --model delay=model
model = LogisticRegression().fit(frame[["distance", "hour"]], frame.distance > 1000)"""
SCORE = "%%stage score -o mean\nmean = float(frame.distance.mean())"


def ran(folder: Path, *cells: str) -> tuple[dict[str, str], list[gates.Verdict]]:
    """How each stage ended, and what gates said; the courier has delivered by then."""
    notebook = write(folder / "flights.ipynb", SETUP, *cells)
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(workspace, workspace.read(notebook))
        # The run's own courier is at work on the same messages.
        while outbox.waiting(workspace.ledger):
            Courier(workspace.settings, workspace.ledger).work()
        verdicts = gates.verdicts(workspace.ledger, result.run_id)
    return {stage.name: stage.status for stage in result.stages if not stage.implicit}, verdicts


@pytest.fixture
def registered(project: Path) -> Path:
    """A workspace in which `delay` has one version."""
    ran(project, FRAME.format(options="", seed=1, factor=1.0), FIT)
    return project


def test_the_reference_travels_with_the_version_and_new_data_is_held_to_it(registered: Path) -> None:
    with Workspace.open(registered) as workspace:
        reference = reference_of(workspace.settings, workspace.ledger, "delay@1")
        assert reference.features == ("distance", "hour")
        assert (reference.name, reference.profile.rows) == ("frame", 3000)
        assert len(reference.profile.chunks) > 3
        assert reference.blob in profile_blobs(workspace.ledger)
        (file,) = registered.rglob("reference.profile")
        assert Profile.from_bytes(file.read_bytes()) == reference.profile
        about = json.loads(file.with_name("reference.json").read_text(encoding="utf-8"))
        assert about["features"] == ["distance", "hour"]
    against = " --drift-against delay@1"
    status, (same,) = ran(registered, FRAME.format(options=against, seed=2, factor=1.0), SCORE)
    assert (status, same.passed) == ({"features": "done", "score": "done"}, True)
    status, (other,) = ran(registered, FRAME.format(options=against, seed=3, factor=1.609344), SCORE)
    assert status == {"features": "refused", "score": "skipped"}
    assert "as after a change of unit" in other.text
    assert "miles to kilometres" in other.text
    status, (told,) = ran(
        registered, FRAME.format(options=f"{against} --on-drift warn", seed=3, factor=1.609344), SCORE
    )
    assert (status["score"], told.passed) == ("done", True)
    status, _ = ran(
        registered, FRAME.format(options=f"{against} --drift-ignore distance", seed=3, factor=1.609344), SCORE
    )
    assert status["features"] in ("done", "hit")
    with Workspace.open(registered) as workspace:
        facts = drift_reports(workspace.ledger, model="delay")
    assert [fact.drifted for fact in facts] == [False, True, True, False]
    (column,) = [item for item in facts[1].report["columns"] if item["drifted"]]
    assert (column["column"], column["finding"]) == ("distance", "scale")
    assert (facts[1].stage, facts[1].version, facts[1].rows) == ("features", 1, 3000)


def test_nothing_to_compare_with_lets_the_first_run_through_and_says_so(project: Path) -> None:
    status, (verdict,) = ran(
        project, FRAME.format(options=" --drift-against delay@production", seed=1, factor=1), SCORE
    )
    assert (status["score"], verdict.passed) == ("done", True)
    assert "nothing to compare with yet" in verdict.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (" --on-drift warn", "nothing to compare with"),
        (" --drift-against a/b@1", "no name for a model"),
        (" --drift-against 1x=delay@1", "no name of a frame"),
        (" --drift-against delay@1 --on-drift maybe", "invalid choice"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_before_the_run(project: Path, options: str, said: str) -> None:
    notebook = write(project / "flights.ipynb", SETUP, FRAME.format(options=options, seed=1, factor=1))
    with Workspace.open(notebook, {"tracking": False}) as workspace, pytest.raises(DirectiveError, match=said):
        run_pipeline(workspace, workspace.read(notebook))
