"""Finds a stored result that stands for running a stage, or says why there is none.

A key says what is known before a stage runs. A manifest found under it must also hold every value that is wanted now,
and what the stage read while it ran (files, random states) must be as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.project_files import listing_digest, location_digest, names_in, path_of
from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.store.artifacts import ArtifactStore, StageManifest


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
    files_before: Mapping[str, Mapping[str, Any] | None],
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
    files_before, files
        Files as stages above left them, and what is on disk.
    trust_programs
        Whether a result counts although the stage started other programs, whose reads nobody saw.
    """
    reason = ""
    for manifest in store.find(key):
        reason = objection(
            manifest,
            wanted=wanted,
            ambient=ambient,
            files_before=files_before,
            files=files,
            own=False,
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
    files_before: Mapping[str, Mapping[str, Any] | None],
    files: FileDigests,
    own: bool,
    trust_programs: bool,
) -> str:
    """Why a manifest does not stand for running its stage now; empty where it does.

    ``own``: it is of this very run, so what else is on disk does not count.
    """
    if manifest.spawned and not trust_programs:
        return f"it starts {manifest.spawned[0]}, whose reads cannot be seen (declare them with --file)"
    # What cannot be stored is no reason to run again: whoever reads it is told.
    stored = {name for artifact in manifest.artifacts for name in artifact.names} | manifest.unstorable.keys()
    changed = set(manifest.changed)
    missing = (changed if wanted is None else wanted & changed) - stored
    if missing:
        return f"`{min(missing)}` was not kept, and is read below now"
    for location, state in manifest.reads.items():
        if location in RANDOM_STATES and ambient.get(location, {}).get("digest", "") != state:
            return f"it draws from {location.removeprefix('@')}, whose state changed"
    files.written |= manifest.files_written.keys()
    for location, digest in manifest.files_read.items():
        if location.endswith("/"):
            own_names = manifest.files_written.keys()
            now: str | None = files.listing(location, files_before.keys() - own_names, own_names)
            if now != digest and files.listing(location, files.written - own_names, own_names) == digest:
                # What stages below write may lie there already. Code that lists folders runs before them (``order``).
                continue
        elif location in files_before:
            now = (files_before[location] or {}).get("digest")
        elif own:
            continue
        else:
            now = files.digest(location)
        if now != digest:
            what = "changed" if now and digest else "appeared" if now else "is gone"
            return f"file {location.removeprefix('file:')} {what}"
    return ""


class FileDigests:
    """What is on disk at the project's locations, each file read once unless it changes.

    Parameters
    ----------
    root
        The folder that locations (``file:data/x.csv``) are relative to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written: set[str] = set()
        """Locations that stages of the pipeline write: in a folder's listing they do not count."""
        self._known: dict[str, tuple[tuple[int, int, int], str | None]] = {}

    def digest(self, location: str) -> str | None:
        """Digest of a file's bytes now; None where it does not exist."""
        try:
            stat = path_of(self.root, location).stat()
        except OSError:
            return None
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._known.get(location)
        if known is None or known[0] != mark:
            known = self._known[location] = (mark, location_digest(self.root, location))
        return known[1]

    def listing(self, location: str, above: Collection[str], own: Collection[str]) -> str | None:
        """Digest of the names in a folder now, without what only stages at or below the reader write there.

        A folder that the reader writes into (`own`) is as good as empty where it does not exist: the reader makes it.
        """
        digest = location_digest(self.root, location, ignoring=self.written.difference(above))
        return listing_digest(()) if digest is None and names_in(location, own) else digest
