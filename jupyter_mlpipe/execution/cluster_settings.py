"""The part of the settings that says where stages run. Not for their meaning (``settings``, ``cluster``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class ClusterSettings(Protocol):
    """What clusters are opened, kept and closed by."""

    @property
    def cluster(self) -> str:
        """``local``, an address, or a class."""

    @property
    def cluster_options(self) -> Mapping[str, Any]:
        """Keywords for the cluster or the client."""

    @property
    def workers(self) -> int | None:
        """How many workers; None leaves it to the cluster."""

    @property
    def adapt_minimum(self) -> int | None:
        """Fewest workers of an adaptive cluster."""

    @property
    def adapt_maximum(self) -> int | None:
        """Most workers of an adaptive cluster; None where it is not adaptive."""

    @property
    def idle_timeout(self) -> float:
        """Seconds for which a kept cluster waits for the next run."""
