"""Results that were taken away for now: their documents lie aside, and their blobs stay until the trash is emptied.

A result in the trash stands for no stage any more; whoever has read its manifest before goes on undisturbed. Not for
deciding what is taken away (``governance.retention``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.manifests import StageManifest

FOLDER = "trash"


def take_away(store: ArtifactStore, names: Iterable[str]) -> int:
    """Move documents to the trash; how many were there. Killed in between, a document is in both places, and counts."""
    moved = 0
    for name in names:
        raw = store.blobs.get_document(name)
        if raw is not None:
            store.blobs.put_document(f"{FOLDER}/{name}", raw)
            store.blobs.delete_document(name)
            moved += 1
    return moved


def put_back(store: ArtifactStore, names: Iterable[str]) -> int:
    """Move documents back from the trash; how many were there."""
    moved = 0
    for name in names:
        raw = store.blobs.get_document(f"{FOLDER}/{name}")
        if raw is not None:
            store.blobs.put_document(name, raw)
            store.blobs.delete_document(f"{FOLDER}/{name}")
            moved += 1
    return moved


def taken_away(store: ArtifactStore) -> Iterator[tuple[str, StageManifest | None]]:
    """Every document in the trash, by the name that it had; None for the manifest where it is damaged."""
    for name in store.blobs.list_documents(FOLDER):
        raw = store.blobs.get_document(name)
        if raw is not None:
            yield name.removeprefix(f"{FOLDER}/"), store.read(raw)


def remove_for_good(store: ArtifactStore, names: Iterable[str]) -> None:
    """Remove documents from the trash; nothing where they are not there."""
    for name in names:
        store.blobs.delete_document(f"{FOLDER}/{name}")
