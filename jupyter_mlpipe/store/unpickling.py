"""Loading pickles of notebook values, and the functions that such pickles refer to.

The names of these functions are part of the stored format. Not safe for bytes of others: loading a pickle runs code.
``ArtifactStore`` loads them only from trusted manifests.
"""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import types
from collections.abc import Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

from jupyter_mlpipe.errors import StoreError

_loading: ContextVar[Mapping[str, Any] | None] = ContextVar("jupyter_mlpipe_loading_namespace", default=None)

NOT_STATE = frozenset(
    {
        "__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "__slots__", "__slotnames__",
        "__firstlineno__", "__static_attributes__", "__annotate__", "__annotate_func__", "__annotations_cache__",
        "__abstractmethods__", "_abc_impl", "__classcell__",
    }
)  # fmt: skip
"""What a class has beside its state."""


def loads(
    data: bytes | memoryview,
    namespace: MutableMapping[str, Any],
    buffers: Iterable[Any] | None = None,
) -> Any:
    """Load what `dumps` made, with `namespace` as the notebook's namespace.

    Raises
    ------
    StoreError
        A name or module that the pickle refers to is not there, or the pickle is damaged.
    """
    token = _loading.set(namespace)
    try:
        return pickle.loads(data, buffers=buffers)  # noqa: S301 - callers check the manifest's signature
    except StoreError:
        raise
    except ModuleNotFoundError as error:
        raise StoreError(
            f"a stored value needs the module {error.name!r}, which is not installed here",
            hint=f"install what provides {error.name!r}, or let the stage run again",
        ) from error
    except Exception as error:
        raise StoreError(
            f"a stored value cannot be loaded: {type(error).__name__}: {error}",
            hint="let the stage that made it run again",
        ) from error
    finally:
        _loading.reset(token)


def named(qualname: str) -> Any:
    """The function or class that the notebook binds under a dotted name."""
    namespace = _loading.get()
    first, *rest = qualname.split(".")
    if namespace is None or first not in namespace:
        raise StoreError(
            f"a stored value needs `{first}`, which is not defined here",
            hint=f"run the cell that defines `{first}` first",
        )
    found = namespace[first]
    for part in rest:
        found = vars(found).get(part)
        if isinstance(found, staticmethod | classmethod):
            found = found.__func__
        if found is None:
            raise StoreError(
                f"a stored value needs `{qualname}`, which `{first}` no longer has",
                hint="let the stage that made the value run again",
            )
    return found


def descriptor(cls: type, name: str) -> Any:
    """A method descriptor of a built-in class."""
    return vars(cls)[name]


def builtin(module: str, name: str) -> Any:
    """A module's own built-in function, whatever the notebook has put in its place."""
    here = importlib.import_module(module)
    found = getattr(here, name, None)
    if _is_builtin(found, name):
        return found
    spec = here.__spec__
    if spec is not None and spec.loader is not None:
        fresh = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(fresh)
        found = getattr(fresh, name, None)
        if _is_builtin(found, name):
            return found
    raise StoreError(
        f"a stored value needs the built-in `{module}.{name}`, which something has replaced here",
        hint="restart the kernel, or let the stage that made the value run again",
    )


def _is_builtin(found: Any, name: str) -> bool:
    return isinstance(found, types.BuiltinFunctionType) and found.__name__ == name


def patch_class(cls: type, state: Mapping[str, Any]) -> None:
    """Give a class the state that it had when it was stored."""
    for key in [key for key in cls.__dict__ if key not in state and key not in NOT_STATE]:
        if not isinstance(cls.__dict__[key], types.MemberDescriptorType | types.GetSetDescriptorType):
            type.__delattr__(cls, key)
    for key, value in state.items():
        if key not in cls.__dict__ or not _same_code(cls.__dict__[key], value):
            type.__setattr__(cls, key, value)


def _same_code(here: Any, stored: Any) -> bool:
    """Whether two attributes are the same function, so that the one that is there may stay."""
    if type(here) is not type(stored):
        return False
    if isinstance(here, staticmethod | classmethod):
        return _same_code(here.__func__, stored.__func__)
    return isinstance(here, types.FunctionType) and here.__code__ == stored.__code__ and not stored.__dict__


def new_function(code: types.CodeType, closure: tuple[types.CellType, ...] | None) -> types.FunctionType:
    """A function without anything but its code, with the loading namespace as its globals."""
    namespace = _loading.get()
    return types.FunctionType(code, namespace if isinstance(namespace, dict) else {}, closure=closure)


def fill_function(function: types.FunctionType, state: Mapping[str, Any]) -> None:
    """Give a new function all else."""
    function.__name__ = state["name"]
    function.__qualname__ = state["qualname"]
    function.__module__ = state["module"]
    function.__doc__ = state["doc"]
    function.__defaults__ = state["defaults"]
    function.__kwdefaults__ = state["kwdefaults"]
    function.__annotations__ = state["annotations"]
    function.__dict__.update(state["attributes"])
    if state["type_params"]:
        setattr(function, "__type_params__", state["type_params"])  # noqa: B010 - unknown to Python 3.11


def new_cell() -> types.CellType:
    """An empty closure cell."""
    return types.CellType()


def fill_cell(cell: types.CellType, contents: tuple[Any, ...]) -> None:
    """Fill a closure cell, unless it was empty."""
    if contents:
        cell.cell_contents = contents[0]


def view(base: Any, offset: int, layout: tuple[Any, ...], *flags: bool) -> Any:
    """An array over a part of another one's memory."""
    import numpy as np

    dtype, shape, strides = layout
    array = np.ndarray(shape, dtype, buffer=base, offset=offset, strides=strides)
    (writeable,) = flags
    if not writeable:
        array.flags.writeable = False
    return array


def fill_exception(exception: BaseException, state: tuple[Any, Mapping[str, Any]]) -> None:
    """Give an exception its own state, then its cause, its context and its notes."""
    own, links = state
    if own is not None:
        exception.__setstate__(own)
    for name, value in links.items():
        setattr(exception, name, value)
