"""What every blob store must do; subclasses give the fixture ``blobs`` and reach under it with ``files``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import CorruptBlobError, MissingBlobError, StoreError
from jupyter_mlpipe.store.digests import digest_bytes

ABSENT = "0" * 64


class BlobStoreContract:
    def damage(self, blobs: Any, digest: str, data: bytes) -> None:
        """Put `data` in a blob's place, behind the store's back."""
        raise AssertionError("a subclass says how")

    def test_bytes_come_back(self, blobs: Any) -> None:
        for data in (b"", b"x", bytes(range(256)) * 1000):
            digest = blobs.put(data)
            assert digest == digest_bytes(data)
            assert blobs.get(digest) == data
            assert blobs.size(digest) == len(data)
            assert blobs.exists(digest)
            assert blobs.open_local(digest).read_bytes() == data
            blobs.verify(digest)

    def test_putting_twice_is_one_blob(self, blobs: Any) -> None:
        assert blobs.put(b"same") == blobs.put(memoryview(b"same")) == blobs.put(bytearray(b"same"))
        assert [info.size for info in blobs.list()] == [4]

    def test_a_file_is_taken_in(self, blobs: Any, tmp_path: Path) -> None:
        for path in (tmp_path / "elsewhere", blobs.scratch()):
            path.write_bytes(b"from a file")
            digest, size = blobs.put_file(path)
            assert (digest, size) == (digest_bytes(b"from a file"), 11)
            assert blobs.get(digest) == b"from a file"
            assert not path.exists()
        assert list(blobs.list_temporary()) == []

    def test_a_large_file_is_taken_in(self, blobs: Any) -> None:
        path = blobs.scratch()
        path.write_bytes(bytes(17 << 20))
        digest, size = blobs.put_file(path)
        assert size == 17 << 20
        assert digest == digest_bytes(bytes(17 << 20))
        assert blobs.open_local(digest).stat().st_size == size

    def test_what_is_missing_is_said_to_be(self, blobs: Any) -> None:
        assert not blobs.exists(ABSENT)
        for ask in (blobs.get, blobs.open_local, blobs.size, blobs.verify):
            with pytest.raises(MissingBlobError):
                ask(ABSENT)
        blobs.delete(ABSENT)

    @pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" + "0" * 63])
    def test_a_digest_never_becomes_a_path(self, blobs: Any, name: str) -> None:
        for ask in (blobs.get, blobs.open_local, blobs.size, blobs.exists, blobs.delete):
            with pytest.raises(StoreError):
                ask(name)

    @pytest.mark.parametrize("name", ["", "../x", "a/../b", "/a", "a//b", "a b", ".hidden", "a/", "a\n", "~x", "a\\b"])
    def test_a_document_never_leaves_its_folder(self, blobs: Any, name: str) -> None:
        for ask in (blobs.get_document, blobs.delete_document, lambda it: blobs.put_document(it, b"")):
            with pytest.raises(StoreError):
                ask(name)

    def test_damage_is_found_and_mended(self, blobs: Any) -> None:
        data = bytes(range(256)) * 8
        digest = blobs.put(data)
        for broken in (data[:-1], b"", bytes([data[0] ^ 1]) + data[1:], data + b"x"):
            self.damage(blobs, digest, broken)
            for ask in (blobs.get, blobs.open_local, blobs.verify):
                with pytest.raises(CorruptBlobError):
                    ask(digest)
            assert blobs.put(data) == digest
            assert blobs.get(digest) == data

    def test_deleting(self, blobs: Any) -> None:
        digest = blobs.put(b"gone soon")
        blobs.delete(digest)
        assert not blobs.exists(digest)
        assert list(blobs.list()) == []
        with pytest.raises(MissingBlobError):
            blobs.get(digest)

    def test_listing(self, blobs: Any) -> None:
        digests = {blobs.put(f"blob {number}".encode()) for number in range(20)}
        found = list(blobs.list())
        assert {info.digest for info in found} == digests
        assert all(info.size in (6, 7) and info.modified > 1e9 for info in found)

    def test_documents(self, blobs: Any) -> None:
        assert blobs.get_document("keys/ab/one.json") is None
        assert blobs.list_documents("keys") == []
        blobs.put_document("keys/ab/one.json", b"1")
        blobs.put_document("keys/ab/two.json", b"2")
        blobs.put_document("keys/cd/three.json", b"3")
        blobs.put_document("keys/ab/one.json", b"one")
        assert blobs.get_document("keys/ab/one.json") == b"one"
        assert blobs.list_documents("keys/ab") == ["keys/ab/one.json", "keys/ab/two.json"]
        assert blobs.list_documents("keys/ab/") == ["keys/ab/one.json", "keys/ab/two.json"]
        assert len(blobs.list_documents("keys")) == len(blobs.list_documents("")) == 3
        blobs.delete_document("keys/ab/one.json")
        blobs.delete_document("keys/ab/one.json")
        assert blobs.list_documents("keys/ab") == ["keys/ab/two.json"]

    def test_unfinished_files_are_listed_and_removed(self, blobs: Any) -> None:
        blobs.scratch().write_bytes(b"half")
        ((name, modified),) = blobs.list_temporary()
        assert modified > 1e9
        blobs.delete_temporary(name)
        blobs.delete_temporary(name)
        assert list(blobs.list_temporary()) == []
