"""Which values share identity or memory, so that they are stored as one and stay aliases of each other.

Two names are bundled when a mutable object is reached from both: the same list in two dictionaries, one frame under
two names, a cell that two closures share; and when two arrays or tensors lie in the same memory. pandas copies on
write, so frames share with each other by identity and by the objects they hold only; an array that was taken out of a
frame lies in the frame's memory. Functions and classes that go by name (see
``pickling``), modules and constants never bundle anything. Not for copying or storing.
"""

from __future__ import annotations

import enum
import gc
import logging
import sys
import types
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlpipe.store.definitions import bound_name
from jupyter_mlpipe.store.generic_functions import generic_parts, is_generic

_ATOMS = frozenset(
    {type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice}
)
_STOPS = (
    type,
    types.ModuleType,
    types.CodeType,
    types.FrameType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    property,
    logging.Logger,
)
_PASSED = frozenset(
    {
        types.BuiltinFunctionType,
        types.MethodWrapperType,
        tuple,
        frozenset,
        types.MethodType,
        types.MappingProxyType,
        staticmethod,
        classmethod,
    }
)


def bundles(values: Mapping[str, object], namespace: Mapping[str, object]) -> list[tuple[str, ...]]:
    """Partition the names of `values`: names in one group share identity or memory.

    Groups and the names in them keep the order of `values`.
    """
    names = list(values)
    parent = {name: name for name in names}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    walk = _Walk(namespace)
    for name in names:
        for other in walk.reach(name, values[name]):
            parent[find(name)] = find(other)
    labelled = [(array, (name, False)) for array, name in walk.arrays]
    if labelled:  # else nothing could see a frame's memory change
        labelled += [(array, (name, True)) for array, name in walk.frame_arrays]
    for group in memory_overlaps(labelled):
        plain = next((name for name, of_frame in group if not of_frame), None)
        if plain is not None:
            for name, _ in group:
                parent[find(name)] = find(plain)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(find(name), []).append(name)
    return [tuple(group) for group in groups.values()]


def shared_views(value: object, namespace: Mapping[str, object]) -> dict[int, tuple[Any, int]]:
    """Arrays inside `value` that overlap in memory: by id, the array to take memory from, and the offset in bytes.

    The memory of each group is given as one array of bytes or, where one of the arrays owns all of it, as that array.
    """
    np = sys.modules.get("numpy")
    if np is None:
        return {}
    walk = _Walk(namespace, whole=True)
    walk.reach("", value)
    plain = {id(array) for array, _ in walk.arrays}
    unique: dict[int, Any] = {
        id(array): array for array, _ in (*walk.arrays, *walk.frame_arrays) if isinstance(array, np.ndarray)
    }
    if len(unique) < 2:
        return {}
    views: dict[int, tuple[Any, int]] = {}
    for group in memory_overlaps([(array, array) for array in unique.values()]):
        if plain.isdisjoint(map(id, group)):
            continue
        spans = [np.lib.array_utils.byte_bounds(array) for array in group]
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        owner = next(
            (
                array
                for array, span in zip(group, spans, strict=True)
                if span == (low, high) and array.flags.c_contiguous and array.flags.writeable and array.base is None
            ),
            None,
        )
        base = owner if owner is not None else _memory(np, group, low, high)
        for array in group:
            if array is not owner:
                start = array.__array_interface__["data"][0]
                views[id(array)] = (base, start - low)
    return views


def memory_overlaps(arrays: Iterable[tuple[Any, Any]]) -> list[list[Any]]:
    """Group the labels of arrays whose memory overlaps; labels of arrays that overlap nothing are left out."""
    spans = sorted(
        ((*_span(array), index, label) for index, (array, label) in enumerate(arrays)), key=lambda item: item[:3]
    )
    groups: list[list[Any]] = []
    current: list[Any] = []
    end = -1
    for low, high, _, label in spans:
        if high <= low:
            continue
        if low < end:
            current.append(label)
            end = max(end, high)
        else:
            groups.append(current)
            current, end = [label], high
    groups.append(current)
    return [group for group in groups if len(group) > 1]


def _span(array: Any) -> tuple[int, int]:
    if type(array).__module__.partition(".")[0] == "torch":
        storage = array.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + storage.nbytes()
    import numpy as np

    low, high = np.lib.array_utils.byte_bounds(array) if array.size else (0, 0)
    return int(low), int(high)


def _memory(np: Any, group: list[Any], low: int, high: int) -> Any:
    import ctypes

    memory = (ctypes.c_char * (high - low)).from_address(low)
    array = np.frombuffer(memory, np.uint8)
    del group
    return array


class _Walk:
    """Everything reached from values, and from which of them first."""

    def __init__(self, namespace: Mapping[str, object], *, whole: bool = False) -> None:
        self._namespace = namespace
        self._whole = whole
        self._owner: dict[int, str] = {}
        self._kept: list[object] = []
        self.arrays: list[tuple[Any, str]] = []
        self.frame_arrays: list[tuple[Any, str]] = []
        """What frames and series consist of."""

    def reach(self, name: str, root: object) -> set[str]:
        """Walk from `root`; the earlier names from which a mutable object of it was reached too."""
        others: set[str] = set()
        passed: set[int] = set()
        stack: list[tuple[object, bool]] = [(root, True)]
        while stack:
            obj, is_root = stack.pop()
            kind = type(obj)
            if kind in _ATOMS:
                continue
            if not self._counts(obj, kind, is_root):
                continue
            if kind in _PASSED:
                if id(obj) not in passed:
                    passed.add(id(obj))
                    self._kept.append(obj)
                    self._push(stack, gc.get_referents(obj))
                continue
            owner = self._owner.get(id(obj))
            if owner is not None:
                if owner != name and not self._by_reference(obj):
                    others.add(owner)
                continue
            self._owner[id(obj)] = name
            self._kept.append(obj)
            self._push(stack, self._children(obj, kind, name))
        return others

    @staticmethod
    def _push(stack: list[tuple[object, bool]], children: Iterable[object]) -> None:
        items = children if isinstance(children, list) else list(children)
        if len(items) > 8 and set(map(type, items)) <= _ATOMS:
            return
        stack.extend((child, False) for child in items if type(child) not in _ATOMS)

    def _counts(self, obj: Any, kind: type, is_root: bool) -> bool:
        if obj is self._namespace:
            return False
        if isinstance(obj, types.FunctionType) or issubclass(kind, type):
            name = bound_name(obj, self._namespace)
            if is_root:
                return True
            if issubclass(kind, type):
                # A class made in a function is a value; any other is found by name.
                return name is None and obj.__module__ == "__main__"
            own = obj.__globals__ is self._namespace or obj.__module__ == "__main__"
            return name is None and (own or obj.__closure__ is not None)
        if isinstance(obj, _STOPS) or (isinstance(obj, enum.Enum) and bound_name(kind, self._namespace) is not None):
            return False
        return gc.is_tracked(obj) or kind in (dict, list, set, bytearray) or _has_buffer(obj, kind)

    def _children(self, obj: Any, kind: type, name: str) -> Iterable[object]:
        if isinstance(obj, types.FunctionType):
            if is_generic(obj):
                return list(generic_parts(obj))
            return [*(obj.__closure__ or ()), obj.__defaults__, obj.__kwdefaults__, obj.__dict__]
        if isinstance(obj, type):
            return list(obj.__dict__.values())
        library = kind.__module__.partition(".")[0]
        if library == "numpy" and "numpy" in sys.modules:
            np = sys.modules["numpy"]
            if isinstance(obj, np.ndarray):
                if obj.dtype.kind == "O":
                    return list(obj.ravel().tolist()) + ([obj.base] if obj.base is not None else [])
                self.arrays.append((obj, name))
                return []
            if isinstance(obj, np.dtype):
                return []
        if library == "pandas" and "pandas" in sys.modules:
            self.frame_arrays += [(array, name) for array in _blocks(obj)]
            return _pandas_children(obj)
        if library == "torch" and "torch" in sys.modules:
            torch = sys.modules["torch"]
            if isinstance(obj, torch.Tensor):
                if obj.layout is torch.strided and obj.device.type != "meta":
                    self.arrays.append((obj, name))
                return [obj.grad] if obj.is_leaf and obj.grad is not None else []
            if isinstance(obj, torch.dtype | torch.device):
                return []
        if library in ("pyarrow", "polars", "zoneinfo", "datetime", "decimal"):
            return []
        return [item for item in gc.get_referents(obj) if item is not kind]

    @staticmethod
    def _by_reference(obj: object) -> bool:
        """Whether pickle writes the object as the name of a constant of a module."""
        if type(obj) in (list, dict, set, bytearray):
            return False
        if type(obj).__module__.partition(".")[0] in ("zoneinfo", "datetime", "pyarrow"):
            return True
        np = sys.modules.get("numpy")
        pd = sys.modules.get("pandas")
        if np is not None and isinstance(obj, np.dtype):
            return True
        if pd is not None and isinstance(obj, pd.Index | pd.api.extensions.ExtensionDtype | pd.offsets.BaseOffset):
            return True
        if isinstance(obj, type(None) | types.FunctionType | types.CellType):
            return False
        try:
            return isinstance(obj.__reduce_ex__(4), str)
        except Exception:  # noqa: BLE001 - a reducer may fail in any way; saving tells
            return False


def _has_buffer(obj: object, kind: type) -> bool:
    library = kind.__module__.partition(".")[0]
    if library == "numpy" and "numpy" in sys.modules:
        return isinstance(obj, sys.modules["numpy"].ndarray)
    # A bare object is a sentinel: all that it has is its identity.
    return kind is object or library in ("array", "torch", "pandas")


def _blocks(obj: Any) -> list[Any]:
    """The arrays that a change of a frame or a series goes to: those it has alone, and does not copy first."""
    import numpy as np

    return [
        block.values
        for block in getattr(getattr(obj, "_mgr", None), "blocks", ())
        if isinstance(block.values, np.ndarray) and block.values.dtype != object and not block.refs.has_reference()
    ]


def _pandas_children(obj: Any) -> list[object]:
    """What of a pandas object can be shared in a way that a user sees: objects in it, and its attrs."""
    import pandas as pd

    if isinstance(obj, pd.DataFrame):
        found: list[object] = [obj.attrs] if obj.attrs else []
        if any(str(dtype) == "object" for dtype in obj.dtypes):
            for position in range(obj.shape[1]):
                column = obj._ixs(position, axis=1)  # noqa: SLF001 - a view; iloc costs three times as much
                if str(column.dtype) == "object":
                    found.extend(column.tolist())
        return found
    if isinstance(obj, pd.Series):
        return ([obj.attrs] if obj.attrs else []) + (obj.tolist() if str(obj.dtype) == "object" else [])
    if isinstance(obj, pd.Index | pd.api.extensions.ExtensionArray | pd.api.extensions.ExtensionDtype):
        return []
    return gc.get_referents(obj)
