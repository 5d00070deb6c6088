"""Keeping the store in order: verify it, measure it, sweep what nothing names.

Sweeping spares whatever is younger than an age, since a stage that is running has written blobs that no manifest
names yet. Not for deciding what is worth keeping beyond a count of manifests per key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from jupyter_mlpipe.errors import CorruptBlobError, MissingBlobError
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.blobs import YOUNG
from jupyter_mlpipe.store.manifests import StageManifest
from jupyter_mlpipe.store.trash import taken_away


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in the store."""

    kind: str
    """``damaged blob``, ``missing blob``, ``damaged manifest`` or ``untrusted manifest``."""
    name: str
    """Digest of the blob, or name of the manifest's document."""
    text: str
    repaired: bool = False
    """Whether it was removed, so that the stage runs again."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` saw."""

    blobs: int
    manifests: int
    size: int
    """Bytes read."""
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether every blob and manifest is intact (manifests of strangers are no damage)."""
        return all(fault.kind == "untrusted manifest" for fault in self.faults)


@dataclass(frozen=True, slots=True)
class StatReport:
    """What the store holds."""

    blobs: int
    size: int
    """Bytes of all blobs."""
    manifests: int
    unused: int
    """Bytes of blobs that no manifest names."""
    by_codec: dict[str, int]
    """Bytes by codec; a blob in several counts once in each."""
    by_stage: dict[str, int]
    """Bytes by ``pipeline/stage``; a blob in several counts once in each."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What `sweep` removed, or would remove."""

    blobs: int
    size: int
    """Bytes of the removed blobs."""
    manifests: int
    temporary: int
    """Unfinished files."""
    dry_run: bool


def verify(store: ArtifactStore, *, repair: bool = False, kept: Collection[str] = ()) -> VerifyReport:
    """Read every blob and every manifest whole.

    Parameters
    ----------
    repair
        Remove damaged blobs, damaged manifests and manifests whose blobs are gone: their stages run again.
    kept
        Digests of blobs that no manifest names and that the ledger's facts need.
    """
    blobs = store.blobs
    faults: list[Fault] = []
    good: set[str] = set()
    count = size = 0
    for info in blobs.list():
        count += 1
        size += info.size
        try:
            blobs.verify(info.digest)
            good.add(info.digest)
        except (CorruptBlobError, MissingBlobError):
            if repair:
                blobs.delete(info.digest)
            faults.append(Fault("damaged blob", info.digest, "its bytes do not match its digest", repair))
    manifests = 0
    for name, manifest, problem in store.documents(again=True):
        manifests += 1
        if manifest is None or (problem and "signed by" not in problem):
            if repair:
                blobs.delete_document(name)
            faults.append(Fault("damaged manifest", name, problem or "it is damaged", repair))
            continue
        if problem:
            faults.append(Fault("untrusted manifest", name, problem))
        missing = sorted(manifest.blobs() - good)
        if missing:
            if repair:
                blobs.delete_document(name)
            title = f"stage {manifest.stage} of {manifest.pipeline} needs {len(missing)} blobs that are not intact"
            faults.append(Fault("missing blob", name, title, repair))
    lost = sorted(set(kept) - good)
    faults += [Fault("missing blob", digest, "a profile that the ledger names is not intact") for digest in lost]
    return VerifyReport(count, manifests, size, tuple(faults))


def stat(store: ArtifactStore, kept: Collection[str] = ()) -> StatReport:
    """Measure the store; `kept` as for `verify`."""
    sizes = {info.digest: info.size for info in store.blobs.list()}
    used: set[str] = set(kept) | _in_trash(store)
    by_codec: dict[str, set[str]] = {}
    by_stage: dict[str, set[str]] = {}
    manifests = 0
    for _, manifest, _ in store.documents():
        if manifest is None:
            continue
        manifests += 1
        names = manifest.blobs()
        used |= names
        by_stage.setdefault(f"{manifest.pipeline}/{manifest.stage}", set()).update(names)
        for artifact in manifest.artifacts:
            by_codec.setdefault(artifact.codec, set()).update(blob.digest for blob in artifact.blobs)

    def total(digests: set[str]) -> int:
        return sum(sizes.get(digest, 0) for digest in digests)

    return StatReport(
        blobs=len(sizes),
        size=sum(sizes.values()),
        manifests=manifests,
        unused=total(set(sizes) - used),
        by_codec={codec: total(digests) for codec, digests in sorted(by_codec.items())},
        by_stage={stage: total(digests) for stage, digests in sorted(by_stage.items())},
    )


def sweep(
    store: ArtifactStore,
    *,
    keep: int | None = None,
    older_than: float = YOUNG,
    dry_run: bool = False,
    kept: Callable[[], Collection[str]] = frozenset,
) -> SweepReport:
    """Remove unfinished files and blobs that no manifest names, all older than an age.

    Parameters
    ----------
    keep
        Manifests to keep per key, the newest first; None keeps all. Older ones go first, then their blobs.
    older_than
        Seconds; what changed later is spared.
    dry_run
        Count only.
    kept
        Gives digests of blobs that no manifest names and that the ledger's facts need; asked after blobs are listed.
    """
    blobs = store.blobs
    before = time.time() - older_than
    # Blobs are listed before manifests are read: one that a manifest names in between is then not in the list or young.
    listed = list(blobs.list())
    dropped = 0
    used: set[str] = set(kept()) | _in_trash(store)
    for name, manifest in _kept(store, keep):
        if manifest is None:
            dropped += 1
            if not dry_run:
                blobs.delete_document(name)
        else:
            used |= manifest.blobs()
    garbage = [info for info in listed if info.digest not in used and info.modified < before]
    temporary = [name for name, modified in blobs.list_temporary() if modified < before]
    if not dry_run:
        garbage = [info for info in garbage if blobs.delete_unused(info.digest, before)]
        for name in temporary:
            blobs.delete_temporary(name)
    size = sum(info.size for info in garbage)
    return SweepReport(len(garbage), size, dropped, len(temporary), dry_run)


def _in_trash(store: ArtifactStore) -> set[str]:
    """Blobs of results that may still be put back."""
    return {digest for _, manifest in taken_away(store) if manifest is not None for digest in manifest.blobs()}


def _kept(store: ArtifactStore, keep: int | None) -> Iterator[tuple[str, StageManifest | None]]:
    """Each readable manifest's document, with None for the manifest where it is to go."""
    by_key: dict[str, list[tuple[str, StageManifest]]] = {}
    for name, manifest, _ in store.documents():
        if manifest is not None:
            by_key.setdefault(manifest.key, []).append((name, manifest))
    for documents in by_key.values():
        documents.sort(key=lambda item: item[1].created, reverse=True)
        for position, (name, manifest) in enumerate(documents):
            yield name, None if keep is not None and position >= keep else manifest
