"""What to say of a variable that cannot be stored.

Not for other failures of the store (``errors``, ``blobs.unavailable``).
"""

from __future__ import annotations

import pickle

from jupyter_mlpipe.errors import UnstorableError


def unstorable(name: str, value: object, because: str) -> UnstorableError:
    """The error for a variable that cannot be stored, with the ways out."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return UnstorableError(
        f"the variable `{name}` ({kind}) {because}",
        hint=(
            f"make `{name}` in the stage that uses it, store what it is made from (a path, a list) instead, "
            f"or `del {name}` where it is no longer needed"
        ),
        name=name,
        type=kind,
    )


def reason(error: Exception) -> str:
    """Why a value cannot be stored, from the error of what tried, to follow the variable's name."""
    text = str(error)
    for before in ("cannot pickle ", "Can't pickle "):
        if text.startswith(before):
            held = text.removeprefix(before).removesuffix(" object").strip("'\"").split(": ")[0]
            return f"cannot be stored: it is or holds {held!r}, which cannot outlive its process"
    if isinstance(error, pickle.PicklingError) and text.startswith("an open file"):
        return f"cannot be stored: it is or holds {text}"
    return f"cannot be stored: {type(error).__name__}: {text}"
