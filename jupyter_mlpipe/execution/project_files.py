"""Files of a project as locations: how they are named, digested, stored and put back.

A location is ``file:<path relative to the project's root>``; a folder ends in ``/``. Paths outside the root, and
folders that tools keep for themselves, have no location. This module knows nothing of stages; ``file_watch`` tells
which locations a stage touched.
"""

# Paths here are text: an audit hook asks about every file that is opened.
# ruff: noqa: PTH101, PTH105, PTH117, PTH118, PTH123, PTH208

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from jupyter_mlpipe.errors import ExecutionError, MissingBlobError

if TYPE_CHECKING:
    from jupyter_mlpipe.store.blobs import BlobStore

PREFIX = "file:"
FOLDER_DIGEST = "folder"
"""The digest of a folder that a stage made; what it lists is no part of it."""

_IGNORED_FOLDERS = frozenset(
    {
        ".mlpipe", ".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints", "site-packages", "dist-packages",
        ".venv", "node_modules", ".ipython", ".jupyter", ".cache", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    }
)  # fmt: skip
_CHUNK = 1 << 20


def location(root: str, path: str, *, folder: bool = False) -> str | None:
    """The location of an absolute, normalised path, or None where it has none."""
    if path == root:
        return f"{PREFIX}./" if folder else None
    if not path.startswith(root + os.sep) or path.startswith(sys.prefix + os.sep):
        return None
    relative = path[len(root) + 1 :].replace(os.sep, "/")
    if not _IGNORED_FOLDERS.isdisjoint(relative.split("/")):
        return None
    return f"{PREFIX}{relative}/" if folder else f"{PREFIX}{relative}"


def path_of(root: str | Path, location: str) -> Path:
    """Where a location lies. Raises `ExecutionError` for one that points out of the project."""
    relative = location.removeprefix(PREFIX)
    path = Path(root, relative)
    if os.path.isabs(relative) or ".." in Path(relative).parts:
        raise ExecutionError(
            f"the file {relative!r} lies outside the project", hint="the stage's record is damaged; run it again"
        )
    return path


def digest_file(path: str | Path) -> str | None:
    """BLAKE3 of a file's bytes (64 hex digits), or None where there is no regular file."""
    hasher = blake3()
    try:
        with open(path, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
    except OSError:
        return None
    return hasher.hexdigest()


def listing_digest(names: Collection[str]) -> str:
    """Digest of the names in a folder. Notebooks and hidden files do not count: runs and editors write those."""
    seen = sorted(
        name
        for name in names
        if not name.startswith(".") and not name.endswith(".ipynb") and name not in _IGNORED_FOLDERS
    )
    return blake3("\0".join(seen).encode("utf-8", "surrogateescape")).hexdigest()


def location_digest(root: str | Path, location: str, *, ignoring: Collection[str] = ()) -> str | None:
    """The digest a location has now: a file's bytes, a folder's names; None where it does not exist.

    Parameters
    ----------
    ignoring
        Locations whose names do not count in a folder: the files that the stage itself writes.
    """
    path = path_of(root, location)
    if not location.endswith("/"):
        return digest_file(path)
    try:
        names = set(os.listdir(path))
    except OSError:
        return None
    return listing_digest(names - names_in(location, ignoring))


def names_in(folder: str, locations: Collection[str]) -> set[str]:
    """The names directly under a folder's location among `locations`, and of the folders that hold them."""
    start = PREFIX if folder == f"{PREFIX}./" else folder
    return {item[len(start) :].split("/", 1)[0] for item in locations if item.startswith(start) and item != folder}


def files_under(path: str) -> Iterator[str]:
    """Every file under a folder (absolute paths), without the folders that tools keep for themselves."""
    for parent, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        for name in files:
            yield os.path.join(parent, name)


def store_file(path: Path, blobs: BlobStore) -> Mapping[str, Any] | None:
    """Put a file's bytes into the store; what a manifest says of it, or None where there is no regular file."""
    try:
        state = path.stat()
    except OSError:
        return None
    mode = stat.S_IMODE(state.st_mode)
    if stat.S_ISDIR(state.st_mode):
        return {"digest": FOLDER_DIGEST, "size": 0, "mode": mode}
    if not stat.S_ISREG(state.st_mode):
        return None
    data = path.read_bytes()
    return {"digest": blobs.put(data), "size": len(data), "mode": mode}


def put_in_place(root: str | Path, location: str, version: Mapping[str, Any] | None, blobs: BlobStore) -> bool:
    """Make a location hold a version (None: be absent); True where the disk had to change.

    A file is written beside its place and renamed, so that a reader sees the old bytes or the new ones.
    """
    path = path_of(root, location)
    if version is None:
        try:
            path.rmdir() if location.endswith("/") else path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            if location.endswith("/"):
                return False  # other files have come to be in it
            raise
        return True
    if version["digest"] == FOLDER_DIGEST:
        if path.is_dir():
            return False
        path.mkdir(parents=True, exist_ok=True)
        return True
    mode = int(version.get("mode", 0o644))
    try:
        state = path.stat()
        if state.st_size == version["size"] and digest_file(path) == version["digest"]:
            if stat.S_IMODE(state.st_mode) != mode:
                path.chmod(mode)
            return False
    except OSError:
        pass
    try:
        data = blobs.get(version["digest"])
    except MissingBlobError as error:
        raise MissingBlobError(
            f"the content of {location.removeprefix(PREFIX)} is no longer in the store", **error.details
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data, mode)
    return True


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write beside the place, flush to disk, rename."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
