"""Which notebook names a stage bound, rebound, changed in place or deleted.

A name is rebound when it stands for another object, changed when its value's fingerprint differs. Nothing is stored
here, and no name is looked at that IPython keeps for itself.
"""

from __future__ import annotations

import builtins
import re
import sys
import types
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.function_caches import CACHED, cache_matters

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_HISTORY = re.compile(r"_+|_i+|_i?\d+|_ih|_oh|_dh|In|Out|__\w+__|__vsc_\w+|__session__")
_ATOMS = (
    int, float, complex, bool, str, bytes, type(None), type, types.ModuleType, types.FunctionType,
    types.BuiltinFunctionType,
)  # fmt: skip


def user_names(namespace: Mapping[str, object]) -> list[str]:
    """The names that are the user's, sorted: not IPython's history, nor what IPython put there itself."""
    shell = shell_of(namespace)
    hidden: Mapping[str, object] = getattr(shell, "user_ns_hidden", None) or {}
    return sorted(
        name
        for name, value in list(namespace.items())
        if not _HISTORY.fullmatch(name)
        and not (name in hidden and hidden[name] is value)
        and not (shell is None and name in ("get_ipython", "exit", "quit"))
        and not (name in vars(builtins) and vars(builtins)[name] is value)
    )


def shell_of(namespace: Mapping[str, object]) -> Any:
    """The IPython shell whose user namespace this is, or None. IPython is never imported for it."""
    module: Any = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell if shell is not None and shell.user_ns is namespace else None


@dataclass(frozen=True)
class NameChanges:
    """What happened to names since a baseline; all sorted.

    Attributes
    ----------
    new
        Bound now and not then.
    rebound
        Bound to another object now.
    mutated
        The same object with another content.
    deleted
        Bound then and not now.
    """

    new: tuple[str, ...]
    rebound: tuple[str, ...]
    mutated: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def written(self) -> list[str]:
        """Every name whose value is not what it was, deleted ones excepted."""
        return sorted({*self.new, *self.rebound, *self.mutated})


class NameBaseline:
    """What names stood for at one moment.

    Values whose fingerprint is known are remembered by their address only, so that the stage can free them and resize
    arrays in place. Should another object with the same content come to lie at the same address, nothing has changed
    that anybody could tell; that it may share memory with another name is found when values are stored. All else is
    held, so that its address cannot be used again.
    """

    def __init__(self, namespace: Mapping[str, object], checked: Iterable[str] | None, store: ArtifactStore) -> None:
        names = user_names(namespace)
        wanted = set(names if checked is None else checked)
        values = {name: namespace[name] for name in names if name in wanted and not _is_module(namespace[name])}
        self._fingerprints = _prints(values, namespace, store)
        self._addresses = {name: id(namespace[name]) for name in names}
        self._held = [
            namespace[name] for name in names if name not in self._fingerprints or isinstance(namespace[name], _ATOMS)
        ]

    @property
    def names(self) -> Collection[str]:
        """The user's names at that moment."""
        return self._addresses.keys()

    def keeps(self, name: str, namespace: Mapping[str, object]) -> bool:
        """Whether a name still stands for the object it stood for."""
        return name in self._addresses and name in namespace and id(namespace[name]) == self._addresses[name]

    def compare(self, namespace: Mapping[str, object], store: ArtifactStore) -> NameChanges:
        """What happened since."""
        now = user_names(namespace)
        new = [name for name in now if name not in self._addresses]
        rebound = [name for name in now if name in self._addresses and id(namespace[name]) != self._addresses[name]]
        moved = {*new, *rebound}
        values = {name: namespace[name] for name in now if name in self._fingerprints and name not in moved}
        prints = _prints(values, namespace, store)
        mutated = [name for name, text in prints.items() if text != self._fingerprints[name]]
        bound = set(namespace)
        deleted = sorted(name for name in self._addresses if name not in bound)
        return NameChanges(tuple(new), tuple(rebound), tuple(sorted(mutated)), tuple(deleted))


def _is_module(value: object) -> bool:
    return isinstance(value, types.ModuleType)


def numbers_of(namespace: Mapping[str, object], names: Iterable[str]) -> dict[str, float]:
    """Names bound to one number (Python's or NumPy's), as floats. Complex numbers and huge integers are left out."""
    found: dict[str, float] = {}
    for name in sorted(set(names)):
        value: Any = namespace.get(name)
        if not isinstance(value, int | float):
            if type(value).__module__ != "numpy" or getattr(value, "shape", None) != ():
                continue
            if getattr(getattr(value, "dtype", None), "kind", "") not in "biuf" or not hasattr(value, "item"):
                continue
        try:
            found[name] = float(value)
        except (OverflowError, TypeError, ValueError):
            continue
    return found


def _prints(values: Mapping[str, object], namespace: Mapping[str, object], store: ArtifactStore) -> dict[str, str]:
    prints = store.fingerprint(values, namespace) if values else {}
    for name, value in values.items():
        if isinstance(value, CACHED) and cache_matters(value):
            prints[name] += f" {value.cache_info().currsize}"
    return prints
