"""A kept cluster that waits for its next run, or was sent away meanwhile: how long, and what that held or spared.

Not for deciding when it is sent away (``kept_cluster``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.metering.cluster_use import ClusterMeter

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.metering.run_meters import ClusterUse


class Wait:
    """One stretch without a run.

    Parameters
    ----------
    workers
        Those that wait, as ``Client.scheduler_info`` tells of them.
    on_ended
        Told once, at the end.
    away
        Whether they were sent away just now: then their time is spared.
    """

    def __init__(
        self, workers: Mapping[str, Any], on_ended: Callable[[ClusterUse], None], *, away: bool = False
    ) -> None:
        self._workers = dict(workers)
        self._there = {} if away else self._workers
        self._on_ended = on_ended
        self._meter = ClusterMeter()
        self._meter.look(self._workers)
        self._meter.look(self._there)

    def end(self) -> None:
        """The next run has come, or nobody waits for one any more."""
        self._meter.look(self._there)
        self._on_ended(self._meter.read())

    def sent_away(self) -> Wait:
        """The cluster is closed, and a later run opens it again."""
        self.end()
        return Wait(self._workers, self._on_ended, away=True)
