"""What all operations of one server share."""

from __future__ import annotations


class Desk:
    """The server's root folder, the workspaces that are open, and the runs that are watched."""
