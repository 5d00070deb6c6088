"""Runs: asking for one, its facts, its events and outputs as they come, two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.verdicts import VerdictInfo

RunStatus = Literal["running", "done", "failed", "refused", "cancelled", "interrupted"]
StageStatus = Literal["done", "hit", "failed", "refused", "cancelled", "skipped"]


@dataclass(frozen=True)
class RunRequest:
    """Ask for a run of a notebook as it is on disk."""

    path: str
    mode: Literal["all", "stage", "upto", "from"] = "all"
    """``stage``: up to this stage, which runs whatever is cached. ``upto``: up to this stage. ``from``: the whole
    notebook, with this stage and all that follows from it run whatever is cached."""
    stage: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    force: bool = False
    """Run every stage whatever is cached."""
    accept_cost: tuple[str, ...] = ()
    """Budgets beyond which it may go on, where they ask."""


@dataclass(frozen=True)
class StartedRun:
    """A run that has begun."""

    run: str


@dataclass(frozen=True)
class CopyRequest:
    """Ask for a copy of a run's executed notebook."""

    path: str
    """The source notebook, which the copy is put beside."""


@dataclass(frozen=True)
class CancelRequest:
    """Ask for a run's end."""

    path: str


@dataclass(frozen=True)
class CancelledRun:
    """A run whose end was asked for."""

    run: str
    asked: bool
    """False where it had ended already."""


@dataclass(frozen=True)
class RunInfo:
    """One run in the history."""

    run: str
    pipeline: str
    notebook: str | None
    """Contents path of its source; null where it is outside of what this server shows."""
    status: RunStatus
    started: float
    ended: float | None
    seconds: float | None
    user: str
    host: str
    owner: str | None
    team: str | None
    parameters: Mapping[str, Any]
    executed: str | None
    """Contents path of the executed notebook; null where it is gone, or in a folder that this server does not show:
    a copy can be had then."""
    door: str
    """Where it was started: ``lab``, ``cli``, …; empty where that was not recorded."""
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class RunList:
    """Runs, newest first."""

    workspace: str
    """Name of the workspace's folder, for people."""
    runs: tuple[RunInfo, ...]
    pipelines: tuple[str, ...]
    """Names that runs in this workspace have, to filter by."""
    more: bool
    """Whether older ones were left out."""


@dataclass(frozen=True)
class ArtifactInfo:
    """A value that a stage used or made."""

    name: str
    digest: str
    type: str | None = None
    rows: int | None = None
    bytes: int | None = None
    source: str | None = None
    """The stage that made it, for an input."""


@dataclass(frozen=True)
class StageRunInfo:
    """How a stage ended in a run."""

    name: str
    implicit: bool
    status: StageStatus
    reason: str
    seconds: float
    saved: float
    key: str | None
    started: float
    ended: float
    attempt: int
    worker: str | None
    owner: str | None
    numbers: Mapping[str, float]
    inputs: tuple[ArtifactInfo, ...]
    outputs: tuple[ArtifactInfo, ...]
    gates: tuple[VerdictInfo, ...]
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class RunDetail:
    """A run with its stages."""

    run: RunInfo
    stages: tuple[StageRunInfo, ...]


@dataclass(frozen=True)
class RunEvent:
    """Something that happened in a run."""

    id: int
    type: str
    """``run_started``, ``stage_started``, ``cell_started``, ``cell_output``, ``cell_finished``, ``stage_finished``,
    ``stage_retrying``, ``notice``, ``run_finished``."""
    time: float
    stage: str | None = None
    cell: str | None = None
    """Id of the cell that it concerns."""
    status: str | None = None
    text: str | None = None
    output: Mapping[str, Any] | None = None
    """An output in nbformat's shape, to be added to the cell's."""
    outputs: tuple[Mapping[str, Any], ...] | None = None
    """All outputs of the cell, in the place of those it had."""


@dataclass(frozen=True)
class RunEvents:
    """Events of a run, oldest first."""

    run: str
    status: RunStatus
    events: tuple[RunEvent, ...]
    last: int
    """Id of the last event that was looked at: ask for what came after it."""
    more: bool
    """Whether there are more already."""


@dataclass(frozen=True)
class CellOutputs:
    """What a cell put out in a run, up to now."""

    cell: str
    stage: str
    status: Literal["running", "done", "hit", "failed", "skipped"]
    outputs: tuple[Mapping[str, Any], ...]
    """In nbformat's shape. What was too large for a notebook that is open has a text in its place that says so."""


@dataclass(frozen=True)
class RunOutputs:
    """What the cells of a run put out, up to now."""

    run: str
    status: RunStatus
    cells: tuple[CellOutputs, ...]
    last: int
    """Id of the last event that is taken in."""


@dataclass(frozen=True)
class Change:
    """A value that differs between two runs; null on the side that has none."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class DifferenceText:
    """A difference in words."""

    name: str
    text: str


@dataclass(frozen=True)
class DiffLine:
    """A line of code in one run or both."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True)
class StageDiff:
    """How a stage differs between two runs."""

    name: str
    before: StageStatus | None
    after: StageStatus | None
    changed: bool
    code: tuple[DifferenceText, ...]
    parameters: tuple[DifferenceText, ...]
    environment: tuple[DifferenceText, ...]
    inputs: tuple[DifferenceText, ...]
    metrics: tuple[Change, ...]
    seconds: Change
    source: tuple[DiffLine, ...]
    """Its cells' code, compared line by line."""
    outputs_before: tuple[Mapping[str, Any], ...]
    outputs_after: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side."""

    before: RunInfo
    after: RunInfo
    parameters: tuple[Change, ...]
    environment: tuple[Change, ...]
    stages: tuple[StageDiff, ...]
    """Every stage of either run, in notebook order; ``changed`` says which differ."""
