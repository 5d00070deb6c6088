"""How a run's accounts are kept: a metering hook is told of every attempt, and asked before each.

Unlike a stage hook it sees what came to nothing: attempts that failed, were tried again, cancelled or thrown away, and
workers that lay idle. It may refuse the run, or an attempt; it decides nothing else. Found in the entry point group of
stage hooks, ``jupyter_mlpipe.hooks``.

This module does not know prices or budgets (``costs``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from jupyter_mlpipe.execution.metering.measured import Measured

if TYPE_CHECKING:
    from jupyter_mlpipe.errors import MlpipeError
    from jupyter_mlpipe.execution.context import RunContext
    from jupyter_mlpipe.execution.plan import Plan
    from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage, StageOptions
    from jupyter_mlpipe.store.artifacts import StageManifest


@dataclass(frozen=True, kw_only=True)
class MeteredRun:
    """A run whose accounts are kept."""

    run: str
    pipeline: Pipeline
    context: RunContext
    options: Mapping[str, Any]
    """What it was asked for; see `runner.asked_for`."""
    plan: Callable[[], Plan]
    """What it would do; takes as long as a plan does."""
    tell: Callable[[str], None]
    """Says one line to whoever follows the run."""


@dataclass(frozen=True, kw_only=True)
class BegunAttempt:
    """An attempt that goes, or would go, to the cluster."""

    task: str
    """Names it in the workspace: ``RUN/STAGE/2/1`` is the first attempt when the stage ran for the second time."""
    stage: Stage
    options: StageOptions
    """What it may use; more memory than the stage's line says, where it ran out of that before."""
    key: str
    number: int
    started: float
    """Seconds since the epoch."""
    embedded: bool
    """Whether it runs on this machine, on workers of the run's own."""


@dataclass(frozen=True, kw_only=True)
class EndedAttempt:
    """How an attempt ended, and what it used."""

    begun: BegunAttempt
    outcome: str
    """``done``, ``failed``, ``died``, ``timeout``, ``cancelled``; ``discarded`` where its result is of no use."""
    seconds: float
    """Wall seconds on its worker; since its start where the worker cannot say."""
    measured: Measured = field(default_factory=Measured)
    stored: int = 0
    """Bytes that it put into the store."""
    rows: int | None = None
    """Of the largest frame that it read."""
    worker: str = ""


@dataclass(frozen=True, kw_only=True)
class ClusterUse:
    """What a cluster of the run's own held ready, used or not, and what it was spared by scaling down."""

    started: float
    """Seconds since the epoch."""
    seconds: float
    workers: int
    """At most at once."""
    worker_seconds: float
    cpu_seconds: float
    """CPUs of its workers times the time for which they were there."""
    gpu_seconds: float
    memory_byte_seconds: float
    busy_cpu_seconds: float
    """Of these, what attempts had reserved."""
    busy_gpu_seconds: float
    busy_memory_byte_seconds: float
    spared_cpu_seconds: float = 0.0
    """CPUs that were there before, or later, times the time for which they were sent away."""
    spared_gpu_seconds: float = 0.0
    spared_memory_byte_seconds: float = 0.0


class RunMeter(Protocol):
    """Keeps one run's accounts. All calls come from the run's own thread.

    Implementers must return quickly: the run waits. What they raise ends the run.
    """

    def run_starting(self) -> MlpipeError | None:
        """Say why the run must not start, or None."""

    def attempt_starting(self, begun: BegunAttempt) -> MlpipeError | None:
        """Say why the attempt must not start, or None: then it is open until `attempt_ended`."""

    def attempt_ended(self, ended: EndedAttempt) -> None:
        """Write down what it used."""

    def stage_restored(self, stage: Stage, manifest: StageManifest) -> None:
        """A stored result stood for running it."""

    def run_ended(self, use: ClusterUse | None) -> None:
        """Write down what is left: what lay idle. None where the run had no cluster of its own."""

    def cluster_waited(self, use: ClusterUse) -> None:
        """Write down for how long the cluster that the run left behind waited for another run, or was down."""


@runtime_checkable
class MeteringHook(Protocol):
    """Gives each run its meter."""

    def meter(self, run: MeteredRun) -> RunMeter:
        """A meter for a run that begins."""
