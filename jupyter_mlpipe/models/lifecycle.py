"""The lifecycle of a model version: its states, its aliases, and how names of models are written.

A version is *candidate* from its registration, *staging* or *production* while the alias of that name points at it,
*archived* once another version took its place, and *deprecated* when nobody shall use it any more. MLflow's aliases
decide; what the ledger holds is how they came to be where they are.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, get_args

from jupyter_mlpipe.errors import ModelNameError, UsageError

Lifecycle = Literal["candidate", "staging", "production", "archived", "deprecated"]

Target = Literal["staging", "production"]
"""States that are aliases: one version of a model at a time."""

TARGETS: tuple[Target, ...] = get_args(Target)

_LONGEST = 200
_FORBIDDEN = frozenset("/\\:%'\"`@#?*<>|")


def check_model_name(name: str) -> str:
    """Return a name that the registry can keep, normalised (NFC).

    Raises
    ------
    ModelNameError
        It is empty, too long, or holds what would be read as a path, a quote or an alias.
    """
    name = unicodedata.normalize("NFC", name)
    wrong = ""
    if not name or name != name.strip():
        wrong = "is empty or begins or ends with a space"
    elif len(name) > _LONGEST:
        wrong = f"has {len(name)} characters, more than {_LONGEST}"
    elif name.startswith(("-", ".")):
        wrong = f"begins with {name[0]!r}"
    else:
        bad = [c for c in name if c in _FORBIDDEN or unicodedata.category(c)[0] == "C"]
        wrong = f"holds {bad[0]!r}" if bad else ""
    if wrong:
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        raise ModelNameError(
            f"{shown!r} is no name for a model: it {wrong}",
            hint="use letters of any script, digits, spaces, - _ and ., such as flight-delay",
            model=name[:_LONGEST],
        )
    return name


def check_target(text: str) -> Target:
    """Return the state to promote to. Raises `UsageError`."""
    for target in TARGETS:
        if text == target:
            return target
    raise UsageError(f"{text!r} is no state to promote to", hint=f"promote to {' or '.join(TARGETS)}")


def version_number(text: str) -> int | None:
    """The number of a version where the text is one, else None: it is an alias then."""
    return int(text[:20]) if text.isascii() and text.isdigit() else None


def split_reference(text: str) -> tuple[str, str | None]:
    """Split ``flight-delay@production`` or ``flight-delay@3`` into the model and what names its version."""
    model, separator, version = text.rpartition("@")
    return (check_model_name(model), version) if separator else (check_model_name(text), None)
