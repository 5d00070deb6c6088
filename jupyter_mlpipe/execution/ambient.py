"""Ambient states on their way between stages: look, compare, write down, restore.

What a stage's manifest says of a state is *all that stages have changed of it so far* (keys of a mapping, entries of a
list; the whole state of a random generator), so a later kernel first runs the code that configures libraries and then
has these changes put on top. A state in which nothing changed is not written.

Which stage gets which version is the runner's matter.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from jupyter_mlpipe.errors import LinearMeaningError, MlpipeError, UnstorableError
from jupyter_mlpipe.execution import ambient_libraries, ambient_python, module_state
from jupyter_mlpipe.execution.ambient_state import (
    AmbientState,
    Reading,
    Surroundings,
    apply_entries,
    compose,
    entries_changed,
    keys_changed,
)

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import ArtifactStore

STATES: tuple[AmbientState, ...] = (*ambient_python.STATES, *ambient_libraries.STATES)
"""Every state, in the order in which they are restored: the environment first, libraries last."""

RANDOM: frozenset[str] = frozenset(state.location for state in STATES if state.random)
"""Locations of the global random generators."""

_INLINE = 1024
"""Values whose JSON is longer than this go into a blob."""


@dataclass
class AmbientChanges:
    """The states that a stage changed, as manifests have them, and those that cannot be written down."""

    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    unstorable: dict[str, UnstorableError] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    """Random generators that were drawn from or seeded, whether or not they count as values."""


@dataclass(frozen=True)
class AmbientLook:
    """Every state whose library is loaded, and the project's own modules, at one moment."""

    readings: Mapping[str, Reading]
    modules: Mapping[str, Mapping[str, str]]


def look(around: Surroundings, store: ArtifactStore) -> AmbientLook:
    """How the states are now. Looking changes nothing and imports nothing."""
    readings = {state.location: state.read(around) for state in STATES if state.library in sys.modules}
    return AmbientLook(readings, module_state.look(around, store))


def changes(
    before: AmbientLook,
    after: AmbientLook,
    around: Surroundings,
    store: ArtifactStore,
    *,
    earlier: Mapping[str, Mapping[str, Any]],
    seeded: Collection[str] = (),
    seeds: bool = False,
) -> AmbientChanges:
    """What is different in `after` from `before`, on top of the versions that were restored.

    Parameters
    ----------
    before, after
        What `look` gave at the start and at the end. The second look comes before values are compared and stored,
        since libraries that storing imports change states too.
    earlier
        The versions restored at the start (``{"@cwd": {"digest", "value"}}``).
    seeded
        Random generators that were in a known state at the start.
    seeds
        Whether the stage may seed generators itself. A generator that nobody seeded is not a value.
    """
    found = AmbientChanges()

    def write_down(name: str, value: Mapping[str, Any]) -> None:
        try:
            version = encode(name, value, store, around)
        except UnstorableError as error:
            found.unstorable[name] = error
            return
        if name not in earlier or earlier[name]["digest"] != version["digest"]:
            found.changed[name] = version

    for state in STATES:
        name = state.location
        if name not in after.readings:
            continue
        reading = after.readings[name]
        if state.random and reading != before.readings.get(name):
            found.drawn.append(name)
        if state.random and not (seeds or name in seeded or name in earlier):
            continue
        value = _change(state, before.readings.get(name), reading, around)
        if value and name in earlier and not state.random:
            value = compose(decode(earlier[name], store, around), value, entries=isinstance(reading, list))
        if value:
            write_down(name, value)
    for name, value in module_state.changed(before.modules, after.modules):
        if name in earlier:
            value = {**decode(earlier[name], store, around), **value}
        write_down(name, value)
    return found


def _change(state: AmbientState, before: Reading | None, after: Reading, around: Surroundings) -> dict[str, Any]:
    if state.random:
        return dict(after) if isinstance(after, Mapping) and after != before else {}
    if before is None:
        before = state.initial(around) if state.initial is not None else after
    if isinstance(after, Mapping):
        return keys_changed(before if isinstance(before, Mapping) else {}, after)
    return dict(entries_changed(before if not isinstance(before, Mapping) else (), after))


def encode(name: str, value: Mapping[str, Any], store: ArtifactStore, around: Surroundings) -> dict[str, Any]:
    """A value as manifests have it: JSON inline, in a blob where long, an artifact where it is not JSON.

    Raises
    ------
    UnstorableError
        A setting holds an object that cannot be stored.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
        faithful = _types_of(json.loads(text)) == _types_of(value)
    except (TypeError, ValueError):
        faithful, text = False, b""
    if not faithful:
        artifacts, errors = store.save_values({name: dict(value)}, around.namespace)
        if name in errors:
            raise errors[name]
        return {"digest": artifacts[0].content, "value": {"artifact": artifacts[0].to_json()}}
    digest = blake3(text).hexdigest()
    if len(text) > _INLINE:
        return {"digest": digest, "value": {"blob": store.blobs.put(text)}}
    return {"digest": digest, "value": dict(value)}


def _types_of(value: Any) -> Any:
    """A value with the type of each part, so that a tuple differs from a list and 1 from True."""
    if isinstance(value, Mapping):
        return {key: _types_of(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_types_of(item) for item in value]
    return type(value), value


def decode(version: Mapping[str, Any], store: ArtifactStore, around: Surroundings) -> dict[str, Any]:
    """The value of a version that `encode` made."""
    value = version["value"]
    if set(value) == {"blob"}:
        return dict(json.loads(store.blobs.get(value["blob"])))
    if set(value) == {"artifact"}:
        from jupyter_mlpipe.store.artifacts import Artifact

        loaded = store.load(Artifact.from_json(value["artifact"]), around.namespace)
        return dict(next(iter(loaded.values())))  # type: ignore[call-overload, no-any-return]
    return dict(value)


def restore(versions: Mapping[str, Mapping[str, Any]], store: ArtifactStore, around: Surroundings) -> None:
    """Put changes on top of the states of this process. A library that is not loaded is imported for it.

    Raises
    ------
    LinearMeaningError
        A state cannot be had here: a folder that is gone, a locale that is not installed.
    """
    for state in STATES:
        version = versions.get(state.location)
        if version is None:
            continue
        value: Any = decode(version, store, around)
        try:
            if {"front", "back", "removed"} == set(value):
                value = apply_entries(_entries(state, around), value)
            state.write(value, around)
        except ModuleNotFoundError:
            # The library is not installed here, so no code here can depend on its state.
            continue
        except MlpipeError:
            raise
        except Exception as error:
            raise LinearMeaningError(
                f"the state {state.location} that an earlier stage left cannot be set here: {error}",
                hint=f"use the same version of {state.library} on all machines, or set it in a plain cell",
                location=state.location,
            ) from error
    for name, version in versions.items():
        if name.startswith(module_state.PREFIX):
            module_state.write(name, decode(version, store, around))


def _entries(state: AmbientState, around: Surroundings) -> list[str]:
    reading = state.read(around)
    return list(reading) if not isinstance(reading, Mapping) else []
