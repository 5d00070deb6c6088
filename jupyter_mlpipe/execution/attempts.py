"""Attempts at stages on a cluster: leased, submitted, awaited, tried again, stopped.

Knows nothing of what a result means; the runner does. The cluster is opened by the first attempt.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.assignment import KERNEL_ENVIRONMENT, make_task
from jupyter_mlpipe.execution.board import Unit
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.imports_ahead import imports_ahead
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.execution.run_topics import listen, topic_of
from jupyter_mlpipe.ledger.leases import acquire, release, renew

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_mlpipe.execution.cluster import Cluster


@dataclass
class Attempt:
    """One try at one stage."""

    unit: Unit
    verdict: Verdict
    number: int
    """From 1; more only after failures."""
    started: float
    """Epoch seconds."""
    future: Any = None


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

    def start(self, unit: Unit, verdict: Verdict, number: int) -> Attempt:
        """Submit an attempt.

        Raises
        ------
        ClusterError
            No cluster can be had, or none of its workers can hold the stage.
        """
        from jupyter_mlpipe.execution.stage_task import run_stage

        cluster = self._open()
        task = make_task(
            self.oracle,
            unit,
            verdict,
            run_id=self.run_id,
            attempt=number,
            topic=topic_of(self.run_id),
            kernel_name=self._kernel,
            ahead=self._ahead,
            more_follow=cluster.kept,
        )
        attempt = Attempt(unit, verdict, number, time.time())
        self.running[unit.name] = attempt
        attempt.future = cluster.client.submit(
            run_stage,
            task,
            key=f"{unit.name}-{self.run_id}-{unit.runs}-{number}",
            pure=False,
            resources=cluster.resources(unit.name, unit.stage.options),
        )
        attempt.future.add_done_callback(lambda _: self._finished.put(attempt))
        return attempt

    def again(self, attempt: Attempt, pause: float) -> None:
        """Try once more after a pause, in seconds."""
        following = Attempt(attempt.unit, attempt.verdict, attempt.number + 1, 0.0)
        self._later.append(_Later(following, time.monotonic() + pause))

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
                attempt = self._finished.get_nowait()
        except queue.Empty:
            return

    def abandon(self, unit: Unit) -> None:
        """Stop a stage whose result is of no use any more."""
        attempt = self.running.pop(unit.name, None)
        if attempt is not None and self._cluster is not None:
            from jupyter_mlpipe.execution.stage_task import cancel_stage

            attempt.future.cancel()
            cancel_stage(self.run_id, unit.name, client=self._cluster.client)
            self.release(attempt.verdict.key)

    def keep_leases(self) -> None:
        """Renew the leases when a third of their time is gone."""
        ttl = self.context.settings.lease_ttl
        if self._leases and time.monotonic() - self._renewed > ttl / 3:
            self._renewed = time.monotonic()
            renew(self.context.ledger, self._leases, self.run_id, ttl)

    def close(self) -> None:
        """Stop what runs, give back leases, close the cluster."""
        try:
            if self.running and self._cluster is not None:
                from jupyter_mlpipe.execution.stage_task import cancel_stage

                cancel_stage(self.run_id, None, client=self._cluster.client)
            for key in list(self._leases):
                self.release(key)
        finally:
            if self._cluster is not None:
                self._cluster.leave(self.run_id)

    def _open(self) -> Cluster:
        if self._cluster is None:
            from jupyter_mlpipe.execution.cluster import WarmUp
            from jupyter_mlpipe.execution.kept_cluster import open_or_reuse

            needs = [unit.stage.options for unit in self.oracle.board.units]
            around = self.oracle.surroundings
            warm_up = WarmUp(self._kernel, str(around.folder), KERNEL_ENVIRONMENT, self._ahead)
            self._cluster = open_or_reuse(self.context.settings, needs, warm_up=warm_up, warn=self._warn)
            listen(self._cluster.client, self.run_id, self._on_logged)
        return self._cluster
