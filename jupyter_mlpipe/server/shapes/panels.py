"""Panels in the sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PanelInfo:
    """A panel that can be shown."""

    id: str
    title: str


@dataclass(frozen=True)
class PanelList:
    """The panels of all installed packages."""

    panels: tuple[PanelInfo, ...]


@dataclass(frozen=True)
class PanelBlock:
    """One piece of a panel."""

    data: Mapping[str, Any]
    """A MIME bundle."""
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class PanelContent:
    """A panel, drawn now."""

    id: str
    title: str
    blocks: tuple[PanelBlock, ...]


@dataclass(frozen=True)
class ServerInfo:
    """What this server offers."""

    version: str
    tutorial: bool
    """Whether the tutorial can be copied from this installation."""
    scheduler: bool
