"""Operations on panels."""

from __future__ import annotations

from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.panels import PanelContent, PanelList


def list_panels(desk: Desk) -> PanelList:
    """List the panels of all installed packages."""
    raise NotImplementedError


def draw_panel(desk: Desk, panel: str, path: str) -> PanelContent:
    """Draw a panel from the ledger of the workspace that a notebook or folder belongs to."""
    raise NotImplementedError
