"""From a stage that fails in a real run to the receiver of its owner."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution import observers
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger import runs, stages
from jupyter_mlpipe.ledger.alerts import open_alerts
from jupyter_mlpipe.monitoring.alerts import spawning
from jupyter_mlpipe.monitoring.alerts.watch import Watch
from jupyter_mlpipe.workspace import Workspace
from tests.unit.monitoring.alerts.receivers import webhook

OWNERS = """
[people.ana]
channels = ["{url}"]
[defaults]
owner = "ana"
"""


def _notebook(*cells: str) -> dict[str, Any]:
    return {
        "cells": [
            {"cell_type": "code", "id": f"c{index}", "metadata": {}, "source": source, "outputs": [],
             "execution_count": None}
            for index, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip


def test_a_failed_stage_reaches_its_owner_and_its_success_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPIPE_TRACKING", "false")
    woken: list[float] = []

    class Point:
        name = "alerts"

        def load(self) -> Any:
            return lambda settings: woken.append(time.time())

    monkeypatch.setattr(observers, "entry_points", lambda group: [Point()])
    lines = (
        "%pipeline flights --owner zed --escalate ana",
        "%%stage train --escalate ana,bo\nassert good, 'no <rows>'",
    )
    with webhook() as hook, Workspace.open(tmp_path, {"workers": 1}) as workspace:
        (tmp_path / "owners.toml").write_text(OWNERS.format(url=hook.url()))
        (tmp_path / "pyproject.toml").write_text('[tool.mlpipe.alerts]\ngroup-window = "0s"\n')
        notices: list[str] = []

        def hear(event: dict[str, Any]) -> None:
            if event["type"] == "notice":
                notices.append(event["text"])

        pipeline = workspace.read(_notebook(lines[0], "good = False", lines[1]))
        result = run_pipeline(workspace, pipeline, on_event=hear, folder=tmp_path)
        assert result.status == "failed"
        assert notices == [
            "zed, named by train, is not in owners.toml: others there are told instead",
            "bo, named by train, is not in owners.toml: others there are told instead",
        ]
        assert woken
        run = runs.run(workspace.ledger, result.run_id)
        (stage,) = [one for one in stages.stage_runs(workspace.ledger, run.id) if one.stage == "train"]
        assert (run.owner, run.escalate, stage.owner, stage.escalate) == ("zed", ("ana",), "zed", ("ana", "bo"))
        watching = Workspace.open(tmp_path)
        Watch(watching.settings, workspace.ledger, poll=0.05).work(until_quiet=True)
        assert hook.titles == ["[critical] flights/train failed"]
        assert "no <rows>" in hook.got[0][1]["message"]
        pipeline = workspace.read(_notebook(lines[0], "good = True", lines[1]))
        assert run_pipeline(workspace, pipeline, folder=tmp_path).status == "done"
        Watch(watching.settings, workspace.ledger, poll=0.05).work(until_quiet=True)
        assert hook.titles[1:] == ["[resolved] flights/train failed"]
        assert open_alerts(workspace.ledger) == []


def test_an_observer_that_fails_changes_nothing_for_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Point:
        name = "broken"

        def load(self) -> Any:
            raise ImportError("gone")

    monkeypatch.setattr(observers, "entry_points", lambda group: [Point()])
    observers.wake_observers(Workspace.open(tmp_path, create=False).settings)
    assert "broken" in caplog.text


def test_where_nobody_is_to_be_told_waking_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    settings = Workspace.open(tmp_path, create=False).settings
    begun = time.perf_counter()
    for _ in range(1000):
        spawning.spawn_watch(settings)
    assert time.perf_counter() - begun < 0.5
