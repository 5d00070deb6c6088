"""An executed notebook as a file: its bytes laid out as nbformat writes them, written whole or not at all.

This module is not for what an executed notebook holds (``writer``), nor for reading notebooks (``notebook_file``).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import NotebookError, ReadOnlyError
from jupyter_mlpipe.notebook.notebook_file import cell_source


def write_executed(path: str | os.PathLike[str], notebook: Mapping[str, Any], source: str = "") -> Path:
    """Write an executed notebook, whole or not at all.

    Parameters
    ----------
    path
        Where to write it; folders on the way are made.
    notebook
        Its JSON value.
    source
        The source notebook's path, which is never written over.

    Raises
    ------
    NotebookError
        ``path`` is the source notebook.
    ReadOnlyError
        The place cannot be written; nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    if source and _same_file(target, source):
        raise NotebookError(
            f"the executed notebook would be written over its source {source}",
            hint="give another path for the executed notebook",
            path=str(target),
        )
    data = notebook_bytes(notebook)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{target.name[:80]}.{os.urandom(8).hex()}.tmp"
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise ReadOnlyError(
            f"the executed notebook cannot be written to {target}: {error.strerror or error}",
            hint="choose a path that can be written, or free some space",
            path=str(target),
        ) from error
    return target


def notebook_bytes(notebook: Mapping[str, Any]) -> bytes:
    """The notebook as a file's bytes, laid out as nbformat writes it (lines split, keys sorted, one blank of indent).

    Numbers that JSON does not know (NaN, infinities) become null: a notebook with them would not open in JupyterLab.
    """
    split = {**notebook, "cells": [_split_cell(cell) for cell in notebook["cells"]]}
    try:
        text = json.dumps(split, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(split), indent=1, sort_keys=True, ensure_ascii=False)
    try:
        return (text + "\n").encode()
    except UnicodeEncodeError:  # a lone surrogate, which only JSON's own escape can carry
        return (json.dumps(_finite(split), indent=1, sort_keys=True) + "\n").encode()


def _split_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    split = {**cell, "source": cell_source(cell).splitlines(keepends=True)}
    if "outputs" in cell:
        split["outputs"] = [_split_output(output) for output in cell["outputs"]]
    return split


def _split_output(output: Mapping[str, Any]) -> dict[str, Any]:
    if output["output_type"] == "stream":
        return {**output, "text": output["text"].splitlines(keepends=True)}
    if "data" not in output:
        return dict(output)
    splits = ("application/javascript", "image/svg+xml")
    data = {
        mime: value.splitlines(keepends=True)
        if isinstance(value, str) and (mime.startswith("text/") or mime in splits)
        else value
        for mime, value in output["data"].items()
    }
    return {**output, "data": data}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _same_file(target: Path, source: str) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return os.path.realpath(source) == str(target)
