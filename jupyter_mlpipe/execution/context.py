"""What a run needs from its surroundings: a place, settings, a store, a ledger and hooks.

``jupyter_mlpipe.workspace.Workspace`` is one; this layer only knows the shape, so that it stands below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from jupyter_mlpipe.execution.hooks import StageHook
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.settings import Settings
from jupyter_mlpipe.store.artifacts import ArtifactStore


class RunContext(Protocol):
    """The surroundings of a run."""

    @property
    def root(self) -> Path:
        """The workspace's folder: the one that holds ``.mlpipe/``."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def store(self) -> ArtifactStore:
        """The artifact store, open."""

    @property
    def ledger(self) -> Ledger:
        """The ledger, open."""

    def hooks(self) -> Sequence[StageHook]:
        """The stage hooks that take part."""
