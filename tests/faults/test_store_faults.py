"""Every write, sync and rename of the local store fails in turn: what was there stays, one coded error is raised."""

from __future__ import annotations

import errno
import io
import os
import pathlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import StoreUnavailableError
from jupyter_mlpipe.store.artifacts import ArtifactStore, StageManifest
from jupyter_mlpipe.store.signing import Signer
from jupyter_mlpipe.store.sweep import verify

KEY = "ab" * 32


class _FailingFile(io.FileIO):
    """A file whose writes may fail, after taking half of the bytes as a full disk does."""

    check: Callable[[], None]

    def write(self, data: Any) -> int:
        try:
            type(self).check()
        except OSError:
            super().write(bytes(data)[: len(bytes(data)) // 2])
            raise
        return super().write(data)


@contextmanager
def failing(store_folder: Path, number: int, code: int) -> Iterator[list[str]]:
    """Let the `number`-th call that changes the store fail with `code`; gives the calls made."""
    calls: list[str] = []
    patch = pytest.MonkeyPatch()

    def count(name: str) -> None:
        calls.append(name)
        if len(calls) == number:
            raise OSError(code, os.strerror(code))

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            count(name)
            return real(*args, **options)

        return call

    real_open = pathlib.Path.open

    def opened(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if "x" in mode and path.is_relative_to(store_folder):
            kind = type("File", (_FailingFile,), {"check": staticmethod(lambda: count("write"))})
            return kind(path, mode.replace("b", ""))
        return real_open(path, mode, *args, **options)

    patch.setattr(pathlib.Path, "open", opened)
    for name in ("fsync", "replace", "fchmod"):
        patch.setattr(os, name, wrapped(name, getattr(os, name)))
    try:
        yield calls
    finally:
        patch.undo()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS], ids=["full", "broken", "read-only"])
def test_a_fault_at_any_call_leaves_what_was_there(tmp_path: Path, code: int) -> None:
    import numpy as np

    folder = tmp_path / "store"
    store = ArtifactStore.open(str(folder), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))

    def write(marker: int) -> None:
        values = {"plain": [marker], "array": np.arange(50) + marker, "objects": {"a": {marker: object}}}
        artifacts, refused = store.save_values(values, {})
        assert not refused
        store.publish(StageManifest(KEY, "s", "p", {}, tuple(artifacts), created=str(marker)))

    write(0)
    before = store.find(KEY)
    number = 0
    while True:
        number += 1
        with failing(folder, number, code) as calls:
            failure = None
            try:
                write(number)
            except StoreUnavailableError as error:
                failure = error
        if failure is None:
            assert len(calls) < number, f"a fault at call {number} ({calls[number - 1]}) went unnoticed"
            break
        assert failure.hint
        assert os.strerror(code) in failure.message
        # A manifest may be in place although the sync of its folder failed: then it is whole.
        assert [found.created for found in store.find(KEY)][-1] == before[0].created
        assert verify(store).ok
        for manifest in store.find(KEY):
            for artifact in manifest.artifacts:
                store.load(artifact, {})
        assert list(store.blobs.list_temporary()) == []
    assert number > 12


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file is in the way")
    store = ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))
    with pytest.raises(StoreUnavailableError) as caught:
        store.save_values({"a": 1}, {})
    assert str(tmp_path / "store") in caught.value.message
    assert store.find(KEY) == []
