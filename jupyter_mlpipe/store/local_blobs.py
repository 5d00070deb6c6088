"""Blobs in a local folder: temporary file, fsync, rename, fsync of the folder.

Layout: ``blobs/<2 hex>/<64 hex>`` (read-only files), ``documents/<name>``, ``tmp/`` for unfinished files. Safe for
many processes at once. Not for remote stores.
"""

from __future__ import annotations

import builtins
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlpipe.errors import CorruptBlobError, MissingBlobError
from jupyter_mlpipe.store.blobs import BlobInfo, check_digest, check_document, unavailable
from jupyter_mlpipe.store.digests import digest_bytes, digest_file
from jupyter_mlpipe.store.verified import VerifiedCache

_SMALL = 1 << 16
_OVERLAPPED = 16 << 20


class LocalBlobs:
    """A blob store in the folder `root`, made on first write.

    See Also
    --------
    jupyter_mlpipe.store.blobs.BlobStore : what each method promises.
    """

    def __init__(self, root: Path, verified: VerifiedCache | None = None) -> None:
        self._root = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links of the user's
        self._verified = verified or VerifiedCache()

    @property
    def url(self) -> str:
        """Where the store is, in the form that `open_blobs` takes."""
        return str(self._root)

    # -- blobs ---------------------------------------------------------------------------------------------------

    def put(self, data: bytes | bytearray | memoryview) -> str:
        """Store bytes; the digest. Storing the same bytes again says that they are in use, or mends a damaged blob."""
        digest = digest_bytes(data)
        if self._intact(digest, memoryview(data).nbytes):
            return digest
        temporary = self.scratch()
        try:
            with self._writing(temporary):
                with temporary.open("xb") as file:
                    file.write(data)
                self._publish(temporary, digest)
        finally:
            _discard(temporary)
        return digest

    def put_file(self, path: Path) -> tuple[str, int]:
        """Take a finished local file in (it is moved or copied and then removed); digest and size."""
        with self._writing(path):
            size = path.stat().st_size
            if size >= _OVERLAPPED and path.parent == self._root / "tmp":
                # The disk takes the bytes while they are hashed.
                from concurrent.futures import ThreadPoolExecutor

                with ThreadPoolExecutor(1) as pool:
                    synced = pool.submit(_sync_file, path)
                    digest = digest_file(path)
                    synced.result()
            else:
                digest = digest_file(path)
        if self._intact(digest, size):
            _discard(path)
            return digest, size
        source = path
        try:
            with self._writing(path):
                if path.parent != self._root / "tmp":
                    source = self.scratch()
                    _copy(path, source)
                self._publish(source, digest)
        finally:
            _discard(source)
            _discard(path)
        return digest, size

    def scratch(self) -> Path:
        """A path, not yet there, where a file for `put_file` is best written."""
        folder = self._root / "tmp"
        with self._writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{os.urandom(16).hex()}"

    def get(self, digest: str) -> bytes:
        """The bytes, verified."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise self._missing(digest) from None
        except OSError as error:
            raise unavailable(error, f"read blob {digest[:12]}", self.url) from error
        if digest_bytes(data) != digest:
            raise self._corrupt(digest, len(data))
        return data

    def open_local(self, digest: str) -> Path:
        """A local path to the verified bytes, to be mapped and never written."""
        path = self._path(digest)
        try:
            fact = self._fact(digest, path)
        except FileNotFoundError:
            raise self._missing(digest) from None
        except OSError as error:
            raise unavailable(error, f"read blob {digest[:12]}", self.url) from error
        if not self._verified.knows(*fact):
            self.verify(digest)
            self._verified.remember(*fact)
        return path

    def verify(self, digest: str) -> None:
        """Read the blob whole, whatever was verified before; raises where it is missing or damaged."""
        path = self._path(digest)
        try:
            found, size = digest_file(path), path.stat().st_size
        except FileNotFoundError:
            raise self._missing(digest) from None
        except OSError as error:
            raise unavailable(error, f"read blob {digest[:12]}", self.url) from error
        if found != digest:
            raise self._corrupt(digest, size)

    def exists(self, digest: str) -> bool:
        """Whether a blob has this digest. Does not read it."""
        return self._path(digest).is_file()

    def size(self, digest: str) -> int:
        """Bytes of a blob."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            raise self._missing(digest) from None

    def delete(self, digest: str) -> None:
        """Remove a blob; nothing where there is none."""
        path = self._path(digest)
        with self._writing(path):
            path.unlink(missing_ok=True)

    def delete_unused(self, digest: str, before: float) -> bool:
        """Remove a blob that nobody has put since a moment; whether it was removed.

        It is set aside first: whoever puts it afterwards writes it anew, and whoever did before has left a newer time.
        """
        path, aside = self._path(digest), self.scratch()
        with self._writing(path):
            try:
                os.replace(path, aside)  # noqa: PTH105 - as in _rename
            except FileNotFoundError:
                return False
            used = aside.stat().st_mtime >= before
            if used:
                with contextlib.suppress(FileExistsError):
                    os.link(aside, path)
            _discard(aside)
        return not used

    def list(self) -> Iterator[BlobInfo]:
        """Every blob, in no order."""
        for path in self._files(self._root / "blobs"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                if len(path.name) == 64:
                    yield BlobInfo(path.name, status.st_size, status.st_mtime)

    def list_temporary(self) -> Iterator[tuple[str, float]]:
        """Unfinished files that writers left: their names and times of change."""
        for path in self._files(self._root / "tmp"):
            with contextlib.suppress(FileNotFoundError):
                yield path.name, path.stat().st_mtime

    def delete_temporary(self, name: str) -> None:
        """Remove an unfinished file; nothing where there is none."""
        path = self._root / "tmp" / check_document(name)
        with self._writing(path):
            path.unlink(missing_ok=True)

    # -- documents -----------------------------------------------------------------------------------------------

    def put_document(self, name: str, data: bytes) -> None:
        """Write a document, replacing an older one at once."""
        target = self._document(name)
        temporary = self.scratch()
        try:
            with self._writing(target):
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                self._rename(temporary, target)
        finally:
            _discard(temporary)

    def list_documents(self, prefix: str) -> builtins.list[str]:
        """Names of the documents under the folder `prefix`, sorted."""
        root = self._root / "documents"
        folder = root / check_document(prefix.rstrip("/")) if prefix else root
        return sorted(path.relative_to(root).as_posix() for path in self._files(folder))

    def get_document(self, name: str) -> bytes | None:
        """A document's bytes; None where there is none."""
        try:
            return self._document(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unavailable(error, f"read {name}", self.url) from error

    def delete_document(self, name: str) -> None:
        """Remove a document; nothing where there is none."""
        path = self._document(name)
        with self._writing(path):
            path.unlink(missing_ok=True)

    # -- inside --------------------------------------------------------------------------------------------------

    def _path(self, digest: str) -> Path:
        return self._root / "blobs" / check_digest(digest)[:2] / digest

    def _document(self, name: str) -> Path:
        return self._root / "documents" / check_document(name)

    def _publish(self, temporary: Path, digest: str) -> None:
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.fchmod(descriptor, os.fstat(descriptor).st_mode & 0o444)
        finally:
            os.close(descriptor)
        target = self._path(digest)
        self._rename(temporary, target)
        self._verified.remember(*self._fact(digest, target))

    def _rename(self, temporary: Path, target: Path) -> None:
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(target.parent.parent)
        os.replace(temporary, target)  # noqa: PTH105 - the call that the fault tests break
        _sync_folder(target.parent)

    def _intact(self, digest: str, size: int) -> bool:
        """Whether the blob is there and undamaged (read again unless its file is known)."""
        path = self._path(digest)
        try:
            if path.stat().st_size != size:
                return False
            fact = self._fact(digest, path)
            if size > _SMALL and self._verified.knows(*fact):
                known = True
            else:
                known = digest_file(path) == digest
                if known:
                    self._verified.remember(*fact)
            if known:
                # A sweep spares what is young: a blob that a new manifest will name must count as new.
                with contextlib.suppress(PermissionError):  # somebody else's, in a shared store
                    os.utime(path)
                    self._verified.remember(*self._fact(digest, path))
            return known
        except OSError:
            return False

    @staticmethod
    def _fact(digest: str, path: Path) -> tuple[str, ...]:
        status = path.stat()
        return "blob", digest, str(status.st_size), str(status.st_mtime_ns), str(status.st_ino)

    @contextlib.contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unavailable(error, f"write {path.name}", self.url) from error

    def _files(self, folder: Path) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise unavailable(error, f"list {folder.name}", self.url) from error
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)

    def _missing(self, digest: str) -> MissingBlobError:
        return MissingBlobError(f"blob {digest[:12]} is not in the store at {self.url}", digest=digest)

    def _corrupt(self, digest: str, size: int) -> CorruptBlobError:
        text = f"blob {digest[:12]} in the store at {self.url} is damaged: its bytes do not match its digest"
        return CorruptBlobError(text, digest=digest, size=size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copyfile(source, target)
