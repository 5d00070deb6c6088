"""Operations on what stages read and made."""

from __future__ import annotations

from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.values import StageValues, StageVersions


def stage_values(desk: Desk, run: str, stage: str, path: str) -> StageValues:
    """Show what a stage read and made in a run, with a preview of each value that can be opened safely."""
    raise NotImplementedError


def stage_versions(desk: Desk, stage: str, path: str, pipeline: str, key: str = "", limit: int = 30) -> StageVersions:
    """List the results of a stage, newest first; `key` is that of the notebook as it is now."""
    raise NotImplementedError
