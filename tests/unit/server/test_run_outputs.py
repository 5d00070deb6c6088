"""Outputs of a run on their way to a viewer: from its events, and from the store for stages that were restored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.ledger import events, runs
from jupyter_mlpipe.server import run_outputs as outputs_of
from jupyter_mlpipe.store.manifests import StageManifest
from jupyter_mlpipe.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path):
    with Workspace.open(tmp_path, {"signing_key": str(tmp_path / "key")}, environ={}) as opened:
        yield opened


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def going_on(workspace: Workspace, *happened: dict[str, Any]) -> runs.Run:
    run = runs.start_run(workspace.ledger, pipeline="p", notebook="p.ipynb", notebook_digest="")
    first = {"type": "run_started", "cells": ["a", "b"], "stages": [{"name": "load", "cells": [0, 1]}]}
    events.append(workspace.ledger, [{"run": run.id, "time": 1.0, **event} for event in (first, *happened)])
    return run


def restored(workspace: Workspace) -> runs.Run:
    kept = workspace.store.blobs.put(
        json.dumps([{"outputs": [stream("x")]}, {"outputs": [stream("y" * 500)]}]).encode()
    )
    workspace.store.publish(StageManifest("k", "load", "p", {}, (), outputs=kept))
    return going_on(workspace, {"type": "stage_finished", "stage": "load", "status": "hit", "key": "k"})


def texts(workspace: Workspace, run: runs.Run) -> list[str]:
    return [output["text"] for cell in outputs_of.run_outputs(workspace, run).cells for output in cell.outputs]


def test_a_restored_stage_shows_what_it_put_out_when_it_ran(workspace: Workspace) -> None:
    found = outputs_of.run_outputs(workspace, restored(workspace))
    assert [(cell.cell, cell.status, cell.outputs[0]["text"]) for cell in found.cells] == [
        ("a", "hit", "x"),
        ("b", "hit", "y" * 500),
    ]


def test_outputs_too_large_to_be_parsed_here_have_a_note_instead(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs_of, "_PARSED_BYTES", 400)
    (cell,) = outputs_of.run_outputs(workspace, restored(workspace)).cells
    assert cell.cell == "a"
    assert "too much to be shown here" in cell.outputs[0]["text"]


def test_outputs_of_a_stage_that_runs_grow_and_are_replaced(workspace: Workspace) -> None:
    about = {"type": "cell_output", "stage": "load", "cell": 0}
    run = going_on(
        workspace,
        {"type": "cell_started", "stage": "load", "cell": 0},
        {**about, "output": stream("1")},
        {**about, "output": stream("2")},
    )
    assert [output["text"] for cell in outputs_of.run_outputs(workspace, run).cells for output in cell.outputs] == [
        "12"
    ]
    events.append(workspace.ledger, [{"run": run.id, "time": 2.0, **about, "outputs": [stream("3")]}])
    assert texts(workspace, run) == ["3"]


def test_events_come_in_pieces_and_say_whether_there_are_more(workspace: Workspace) -> None:
    run = going_on(workspace, *({"type": "notice", "text": str(number)} for number in range(5)))
    first = outputs_of.run_events(workspace, run, 0, 4)
    assert (len(first.events), first.more) == (4, True)
    rest = outputs_of.run_events(workspace, run, first.last, 4)
    assert (len(rest.events), rest.more) == (2, False)
    none = outputs_of.run_events(workspace, run, rest.last, 4)
    assert (none.events, none.last, none.more) == ((), rest.last, False)
