"""Two runs in a ledger: what drifted, since which stage, and what changed there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlpipe.errors import NotProfiledError, UnknownRunError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.file_uses import FileUse
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.profiles import ProfileFact, record_profile
from jupyter_mlpipe.ledger.runs import start_run
from jupyter_mlpipe.ledger.stages import StageRun, record_stage
from jupyter_mlpipe.monitoring.profile_store import ProfileStore
from jupyter_mlpipe.monitoring.profiling import profile
from jupyter_mlpipe.monitoring.run_drift import explain_runs
from jupyter_mlpipe.workspace import Workspace

SOURCES: Mapping[str, Mapping[str, str]] = {"load": {}, "clean": {"flights": "load"}, "join": {"tidy": "clean"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / ".mlpipe").mkdir()
    return Workspace.open(tmp_path, environ={"HOME": str(tmp_path)})


def flights(seed: int, factor: float = 1.0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {"distance": generator.gamma(2, 500, 3000) * factor, "delay": generator.normal(10, 20, 3000).round()}
    )


def run(workspace: Workspace, frames: Mapping[tuple[str, str], pd.DataFrame], **changed: Any) -> str:
    """Record a run of `load`, `clean` and `join` as a runner would; return its id."""
    ledger: Ledger = workspace.ledger
    made = start_run(ledger, pipeline="flights", notebook="n.ipynb", notebook_digest="d")
    profiles = ProfileStore(workspace.settings)
    for stage, sources in SOURCES.items():
        outputs = [Output(name, f"{made.id}-{name}", "parquet", "DataFrame") for at, name in frames if at == stage]
        inputs = [Input(name, f"{made.id}-{name}", source) for name, source in sources.items()]
        components = {
            "stage_code": [{"label": "function tidy", "digest": changed.get(stage, "1")}],
            "inputs": {item.name: {"digest": item.digest} for item in inputs},
        }
        files = [FileUse("flights.parquet", changed.get("file", "f"))] if stage == "load" else []
        fact = StageRun(
            run=made.id,
            pipeline="flights",
            stage=stage,
            status="done",
            key=f"{made.id}-{stage}",
            components=components,
        )
        record_stage(ledger, fact, outputs, inputs, files)
    for (stage, name), frame in frames.items():
        blob = profiles.put(profile(frame))
        record_profile(
            ledger,
            ProfileFact(
                blob=blob,
                content=f"{made.id}-{name}",
                role="output",
                name=name,
                rows=len(frame),
                run=made.id,
                pipeline="flights",
                stage=stage,
            ),
        )
    return made.id


def frames(seed: int, *, load: float = 1.0, clean: float = 1.0) -> dict[tuple[str, str], pd.DataFrame]:
    return {
        ("join", "train"): flights(seed, load * clean),
        ("clean", "tidy"): flights(seed, load * clean),
        ("load", "flights"): flights(seed, load),
    }


def test_a_change_of_unit_is_traced_to_the_stage_whose_code_changed(workspace):
    before = run(workspace, frames(1))
    after = run(workspace, frames(2, clean=1.609344), clean="2")
    found = explain_runs(workspace.settings, workspace.ledger, before, "latest")
    assert (found.before, found.after, found.drifted) == (before, after, True)
    assert list(found.reports) == [("load", "flights"), ("clean", "tidy"), ("join", "train")]
    assert [report.drifted for report in found.reports.values()] == [False, True, True]
    (cause,) = found.causes
    assert (cause.stage, cause.drift.column, cause.drift.finding) == ("join", "distance", "scale")
    assert (cause.origin.stage, cause.origin.frame) == ("clean", "tidy")
    assert "function tidy changed" in cause.changes
    assert cause.text.endswith("it is first in tidy of stage clean, where function tidy changed")
    assert json.loads(json.dumps(found.to_json()))["causes"][0]["text"] == cause.text


def test_data_that_came_from_a_file_names_the_file(workspace):
    before, after = run(workspace, frames(1)), run(workspace, frames(2, load=2.0), file="g")
    (cause,) = explain_runs(workspace.settings, workspace.ledger, before, after).causes
    assert cause.origin.stage == "load"
    assert cause.changes == ("the file flights.parquet changed",)


def test_a_frame_that_only_a_later_stage_profiled_as_its_input_is_its_makers(workspace):
    before, after = (
        run(workspace, {("join", "train"): flights(seed, factor)}) for seed, factor in ((1, 1.0), (2, 2.0))
    )
    profiles = ProfileStore(workspace.settings)
    for run_id, seed, factor in ((before, 1, 1.0), (after, 2, 2.0)):
        frame = flights(seed, factor)
        blob = profiles.put(profile(frame))
        fact = ProfileFact(
            blob=blob, content=f"{run_id}-tidy", role="input", name="tidy", rows=len(frame), run=run_id,
            pipeline="flights", stage="join",
        )  # fmt: skip
        record_profile(workspace.ledger, fact)
    found = explain_runs(workspace.settings, workspace.ledger, before, after)
    assert list(found.reports) == [("clean", "tidy"), ("join", "train")]
    assert [cause.origin.stage for cause in found.causes] == ["clean"]
    assert found.causes[0].text.endswith("which did not change: look at what it reads")


def test_runs_without_drift_have_no_causes(workspace):
    before, after = run(workspace, frames(1)), run(workspace, frames(2))
    found = explain_runs(workspace.settings, workspace.ledger, before, after)
    assert not found.drifted
    assert found.causes == ()


def test_runs_that_were_not_profiled_are_told_how(workspace):
    before, after = run(workspace, frames(1)), run(workspace, {})
    with pytest.raises(NotProfiledError, match="no frame that was profiled in both") as told:
        explain_runs(workspace.settings, workspace.ledger, before, after)
    assert "--profile" in told.value.hint
    with pytest.raises(UnknownRunError):
        explain_runs(workspace.settings, workspace.ledger, "nothing", after)
