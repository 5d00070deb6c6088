"""The blob store and the artifact store on S3, against moto's server in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import StoreUnavailableError
from jupyter_mlpipe.store.artifacts import ArtifactStore, StageManifest
from jupyter_mlpipe.store.blobs import open_blobs
from jupyter_mlpipe.store.signing import Signer
from jupyter_mlpipe.store.sweep import sweep, verify
from tests.unit.store.blob_contract import BlobStoreContract

pytest.importorskip("s3fs")
pytest.importorskip("moto")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"]
    url = f"http://127.0.0.1:{port}"
    before = {name: os.environ.get(name) for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "moto's server did not start"
                time.sleep(0.1)
        os.environ.update({"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"})
        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        s3fs.S3FileSystem(use_listings_cache=False).mkdir("bucket")
        yield "s3://bucket"
    finally:
        process.terminate()
        process.wait(10)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class TestS3Blobs(BlobStoreContract):
    @pytest.fixture
    def blobs(self, s3: str, tmp_path: Path) -> Any:
        return open_blobs(f"{s3}/{uuid.uuid4().hex}", tmp_path / "cache")

    def damage(self, blobs: Any, digest: str, data: bytes) -> None:
        blobs._cache.delete(digest)
        blobs._fs.pipe_file(blobs._path(digest), data)


def test_a_second_user_finds_what_the_first_published(s3: str, tmp_path: Path) -> None:
    import numpy as np
    import pandas as pd

    url = f"{s3}/{uuid.uuid4().hex}"
    one, two = Signer(tmp_path / "one" / "key"), Signer(tmp_path / "two" / "key")
    frame = pd.DataFrame({"x": np.arange(300_000.0), "s": ["a", "b", "c"] * 100_000})
    writer = ArtifactStore.open(url, cache_dir=tmp_path / "one", signer=one)
    artifacts, refused = writer.save_values({"frame": frame}, {"frame": frame})
    assert not refused
    writer.publish(StageManifest("ab" * 32, "load", "p", {}, tuple(artifacts)))
    reader = ArtifactStore.open(url, cache_dir=tmp_path / "two", signer=two, trusted=[one.key_id])
    (manifest,) = reader.find("ab" * 32)
    loaded = reader.load(manifest.artifacts[0], {})["frame"]
    pd.testing.assert_frame_equal(loaded, frame)
    loaded.loc[0, "x"] = -1.0
    assert verify(reader).ok
    writer.blobs.put(b"garbage")
    assert sweep(reader, older_than=-3600).blobs == 1
    assert verify(writer).ok


def test_a_bucket_that_is_not_there(s3: str, tmp_path: Path) -> None:
    del s3
    blobs = open_blobs("s3://no-such-bucket-here/x", tmp_path)
    with pytest.raises(StoreUnavailableError) as caught:
        blobs.put(b"x")
    assert caught.value.hint
