"""The archive: the other tier, on any file system that fsspec knows, compressed, each blob read back before it counts.

``blobs/<2 hex>/<digest>.zst`` holds a blob, ``documents/<name>`` a result's signed document as it was,
``notebooks/<run>.tar.zst`` what a run left behind. Packed files are eight bytes that say how long they are unpacked,
and a Zstandard frame. Not for deciding what goes there.
"""

from __future__ import annotations

import io
import posixpath
import tarfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from jupyter_mlpipe.errors import RetentionError
from jupyter_mlpipe.store.digests import digest_bytes

_CODEC = "zstd"
_SIZE = 8


class Archive:
    """An archive at a URL.

    Parameters
    ----------
    url
        A folder, or any URL that fsspec knows.

    Raises
    ------
    RetentionError
        Its protocol is unknown, or a library for it is missing.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise RetentionError(f"the archive {url} cannot be opened: {error}", hint="correct archive") from error
        self._root = str(root).rstrip("/")
        protocol = self._files.protocol
        self._local = "file" in ((protocol,) if isinstance(protocol, str) else protocol)

    def keep_blob(self, digest: str, read: Callable[[], bytes]) -> None:
        """Take in a blob, unless it is there; read it back before it counts. Raises `RetentionError`."""
        if not self._exists(_blob_path(digest)):
            self._write(_blob_path(digest), _packed(read()))
            self.blob(digest)

    def blob(self, digest: str) -> bytes:
        """A blob's bytes. Raises `RetentionError` where they are missing or damaged."""
        data = self._unpacked(_blob_path(digest))
        if digest_bytes(data) != digest:
            raise self._damaged(_blob_path(digest))
        return data

    def keep_document(self, name: str, raw: bytes) -> None:
        """Take in a document."""
        self._write(f"documents/{name}", raw)

    def document(self, name: str) -> bytes:
        """A document's bytes. Raises `RetentionError` where it is missing."""
        return self._read(f"documents/{name}")

    def keep_folder(self, run: str, folder: Path) -> None:
        """Take in what a run left behind."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as packed:
            packed.add(folder, arcname=run)
        self._write(_folder_path(run), _packed(buffer.getvalue()))

    def folder(self, run: str, target: Path) -> None:
        """Unpack what a run left behind into a folder that is not there. Raises `RetentionError`."""
        data = self._unpacked(_folder_path(run))
        with tarfile.open(fileobj=io.BytesIO(data)) as files:
            files.extractall(target.parent, filter="data")

    # -- files -----------------------------------------------------------------------------------------------------

    def _exists(self, path: str) -> bool:
        return bool(self._asking("look into", lambda: self._files.exists(self._at(path))))

    def _read(self, path: str) -> bytes:
        what = f"read {posixpath.basename(path)[:20]} from"
        return bytes(self._asking(what, lambda: self._files.cat_file(self._at(path))))

    def _unpacked(self, path: str) -> bytes:
        raw = self._read(path)
        size = int.from_bytes(raw[:_SIZE], "big")
        try:
            data: bytes = pa.decompress(raw[_SIZE:], decompressed_size=size, codec=_CODEC, asbytes=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(path) from error
        return data

    def _damaged(self, path: str) -> RetentionError:
        name = posixpath.basename(path)[:20]
        return RetentionError(f"{name} is damaged in the archive {self.url}", hint="it is lost, unless you have a copy")

    def _write(self, path: str, data: bytes) -> None:
        """Whole or not at all: object stores do so by themselves."""
        target = self._at(path)

        def write() -> None:
            if not self._local:
                self._files.pipe_file(target, data)
                return
            self._files.makedirs(posixpath.dirname(target), exist_ok=True)
            temporary = f"{target}.{uuid.uuid4().hex}"
            try:
                self._files.pipe_file(temporary, data)
                Path(temporary).replace(target)
            except BaseException:
                with suppress(OSError):
                    self._files.rm_file(temporary)
                raise

        self._asking("write to", write)

    def _asking(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except RetentionError:
            raise
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise RetentionError(
                f"cannot {what} the archive {self.url}: {reason}", hint="nothing was taken away that is not archived"
            ) from error

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def _blob_path(digest: str) -> str:
    return f"blobs/{digest[:2]}/{digest}.zst"


def _folder_path(run: str) -> str:
    return f"notebooks/{run}.tar.zst"


def _packed(data: bytes) -> bytes:
    return len(data).to_bytes(_SIZE, "big") + bytes(pa.compress(data, codec=_CODEC, asbytes=True))
