"""Ambient states of a live kernel (working directory, environment, options, random generators), cell by cell.

Before and after each cell the states are read, which costs little and changes nothing; only where a stage needs it is
said, in the words of a manifest, what the cells above changed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnstorableError
from jupyter_mlpipe.execution.ambient import RANDOM, STATES, decode, encode
from jupyter_mlpipe.execution.ambient_state import Reading, Surroundings, compose, entries_changed, keys_changed, same
from jupyter_mlpipe.notebook.pipeline import Kind, Stage

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live_notebook import CellRecord, LivePipeline
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_INITIAL = {state.location: state.initial for state in STATES}


def read_states(project: Path, namespace: MutableMapping[str, object]) -> dict[str, Reading]:
    """The states of the libraries that are loaded."""
    around = Surroundings(project, namespace)
    return {state.location: state.read(around) for state in STATES if state.library in sys.modules}


def ambient_above(
    live: LivePipeline, stage: Stage, store: ArtifactStore, namespace: MutableMapping[str, object], project: Path
) -> dict[str, Mapping[str, Any]]:
    """The states as the units above a stage left them, where that differs from a fresh kernel."""
    around = Surroundings(project, namespace)
    states: dict[str, Mapping[str, Any]] = {}
    for unit in live.pipeline.stages:
        record = live.records.get(unit.cells[-1])
        if unit.start >= stage.start or record is None:
            continue
        if record.manifest is not None:
            states.update(record.manifest.ambient)
        else:
            seeds = any(statement.seeds for statement in unit.statements)
            states.update(_changes(record, states, store, around, seeds))
    return states


def _changes(
    record: CellRecord,
    earlier: Mapping[str, Mapping[str, Any]],
    store: ArtifactStore,
    around: Surroundings,
    seeds: bool,
) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for name, after in record.after.items():
        before = record.before.get(name)
        if by_import(name, loaded=record.loaded, source=record.source):
            continue
        if name in RANDOM:
            if (seeds or name in earlier) and isinstance(after, Mapping) and after != before:
                found[name] = encode(name, dict(after), store, around)
            continue
        if before is None:
            initial = _INITIAL[name]
            before = initial(around) if initial is not None else after
        value = _difference(before, after)
        if not value:
            continue
        if name in earlier:
            value = compose(decode(earlier[name], store, around), value, entries=isinstance(after, list))
        try:
            found[name] = encode(name, value, store, around)
        except UnstorableError:
            continue
    return found


def _difference(before: Reading, after: Reading) -> dict[str, Any]:
    if isinstance(after, Mapping):
        return keys_changed(before if isinstance(before, Mapping) else {}, after)
    return dict(entries_changed(before if not isinstance(before, Mapping) else (), after))


def by_import(name: str, *, loaded: bool, source: str) -> bool:
    """Whether a change of a state is only a library's doing as it was loaded: warnings filters that it adds.

    Whether a library is loaded by this cell or was before says nothing of the cell.
    """
    return name == "@warnings" and loaded and "warnings" not in source


def differences(before: Mapping[str, Reading], after: Mapping[str, Reading]) -> dict[str, tuple[Reading, Reading]]:
    """States other than random ones that are not what they were, with both readings."""
    return {
        name: (before[name], now)
        for name, now in after.items()
        if name not in RANDOM and name in before and not _same(before[name], now)
    }


def changed_elsewhere(live: LivePipeline, stage: Stage, now: Mapping[str, Reading]) -> str:
    """Why a state is not what the cells above left: another cell changed it. Empty where it is.

    Random generators are not looked at: they are set to what they should be before the stage runs.
    """
    start = stage.cells[0]
    above = {record.identity for index, record in live.records.items() if index < start}
    for change in live.changes:
        if change.identity in above:
            continue
        if not _same(change.before, now.get(change.name, change.before)):
            return f"{_title(change.name)} was changed by a cell that does not stand above"
    digests = {statement.digest for statement in live.pipeline.statements if statement.cell < start}
    for statement in live.pipeline.statements:
        below = statement.cell > stage.cells[-1] and statement.cell in live.records
        if below and statement.kind is Kind.CONFIGURE and statement.digest not in digests:
            return f"`{statement.label}` of a cell below is in force"
    return ""


def _same(left: Reading, right: Reading) -> bool:
    return same(_copied(left), _copied(right))


def _copied(reading: Reading) -> Any:
    return dict(reading) if isinstance(reading, Mapping) else list(reading)


def _title(name: str) -> str:
    titles = {"@cwd": "the working directory", "@environ": "an environment variable", "@sys.path": "`sys.path`"}
    return titles.get(name, f"the state of {name.removeprefix('@')}")
