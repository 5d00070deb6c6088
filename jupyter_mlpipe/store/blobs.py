"""The port for blobs: bytes addressed by their BLAKE3 digest, and small named documents beside them.

Two implementations stand: ``local_blobs.LocalBlobs`` (a folder) and ``fsspec_blobs.FsspecBlobs`` (any fsspec URL).
Not for what the bytes mean: that is the codecs' and the manifests' part.
"""

from __future__ import annotations

import builtins
import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from jupyter_mlpipe.errors import StoreError, StoreUnavailableError
from jupyter_mlpipe.store.verified import VerifiedCache

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DOCUMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


YOUNG = 24 * 3600.0
"""Seconds in which a blob without a manifest may still belong to a run."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """One blob as the store lists it."""

    digest: str
    size: int
    """Bytes."""
    modified: float
    """Seconds since the epoch."""


class BlobStore(Protocol):
    """Immutable blobs by digest, and small documents by name.

    Implementers must ensure that a reader never sees part of a blob or document under its final name, that every blob
    is verified against its digest when it is read, and that failures of the medium are `StoreUnavailableError`.
    """

    @property
    def url(self) -> str:
        """Where the store is, in the form that `open_blobs` takes."""
        ...

    def put(self, data: bytes | bytearray | memoryview) -> str:
        """Store bytes; the digest. Storing the same bytes again says that they are in use, or mends a damaged blob."""
        ...

    def put_file(self, path: Path) -> tuple[str, int]:
        """Take a finished local file in (it is moved or copied and then removed); digest and size."""
        ...

    def scratch(self) -> Path:
        """A path, not yet there, where a file for `put_file` is best written."""
        ...

    def get(self, digest: str) -> bytes:
        """The bytes, verified."""
        ...

    def open_local(self, digest: str) -> Path:
        """A local path to the verified bytes, to be mapped and never written."""
        ...

    def verify(self, digest: str) -> None:
        """Read the blob whole, whatever was verified before; raises where it is missing or damaged."""
        ...

    def exists(self, digest: str) -> bool:
        """Whether a blob has this digest. Does not read it."""
        ...

    def size(self, digest: str) -> int:
        """Bytes of a blob."""
        ...

    def delete(self, digest: str) -> None:
        """Remove a blob; nothing where there is none."""
        ...

    def delete_unused(self, digest: str, before: float) -> bool:
        """Remove a blob that nobody has put since a moment, in seconds since the epoch; whether it was removed."""
        ...

    def list(self) -> Iterator[BlobInfo]:
        """Every blob, in no order."""
        ...

    def list_temporary(self) -> Iterator[tuple[str, float]]:
        """Unfinished files that writers left: their names and times of change."""
        ...

    def delete_temporary(self, name: str) -> None:
        """Remove an unfinished file; nothing where there is none."""
        ...

    def put_document(self, name: str, data: bytes) -> None:
        """Write a document, replacing an older one at once."""
        ...

    def list_documents(self, prefix: str) -> builtins.list[str]:
        """Names of the documents under the folder `prefix`, sorted."""
        ...

    def get_document(self, name: str) -> bytes | None:
        """A document's bytes; None where there is none."""
        ...

    def delete_document(self, name: str) -> None:
        """Remove a document; nothing where there is none."""
        ...


def open_blobs(url: str, cache_dir: Path | None = None, verified: VerifiedCache | None = None) -> BlobStore:
    """Open the store at `url`: a folder, a ``file://`` URL, or any other fsspec URL.

    Parameters
    ----------
    url
        ``/folder``, ``file:///folder``, ``s3://bucket/prefix``, ``memory://name``.
    cache_dir
        Local folder for blobs fetched from a remote store. Without it a folder for this process is made.
    verified
        What this user has verified before.

    Raises
    ------
    StoreUnavailableError
        The URL's protocol is unknown or its library is not installed.
    """
    if "://" not in url:
        from jupyter_mlpipe.store.local_blobs import LocalBlobs

        return LocalBlobs(Path(url), verified)
    parts = urlsplit(url)
    if parts.scheme == "file":
        from jupyter_mlpipe.store.local_blobs import LocalBlobs

        return LocalBlobs(Path(unquote(parts.path)), verified)
    from jupyter_mlpipe.store.fsspec_blobs import FsspecBlobs

    return FsspecBlobs(url, cache_dir, verified)


def check_digest(digest: str) -> str:
    """`digest` itself; raises `StoreError` where it is not 64 hex digits, so that it can never become a path."""
    if not _DIGEST.fullmatch(digest):
        raise StoreError(f"{digest[:80]!r} is not a blob's digest", hint="a digest is 64 lower-case hex digits")
    return digest


def check_document(name: str) -> str:
    """`name` itself; raises `StoreError` where it is not a plain relative path."""
    if not _DOCUMENT.fullmatch(name):
        raise StoreError(f"{name[:80]!r} is not a document's name", hint="use letters, digits, '-', '_', '.' and '/'")
    return name


def unavailable(error: Exception, what: str, where: str) -> StoreUnavailableError:
    """The error for a medium that failed, with the way out for its cause."""
    number = error.errno if isinstance(error, OSError) else None
    hints = {
        errno.ENOSPC: "free some space (`mlpipe store sweep` removes what nothing uses), then run again",
        errno.EDQUOT: "your quota is used up: `mlpipe store sweep` removes what nothing uses",
        errno.EACCES: "give your user access to the folder, or set MLPIPE_STORE_URL to one that it may write",
        errno.EPERM: "give your user access to the folder, or set MLPIPE_STORE_URL to one that it may write",
        errno.EROFS: "the file system is read-only: set MLPIPE_STORE_URL to a folder that can be written",
        errno.EIO: "the disk reported an error: check it, then run `mlpipe store verify`",
    }
    hint = hints.get(number or 0, "check that the store can be reached and written, then run again")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return StoreUnavailableError(f"the store at {where} could not {what}: {reason}", hint=hint, store=where)
