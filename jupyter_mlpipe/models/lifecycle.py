"""The lifecycle of a model version: its states and aliases.

A version is *candidate* from its registration, *staging* or *production* while the alias of that name points at it,
*archived* once another version took its place, and *deprecated* when nobody shall use it any more. MLflow's aliases
decide; what the ledger holds is how they came to be where they are.
"""

from __future__ import annotations

from typing import Literal, get_args

from jupyter_mlpipe.errors import UsageError

Lifecycle = Literal["candidate", "staging", "production", "archived", "deprecated"]

Target = Literal["staging", "production"]
"""States that are aliases: one version of a model at a time."""

TARGETS: tuple[Target, ...] = get_args(Target)


def check_target(text: str) -> Target:
    """Return the state to promote to. Raises `UsageError`."""
    for target in TARGETS:
        if text == target:
            return target
    raise UsageError(f"{text!r} is no state to promote to", hint=f"promote to {' or '.join(TARGETS)}")
