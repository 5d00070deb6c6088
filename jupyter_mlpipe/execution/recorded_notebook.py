"""Notebooks as runs had them, read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.errors import BrokenNotebookError, NotebookError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.recipe import notebook_digest
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.notebook.notebook_file import load_notebook, tags_of
from jupyter_mlpipe.notebook.parameters import INJECTED_TAG
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.reader import read_pipeline
from jupyter_mlpipe.notebook.writer import ERROR_MARKER_TAG

_QUICKLY_READ = 64 << 20
"""Bytes up to which the executed notebook is looked at before the source, which holds no outputs."""


def recorded_pipeline(context: RunContext, run: Run, stage: str) -> Pipeline:
    """The notebook with this stage as a run had it: as executed, else the source where its code is still the same.

    Raises
    ------
    BrokenNotebookError
        Neither is there.
    """
    executed, source = (context.root / path if path else None for path in (run.executed, run.notebook))
    large = executed is not None and executed.is_file() and executed.stat().st_size > _QUICKLY_READ
    extend = context.hooks()
    for path in (source, executed) if large else (executed, source):
        try:
            pipeline = read_pipeline(_as_source(load_notebook(path)), extend=extend, path=path) if path else None
        except NotebookError:
            continue
        if pipeline is None or stage not in {found.name for found in pipeline.stages}:
            continue
        if _is_of(pipeline, run, executed=path == executed):
            return pipeline
    raise BrokenNotebookError(
        f"the notebook of run {run.id} is not there any more as the run had it",
        hint="run the notebook again",
        run=run.id,
    )


def _as_source(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook without the cells that a run adds to it, so that each cell has its number again."""
    cells = [cell for cell in notebook["cells"] if ERROR_MARKER_TAG not in tags_of(cell.get("metadata") or {})]
    numbers = [(cell.get("metadata") or {}).get("mlpipe", {}).get("cell") for cell in cells]
    shifted = next((at for at, number in enumerate(numbers) if number is not None and number == at - 1), None)
    added = (at for at, cell in enumerate(cells) if INJECTED_TAG in tags_of(cell.get("metadata") or {}))
    place = next(added, None) if shifted is not None else None
    return {**notebook, "cells": [cell for at, cell in enumerate(cells) if at != place]}


def _is_of(pipeline: Pipeline, run: Run, *, executed: bool) -> bool:
    if executed:
        about = (pipeline.notebook.get("metadata") or {}).get("mlpipe") or {}
        return bool(about.get("run") == run.id)
    return notebook_digest(pipeline) == run.notebook_digest
