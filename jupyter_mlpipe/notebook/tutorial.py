"""The tutorial that comes with the package: where it is, and copies of it. Not for running it."""

from __future__ import annotations

import shutil
from pathlib import Path

from jupyter_mlpipe.errors import ReadOnlyError, WorkspaceError
from jupyter_mlpipe.root import FOLDER

NOTEBOOK = "flight_delays.ipynb"


def is_installed() -> bool:
    """Whether this installation has the tutorial."""
    return _source() is not None


def copy_tutorial(folder: Path) -> Path:
    """Copy the tutorial's notebook, modules and data; files that are there already stay as they are.

    Returns
    -------
    Path
        The notebook's copy.

    Raises
    ------
    WorkspaceError
        The package was installed without the tutorial.
    ReadOnlyError
        The folder cannot be written.
    """
    source = _source()
    if source is None:
        raise WorkspaceError("this installation has no tutorial", hint="install the package again from a wheel")
    try:
        # A workspace of its own, wherever the folder lies.
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        for path in sorted(source.rglob("*")):
            relative = path.relative_to(source)
            if not path.is_file() or any(part.startswith((".", "__")) for part in relative.parts):
                continue
            target = folder / relative
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    except OSError as error:
        raise ReadOnlyError(
            f"the tutorial cannot be copied to {folder}: {error.strerror or error}",
            hint="choose another folder",
            path=str(folder),
        ) from error
    return folder / NOTEBOOK


def _source() -> Path | None:
    """The tutorial's folder: in the installed package, else in the checkout that an editable install points at."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "demo", package.parent / "notebooks"):
        if (folder / NOTEBOOK).is_file():
            return folder
    return None
