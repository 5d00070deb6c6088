"""What an ambient state is: a part of the process that a notebook changes without binding a name.

A state is read as a mapping of keys or as a list of entries. What travels between stages is not the whole state but
the keys and entries that stages have changed so far, so that code which configures libraries may run again in a later
stage's kernel without being undone.

The states themselves are in ``ambient_python`` and ``ambient_libraries``; this module changes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Reading = Mapping[str, Any] | Sequence[str]
"""A state as it is now: by key, or a list of entries in order."""


@dataclass(frozen=True)
class Surroundings:
    """Where a stage runs: what relative values refer to."""

    project: Path
    namespace: MutableMapping[str, object]


@dataclass(frozen=True)
class AmbientState:
    """One state of a library or of Python itself.

    Parameters
    ----------
    location
        Its name among the locations, with a leading ``@``.
    library
        The module that holds it. While that is not loaded the state is as the library starts.
    read
        Its keys or entries now. Values that are not JSON are kept as they are.
    write
        Sets keys (None where `removes_with_none` and the key goes), or replaces the list.
    initial
        Its keys as the library starts, for a library that was loaded after the first look.
    random
        Whether it is a generator's state, which counts only once seeded.
    """

    location: str
    library: str
    read: Callable[[Surroundings], Reading]
    write: Callable[[Any, Surroundings], None]
    initial: Callable[[Surroundings], Reading] | None = None
    random: bool = False


def keys_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that differ, with their new values; None for a key that is gone."""
    changed = {key: value for key, value in after.items() if key not in before or not same(before[key], value)}
    return {**changed, **{key: None for key in before if key not in after}}


def entries_changed(before: Sequence[str], after: Sequence[str]) -> dict[str, list[str]]:
    """What was put in front of a list, behind it, and taken out; empty where nothing was.

    An entry put in the middle counts as in front or behind, whichever end is nearer.
    """
    known, kept = set(before), set(after)
    removed = [entry for entry in before if entry not in kept]
    rest = [entry for entry in after if entry in known]
    expected = [entry for entry in before if entry in kept]
    moved = _moved_to_front(expected, rest)
    if list(before) == list(after):
        return {}
    front: list[str] = []
    back: list[str] = []
    for index, entry in enumerate(after):
        if entry in known and entry not in moved:
            continue
        (front if index <= len(after) // 2 else back).append(entry)
    return {"front": front, "back": back, "removed": removed}


def _moved_to_front(expected: Sequence[str], actual: Sequence[str]) -> set[str]:
    """The least entries to call moved such that the others stand in their old order."""
    moved: set[str] = set()
    order = {entry: index for index, entry in enumerate(expected)}
    latest = len(expected)
    for entry in reversed(actual):
        if order[entry] < latest:
            latest = order[entry]
        else:
            moved.add(entry)
    return moved


def apply_entries(current: Sequence[str], change: Mapping[str, Sequence[str]]) -> list[str]:
    """A list after a change that `entries_changed` found."""
    gone = {*change.get("removed", ()), *change.get("front", ()), *change.get("back", ())}
    middle = [entry for entry in current if entry not in gone]
    return [*change.get("front", ()), *middle, *change.get("back", ())]


def compose(earlier: Mapping[str, Any] | None, change: Mapping[str, Any], *, entries: bool) -> dict[str, Any]:
    """One change that has the effect of `earlier` and then `change`."""
    if not earlier:
        return dict(change)
    if not entries:
        return {**earlier, **change}
    taken = {*change["front"], *change["back"], *change["removed"]}
    return {
        "front": [*change["front"], *(entry for entry in earlier["front"] if entry not in taken)],
        "back": [*(entry for entry in earlier["back"] if entry not in taken), *change["back"]],
        "removed": sorted({*earlier["removed"], *change["removed"]} - {*change["front"], *change["back"]}),
    }


def same(left: Any, right: Any) -> bool:
    """Whether two values of a key are one; objects that cannot be compared are one only if identical."""
    if left is right:
        return True
    try:
        return type(left) is type(right) and bool(left == right)
    except Exception:  # noqa: BLE001
        return False


def plain(value: Any) -> Any:
    """A value as JSON has it where that is possible (tuples become lists), copied; other objects as they are."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: plain(item) for key, item in value.items()}
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value
