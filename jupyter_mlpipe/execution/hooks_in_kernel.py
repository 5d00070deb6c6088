"""The part that stage hooks have in a stage's kernel, live and in a run alike.

It is a function of the namespace and of the JSON that the hook gave, found by the hook's name in the entry point group
``jupyter_mlpipe.kernel_hooks``. It may bind names, which are then the stage's; what it returns is kept with the result.
Its failure is kept as well, and is reported as the hook's own where the hook is asked for its verdict (``hooks``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

GROUP = "jupyter_mlpipe.kernel_hooks"

FAILED = "failed"
"""Under this key stands what went wrong in a hook's own code."""

KernelPart = Callable[[MutableMapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]


def run_in_kernel(parts: Mapping[str, Any], namespace: MutableMapping[str, Any]) -> dict[str, Any]:
    """Carry out each hook's part.

    Parameters
    ----------
    parts
        JSON for each, by the hook's name.
    namespace
        The user's, after the stage's last cell.

    Returns
    -------
    dict
        What each found, by the hook's name: JSON; for one that failed, ``{"failed": "TypeError: ..."}``.
    """
    return {name: _run(name, given, namespace) for name, given in parts.items()}


def _run(name: str, given: Mapping[str, Any], namespace: MutableMapping[str, Any]) -> Mapping[str, Any]:
    try:
        return dict(_load(name)(namespace, given))
    except Exception as error:  # noqa: BLE001 - a hook is anybody's code, and the stage's own work must not be lost
        return {FAILED: f"{type(error).__name__}: {error}"}


def _load(name: str) -> KernelPart:
    from jupyter_mlpipe.notebook.installed import entry_points

    for point in entry_points(GROUP):
        if point.name == name:
            part: KernelPart = point.load()
            return part
    raise LookupError(f"no installed package has the part {name!r} of {GROUP} in this kernel's environment")
