"""Digests of values: equal for equal values in every process, whatever their encoding.

A walk over the value, much as pickle walks it, that does not see what pickle sees by accident: whether two equal
strings are one object, the order in which a set hands out its members, the file and line of a function. It does see
which mutable objects are one object, since that is part of what the value means. Buffers are hashed where they lie.

Not for storing values, and not a digest of bytes (``digests``).
"""

from __future__ import annotations

import copyreg
import io
import marshal
import operator
import pickle
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import cloudpickle

from jupyter_mlpipe.store import content_code
from jupyter_mlpipe.store.digests import new_hash
from jupyter_mlpipe.store.refusals import reason, unstorable

PRIMITIVES = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis)})
_LIBRARIES = ("numpy", "pandas", "pyarrow", "polars", "torch", "plotly", "matplotlib")
_IMMUTABLE = frozenset({range, slice, re.Pattern, types.BuiltinFunctionType, operator.itemgetter, operator.attrgetter})
_IMMUTABLE_MODULES = frozenset({"datetime", "decimal", "fractions", "pathlib", "uuid", "zoneinfo"})
_DESCRIPTORS = frozenset(
    {
        types.ClassMethodDescriptorType,
        types.MethodDescriptorType,
        types.WrapperDescriptorType,
        types.GetSetDescriptorType,
        types.MemberDescriptorType,
    }
)


def content_digest(name: str, value: object, namespace: Mapping[str, object], roots: Iterable[str] = ()) -> str:
    """Digest (64 hex digits) of a value of the notebook.

    Parameters
    ----------
    name
        The variable, for messages.
    namespace
        The kernel's user namespace: its own functions and classes count by name inside a value.
    roots
        Names that count whole although the namespace binds them.

    Raises
    ------
    UnstorableError
        The value holds something that has no content of its own, such as a generator.
    """
    return content_and_columns(name, value, namespace, roots)[0]


def content_and_columns(
    name: str, value: object, namespace: Mapping[str, object], roots: Iterable[str] = ()
) -> tuple[str, dict[str, str] | None]:
    """Like `content_digest`, and for a pandas frame also a digest for each column, by its label as text."""
    walk = Walk(namespace, roots or (name,))
    try:
        walk.feed(value)
        columns = walk.columns
        if columns is None and (type(value).__module__, type(value).__name__) == ("pandas", "DataFrame"):
            from jupyter_mlpipe.store.content_tables import column_digests

            columns = column_digests(value, walk)
    except RecursionError as error:
        raise unstorable(name, value, "is nested too deeply to be stored") from error
    except Exception as error:
        raise unstorable(name, value, reason(error)) from error
    return walk.hexdigest(), columns


def lenient_digest(name: str, value: object, namespace: Mapping[str, object]) -> str:
    """Like `content_digest`, but never raises: what has no content counts by its identity and position.

    Only good for comparing within one process.
    """
    walk = Walk(namespace, (name,), lenient=True)
    try:
        walk.feed(value)
    except Exception:  # noqa: BLE001 - any reducer of any library may fail in any way
        return f"id:{id(value)}"
    return walk.hexdigest()


class Walk:
    """One walk over a value, feeding a hasher.

    Parameters
    ----------
    lenient
        Count what cannot be walked by its identity instead of raising.
    """

    def __init__(self, namespace: Mapping[str, object], roots: Iterable[str] = (), *, lenient: bool = False) -> None:
        self.namespace = namespace
        self.roots = frozenset(roots)
        self.lenient = lenient
        self.hasher = new_hash()
        self.columns: dict[str, str] | None = None
        self._seen: dict[int, int] = {}
        self._kept: list[object] = []

    def hexdigest(self) -> str:
        """The digest of all that was fed."""
        return str(self.hasher.hexdigest())

    def tag(self, text: str) -> None:
        """Feed a structural mark."""
        raw = text.encode("utf-8", "surrogatepass")
        self.hasher.update(b"<%d:" % len(raw) + raw)

    def raw(self, data: Any) -> None:
        """Feed a buffer with its length."""
        view = memoryview(data)
        self.hasher.update(b"#%d:" % view.nbytes)
        if view.nbytes:
            self.hasher.update(view.cast("B") if view.format != "B" or view.ndim != 1 else view)

    def part(self) -> Walk:
        """A fresh walk in the same namespace, for members whose order does not count."""
        return Walk(self.namespace, self.roots, lenient=self.lenient)

    def first_visit(self, obj: object) -> bool:
        """Note a mutable object; False (and a back reference fed) where it was met before."""
        ordinal = self._seen.get(id(obj))
        if ordinal is not None:
            self.tag(f"again {ordinal}")
            return False
        self._seen[id(obj)] = len(self._seen)
        # An object made for the walk must live as long: its id must not be given to another.
        self._kept.append(obj)
        return True

    def feed(self, obj: Any) -> None:
        """Feed one object and all it holds."""
        kind = type(obj)
        if kind in PRIMITIVES:
            self.raw(marshal.dumps(obj, 2))
            return
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, obj)
            return
        if isinstance(obj, type):
            content_code.feed_class(self, obj)
            return
        library = kind.__module__.partition(".")[0]
        if library in _LIBRARIES and library in sys.modules:
            from jupyter_mlpipe.store import content_tables

            if content_tables.feed(self, obj, library):
                return
        self.feed_object(obj)

    # -- plain containers ----------------------------------------------------------------------------------------

    def list_items(self, items: list[Any] | tuple[Any, ...]) -> None:
        """Feed the members of a sequence; a long run of plain values in one go."""
        if len(items) > 8 and set(map(type, items)) <= PRIMITIVES:
            self.raw(marshal.dumps(list(items), 2))
            return
        for item in items:
            self.feed(item)

    def feed_list(self, obj: list[Any]) -> None:
        """Feed a list."""
        if self.first_visit(obj):
            self.tag(f"list {len(obj)}")
            self.list_items(obj)

    def feed_tuple(self, obj: tuple[Any, ...]) -> None:
        """Feed a tuple."""
        self.tag(f"tuple {len(obj)}")
        self.list_items(obj)

    def feed_dict(self, obj: dict[Any, Any]) -> None:
        """Feed a dictionary, in its order."""
        if obj is self.namespace:
            self.tag("the namespace")
        elif self.first_visit(obj):
            self.tag(f"dict {len(obj)}")
            self.list_items(list(obj))
            self.list_items(list(obj.values()))

    def feed_set(self, obj: set[Any] | frozenset[Any]) -> None:
        """Feed a set, in no order."""
        if isinstance(obj, frozenset) or self.first_visit(obj):
            self.tag(f"{type(obj).__name__} {len(obj)}")
            members = []
            for item in obj:
                walk = self.part()
                walk.feed(item)
                members.append(walk.hexdigest())
            self.raw("".join(sorted(members)).encode())

    def feed_bytearray(self, obj: bytearray) -> None:
        """Feed a bytearray."""
        if self.first_visit(obj):
            self.tag("bytearray")
            self.raw(obj)

    # -- everything else -----------------------------------------------------------------------------------------

    def feed_object(self, obj: Any) -> None:
        """Feed any object by what pickling would take it apart into."""
        kind = type(obj)
        if not immutable(kind) and not self.first_visit(obj):
            return
        try:
            reduced = self._reduce(obj)
        except Exception:
            if not self.lenient:
                raise
            self._by_identity(obj)
            return
        if isinstance(reduced, str):
            self.tag(f"global {kind.__module__}.{reduced}")
            return
        parts = (*reduced, None, None, None, None)
        self._kept.append(reduced)
        self.tag(f"object {kind.__module__}.{kind.__qualname__}")
        self.feed(parts[0:2])
        self._state(parts[2])
        if parts[3] is not None:
            self.tag("items")
            self.list_items(list(parts[3]))
        if parts[4] is not None:
            self.tag("pairs")
            for key, value in parts[4]:
                self.feed(key)
                self.feed(value)

    def _state(self, state: Any) -> None:
        """Feed an object's state; the order in which its attributes were first set is no part of it."""
        if type(state) is tuple and len(state) == 2 and all(type(item) in (dict, type(None)) for item in state):
            for item in state:
                self._state(item)
        elif type(state) is dict and all(type(key) is str for key in state):
            self.tag(f"state {len(state)}")
            for key in sorted(state):
                self.tag(key)
                self.feed(state[key])
        else:
            self.feed(state)

    def _reduce(self, obj: Any) -> Any:
        if type(obj) is memoryview:
            raise pickle.PicklingError("cannot pickle 'memoryview' object")
        if type(obj) in _DESCRIPTORS:
            return getattr, (obj.__objclass__, obj.__name__)
        if isinstance(obj, io.IOBase) and not isinstance(obj, io.BytesIO | io.StringIO):
            raise pickle.PicklingError(f"an open file ({getattr(obj, 'name', 'without a name')!r})")
        reducer: Callable[[Any], Any] | None = _dispatch_table().get(type(obj))
        return reducer(obj) if reducer is not None else obj.__reduce_ex__(4)

    def _by_identity(self, obj: Any) -> None:
        self.tag(f"opaque {id(obj)}")
        frame = getattr(obj, "gi_frame", None) or getattr(obj, "ag_frame", None) or getattr(obj, "cr_frame", None)
        if isinstance(frame, types.FrameType):
            self.tag(f"at {frame.f_lasti}")
        elif isinstance(obj, types.GeneratorType):
            self.tag("exhausted")
        if isinstance(obj, io.IOBase):
            try:
                self.tag(f"closed {obj.closed} at {-1 if obj.closed else obj.tell()}")
            except (OSError, ValueError):
                self.tag("no position")
        state = getattr(obj, "__dict__", None)
        if isinstance(state, dict):
            self.feed(state)


_HANDLERS: dict[type, Callable[[Walk, Any], None]] = {
    list: Walk.feed_list,
    tuple: Walk.feed_tuple,
    dict: Walk.feed_dict,
    set: Walk.feed_set,
    frozenset: Walk.feed_set,
    bytearray: Walk.feed_bytearray,
    **content_code.HANDLERS,
}


def immutable(kind: type) -> bool:
    """Whether instances of a type cannot be changed, so that it does not count which of two equal ones is met."""
    return (
        kind in _IMMUTABLE
        or kind.__module__.partition(".")[0] in _IMMUTABLE_MODULES
        or kind.__name__ in {"Timestamp", "Timedelta", "NaTType"}
    )


_table: dict[type, Callable[[Any], Any]] = {}


def _dispatch_table() -> Mapping[type, Callable[[Any], Any]]:
    if not _table:
        _table.update(cloudpickle.Pickler(io.BytesIO()).dispatch_table)
    _table.update(copyreg.dispatch_table)
    return _table
