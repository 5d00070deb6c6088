"""Operations on open notebooks: what they mean, what may stand in them, and notebooks that we write."""

from __future__ import annotations

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.notebook import (
    Analysis,
    AnalysisRequest,
    CreatedNotebook,
    DebugRequest,
    StageLineInfo,
    TutorialRequest,
)
from jupyter_mlpipe.server.shapes.panels import ServerInfo


def server_info(desk: Desk) -> ServerInfo:
    """Say what this server offers."""
    raise NotImplementedError


def analyse_notebook(desk: Desk, body: AnalysisRequest) -> Analysis:
    """Say what a notebook's stages are and would do, from its cells as the editor has them."""
    raise NotImplementedError


def stage_line(desk: Desk, path: str = "") -> StageLineInfo:
    """Say what may stand on a ``%%stage`` line of this notebook: our options and those of installed hooks."""
    raise NotImplementedError


def copy_tutorial(desk: Desk, body: TutorialRequest) -> CreatedNotebook:
    """Copy the tutorial into a folder of its own; what is there already stays as it is."""
    raise NotImplementedError


def write_debug_notebook(desk: Desk, body: DebugRequest) -> CreatedNotebook:
    """Write a notebook beside the source that stands where a stage of a run failed, with its inputs."""
    raise NotImplementedError
