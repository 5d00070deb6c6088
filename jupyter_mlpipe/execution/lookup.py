"""Finds a stored result that stands for running a stage, or says why there is none.

A key says what is known before a stage runs. A manifest found under it must also hold every value that is wanted now,
and what the stage read while it ran (files, random states) must be as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.store.artifacts import ArtifactStore, StageManifest

FileVersion = Callable[[str], tuple[bool, Mapping[str, Any] | None]]
"""Whether a stage above wrote the file at a location, and what it left there."""


@dataclass(frozen=True)
class Found:
    """The outcome of a search: a manifest that stands for the run, or the reason there is none."""

    manifest: StageManifest | None
    reason: str = ""
    """Why stored results under the very key do not do; empty where there are none at all."""


def find_result(
    store: ArtifactStore,
    key: str,
    *,
    wanted: frozenset[str] | None,
    ambient: Mapping[str, Mapping[str, Any]],
    file_before: FileVersion,
    files: FileDigests,
    trust_programs: bool = False,
) -> Found:
    """Look for a stored result.

    Parameters
    ----------
    store, key
        Where, and under which key.
    wanted
        Names that later stages read; None for all that the stage bound.
    ambient
        Ambient states at the stage's start.
    file_before, files
        What stages above left in files, and what is on disk.
    trust_programs
        Whether a result counts although the stage started other programs, whose reads nobody saw.
    """
    reason = ""
    for manifest in store.find(key):
        reason = objection(
            manifest,
            wanted=wanted,
            ambient=ambient,
            file_before=file_before,
            files=files,
            trust_programs=trust_programs,
        )
        if not reason:
            return Found(manifest)
    if not reason and store.untrusted(key):
        reason = "its result is signed by a key that this workspace does not trust"
    return Found(None, reason)


def objection(
    manifest: StageManifest,
    *,
    wanted: frozenset[str] | None,
    ambient: Mapping[str, Mapping[str, Any]],
    file_before: FileVersion,
    files: FileDigests | None,
    trust_programs: bool,
) -> str:
    """Why a manifest does not stand for running its stage now; empty where it does.

    ``files`` None: what is on disk does not count, since the result is of this very run.
    """
    if manifest.spawned and not trust_programs:
        return f"it starts {manifest.spawned[0]}, whose reads cannot be seen (declare them with --file)"
    stored = {name for artifact in manifest.artifacts for name in artifact.names}
    changed = set(manifest.changed)
    missing = (changed if wanted is None else wanted & changed) - stored
    if missing:
        return f"`{min(missing)}` was not kept, and is read below now"
    for location, digest in manifest.reads.items():
        if location in RANDOM_STATES and ambient.get(location, {}).get("digest", "") != digest:
            return f"it draws from {location.removeprefix('@')}, whose state changed"
    for location, digest in manifest.files_read.items():
        written, version = file_before(location)
        if not written and files is None:
            continue
        now = (version or {}).get("digest") if written or files is None else files.digest(location)
        if now != digest:
            what = "changed" if now and digest else "appeared" if now else "is gone"
            return f"file {location.removeprefix('file:')} {what}"
    return ""


class FileDigests:
    """Content digests of the project's files, each read once unless it changes.

    Parameters
    ----------
    root
        The folder that locations (``file:data/x.csv``) are relative to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[tuple[int, int, int], str]] = {}

    def path(self, location: str) -> Path:
        """The path behind a location."""
        return self.root / location.removeprefix("file:")

    def digest(self, location: str) -> str | None:
        """BLAKE3 of the file's bytes, or None where there is no such file."""
        from blake3 import blake3

        path = self.path(location)
        try:
            stat = path.stat()
        except OSError:
            return None
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._known.get(location)
        if known and known[0] == mark:
            return known[1]
        if path.is_dir():
            digest = directory_digest(path)
        else:
            hasher = blake3(max_threads=blake3.AUTO)
            hasher.update_mmap(path)
            digest = hasher.hexdigest()
        self._known[location] = (mark, digest)
        return digest


def directory_digest(path: Path) -> str:
    """Digest of a folder's listing: the names in it, as ``os.listdir`` shows them, sorted."""
    from blake3 import blake3

    return blake3(
        "\0".join(sorted(entry.name for entry in path.iterdir())).encode(errors="surrogateescape")
    ).hexdigest()
