"""Blobs at any fsspec URL: S3, Google Cloud Storage, Azure, memory, SSH and the like.

On object stores a write appears whole or not at all; elsewhere a blob is written under a temporary name and moved.
Blobs that must be mapped are fetched into a local cache first. Not for plain folders: ``local_blobs`` syncs them to
disk.
"""

from __future__ import annotations

import builtins
import contextlib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from jupyter_mlpipe.errors import CorruptBlobError, MissingBlobError, StoreError, StoreUnavailableError
from jupyter_mlpipe.store.blobs import YOUNG, BlobInfo, check_digest, check_document, unavailable
from jupyter_mlpipe.store.digests import digest_bytes, digest_file
from jupyter_mlpipe.store.local_blobs import LocalBlobs
from jupyter_mlpipe.store.verified import VerifiedCache

_T = TypeVar("_T")
_WHOLE_WRITES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "memory"})


class FsspecBlobs:
    """A blob store at an fsspec URL.

    Parameters
    ----------
    url
        Protocol and prefix; credentials come from the environment, as the protocol's library reads them.
    cache_dir
        Local folder for fetched blobs; None makes one that lives as long as this object.

    See Also
    --------
    jupyter_mlpipe.store.blobs.BlobStore : what each method promises.
    """

    def __init__(self, url: str, cache_dir: Path | None = None, verified: VerifiedCache | None = None) -> None:
        import fsspec

        self._url = url.rstrip("/")
        try:
            self._fs, root = fsspec.core.url_to_fs(self._url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise StoreUnavailableError(
                f"the store's URL {url!r} cannot be opened: {error}",
                hint="install what the protocol needs (for s3:// `pip install s3fs`), or use another URL",
                url=url,
            ) from error
        self._root = str(root).rstrip("/")
        protocol = self._fs.protocol if isinstance(self._fs.protocol, str) else self._fs.protocol[0]
        self._unfinished = f"{self._root}/unfinished"
        self._whole_writes = protocol in _WHOLE_WRITES
        self._own_folder: Any = None
        if cache_dir is None:
            self._own_folder = tempfile.TemporaryDirectory(prefix="mlpipe-cache-")
            cache_dir = Path(self._own_folder.name)
        self._cache = LocalBlobs(cache_dir / "fetched", verified)

    @property
    def url(self) -> str:
        """Where the store is, in the form that `open_blobs` takes."""
        return self._url

    # -- blobs ---------------------------------------------------------------------------------------------------

    def put(self, data: bytes | bytearray | memoryview) -> str:
        """Store bytes; the digest. Storing the same bytes again says that they are in use, or mends a damaged blob."""
        digest = digest_bytes(data)
        if not self._intact(digest, memoryview(data).nbytes):
            raw = bytes(data)
            self._write(self._path(digest), lambda path: self._fs.pipe_file(path, raw))
        return digest

    def put_file(self, path: Path) -> tuple[str, int]:
        """Take a finished local file in (it is moved or copied and then removed); digest and size."""
        try:
            digest, size = digest_file(path), path.stat().st_size
        except OSError as error:
            raise unavailable(error, f"read {path.name}", self.url) from error
        if not self._intact(digest, size):
            self._write(self._path(digest), lambda target: self._fs.put_file(str(path), target))
        # What was just made is often read next, on this machine.
        self._cache.put_file(path)
        return digest, size

    def scratch(self) -> Path:
        """A path, not yet there, where a file for `put_file` is best written."""
        return self._cache.scratch()

    def get(self, digest: str) -> bytes:
        """The bytes, verified."""
        check_digest(digest)
        with contextlib.suppress(MissingBlobError, CorruptBlobError):
            return self._cache.get(digest)
        data: bytes = self._reading(digest, self._fs.cat_file)
        if digest_bytes(data) != digest:
            raise self._corrupt(digest)
        return data

    def open_local(self, digest: str) -> Path:
        """A local path to the verified bytes, to be mapped and never written."""
        check_digest(digest)
        with contextlib.suppress(MissingBlobError, CorruptBlobError):
            return self._cache.open_local(digest)
        target = self._cache.scratch()
        try:
            self._reading(digest, lambda path: self._fs.get_file(path, str(target)))
            if digest_file(target) != digest:
                raise self._corrupt(digest)
            self._cache.put_file(target)
        finally:
            target.unlink(missing_ok=True)
        return self._cache.open_local(digest)

    def verify(self, digest: str) -> None:
        """Read the blob whole, whatever was verified before; raises where it is missing or damaged."""
        data = self._reading(digest, self._fs.cat_file)
        if digest_bytes(data) != digest:
            raise self._corrupt(digest)

    def exists(self, digest: str) -> bool:
        """Whether a blob has this digest. Does not read it."""
        path = self._path(digest)
        return bool(self._asking("look for a blob", lambda: self._fs.exists(path)))

    def size(self, digest: str) -> int:
        """Bytes of a blob."""
        return int(self._reading(digest, self._fs.info)["size"])

    def delete(self, digest: str) -> None:
        """Remove a blob; nothing where there is none."""
        self._cache.delete(digest)
        self._remove(self._path(digest))

    def delete_unused(self, digest: str, before: float) -> bool:
        """Remove a blob that nobody has put since a moment; whether it was removed."""
        try:
            if _modified(self._reading(digest, self._fs.info)) >= before:
                return False
        except MissingBlobError:
            return False
        self.delete(digest)
        return True

    def list(self) -> Iterator[BlobInfo]:
        """Every blob, in no order."""
        for path, info in self._found(f"{self._root}/blobs"):
            name = path.rpartition("/")[2]
            if len(name) == 64:
                yield BlobInfo(name, int(info["size"]), _modified(info))

    def list_temporary(self) -> Iterator[tuple[str, float]]:
        """Unfinished files that writers left: their names and times of change."""
        for path, info in self._found(self._unfinished):
            yield path.rpartition("/")[2], _modified(info)
        yield from self._cache.list_temporary()

    def delete_temporary(self, name: str) -> None:
        """Remove an unfinished file; nothing where there is none."""
        self._cache.delete_temporary(name)
        self._remove(f"{self._unfinished}/{check_document(name)}")

    # -- documents -----------------------------------------------------------------------------------------------

    def put_document(self, name: str, data: bytes) -> None:
        """Write a document, replacing an older one at once."""
        self._write(self._document(name), lambda path: self._fs.pipe_file(path, data))

    def list_documents(self, prefix: str) -> builtins.list[str]:
        """Names of the documents under the folder `prefix`, sorted."""
        folder = f"{self._root}/documents"
        base = f"{folder}/{check_document(prefix.rstrip('/'))}" if prefix else folder
        skip = len(folder.lstrip("/")) + 1
        return sorted(path.lstrip("/")[skip:] for path, _ in self._found(base))

    def get_document(self, name: str) -> bytes | None:
        """A document's bytes; None where there is none."""
        path = self._document(name)
        try:
            data: bytes = self._asking(f"read {name}", lambda: self._fs.cat_file(path))
        except FileNotFoundError:
            return None
        return data

    def delete_document(self, name: str) -> None:
        """Remove a document; nothing where there is none."""
        self._remove(self._document(name))

    # -- inside --------------------------------------------------------------------------------------------------

    def _path(self, digest: str) -> str:
        return f"{self._root}/blobs/{check_digest(digest)[:2]}/{digest}"

    def _document(self, name: str) -> str:
        return f"{self._root}/documents/{check_document(name)}"

    def _intact(self, digest: str, size: int) -> bool:
        try:
            info = self._reading(digest, self._fs.info)
            # What is about to be named again must not look old to a sweep: it is written anew.
            if int(info["size"]) != size or 0 < _modified(info) < time.time() - YOUNG / 2:
                return False
            if size <= 1 << 16:
                self.verify(digest)
            return True
        except (MissingBlobError, CorruptBlobError):
            return False

    def _write(self, target: str, write: Callable[[str], object]) -> None:
        def whole() -> None:
            if self._whole_writes:
                write(target)
                return
            temporary = f"{self._unfinished}/{uuid.uuid4().hex}"
            self._fs.makedirs(self._unfinished, exist_ok=True)
            try:
                write(temporary)
                self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._fs.mv(temporary, target)
            except BaseException:
                with contextlib.suppress(Exception):
                    self._fs.rm_file(temporary)
                raise

        what = f"write {target.rpartition('/')[2][:12]}"
        try:
            self._asking(what, whole)
        except FileNotFoundError as error:  # a bucket that is not there
            raise unavailable(error, what, self.url) from error

    def _remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._asking("delete a file", lambda: self._fs.rm_file(path))

    def _reading(self, digest: str, read: Callable[[str], _T]) -> _T:
        path = self._path(digest)
        try:
            return self._asking(f"read blob {digest[:12]}", lambda: read(path))
        except FileNotFoundError:
            text = f"blob {digest[:12]} is not in the store at {self.url}"
            raise MissingBlobError(text, digest=digest) from None

    def _found(self, folder: str) -> builtins.list[tuple[str, dict[str, Any]]]:
        try:
            found = self._asking("list files", lambda: self._fs.find(folder, detail=True, withdirs=False))
        except FileNotFoundError:
            return []
        return sorted(found.items())

    def _asking(self, what: str, call: Callable[[], _T]) -> _T:
        """Call the file system; failures of any library become `StoreUnavailableError`, absence `FileNotFoundError`."""
        try:
            return call()
        except (FileNotFoundError, StoreError):
            raise
        except Exception as error:
            raise unavailable(error, what, self.url) from error

    def _corrupt(self, digest: str) -> CorruptBlobError:
        text = f"blob {digest[:12]} in the store at {self.url} is damaged: its bytes do not match its digest"
        return CorruptBlobError(text, digest=digest)


def _modified(info: dict[str, Any]) -> float:
    for key in ("mtime", "LastModified", "last_modified", "updated", "created"):
        value = info.get(key)
        if value is None:
            continue
        if isinstance(value, int | float):
            return float(value)
        if hasattr(value, "timestamp"):
            return float(value.timestamp())
        if isinstance(value, str):
            import datetime as dt

            with contextlib.suppress(ValueError):
                return dt.datetime.fromisoformat(value).timestamp()
    return 0.0
