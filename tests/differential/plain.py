"""Runs a trap by plain papermill, the judge. Not for anything of ours: no extension, no stage lines."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.transcript import Transcript, transcript
from tests.differential.trap import Trap, to_notebook


@dataclass(frozen=True)
class PlainRun:
    transcript: Transcript
    error: str | None
    """Name of the exception that ended the notebook, if one did."""


def lay_out(trap: Trap, folder: Path, staging: str = "none") -> Path:
    """Writes the trap's notebook and files into the folder; gives the notebook's path."""
    for name, content in trap.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    path = folder / f"{trap.name}.ipynb"
    path.write_text(json.dumps(to_notebook(trap, staging), indent=1), encoding="utf-8")
    return path


def run_plain(trap: Trap, folder: Path) -> PlainRun:
    """One run through papermill's API, with the notebook's folder as the kernel's."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    folder.mkdir(parents=True, exist_ok=True)
    path = lay_out(trap, folder)
    executed = folder.parent / f"{folder.name}.executed.ipynb"
    # papermill reports errors in cells tagged `raises-exception` too, after it has run the cells below them.
    with contextlib.suppress(PapermillExecutionError):
        try:
            _papermill(papermill, path, executed, folder)
        except RuntimeError as error:
            if "Kernel died" not in str(error):
                raise
            # Kernels that start at the same moment may choose the same port.
            _papermill(papermill, path, executed, folder)
    notebook = json.loads(executed.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if "papermill-error-cell-tag" not in cell["metadata"].get("tags", ())]
    return PlainRun(transcript({**notebook, "cells": cells}, folder, trap, path.name), _untagged_error(cells))


def _papermill(papermill: Any, path: Path, executed: Path, folder: Path) -> None:
    papermill.execute_notebook(
        str(path), str(executed), cwd=str(folder), kernel_name="python3", progress_bar=False, log_output=False
    )


def _untagged_error(cells: list[dict[str, Any]]) -> str | None:
    for cell in cells:
        if "raises-exception" not in cell["metadata"].get("tags", ()):
            for output in cell.get("outputs", ()):
                if output["output_type"] == "error":
                    return str(output["ename"])
    return None
