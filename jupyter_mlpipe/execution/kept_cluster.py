"""An embedded cluster that outlives the run which opened it, for the runs that come after in the same process.

While nobody uses it, it waits at its user's cost; after a while it is sent away, and the next run opens it again.
Only embedded clusters are kept: to somebody else's scheduler one connects anew. A process keeps clusters once it has
called `keep_clusters`; in any other `open_or_reuse` opens one that its run closes.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_mlpipe.execution.cluster import Cluster, WarmUp, open_cluster
from jupyter_mlpipe.execution.cluster_settings import ClusterSettings
from jupyter_mlpipe.execution.metering.waiting import Wait
from jupyter_mlpipe.notebook.pipeline import StageOptions


class ClusterKeeper:
    """The one cluster that a process keeps; another kind or size of cluster takes its place."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        self._about: tuple[Any, ...] = ()
        self.patience = math.inf
        """Seconds for which it waits for the next run, by the settings of the last."""
        self._down: Wait | None = None
        """Since it was sent away for want of runs."""

    @property
    def waits(self) -> bool:
        """Whether a cluster is up that no run uses."""
        return self._cluster is not None and self._cluster.wait is not None

    def open(
        self,
        settings: ClusterSettings,
        needs: Sequence[StageOptions],
        *,
        warm_up: WarmUp | None = None,
        warn: Callable[[str], None],
    ) -> Cluster:
        """The kept cluster where it is what the settings and needs ask for, else a new one."""
        self.patience = settings.idle_timeout
        sizes = tuple(sorted({(stage.cpus, stage.memory, stage.max_memory, stage.gpus) for stage in needs}))
        options = (settings.cluster_options, settings.workers, settings.adapt_minimum, settings.adapt_maximum)
        about = (settings.cluster, repr(options), sizes)
        if self._cluster is not None and (about != self._about or not _lives(self._cluster)):
            self.close()
        self._end_wait()
        if self._cluster is None:
            self._cluster = open_cluster(settings, needs, warm_up=warm_up, warn=warn)
            self._cluster.kept = True
            self._about = about
        self._cluster.tell_by(warn)
        return self._cluster

    def send_away(self) -> None:
        """Close the cluster until the next run asks for one."""
        wait = self._cluster.wait if self._cluster is not None else None
        if wait is not None and self._cluster is not None:
            self._cluster.wait = None
            with _whatever_is_told():
                self._down = wait.sent_away()
        self._close()

    def close(self) -> None:
        """Close the cluster where there is one."""
        self._end_wait()
        self._close()

    def _close(self) -> None:
        cluster, self._cluster = self._cluster, None
        if cluster is not None:
            cluster.close()

    def _end_wait(self) -> None:
        wait, self._down = self._down, None
        if self._cluster is not None and self._cluster.wait is not None:
            wait, self._cluster.wait = self._cluster.wait, None
        if wait is not None:
            with _whatever_is_told():
                wait.end()


@contextmanager
def _whatever_is_told() -> Iterator[None]:
    """What keeps the accounts may fail, when the ledger is gone; the cluster's own end may not."""
    try:
        yield
    except Exception:
        logging.getLogger(__name__).warning("how long the cluster waited is not written down", exc_info=True)


_keeper: ClusterKeeper | None = None


def keep_clusters(keeper: ClusterKeeper | None) -> None:
    """Have this process keep its embedded cluster from now on; None keeps none."""
    global _keeper
    _keeper = keeper


def open_or_reuse(
    settings: ClusterSettings,
    needs: Sequence[StageOptions],
    *,
    warm_up: WarmUp | None = None,
    warn: Callable[[str], None],
) -> Cluster:
    """A cluster for one run; see `cluster.open_cluster`. A kept one has ``kept`` set, and is not the run's to close."""
    if _keeper is not None and settings.cluster == "local":
        return _keeper.open(settings, needs, warm_up=warm_up, warn=warn)
    return open_cluster(settings, needs, warm_up=warm_up, warn=warn)


def _lives(cluster: Cluster) -> bool:
    with suppress(Exception):  # a cluster that broke may answer in any way
        return bool(cluster.client.scheduler_info(n_workers=-1)["workers"])
    return False
