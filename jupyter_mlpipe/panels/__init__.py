"""Panels: what a workspace's facts look like, as a title and blocks of MIME bundles. One file a panel.

A panel is drawn by one function from a workspace that it only reads; whoever shows it (JupyterLab's sidebar, a cell, a
file) draws nothing of its own. Packages add panels through the entry point group ``jupyter_mlpipe.panels``, whose
entries name a `PanelKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.errors import HookError, UnknownPanelError
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.workspace import Workspace

PANELS = "jupyter_mlpipe.panels"
"""Entry point group from which panels come."""


@dataclass(frozen=True)
class Block:
    """One piece of a panel."""

    data: Mapping[str, Any]
    """A MIME bundle; with ``text/plain`` for where nothing else can be shown."""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """A panel, drawn."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class PanelKind:
    """A panel that can be drawn."""

    id: str
    """Letters, digits and hyphens; stable."""
    title: str
    draw: Callable[[Workspace], Panel]


def installed_panels() -> list[PanelKind]:
    """The panels of all installed packages, by title.

    Raises
    ------
    HookError
        One cannot be loaded; names it and its package.
    """
    found = []
    for point in entry_points(PANELS):
        try:
            kind = point.load()
        except Exception as error:
            raise HookError(
                f"the panel {point.name} of {point.distribution} cannot be loaded: {type(error).__name__}: {error}",
                hint=f"repair or uninstall {point.distribution}",
                panel=point.name,
            ) from error
        found.append(kind)
    return sorted(found, key=lambda kind: kind.title)


def find_panel(identifier: str) -> PanelKind:
    """The panel with an id. Raises ``UnknownPanelError``."""
    kinds = {kind.id: kind for kind in installed_panels()}
    if identifier not in kinds:
        raise UnknownPanelError(
            f"there is no panel {identifier!r}", hint=nearest(identifier, list(kinds), "panels are"), panel=identifier
        )
    return kinds[identifier]
