"""The small notebook that a stage's kernel runs: our first cell, the user's cells, our last cell.

A plain dict in nbformat 4's shape; no library is needed to make it. What the two cells do is ``session``'s matter, who
executes them is ``papermill_engine``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.prologue import awaits

_CALL = "__import__('jupyter_mlpipe.execution.session', fromlist=['{verb}']).{verb}({path!r})"


def compose(
    cells: Sequence[Mapping[str, Any]],
    spec_path: str | Path,
    *,
    kernel_name: str = "python3",
    steps: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """A notebook of the stage's cells between ours.

    Parameters
    ----------
    cells
        The user's cells in order, ``{"source", "metadata"}``, without the ``%%stage`` line; their metadata names the
        cell of the source notebook (``metadata.mlpipe.cell``).
    spec_path
        Where the kernel finds the session's spec.
    kernel_name
        The kernelspec to start.
    steps
        The spec's steps. Where one of them awaits at top level, or they are not given, the first cell can wait for it.
    """
    path = str(spec_path)
    begin = _CALL.format(verb="begin", path=path)
    if steps is not None and any(awaits(step["run"]) for step in steps if "run" in step):
        begin = f"await {begin}"
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel_name, "display_name": kernel_name, "language": "python"}},
        "cells": [
            _cell("mlpipe-begin", begin, {"mlpipe": {"role": "begin"}}),
            *(
                _cell(f"mlpipe-{index}", str(cell["source"]), dict(cell.get("metadata") or {}))
                for index, cell in enumerate(cells)
            ),
            _cell("mlpipe-end", _CALL.format(verb="end", path=path), {"mlpipe": {"role": "end"}}),
        ],
    }


def _cell(identity: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": identity,
        "metadata": metadata,
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
