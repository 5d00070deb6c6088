"""Pickling of notebook values: what the notebook defines goes by name, what only a value holds goes by value.

Functions and classes of the notebook that are still bound to their name are pickled as that name and looked up in the
namespace of the kernel that loads; the names are collected in ``requires``. Others (closures, local classes, objects
whose name was bound again) are pickled whole, and functions among them get the loading namespace as their globals.
Large buffers are kept out of band, so that arrays can be mapped when they are loaded.

Not safe for bytes of others: loading a pickle runs code. ``ArtifactStore`` loads them only from trusted manifests.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import io
import pickle
import sys
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cloudpickle

from jupyter_mlpipe.errors import UnstorableError
from jupyter_mlpipe.store.definitions import bound_name, global_names, is_replaced
from jupyter_mlpipe.store.generic_functions import (
    fill_generic,
    generic_method,
    generic_parts,
    is_generic,
    method_parts,
    new_generic,
)
from jupyter_mlpipe.store.refusals import reason, unstorable
from jupyter_mlpipe.store.unpickling import (
    NOT_STATE,
    builtin,
    descriptor,
    fill_cell,
    fill_exception,
    fill_function,
    named,
    new_cell,
    new_function,
    patch_class,
    view,
)

PROTOCOL = 5

_FUNCTION_CACHE = type(functools.lru_cache(len))
_LINKS = ("__cause__", "__context__", "__suppress_context__", "__notes__")


@dataclass(frozen=True, slots=True)
class Needs:
    """Names of the notebook that a pickled value needs."""

    requires: frozenset[str] = frozenset()
    """Referred to by name: bound before it is loaded."""
    uses: frozenset[str] = frozenset()
    """Globals that its functions read when they are called."""
    patches: frozenset[str] = frozenset()
    """Classes of which it holds the state only: their statements run first."""


class NotebookPickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickler for values of a notebook's namespace.

    Parameters
    ----------
    file
        Where the pickle is written.
    namespace
        The kernel's user namespace.
    roots
        Names that are being saved in this pickle: never pickled by name.
    by_code
        Those of them that whoever loads the pickle has from their statements: of their classes only the state is kept,
        so that a class stays the one that others were derived from.
    buffer_callback
        Receives large buffers out of band, as `pickle.Pickler` says.
    views
        Arrays that share memory, from ``sharing.memory_groups``: by ``id(array)`` the array to take memory from and
        the offset into it.

    Attributes
    ----------
    requires
        Names of the namespace that the pickle refers to or that its functions read.
    """

    def __init__(
        self,
        file: Any,
        namespace: Mapping[str, object],
        *,
        roots: Iterable[str] = (),
        by_code: Iterable[str] = (),
        buffer_callback: Any = None,
        views: Mapping[int, tuple[Any, int]] | None = None,
    ) -> None:
        super().__init__(file, protocol=PROTOCOL, buffer_callback=buffer_callback)
        self._namespace = namespace
        self._roots = frozenset(roots)
        self._by_code = frozenset(by_code) & self._roots
        self._views = views or {}
        self._storages: dict[tuple[int, str], Any] = {}
        self.requires: set[str] = set()
        self.uses: set[str] = set()
        self.patches: set[str] = set()

    def reducer_override(self, obj: Any) -> Any:
        """Decide how one object is pickled."""
        kind = type(obj)
        if kind is types.FunctionType:
            return self._reduce_function(obj)
        if kind is types.CellType:
            return _reduce_cell(obj)
        if issubclass(kind, type):
            return self._reduce_class(obj)
        if id(obj) in self._views:
            base, offset = self._views[id(obj)]
            return view, (base, offset, (obj.dtype, obj.shape, obj.strides), obj.flags.writeable)
        if kind is memoryview:  # cloudpickle would give back bytes
            raise pickle.PicklingError("cannot pickle 'memoryview' object")
        if kind is types.BuiltinFunctionType and is_replaced(obj):
            return builtin, (obj.__self__.__name__, obj.__name__)
        if kind is types.ClassMethodDescriptorType:
            return descriptor, (obj.__objclass__, obj.__name__)
        if kind.__module__ == "torch" and kind.__name__ == "Tensor":
            return self._reduce_tensor(obj)
        if isinstance(obj, BaseException) and _links(obj):
            return _reduce_exception(obj)
        if kind is functools.singledispatchmethod:
            return generic_method, method_parts(obj)
        if kind is _FUNCTION_CACHE:
            return self._reduce_cache(obj)
        if isinstance(obj, io.IOBase) and not isinstance(obj, io.BytesIO | io.StringIO):
            if obj in (sys.stdout, sys.stderr):
                return super().reducer_override(obj)
            raise pickle.PicklingError(f"an open file ({getattr(obj, 'name', 'without a name')!r})")
        return super().reducer_override(obj)

    def _reduce_function(self, function: types.FunctionType) -> Any:
        name = bound_name(function, self._namespace)
        if name is not None:
            top = name.partition(".")[0]
            if top not in self._roots:
                self.requires.add(top)
                return named, (name,)
        if is_generic(function):
            wrapped, *state = generic_parts(function)
            return new_generic, (wrapped,), tuple(state), None, None, fill_generic
        if name is None and function.__globals__ is not self._namespace:
            return super().reducer_override(function)
        self.uses.update(self._globals_of(function.__code__))
        attributes = {
            "name": function.__name__,
            "qualname": function.__qualname__,
            "module": function.__module__,
            "doc": function.__doc__,
            "defaults": function.__defaults__,
            "kwdefaults": function.__kwdefaults__,
            "annotations": function.__annotations__,
            "attributes": dict(function.__dict__),
            "type_params": getattr(function, "__type_params__", ()),
        }
        return new_function, (function.__code__, function.__closure__), attributes, None, None, fill_function

    def _reduce_tensor(self, tensor: Any) -> Any:
        """Reduce a tensor as PyTorch does, with one storage object for all tensors over the same memory."""
        reduced = tensor.__reduce_ex__(PROTOCOL)
        arguments = reduced[1]
        if arguments and type(arguments[0]).__name__ == "TypedStorage":
            place = (tensor.untyped_storage().data_ptr(), str(tensor.dtype))
            storage = self._storages.setdefault(place, arguments[0]) if place[0] else arguments[0]
            return (reduced[0], (storage, *arguments[1:]), *reduced[2:])
        return reduced

    def _reduce_class(self, cls: type) -> Any:
        name = bound_name(cls, self._namespace)
        if name is not None:
            top = name.partition(".")[0]
            if top not in self._roots:
                self.requires.add(top)
                return named, (name,)
            if top in self._by_code and not isinstance(cls, enum.EnumMeta):
                return self._patch(cls, name, top)
        reduced = super().reducer_override(cls)
        if isinstance(reduced, tuple) and getattr(reduced[0], "__name__", "").startswith("_make_skeleton_"):
            # cloudpickle would give back an older class of this process for the same definition, and an id that
            # differs in each process.
            position = 4 if reduced[0].__name__ == "_make_skeleton_class" else 5
            arguments = list(reduced[1])
            arguments[position] = None
            if position == 4:  # else a nested class would lose the name of the class around it
                arguments[3] = {**arguments[3], "__qualname__": cls.__qualname__}
            attributes, slots = reduced[2]
            ordered = {key: attributes[key] for key in cls.__dict__ if key in attributes}
            return (reduced[0], tuple(arguments), (ordered | attributes, slots), *reduced[3:])
        return reduced

    def _reduce_cache(self, function: Any) -> Any:
        name = bound_name(function, self._namespace)
        if name is not None and name.partition(".")[0] not in self._roots:
            self.requires.add(name.partition(".")[0])
            return named, (name,)
        if getattr(function, "__module__", None) == "__main__":
            raise pickle.PicklingError("a function's cache, whose content cannot be read")
        return NotImplemented

    def _patch(self, cls: type, name: str, top: str) -> Any:
        """The class by its name, with the state it has now: whoever loads it has run its statement before."""
        self.requires.add(top)
        self.patches.add(top)
        state = {
            key: value
            for key, value in cls.__dict__.items()
            if key not in NOT_STATE and not isinstance(value, types.MemberDescriptorType | types.GetSetDescriptorType)
        }
        return named, (name,), state, None, None, patch_class

    def _globals_of(self, code: types.CodeType) -> set[str]:
        return {name for name in global_names(code) if name in self._namespace and name not in self._roots}


def dumps(
    value: object,
    namespace: Mapping[str, object],
    *,
    name: str,
    roots: Iterable[str] = (),
    by_code: Iterable[str] = (),
    buffers: list[pickle.PickleBuffer] | None = None,
    views: Mapping[int, tuple[Any, int]] | None = None,
) -> tuple[bytes, Needs]:
    """Pickle `value`; the bytes and the names that it needs.

    Parameters
    ----------
    name
        The variable, for the error's message.
    buffers
        Receives large buffers out of band where it is given.

    Raises
    ------
    UnstorableError
        The value holds something that cannot outlive its process.
    """
    file = io.BytesIO()

    def keep(buffer: pickle.PickleBuffer) -> bool:
        if buffers is None or buffer.raw().nbytes < 1024:
            return True
        buffers.append(buffer)
        return False

    pickler = NotebookPickler(
        file,
        namespace,
        roots=roots,
        by_code=by_code,
        buffer_callback=keep if buffers is not None else None,
        views=views,
    )
    try:
        pickler.dump(value)
    except UnstorableError:
        raise
    except RecursionError as error:
        raise unstorable(name, value, "is nested too deeply to be stored") from error
    except Exception as error:
        raise unstorable(name, value, reason(error)) from error
    return file.getvalue(), Needs(*map(frozenset, (pickler.requires, pickler.uses, pickler.patches)))


def _reduce_cell(cell: types.CellType) -> Any:
    contents: tuple[Any, ...] = ()
    with contextlib.suppress(ValueError):  # not yet filled
        contents = (cell.cell_contents,)
    return new_cell, (), contents, None, None, fill_cell


def _links(exception: BaseException) -> dict[str, Any]:
    """What an exception has beside its own state, and pickling drops."""
    return {name: getattr(exception, name) for name in _LINKS if getattr(exception, name, None)}


def _reduce_exception(exception: BaseException) -> Any:
    made = exception.__reduce_ex__(PROTOCOL)
    if not isinstance(made, tuple) or len(made) > 3:
        return NotImplemented
    return made[0], made[1], (made[2] if len(made) > 2 else None, _links(exception)), None, None, fill_exception
