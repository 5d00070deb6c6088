"""Operations on open notebooks: what they mean, what may stand in them, and notebooks that we write."""

from __future__ import annotations

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.execution.debug_notebook import debug_notebook
from jupyter_mlpipe.notebook import tutorial
from jupyter_mlpipe.notebook.executed_file import notebook_bytes
from jupyter_mlpipe.server.analysis import analyse
from jupyter_mlpipe.server.beside import write_beside
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
from jupyter_mlpipe.server.stage_lines import stage_line_of

TUTORIAL_FOLDER = "mlpipe-tutorial"


def server_info(desk: Desk) -> ServerInfo:  # noqa: ARG001 - every operation gets the desk
    """Say what this server offers."""
    return ServerInfo(__version__, tutorial=tutorial.is_installed(), scheduler=False)


def analyse_notebook(desk: Desk, *, body: AnalysisRequest) -> Analysis:
    """Say what a notebook's stages are and would do, from its cells as the editor has them."""
    return analyse(desk.places, desk.look_into(body.path), body)


def stage_line(desk: Desk, *, path: str = "") -> StageLineInfo:
    """Say what may stand on a ``%%stage`` line of this notebook: our options and those of installed hooks."""
    return stage_line_of(desk.look_into(path))


def copy_tutorial(desk: Desk, *, body: TutorialRequest) -> CreatedNotebook:
    """Copy the tutorial into a folder of its own; what is there already stays as it is."""
    notebook = tutorial.copy_tutorial(desk.places.file(body.folder) / TUTORIAL_FOLDER)
    return CreatedNotebook(desk.places.path(notebook) or "")


def write_debug_notebook(desk: Desk, *, body: DebugRequest) -> CreatedNotebook:
    """Write a notebook beside the source that stands where a stage of a run failed, with its inputs."""
    notebook = debug_notebook(desk.workspace(body.path), body.run, body.stage)
    target = write_beside(desk.places.file(body.path), f"debug-{body.stage}", notebook_bytes(notebook))
    return CreatedNotebook(desk.places.path(target) or "")
