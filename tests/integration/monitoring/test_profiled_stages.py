"""Frames of stages are profiled after the run: once, kept by the store, and without personal values."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.cli.main import main
from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.courier import Courier
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger import gates, outbox
from jupyter_mlpipe.ledger.profiles import ProfileFact, profile_blobs, profiles_of_run
from jupyter_mlpipe.monitoring.profile_store import ProfileStore
from jupyter_mlpipe.monitoring.profiler import PROFILE, Profiler
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import project, write

__all__ = ["project"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("profiled_stages")]

SETUP = "import numpy as np\nimport pandas as pd"
LOAD = """%%stage load
flights = pd.DataFrame({"delay": np.arange(300.0), "carrier": ["AA", "UA", "DL"] * 100})
flights["mail"] = [f"canary{n}@example.org" for n in range(300)]"""
CLEAN = """%%stage clean{options}
clean = flights[flights.delay > 9]
names = pd.DataFrame({{"person": ["Ada Canary", "Bo"] * 5}})
total = 3"""
USE = "%%stage use -o rows\nrows = len(clean) + len(names) + total"
USE_WIDE = "%%stage count -o rows\nrows = len(wide) + len(few)"


def ran(folder: Path, options: str, *, hit: bool = False) -> dict[tuple[str, str], ProfileFact]:
    """What was profiled, by role and name; the courier has delivered by then."""
    notebook = write(folder / "flights.ipynb", SETUP, LOAD, CLEAN.format(options=options), USE)
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        result = run_pipeline(workspace, workspace.read(notebook))
        while outbox.waiting(workspace.ledger):
            Courier(workspace.settings, workspace.ledger).work()
        statuses = {stage.name: stage.status for stage in result.stages if not stage.implicit}
        assert set(statuses.values()) == {"hit" if hit else "done"}
        facts = profiles_of_run(workspace.ledger, result.run_id)
        assert not gates.verdicts(workspace.ledger, result.run_id)
    return {(fact.role, fact.name): fact for fact in facts}


def test_every_frame_is_profiled_once_and_the_store_keeps_its_profile(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ran(project, " --profile --profile-by carrier --pii person")
    assert set(first) == {("input", "flights"), ("output", "clean"), ("output", "names")}
    with Workspace.open(project) as workspace:
        profiles = ProfileStore(workspace.settings)
        flights, names = (profiles.get(first[key].blob) for key in (("input", "flights"), ("output", "names")))
        for blob in profile_blobs(workspace.ledger):
            found = zlib.decompress(workspace.store.blobs.get(blob)[8:-16])
            assert b"canary" not in found
            assert b"Canary" not in found
    assert (flights.rows, len(flights.segments), flights.columns["delay"].mean) == (300, 3, 149.5)
    assert names.columns["person"].hashed
    assert not names.segments
    fact = first["output", "clean"]
    assert (fact.stage, fact.rows, fact.run is not None) == ("clean", 290, True)

    # A stage whose result was there is profiled all the same, and what was profiled before is found.
    again = ran(project, " --profile --profile-by carrier --pii person", hit=True)
    assert {key: fact.blob for key, fact in again.items()} == {key: fact.blob for key, fact in first.items()}

    def never(*given: object, **options: object) -> None:
        raise AssertionError("a frame was profiled again")

    with Workspace.open(project) as workspace, monkeypatch.context() as patch:
        patch.setattr("jupyter_mlpipe.monitoring.profile_store.profile", never)
        with workspace.ledger.read() as connection:
            (asked, _) = connection.rows("SELECT payload FROM outbox WHERE kind = :kind", kind=PROFILE)
        message = outbox.Message(1, PROFILE, json.loads(asked["payload"]), 0.0, 0, None)
        Profiler(workspace.settings, workspace.ledger).deliver([message])
        assert len(profiles_of_run(workspace.ledger, message.payload["run"])) == 3

    assert main(["store", "sweep", "--older-than", "0s", "--json", "--workspace", str(project)]) == 0
    assert json.loads(capsys.readouterr().out)["blobs"] == 0
    assert main(["store", "verify", "--workspace", str(project)]) == 0
    with Workspace.open(project) as workspace:
        blobs = workspace.store.blobs
        assert all(blobs.exists(fact.blob) for fact in first.values())
        blobs.delete(first["input", "flights"].blob)
    assert main(["store", "verify", "--workspace", str(project)]) == 1
    assert "profile" in capsys.readouterr().out


def test_named_frames_only_and_a_frame_that_cannot_be_profiled_costs_no_other(project: Path) -> None:
    found = ran(project, " --profile clean,names")
    assert set(found) == {("output", "clean"), ("output", "names")}
    many = 'wide = pd.DataFrame({"x": range(1500)})'
    notebook = write(
        project / "wide.ipynb", SETUP, f"%%stage make --profile --profile-by x\n{many}\nfew = wide.head(9)", USE_WIDE
    )
    for _ in range(2):  # what failed before is tried again
        with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
            result = run_pipeline(workspace, workspace.read(notebook))
            while outbox.waiting(workspace.ledger):
                Courier(workspace.settings, workspace.ledger).work()
            facts = {fact.name: fact for fact in profiles_of_run(workspace.ledger, result.run_id)}
            blobs = profile_blobs(workspace.ledger)
        assert (facts["wide"].blob, facts["wide"].facts["error"]["code"]) == ("", "MP702")
        assert facts["few"].blob in blobs
        assert "" not in blobs


def test_a_personal_column_that_no_frame_has_is_told(project: Path) -> None:
    notebook = write(project / "flights.ipynb", SETUP, LOAD, CLEAN.format(options=" --profile --pii persn"))
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        heard: list[dict[str, Any]] = []
        result = run_pipeline(workspace, workspace.read(notebook), on_event=heard.append)
        # No profile is better than one with a value in it that was to be left out.
        assert not profiles_of_run(workspace.ledger, result.run_id)
    (said,) = [event["text"] for event in heard if event["type"] == "notice"]
    assert "'persn' of --pii" in said


@pytest.mark.parametrize(
    ("options", "said"), [(" --profile-by carrier", "without --profile"), (" --profile a,,b", "empty name")]
)
def test_a_line_that_cannot_be_meant_is_refused_before_the_run(project: Path, options: str, said: str) -> None:
    notebook = write(project / "flights.ipynb", SETUP, LOAD, CLEAN.format(options=options))
    with Workspace.open(notebook, {"tracking": False}) as workspace, pytest.raises(DirectiveError, match=said):
        run_pipeline(workspace, workspace.read(notebook))
