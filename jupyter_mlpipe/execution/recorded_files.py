"""The project's files that a stage read and wrote, as the ledger has them. Not for watching it (``file_watch``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.execution.project_files import FOLDER_DIGEST, PREFIX
from jupyter_mlpipe.ledger.file_uses import FileUse
from jupyter_mlpipe.store.artifacts import StageManifest


def recorded_files(manifest: StageManifest | None, components: Mapping[str, Any] | None) -> list[FileUse]:
    """The files of a result: those it was seen to touch, and those it declares with ``--file``.

    Folders that were listed, and files that were looked for and not there, are left out: they hold no data.
    """
    read = {name: digest for name, digest in ((components or {}).get("files") or {}).items() if digest}
    written: dict[str, Mapping[str, Any]] = {}
    if manifest is not None:
        read |= {_path(name): digest for name, digest in manifest.files_read.items() if digest and _is_file(name)}
        written = {_path(name): state for name, state in manifest.files_written.items() if state and _is_file(name)}
    return [
        *(FileUse(path, digest) for path, digest in read.items()),
        *(
            FileUse(path, state["digest"], written=True, bytes=state.get("size"))
            for path, state in written.items()
            if state["digest"] != FOLDER_DIGEST
        ),
    ]


def _is_file(location: str) -> bool:
    return not location.endswith("/")


def _path(location: str) -> str:
    return location.removeprefix(PREFIX)
