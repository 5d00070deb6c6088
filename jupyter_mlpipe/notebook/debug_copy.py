"""A notebook in which one steps through a stage that ran elsewhere: its setup, its inputs, then its cells one by one.

Plain JSON of nbformat 4.5. Not for finding the run and what failed there (``execution.debug_notebook``), nor for
loading the inputs, which the ``%stage_inputs`` line does when it is run.
"""

from __future__ import annotations

import copy
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from jupyter_mlpipe.notebook.literals import assignments
from jupyter_mlpipe.notebook.notebook_file import cell_source, tags_of
from jupyter_mlpipe.notebook.parameters import INJECTED_TAG
from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
from jupyter_mlpipe.notebook.syntax import split_cell

_PIPELINE = re.compile(r"^%pipeline[ \t]", re.MULTILINE)
_LOADED = re.compile(r"^%(?:re)?load_ext[ \t]+jupyter_mlpipe\b", re.MULTILINE)
_LIVE_LINE = re.compile(r"^%(?:stages|stage_inputs|restore|drift)\b.*\n?", re.MULTILINE)
"""Lines that load or show something of their own."""


def debug_copy(
    pipeline: Pipeline,
    stage: Stage,
    *,
    name: str,
    run: str,
    source: str,
    parameters: Mapping[str, Any],
    error: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The notebook.

    Parameters
    ----------
    pipeline, stage
        The notebook as the run had it, and the stage to step through.
    name
        The pipeline's name in the ledger.
    run
        The run's id.
    source
        Path of the source notebook, for people.
    parameters
        Values that were given for the run.
    error
        What the stage failed with (``code``, ``message``, ``hint``); None where it did not fail.
    """
    setup = list(_setup(pipeline, stage, parameters))
    together = "\n".join(cell["source"] for cell in setup)
    head = [] if _LOADED.search(together) else ["%load_ext jupyter_mlpipe"]
    head += [] if _PIPELINE.search(together) else [f"%pipeline {shlex.quote(name)}"]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": _words(stage.name, run, source, error)}]
    cells += [_code("\n".join(head))] if head else []
    cells += setup
    cells.append(_code(f"%stage_inputs {shlex.quote(stage.name)} --run {run}"))
    for index in stage.cells:
        cell = pipeline.notebook["cells"][index]
        cells.append(_code(split_cell(cell_source(cell)).body.lstrip("\n"), cell.get("metadata")))
    known = pipeline.notebook.get("metadata") or {}
    metadata = {part: copy.deepcopy(known[part]) for part in ("kernelspec", "language_info") if part in known}
    metadata["mlpipe"] = {"debug": {"run": run, "stage": stage.name}}
    for number, made in enumerate(cells):
        made["id"] = f"debug-{number}"
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _setup(pipeline: Pipeline, stage: Stage, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The plain cells up to the stage's last, and the run's parameters below those of the notebook."""
    injected = [_code("# Parameters\n" + assignments(parameters), {"tags": [INJECTED_TAG]})] if parameters else []
    if pipeline.parameters_cell is None:
        yield from injected
    for index, cell in enumerate(pipeline.notebook["cells"][: stage.cells[-1]]):
        metadata = cell.get("metadata") or {}
        if cell["cell_type"] != "code" or index in pipeline.stage_of_cell or INJECTED_TAG in tags_of(metadata):
            continue
        source = _LIVE_LINE.sub("", cell_source(cell))
        if source.strip():
            yield _code(source, metadata)
        if index == pipeline.parameters_cell:
            yield from injected


def _code(source: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    tags = sorted(tags_of(metadata or {}))
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": tags} if tags else {},
        "outputs": [],
        "source": source.rstrip("\n"),
    }


def _words(stage: str, run: str, source: str, error: Mapping[str, Any] | None) -> str:
    where = f" of *{PurePath(source).name}*" if source else ""
    lines = [
        f"# Stage `{stage}`{where} in run `{run}`",
        "",
        f"The setup of the notebook, then what `{stage}` read in that run, then its own cells: run them from the top,",
        "one by one. Nothing that is made here is stored; what is mended here belongs into the source notebook.",
    ]
    if error is not None:
        text = "\n".join(f"{error[part]}" for part in ("message", "hint") if error.get(part))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
        lines += ["", f"It failed with {error.get('code', 'an error')}:", "", fence, text, fence]
    return "\n".join(lines)
