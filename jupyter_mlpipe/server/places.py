"""Contents paths and files: what a Jupyter server calls a notebook, where it is, and what a workspace's facts call it.

A request may only name what lies below the server's root, as its file browser may. Not for reading any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_mlpipe.errors import OutsideServerError
from jupyter_mlpipe.workspace import Workspace


@dataclass(frozen=True)
class Places:
    """The folder that a Jupyter server shows.

    Parameters
    ----------
    root
        Its root folder, absolute.
    hidden
        Whether it shows files and folders whose names begin with a dot.
    """

    root: Path
    hidden: bool = False

    def file(self, path: str) -> Path:
        """The file or folder behind a contents path, whether it is there or not.

        Raises
        ------
        OutsideServerError
            The path leads out of the server's root.
        """
        parts = PurePosixPath(path.strip("/")).parts
        if ".." in parts or "\0" in path:
            raise OutsideServerError(f"the path {path!r} leads out of the folder that this server shows", path=path)
        # A link may lead out of it, as in the file browser, which follows links too.
        return self.root.joinpath(*parts)

    def path(self, file: Path) -> str | None:
        """The contents path of a file; None where the server does not show it."""
        try:
            path = file.absolute().relative_to(self.root)
        except ValueError:
            return None
        return path.as_posix() if self.hidden or not any(part.startswith(".") for part in path.parts) else None

    def recorded(self, workspace: Workspace, path: str) -> str:
        """What facts of a workspace call the file behind a contents path."""
        file = self.file(path)
        try:
            return file.relative_to(workspace.root).as_posix()
        except ValueError:
            return str(file)

    def shown(self, workspace: Workspace, recorded: str | None) -> str | None:
        """The contents path of a file that facts of a workspace name; None where it cannot be opened here."""
        if not recorded:
            return None
        file = workspace.root / recorded  # an absolute path stays what it is
        return self.path(file) if file.is_file() else None
