"""What a run would do, stage by stage, without doing any of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.board import Board, State
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.ledger.stages import expected_seconds
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.slicing import Slicer


@dataclass(frozen=True)
class PlannedStage:
    """What would happen to one stage.

    ``status`` is ``hit`` (a stored result stands for it), ``run``, or ``maybe`` (it runs if what it reads from a stage
    above comes out different). ``seconds`` is what history leads to expect, None where there is none.
    """

    name: str
    status: str
    reason: str
    seconds: float | None
    implicit: bool
    inputs: tuple[str, ...]
    """Names that it reads from other stages, as far as known."""
    after: tuple[str, ...]
    """Stages that it follows."""
    cells: tuple[int, ...]
    key: str = ""
    owner: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "name": self.name,
            "status": self.status,
            "hit": self.status == "hit",
            "reason": self.reason,
            "seconds": self.seconds,
            "inputs": list(self.inputs),
            "after": list(self.after),
            "cells": list(self.cells),
            "key": self.key,
            "owner": self.owner,
        }


@dataclass(frozen=True)
class Plan:
    """A plan for all stages, in notebook order."""

    pipeline: str
    stages: tuple[PlannedStage, ...]

    @property
    def seconds(self) -> float:
        """Seconds of work that history leads to expect; stages without history count nothing."""
        return sum(stage.seconds or 0.0 for stage in self.stages if stage.status != "hit")

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape: explicit stages and plain cells apart."""
        return {
            "pipeline": self.pipeline,
            "seconds": self.seconds,
            "stages": [stage.to_json() for stage in self.stages if not stage.implicit],
            "cells": [stage.to_json() for stage in self.stages if stage.implicit],
        }


def plan_pipeline(
    context: RunContext,
    pipeline: Pipeline,
    *,
    parameters: Mapping[str, Any] | None = None,
    until: str | None = None,
    force: Iterable[str] = (),
    rerun_from: str | None = None,
    folder: Path | None = None,
) -> Plan:
    """Say what a run would do.

    Raises
    ------
    NotebookError
        Where the notebook cannot be run.
    """
    oracle = Oracle(
        context, pipeline, parameters=parameters, until=until, force=force, rerun_from=rerun_from, folder=folder
    )
    board = oracle.board
    planned: list[tuple[str, str, str, str]] = []
    for unit in board.units:
        verdict = oracle.look(unit)
        if verdict.manifest is not None:
            unit.state = State.DONE
            board.settle(unit, verdict.manifest)
            planned.append((unit.name, "hit", "unchanged", verdict.key))
        else:
            planned.append((unit.name, *_status(verdict)))
    edges = board.edges()
    stages = []
    for name, status, reason, key in planned:
        unit = board.by_name[name]
        piece = board.slice(unit)
        seconds = expected_seconds(context.ledger, pipeline.name, name, key or None)
        stages.append(
            PlannedStage(
                name=name,
                status=status,
                reason=reason,
                seconds=seconds,
                implicit=unit.stage.implicit,
                inputs=tuple(sorted({bound for load in piece.loads for bound in load.names})),
                after=tuple(sorted(edges[name], key=lambda other: board.by_name[other].index)),
                cells=unit.stage.cells,
                key=key,
                owner=unit.stage.options.owner or pipeline.owner,
            )
        )
    return Plan(pipeline.name, tuple(stages))


def unstored_plan(pipeline: Pipeline) -> Plan:
    """The plan of a notebook in a folder that is no workspace yet: all of it would run. Nothing is made or opened.

    Raises
    ------
    NotebookError
        Where the notebook cannot be run.
    """
    board = Board(pipeline, Slicer(pipeline, {}))
    edges = board.edges()
    return Plan(
        pipeline.name,
        tuple(
            PlannedStage(
                name=unit.name,
                status="run",
                reason="it has not run before",
                seconds=None,
                implicit=unit.stage.implicit,
                inputs=tuple(sorted({name for load in board.slice(unit).loads for name in load.names})),
                after=tuple(other.name for other in board.units if other.name in edges[unit.name]),
                cells=unit.stage.cells,
                owner=unit.stage.options.owner or pipeline.owner,
            )
            for unit in board.units
        ),
    )


def _status(verdict: Verdict) -> tuple[str, str, str]:
    if verdict.error is not None:
        return "run", verdict.error.message, ""
    if verdict.reopen is not None:
        return "run", f"`{verdict.reopen[1]}` must be made again by {verdict.reopen[0]}", ""
    if verdict.waits:
        return "maybe", f"follows {', '.join(sorted(verdict.waits))}", ""
    return "run", verdict.reason, verdict.key
