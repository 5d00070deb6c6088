from __future__ import annotations

import json
import os
import stat as modes
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import StoreError, StoreUnavailableError
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, BlobRef, StageManifest
from jupyter_mlpipe.store.keys import canonical_json
from jupyter_mlpipe.store.signing import Signer, verifies
from jupyter_mlpipe.store.sweep import stat, sweep, verify

KEY = "ab" * 32


def manifest(store: ArtifactStore, *, created: str = "2026-01-01T00:00:00Z", **values: Any) -> StageManifest:
    values = values or {"auc": 0.5}
    artifacts, refused = store.save_values(values, {})
    assert not refused
    return StageManifest(KEY, "train", "flights", {"version": 1}, tuple(artifacts), created=created)


def test_a_manifest_comes_back_as_it_was(store: ArtifactStore) -> None:
    full = StageManifest(
        key=KEY,
        stage="train",
        pipeline="p",
        components={"stage_code": [{"label": "x", "digest": "d"}]},
        artifacts=(
            Artifact(("a", "b"), "pickle", "c", (BlobRef("pickle", "0" * 64, 3),), False, {"rows": 1}, ("f",), "t"),
        ),
        deleted=("gone",),
        ambient={"@cwd": {"digest": "d", "value": "x"}, "@random": {"digest": "e", "value": {"blob": "1" * 64}}},
        outputs="2" * 64,
        files_read={"file:a.csv": "d", "file:no": None},
        files_written={"file:o": {"digest": "3" * 64, "size": 1, "mode": 420}, "file:rm": None},
        numbers={"auc": 0.5, "bad": float("nan"), "far": float("-inf"), "n": 3},
        reads={"x": "d"},
        spawned=("ls",),
        seconds=1.5,
        created="2026-01-01T00:00:00Z",
        versions={"pandas": "3"},
    )
    digest = store.publish(full)
    (found,) = store.find(KEY)
    assert canonical_json(found.to_json()) == canonical_json(full.to_json())
    assert type(found.numbers["n"]) is int
    assert full.blobs() == {"0" * 64, "1" * 64, "2" * 64, "3" * 64}
    assert store.publish(full) == digest
    assert len(store.find(KEY)) == 1


def test_the_newest_comes_first(store: ArtifactStore) -> None:
    for created in ("2026-01-02", "2026-01-03", "2026-01-01"):
        store.publish(manifest(store, created=created))
    assert [found.created for found in store.find(KEY)] == ["2026-01-03", "2026-01-02", "2026-01-01"]
    assert store.find("cd" * 32) == []


def test_only_trusted_signatures_count(store: ArtifactStore, tmp_path: Path, signer: Signer) -> None:
    store.publish(manifest(store))
    stranger = Signer(tmp_path / "stranger")

    def opened(*trusted: str) -> ArtifactStore:
        return ArtifactStore.open(store.blobs.url, cache_dir=tmp_path / "other", signer=stranger, trusted=trusted)

    assert opened().find(KEY) == []
    assert "does not trust" in opened().untrusted(KEY)[0]
    assert len(opened(signer.key_id).find(KEY)) == 1
    assert opened().find(KEY) == []
    with pytest.raises(StoreError, match="public key"):
        opened("ssh-ed25519 AAAA")


def _documents(store: ArtifactStore) -> list[Path]:
    return sorted((Path(store.blobs.url) / "documents").rglob("*.json"))


@pytest.mark.parametrize("how", ["manifest", "key", "signature", "garbage", "empty", "moved", "json"])
def test_a_changed_manifest_never_counts(store: ArtifactStore, tmp_path: Path, how: str) -> None:
    store.publish(manifest(store))
    (path,) = _documents(store)
    document = json.loads(path.read_bytes())
    key = KEY
    if how == "manifest":
        document["manifest"] = document["manifest"].replace('"safe":true', '"safe":false')
    elif how == "key":
        document["key"] = "ed25519:" + "0" * 64
    elif how == "signature":
        document["signature"] = "00" * 64
    if how == "moved":
        key = "cd" * 32
        target = path.parents[2] / "cd" / key / path.name
        target.parent.mkdir(parents=True)
        path.rename(target)
    elif how in ("garbage", "empty", "json"):
        path.write_bytes({"garbage": b"\xff\x00{", "empty": b"", "json": b"[1]"}[how])
    else:
        path.write_text(json.dumps(document))
    # A text that this user has verified before stays true whatever becomes of the signature beside it.
    for cache in ("fresh",) if how == "signature" else ("cache", "fresh"):
        again = ArtifactStore.open(
            store.blobs.url, cache_dir=tmp_path / cache, signer=Signer(tmp_path / "home" / "key")
        )
        assert again.find(key) == []
        assert len(again.untrusted(key)) == 1
    report = verify(store, repair=True)
    if how != "key":
        assert not report.ok
        assert verify(store).ok


def test_the_key_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "key"
    signer = Signer(path)
    key_id = signer.key_id
    assert modes.S_IMODE(path.stat().st_mode) == 0o600
    assert modes.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Signer(path).key_id == key_id
    assert path.with_name("key.pub").read_text() == f"{key_id}\n"
    signature = Signer(path).sign(b"payload")
    assert verifies(key_id, b"payload", signature)
    assert not verifies(key_id, b"payloae", signature)
    assert not verifies(key_id, b"payload", "zz")
    assert not verifies("nonsense", b"payload", signature)


def test_many_processes_make_one_key(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from jupyter_mlpipe.store.signing import Signer; "
        f"print(Signer(Path({str(tmp_path / 'key')!r})).key_id)"
    )
    started = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(6)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_key_that_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hello")
    with pytest.raises(StoreError, match="cannot be read as a private key"):
        Signer(tmp_path / "key").sign(b"x")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match="signing key"):
        Signer(tmp_path / "file" / "key").sign(b"x")


def test_a_no_op_needs_no_cryptography(store: ArtifactStore, tmp_path: Path) -> None:
    store.publish(manifest(store))
    program = f"""
import sys
from pathlib import Path
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer
folder = Path({str(tmp_path)!r})
store = ArtifactStore.open(str(folder / "store"), cache_dir=folder / "cache", signer=Signer(folder / "home" / "key"))
print(len(store.find({KEY!r})), [name for name in ("cryptography", "numpy", "pandas", "fsspec") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1 []\n"


def test_verify_finds_every_damage_and_repair_makes_the_stage_run_again(store: ArtifactStore) -> None:
    store.publish(manifest(store, a=1, b=[2]))
    assert verify(store).ok
    report = verify(store)
    assert (report.blobs, report.manifests, report.faults) == (2, 1, ())
    for info in list(store.blobs.list()):
        path = store.blobs.open_local(info.digest)
        good = path.read_bytes()
        path.chmod(0o644)
        for bad in (bytes([good[0] ^ 1]) + good[1:], good[:-1], b""):
            path.write_bytes(bad)
            kinds = [fault.kind for fault in verify(store).faults]
            assert kinds == ["damaged blob", "missing blob"]
        path.write_bytes(good)
    path.write_bytes(b"bad")
    assert verify(store, repair=True).faults[0].repaired
    assert store.find(KEY) == []
    assert verify(store).ok


def test_stat_counts_bytes_by_codec_and_stage(store: ArtifactStore) -> None:
    store.publish(manifest(store, a=[1, 2, 3], b={1, 2}))
    store.blobs.put(b"unused")
    report = stat(store)
    assert report.blobs == 3
    assert report.manifests == 1
    assert report.unused == 6
    assert report.by_codec == {"json": report.size - 6}
    assert report.by_stage == {"flights/train": report.size - 6}


def test_sweep_takes_garbage_and_spares_the_young(store: ArtifactStore) -> None:
    store.publish(manifest(store, a="kept"))
    garbage = store.blobs.put(b"garbage")
    store.blobs.scratch().write_bytes(b"half")
    spared = sweep(store)
    assert (spared.blobs, spared.temporary) == (0, 0)
    for path in (Path(store.blobs.url) / "blobs").rglob("*"):
        os.utime(path, (time.time() - 90_000,) * 2)
    for path in (Path(store.blobs.url) / "tmp").iterdir():
        os.utime(path, (time.time() - 90_000,) * 2)
    assert sweep(store, dry_run=True).blobs == 1
    assert store.blobs.exists(garbage)
    swept = sweep(store)
    assert (swept.blobs, swept.size, swept.temporary, swept.manifests) == (1, 7, 1, 0)
    assert not store.blobs.exists(garbage)
    assert verify(store).ok


def test_a_blob_that_is_stored_again_is_young_again(store: ArtifactStore) -> None:
    digest = store.blobs.put(b"old and used again")
    os.utime(store.blobs.open_local(digest), (time.time() - 90_000,) * 2)
    store.blobs.put(b"old and used again")
    assert sweep(store).blobs == 0


def test_sweep_keeps_the_newest_manifests_of_a_key(store: ArtifactStore) -> None:
    for day in range(5):
        store.publish(manifest(store, created=f"2026-01-0{day + 1}", a=f"value {day}"))
    report = sweep(store, keep=2, older_than=-60)
    assert (report.manifests, report.blobs) == (3, 3)
    assert [found.created for found in store.find(KEY)] == ["2026-01-05", "2026-01-04"]
    assert verify(store).ok


def test_a_manifest_of_another_shape_is_refused() -> None:
    good = StageManifest(KEY, "s", "p", {}, ()).to_json()
    for bad in ({}, {**good, "artifacts": [{}]}, {**good, "artifacts": 3}, {**good, "numbers": {"x": "y"}}):
        with pytest.raises(StoreError):
            StageManifest.from_json(bad)
    assert StageManifest.from_json(json.loads(canonical_json(good))) == replace(StageManifest(KEY, "s", "p", {}, ()))
