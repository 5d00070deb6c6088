from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import CorruptBlobError, StoreUnavailableError
from jupyter_mlpipe.store.blobs import open_blobs
from jupyter_mlpipe.store.fsspec_blobs import FsspecBlobs
from jupyter_mlpipe.store.local_blobs import LocalBlobs
from jupyter_mlpipe.store.verified import VerifiedCache
from tests.unit.store.blob_contract import BlobStoreContract


class TestLocalBlobs(BlobStoreContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> LocalBlobs:
        return LocalBlobs(tmp_path / "store")

    def damage(self, blobs: Any, digest: str, data: bytes) -> None:
        path = Path(blobs.url) / "blobs" / digest[:2] / digest
        path.chmod(0o644)
        path.write_bytes(data)

    def test_blobs_are_read_only_files(self, blobs: LocalBlobs) -> None:
        assert blobs.open_local(blobs.put(b"x")).stat().st_mode & 0o222 == 0


class TestFsspecFiles(BlobStoreContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FsspecBlobs:
        return FsspecBlobs(f"file://{tmp_path}/remote", tmp_path / "cache")

    def damage(self, blobs: Any, digest: str, data: bytes) -> None:
        blobs._cache.delete(digest)
        blobs._fs.pipe_file(blobs._path(digest), data)


class TestFsspecMemory(TestFsspecFiles):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> FsspecBlobs:
        return FsspecBlobs(f"memory://{uuid.uuid4().hex}/store", tmp_path / "cache")


def test_the_url_chooses_the_store(tmp_path: Path) -> None:
    assert isinstance(open_blobs(str(tmp_path)), LocalBlobs)
    assert isinstance(open_blobs(f"file://{tmp_path}/with%20space"), LocalBlobs)
    assert open_blobs(f"file://{tmp_path}/with%20space").url == f"{tmp_path}/with space"
    assert isinstance(open_blobs("memory://x", tmp_path), FsspecBlobs)
    with pytest.raises(StoreUnavailableError, match="nosuch"):
        open_blobs("nosuch://x", tmp_path)


def test_a_local_blob_is_verified_once_and_again_when_its_file_changes(tmp_path: Path) -> None:
    secret = b"secret of a user"
    blobs = LocalBlobs(tmp_path / "store", VerifiedCache(tmp_path / "cache", secret))
    digest = blobs.put(b"x" * 100_000)
    again = LocalBlobs(tmp_path / "store", VerifiedCache(tmp_path / "cache", secret))
    path = again.open_local(digest)
    path.chmod(0o644)
    path.write_bytes(b"y" * 100_000)
    with pytest.raises(CorruptBlobError):
        LocalBlobs(tmp_path / "store", VerifiedCache(tmp_path / "cache", secret)).open_local(digest)


def test_another_users_cache_proves_nothing(tmp_path: Path) -> None:
    mine = VerifiedCache(tmp_path, b"mine")
    mine.remember("blob", "a", "1")
    assert VerifiedCache(tmp_path, b"mine").knows("blob", "a", "1")
    assert not VerifiedCache(tmp_path, b"mine").knows("blob", "a1", "")
    assert not VerifiedCache(tmp_path, b"other").knows("blob", "a", "1")


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = VerifiedCache(tmp_path / "file" / "folder", b"secret")
    cache.remember("x")
    assert cache.knows("x")
    assert not cache.knows("y")
