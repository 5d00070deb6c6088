"""The notebook as this kernel knows it: the cells that were executed, in the order of the file where that is known.

A cell that was executed counts with the source that was executed, whatever the file says; a cell of the file above the
current one that was not executed does not count, since its effects are not in the kernel; cells below count, because
they say what is wanted. Nothing is executed here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import NotebookError
from jupyter_mlpipe.execution.ambient_state import Reading
from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.notebook_file import cell_source
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.reader import read_pipeline
from jupyter_mlpipe.notebook.syntax import split_cell
from jupyter_mlpipe.store.artifacts import StageManifest


@dataclass
class CellRecord:
    """A cell that this kernel executed."""

    identity: str
    source: str
    previous: str | None
    """The cell executed just before it, which tells its place while the file does not have it."""
    turn: int
    """The how-manieth execution of this kernel was its latest."""
    before: Mapping[str, Reading] = field(default_factory=dict)
    """Ambient states when it was last started."""
    after: Mapping[str, Reading] = field(default_factory=dict)
    loaded: bool = False
    """Whether modules were loaded while it ran."""
    manifest: StageManifest | None = None
    """What its stage left, if that was kept or restored."""
    stand_in: bool = False
    """Whether it was not executed here: what its stage left was put into the kernel in its place."""
    replaced: CellRecord | None = None
    """What the cell was before this execution; kept while it runs."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """An ambient state that a cell changed, in some execution of it."""

    identity: str
    name: str
    before: Reading


@dataclass(frozen=True)
class LivePipeline:
    """The pipeline of a live notebook, with the place of the current cell."""

    pipeline: Pipeline
    cell: int
    """Index of the current cell."""
    records: Mapping[int, CellRecord]
    """Executed cells by index, the current one included."""
    changes: Sequence[StateChange]
    """Changes of ambient states by all executions of this kernel."""
    complete: bool
    """Whether the notebook's file is known, so that what stands below is known too."""


class LiveNotebook:
    """The executed cells of one kernel."""

    def __init__(self) -> None:
        self.records: dict[str, CellRecord] = {}
        self.changes: list[StateChange] = []
        self._last: str | None = None
        self._turn = 0
        self._file: tuple[Path, tuple[int, int], dict[str, Any]] | None = None

    def executed(self, source: str, cell_id: str | None) -> CellRecord:
        """Note that a cell is executed now."""
        self._turn += 1
        identity = cell_id or _identity(source)
        old = self.records.pop(identity, None)
        previous = old.previous if old is not None and self._last == identity else self._last
        record = CellRecord(identity, source, previous, self._turn, replaced=old)
        if old is not None:
            old.replaced = None
        self.records[identity] = record  # at the end: the dict's order is that of the latest executions
        self._last = identity
        return record

    def forget(self, record: CellRecord) -> None:
        """Take back that a cell was executed: it could not even start."""
        if self.records.get(record.identity) is record:
            del self.records[record.identity]
            if record.replaced is not None:
                self.records[record.identity] = record.replaced
            self._last = record.previous

    def has_executed(self, path: Path | None, cells: Collection[int]) -> bool:
        """Whether any of the cells with these indexes was executed here."""
        places = self._cells(path)[1].items()
        return any(index in cells and not self.records[identity].stand_in for identity, index in places)

    def stand_in(self, path: Path | None, cells: Collection[int], manifest: StageManifest) -> None:
        """Have cells that were not executed count as if they had left what was put into the kernel in their place."""
        ids = self._last is None or not self._last.startswith(_WITHOUT_ID)
        in_order, _ = self._cells(path)
        for index in cells:
            source = cell_source(in_order[index])
            identity = str((in_order[index].get("id") if ids else None) or _identity(source))
            self.records[identity] = CellRecord(
                identity, source, self._last, self._turn, manifest=manifest, stand_in=True
            )

    def pipeline(self, current: CellRecord, path: Path | None, extend: Sequence[LineExtension]) -> LivePipeline:
        """The notebook with this cell as the current one.

        Raises
        ------
        NotebookError
            The current cell, or one above it, cannot be read.
        """
        cells, places = self._cells(path)
        here = places[current.identity]
        for index, cell in enumerate(cells):
            if cell["cell_type"] == "code" and index < here and index not in places.values():
                cells[index] = {"cell_type": "raw", "metadata": {}, "source": ""}
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        pipeline = _read(notebook, here, extend, path)
        records = {index: self.records[identity] for identity, index in places.items()}
        return LivePipeline(pipeline, here, records, self.changes, complete=path is not None)

    def whole(self, path: Path | None, extend: Sequence[LineExtension]) -> Pipeline:
        """All cells, those of the file that were not executed too. Raises ``NotebookError``."""
        cells, _ = self._cells(path)
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        return read_pipeline(notebook, extend=extend, path=path)

    def _cells(self, path: Path | None) -> tuple[list[dict[str, Any]], dict[str, int]]:
        """The cells in order, and each executed cell's index among them."""
        in_file = [dict(cell) for cell in self._read_file(path).get("cells", ())]
        slots: list[tuple[str | None, dict[str, Any]]] = [(None, cell) for cell in in_file]
        for record in self.records.values():
            at = _match(record, slots)
            cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
            if at is not None:
                slots[at] = (record.identity, {**slots[at][1], "source": record.source})
            elif in_file:
                place = next((i + 1 for i, slot in enumerate(slots) if slot[0] == record.previous), 0)
                slots.insert(place, (record.identity, {**cell, "source": record.source}))
            else:
                slots.append((record.identity, {**cell, "source": record.source}))
        places = {identity: index for index, (identity, _) in enumerate(slots) if identity is not None}
        return [cell for _, cell in slots], places

    def _read_file(self, path: Path | None) -> dict[str, Any]:
        if path is None:
            return {}
        try:
            state = path.stat()
            mark = (state.st_mtime_ns, state.st_size)
            if self._file is None or self._file[:2] != (path, mark):
                self._file = (path, mark, json.loads(path.read_text("utf-8")))
        except (OSError, ValueError):
            return self._file[2] if self._file is not None and self._file[0] == path else {}
        return self._file[2]


def notebook_path(namespace: MutableMapping[str, object], environ: Mapping[str, str]) -> Path | None:
    """The file of the notebook that this kernel belongs to, where a front end says so."""
    told = (namespace.get("__session__"), environ.get("JPY_SESSION_NAME"), namespace.get("__vsc_ipynb_file__"))
    for name in told:
        if isinstance(name, str) and name.endswith(".ipynb"):
            path = Path(name)
            if path.is_file():
                return path.absolute()
    return None


_WITHOUT_ID = ("stage ", "text ", "%pipeline")
"""How identities begin that are no cell's id."""


def _identity(source: str) -> str:
    """What makes a cell the same cell again where the front end gives it no id: its stage, else its text."""
    stage = _stage_of(source)
    if stage:
        return f"stage {stage}"
    return "%pipeline" if source.lstrip().startswith("%pipeline") else f"text {source}"


def _stage_of(source: str) -> str:
    try:
        line = split_cell(source).stage_line
    except NotebookError:
        return ""
    return line.split()[0] if line and line.split() else ""


def _match(record: CellRecord, slots: Sequence[tuple[str | None, Mapping[str, Any]]]) -> int | None:
    """The place of an executed cell in the file: by its id, else by its text, else by its stage's only cell."""
    free = [at for at, (taken, cell) in enumerate(slots) if taken is None and cell.get("cell_type") == "code"]
    by_id = [at for at in free if slots[at][1].get("id") == record.identity]
    if by_id:
        return by_id[0]
    by_text = [at for at in free if cell_source(slots[at][1]) == record.source]
    if by_text:
        return by_text[0]
    stage = _stage_of(record.source)
    by_stage = [at for at in free if stage and _stage_of(cell_source(slots[at][1])) == stage]
    return by_stage[0] if len(by_stage) == 1 else None


def _read(notebook: dict[str, Any], here: int, extend: Sequence[LineExtension], path: Path | None) -> Pipeline:
    """Read the notebook; a cell other than the current one that cannot be read is left out."""
    while True:
        try:
            return read_pipeline(notebook, extend=extend, path=path)
        except NotebookError as error:
            cell = error.details.get("cell")
            if not isinstance(cell, int) or cell == here or notebook["cells"][cell]["cell_type"] != "code":
                raise
            notebook["cells"][cell] = {"cell_type": "raw", "metadata": {}, "source": ""}
