"""Pipelines that are notebooks: the hooks for Jupyter and IPython, and the public names.

Public names are looked up when they are first used, so that importing the package costs nothing. This module is not for
logic of any kind: each name lives in the module that ``_PUBLIC`` gives.
"""

from __future__ import annotations

import os
from importlib import import_module

from jupyter_mlpipe._version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from IPython.core.interactiveshell import InteractiveShell

STAGE_KERNEL = "MLPIPE_INTERNAL_STAGE_KERNEL"
"""Set in the environment of kernels that a run starts; taken out before the user's code runs."""

_PUBLIC = {
    "MlpipeError": "jupyter_mlpipe.errors",
    "Pipeline": "jupyter_mlpipe.notebook.pipeline",
    "Stage": "jupyter_mlpipe.notebook.pipeline",
    "Workspace": "jupyter_mlpipe.workspace",
    "read_pipeline": "jupyter_mlpipe.notebook.reader",
    "plan_pipeline": "jupyter_mlpipe.execution.plan",
    "run_pipeline": "jupyter_mlpipe.execution.runner",
}

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension", *_PUBLIC]  # noqa: PLE0604 - all are str


def __getattr__(name: str) -> Any:
    home = _PUBLIC.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics: what ``%load_ext jupyter_mlpipe`` calls.

    In a stage's own kernel there are none: the run watches that stage in another way.
    """
    if os.environ.pop(STAGE_KERNEL, None):
        return
    import_module("jupyter_mlpipe.magics").load_ipython_extension(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again: what ``%unload_ext jupyter_mlpipe`` calls."""
    import_module("jupyter_mlpipe.magics").unload_ipython_extension(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Say what Jupyter Server loads."""
    return [{"module": "jupyter_mlpipe", "app": import_module("jupyter_mlpipe.server.extension").MlpipeExtension}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Say where the built front end is, for development installs."""
    return [{"src": "labextension", "dest": "@jupyter-mlpipe/labextension"}]
