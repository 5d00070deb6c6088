"""Attempts at stages on a cluster: leased, submitted, awaited, tried again, stopped.

Knows nothing of what a result means; the runner does. The cluster is opened by the first attempt.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.assignment import KERNEL_ENVIRONMENT, make_task
from jupyter_mlpipe.execution.board import Unit
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.imports_ahead import imports_ahead
from jupyter_mlpipe.execution.metering.cluster_use import ClusterMeter
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.execution.run_topics import listen, topic_of
from jupyter_mlpipe.ledger.leases import acquire, release, renew
from jupyter_mlpipe.notebook.pipeline import StageOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_mlpipe.execution.cluster import Cluster
    from jupyter_mlpipe.execution.metering.run_meters import ClusterUse
    from jupyter_mlpipe.execution.stage_task import StageOutcome

_LAST_WORDS_SECONDS = 2.0
"""For how long a run that ends waits for what its stopped stages used; their kernels are gone much sooner."""


@dataclass
class Attempt:
    """One try at one stage."""

    unit: Unit
    verdict: Verdict
    number: int
    """From 1; more only after failures."""
    started: float
    """Epoch seconds."""
    options: StageOptions
    """What it may use: the stage's options, or more memory where it ran out of that before."""
    enlarged: int = 0
    """How many attempts before it were given up for want of memory."""
    turn: int = 0
    """How often the stage was started in this run when this began."""
    began: float = field(default_factory=time.monotonic)
    future: Any = None

    @property
    def outcome(self) -> StageOutcome | None:
        """What its worker said; None where it said nothing."""
        if self.future is None or self.future.status != "finished":
            return None
        outcome: StageOutcome = self.future.result()
        return outcome


@dataclass(frozen=True)
class _Later:
    attempt: Attempt
    at: float


class Attempts:
    """All attempts of one run.

    Parameters
    ----------
    context, oracle, run_id
        The workspace, the run's questions, the run; leases are held in the run's name.
    on_logged
        Called with the time and each event that a worker logs.
    on_discarded
        Called with each attempt that was stopped, once it has ended.
    warn
        Told in one line what the user should know about the cluster.
    """

    def __init__(
        self,
        context: RunContext,
        oracle: Oracle,
        run_id: str,
        *,
        on_logged: Callable[[float, dict[str, Any]], None],
        on_discarded: Callable[[Attempt], None],
        warn: Callable[[str], None],
    ) -> None:
        self.context = context
        self.oracle = oracle
        self.run_id = run_id
        self._kernel = context.settings.kernel_name or oracle.pipeline.kernel_name
        self.running: dict[str, Attempt] = {}
        fork = context.settings.fork_kernels
        self._ahead = imports_ahead(oracle.pipeline, oracle.surroundings) if fork else None
        self._on_logged = on_logged
        self._on_discarded = on_discarded
        self._discarded: set[int] = set()
        self._meter: ClusterMeter | None = None
        self._warn = warn
        self._later: list[_Later] = []
        self._finished: queue.Queue[Attempt] = queue.Queue()
        self._leases: set[str] = set()
        self._renewed = time.monotonic()
        self._cluster: Cluster | None = None

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits for its next attempt."""
        return bool(self.running or self._later)

    def lease(self, verdict: Verdict) -> bool:
        """Make sure that no other run computes the same; False where one does."""
        if verdict.key in self._leases:
            return True
        if not acquire(self.context.ledger, verdict.key, self.run_id, self.context.settings.lease_ttl):
            return False
        self._leases.add(verdict.key)
        return True

    def release(self, key: str) -> None:
        """Let other runs compute it."""
        if key in self._leases:
            self._leases.discard(key)
            release(self.context.ledger, key, self.run_id)

    def start(self, attempt: Attempt) -> None:
        """Submit an attempt.

        Raises
        ------
        ClusterError
            No cluster can be had, or none of its workers can hold the stage.
        """
        from jupyter_mlpipe.execution.stage_task import run_stage

        cluster = self._open()
        unit = attempt.unit
        task = make_task(
            self.oracle,
            unit,
            attempt.verdict,
            options=attempt.options,
            run_id=self.run_id,
            attempt=attempt.number,
            topic=topic_of(self.run_id),
            kernel_name=self._kernel,
            ahead=self._ahead,
            more_follow=cluster.kept,
        )
        attempt.started, attempt.began, attempt.turn = time.time(), time.monotonic(), unit.runs
        self.running[unit.name] = attempt
        attempt.future = cluster.client.submit(
            run_stage,
            task,
            key=f"{unit.name}-{self.run_id}-{unit.runs}-{attempt.number}",
            pure=False,
            resources=cluster.resources(unit.name, attempt.options),
        )
        attempt.future.add_done_callback(lambda _: self._finished.put(attempt))

    def again(self, attempt: Attempt, pause: float, *, enlarged: StageOptions | None = None) -> None:
        """Try once more after a pause, in seconds; with more memory where it is `enlarged`."""
        options = enlarged or attempt.options
        more = attempt.enlarged + (enlarged is not None)
        following = Attempt(attempt.unit, attempt.verdict, attempt.number + 1, 0.0, options, more)
        self._later.append(_Later(following, time.monotonic() + pause))

    def most_memory(self) -> int | None:
        """Bytes that the largest worker has for stages; None where workers do not say."""
        offered = self._cluster.offered().get("MEMORY") if self._cluster is not None else None
        return None if offered is None else int(offered)

    def due(self) -> Sequence[Attempt]:
        """Attempts whose pause is over."""
        now = time.monotonic()
        due = [later.attempt for later in self._later if later.at <= now]
        self._later = [later for later in self._later if later.at > now]
        return due

    def finished(self, wait: float) -> Iterator[Attempt]:
        """Attempts that have ended, whatever way; waits at most so many seconds for the first."""
        try:
            attempt = self._finished.get(timeout=wait)
            while True:
                if self.running.get(attempt.unit.name) is attempt:
                    del self.running[attempt.unit.name]
                    yield attempt
                    # Dask would compute it again where the worker that holds its result is lost.
                    attempt.future.release()
                else:
                    self._let_go(attempt)
                attempt = self._finished.get_nowait()
        except queue.Empty:
            return

    def abandon(self, unit: Unit) -> None:
        """Stop a stage whose result is of no use any more."""
        attempt = self.running.pop(unit.name, None)
        if attempt is not None and self._cluster is not None:
            from jupyter_mlpipe.execution.stage_task import cancel_stage

            self._discarded.add(id(attempt))
            if not cancel_stage(self.run_id, unit.name, client=self._cluster.client):
                attempt.future.cancel()  # no worker has begun with it; one that has still says what it used
            self.release(attempt.verdict.key)

    def _let_go(self, attempt: Attempt) -> None:
        """Tell of an attempt that was stopped and has ended now."""
        if id(attempt) in self._discarded:
            self._discarded.discard(id(attempt))
            self._on_discarded(attempt)
            attempt.future.release()

    def keep_leases(self) -> None:
        """Renew the leases when a third of their time is gone."""
        ttl = self.context.settings.lease_ttl
        if self._leases and time.monotonic() - self._renewed > ttl / 3:
            self._renewed = time.monotonic()
            renew(self.context.ledger, self._leases, self.run_id, ttl)

    def close(self, on_waited: Callable[[ClusterUse], None]) -> None:
        """Stop what runs, give back leases, close the cluster.

        Parameters
        ----------
        on_waited
            Where the cluster outlives the run, called when it has waited long enough, or got the next one.
        """
        try:
            if self.running and self._cluster is not None:
                from jupyter_mlpipe.execution.stage_task import cancel_stage

                cancel_stage(self.run_id, None, client=self._cluster.client)
                self._hear_last_words()
            for key in list(self._leases):
                self.release(key)
            if self._meter is not None and self._cluster is not None:
                with suppress(Exception):  # a cluster that broke has no workers
                    self._meter.look(self._cluster.workers())
        finally:
            if self._cluster is not None:
                self._cluster.leave(self.run_id, on_waited)

    def _hear_last_words(self) -> None:
        """Wait a little for what stopped stages used, and tell of all of them, whether they said so or not."""
        stopped = {id(attempt): attempt for attempt in self.running.values()}
        self.running.clear()
        self._discarded |= set(stopped)
        until = time.monotonic() + _LAST_WORDS_SECONDS
        while self._discarded and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._let_go(self._finished.get(timeout=left))
        for attempt in stopped.values():
            self._let_go(attempt)

    def watch_cluster(self) -> None:
        """Look how many workers there are, now and then."""
        if self._meter is not None and self._cluster is not None and self._meter.due():
            with suppress(Exception):  # a cluster that broke is found out by its stages
                self._meter.look(self._cluster.workers())

    def used(self, attempt: Attempt, seconds: float) -> None:
        """Note for how long an attempt held what it had reserved."""
        if self._meter is not None:
            self._meter.used(attempt.options, seconds)

    def cluster_use(self) -> ClusterUse | None:
        """What the run's own cluster held ready so far; None where the run has none of its own."""
        return self._meter.read() if self._meter is not None else None

    def _open(self) -> Cluster:
        if self._cluster is None:
            from jupyter_mlpipe.execution.cluster import WarmUp
            from jupyter_mlpipe.execution.kept_cluster import open_or_reuse

            needs = [unit.stage.options for unit in self.oracle.board.units]
            asked = time.monotonic()
            around = self.oracle.surroundings
            warm_up = WarmUp(self._kernel, str(around.folder), KERNEL_ENVIRONMENT, self._ahead)
            self._cluster = open_or_reuse(self.context.settings, needs, warm_up=warm_up, warn=self._warn)
            listen(self._cluster.client, self.run_id, self._on_logged)
            if self._cluster.kind != "address":
                self._meter = ClusterMeter(asked)
        return self._cluster
