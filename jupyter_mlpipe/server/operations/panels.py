"""Operations on panels."""

from __future__ import annotations

from jupyter_mlpipe.panels import Panel, find_panel, installed_panels
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.panels import PanelBlock, PanelContent, PanelInfo, PanelList


def list_panels(desk: Desk) -> PanelList:  # noqa: ARG001 - every operation gets the desk
    """List the panels of all installed packages."""
    return PanelList(tuple(PanelInfo(kind.id, kind.title) for kind in installed_panels()))


def draw_panel(desk: Desk, *, panel: str, path: str) -> PanelContent:
    """Draw a panel from the ledger of the workspace that a notebook or folder belongs to."""
    kind = find_panel(panel)
    drawn: Panel = kind.draw(desk.workspace(path))
    blocks = tuple(PanelBlock(block.data, block.metadata) for block in drawn.blocks)
    return PanelContent(kind.id, drawn.title, blocks)
