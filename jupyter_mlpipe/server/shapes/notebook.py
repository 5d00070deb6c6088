"""What an open notebook means: its stages, their states, the graph, parameters and findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.verdicts import VerdictInfo

StageState = Literal["never", "cached", "restored", "stale", "queued", "running", "failed", "refused"]
"""
- ``never``: has not run, and nothing is stored for it.
- ``cached``: a stored result stands for it.
- ``restored``: the same, and the newest run took it from the store.
- ``stale``: it would run, since something that it depends on changed.
- ``queued``, ``running``: a run is at work.
- ``failed``, ``refused``: it ended so in the newest run, and nothing that it depends on has changed since.
"""


@dataclass(frozen=True)
class CodeCell:
    """A code cell as the editor has it now, saved or not."""

    id: str
    source: str
    index: int
    """Its place among all cells of the notebook, from 0."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnalysisRequest:
    """Ask what a notebook's stages would do now."""

    path: str
    """The notebook."""
    cells: tuple[CodeCell, ...]
    kernel: str | None = None
    """Name of the notebook's kernelspec."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values for a run that is being prepared."""


@dataclass(frozen=True)
class Resources:
    """What a stage asks for; null where it asks for nothing."""

    cpus: float | None = None
    gpus: float | None = None
    memory: int | None = None
    """Bytes."""
    timeout: float | None = None
    retries: int = 0


@dataclass(frozen=True)
class CostRange:
    """What something is expected to cost, from what it cost before; in units of the currency."""

    currency: str
    low: float
    expected: float
    high: float


@dataclass(frozen=True)
class RunCost:
    """What a run is expected to cost."""

    currency: str
    low: float
    expected: float
    high: float
    saved: float
    """What making the stored results did cost, which the run spares."""
    unknown: tuple[str, ...]
    """Stages that would run, and of which nobody knows what they cost."""


@dataclass(frozen=True)
class StageInfo:
    """One stage of the notebook."""

    name: str
    implicit: bool
    """A plain cell that computes something, and so runs once like a stage."""
    state: StageState
    reason: str
    """Why it is stale, failed or refused, in one line."""
    cells: tuple[str, ...]
    """Ids of its cells."""
    after: tuple[str, ...]
    """Names of the stages that it follows directly."""
    inputs: tuple[str, ...]
    """Names that it reads from other stages."""
    key: str
    """Empty while it follows a stage that has to run."""
    owner: str | None
    resources: Resources
    gates: tuple[str, ...]
    last_run: str | None = None
    """The newest run in which it took part."""
    last_seconds: float | None = None
    """How long it took when it last ran; null where it never did."""
    expected_seconds: float | None = None
    """What history leads to expect of a run."""
    cost: float | None = None
    """What its last run cost, in `currency`; null where nothing is known of cost."""
    currency: str | None = None
    expected_cost: CostRange | None = None
    """What a run of it would cost; null where it would not run, or nobody knows."""
    started: float | None = None
    """When it started, where it is running."""
    run: str | None = None
    """The run that it is queued or running in."""
    verdicts: tuple[VerdictInfo, ...] = ()
    """How its gates and contracts stood in `last_run`."""


ParameterType = Literal["boolean", "integer", "number", "string", "json", "expression"]


@dataclass(frozen=True)
class ParameterInfo:
    """A name of the cell tagged ``parameters``."""

    name: str
    type: ParameterType
    """``expression``: its default is no literal, so only giving it a value says what it is."""
    default: Any
    """JSON; null for an expression."""
    default_source: str
    help: str | None = None


@dataclass(frozen=True)
class FindingInfo:
    """Something in the notebook that would surprise its author."""

    code: str
    severity: str
    message: str
    fix: str
    cell: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Analysis:
    """What a notebook means as it is now."""

    pipeline: str
    stages: tuple[StageInfo, ...]
    """In notebook order; with the implicit ones."""
    parameters: tuple[ParameterInfo, ...]
    findings: tuple[FindingInfo, ...]
    expected_seconds: float
    """Work that a run would be, by history."""
    expected_cost: RunCost | None = None
    """Null where there is no price book, or the notebook cannot be run."""
    owner: str | None = None
    run: str | None = None
    """The run of this notebook that is going on, if any."""
    error: ErrorInfo | None = None
    """Why the notebook cannot be run as it is; then the stages are those that could be read."""
    error_cell: str | None = None


@dataclass(frozen=True)
class StageOption:
    """An option of the ``%%stage`` line."""

    flags: tuple[str, ...]
    value: str | None
    """How its value is called (``SIZE``); null for a switch."""
    help: str
    repeatable: bool
    values: Literal["stages", "names"] | None = None
    """What kind of words its value is one of."""


@dataclass(frozen=True)
class StageLineInfo:
    """What may stand on a ``%%stage`` line here."""

    magics: tuple[str, ...]
    options: tuple[StageOption, ...]


@dataclass(frozen=True)
class TutorialRequest:
    """Ask for a copy of the tutorial."""

    folder: str = ""
    """Where its folder goes."""


@dataclass(frozen=True)
class DebugRequest:
    """Ask for a notebook that stands where a stage failed: its inputs loaded, its cells to step through."""

    path: str
    run: str
    stage: str


@dataclass(frozen=True)
class CreatedNotebook:
    """A notebook that was written."""

    path: str
