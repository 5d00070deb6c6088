"""Which model versions hold an alias, as the ledger knows it. Not for moving aliases (``models``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jupyter_mlpipe.ledger.transitions import all_sightings, transitions

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger

_NO_ALIASES = ("deprecated", "archived")
"""Lifecycle states that no alias stands for."""


def aliases_of_versions(ledger: Ledger) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """By model and version, the aliases that it holds: as we set them, or as they were seen elsewhere. Both count."""
    named: dict[tuple[str, str], int] = {}
    for move in transitions(ledger):
        if move.status == "done" and move.target not in _NO_ALIASES:
            named[move.model, move.target] = move.version
    found: dict[tuple[str, int], set[str]] = {}
    for (model, alias), version in named.items():
        found.setdefault((model, version), set()).add(alias)
    for model, seen in all_sightings(ledger).items():
        for alias, seen_at in seen.items():
            if seen_at is not None:
                found.setdefault((model, seen_at), set()).add(alias)
    return {key: tuple(sorted(aliases)) for key, aliases in found.items()}
