"""An embedded cluster that outlives the run which opened it, for the runs that come after in the same process.

Only embedded clusters are kept: to somebody else's scheduler one connects anew. A process keeps clusters once it has
called `keep_clusters`; in any other `open_or_reuse` opens one that its run closes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from jupyter_mlpipe.execution.cluster import Cluster, ClusterSettings, WarmUp, open_cluster
from jupyter_mlpipe.notebook.pipeline import StageOptions


class ClusterKeeper:
    """The one cluster that a process keeps; another kind or size of cluster takes its place."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        self._about: tuple[Any, ...] = ()

    def open(
        self,
        settings: ClusterSettings,
        needs: Sequence[StageOptions],
        *,
        warm_up: WarmUp | None = None,
        warn: Callable[[str], None],
    ) -> Cluster:
        """The kept cluster where it is what the settings and needs ask for, else a new one."""
        sizes = tuple(sorted({(stage.cpus, stage.memory, stage.gpus) for stage in needs}))
        options = (settings.cluster_options, settings.workers, settings.adapt_minimum, settings.adapt_maximum)
        about = (settings.cluster, repr(options), sizes)
        if self._cluster is not None and (about != self._about or not _lives(self._cluster)):
            self.close()
        if self._cluster is None:
            self._cluster = open_cluster(settings, needs, warm_up=warm_up, warn=warn)
            self._cluster.kept = True
            self._about = about
        self._cluster.tell_by(warn)
        return self._cluster

    def close(self) -> None:
        """Close the cluster where there is one."""
        cluster, self._cluster = self._cluster, None
        if cluster is not None:
            cluster.close()


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
