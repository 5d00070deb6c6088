"""A workspace full of results, for the tests of retention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.governance.retention.carrying_out import Retention
from jupyter_mlpipe.governance.retention.policy import read_policy
from jupyter_mlpipe.ledger.runs import finish_run, start_run
from jupyter_mlpipe.ledger.stages import StageRun, record_stage
from jupyter_mlpipe.store.artifacts import Artifact, BlobRef
from jupyter_mlpipe.store.digests import digest_bytes
from jupyter_mlpipe.store.manifests import StageManifest
from jupyter_mlpipe.store.sweep import verify
from jupyter_mlpipe.workspace import Workspace

DAY = 86400.0


@dataclass
class RetentionDesk:
    """A workspace and what is done in it."""

    workspace: Workspace

    @property
    def ledger(self) -> Any:
        return self.workspace.ledger

    @property
    def store(self) -> Any:
        return self.workspace.store

    def retention(self, *rules: dict[str, Any], **top: Any) -> Retention:
        policy = read_policy({"rules": list(rules), "archive": str(self.workspace.root / "archive"), **top})
        return Retention(self.store, self.ledger, self.workspace.settings, policy)

    def result(self, number: int, *, age: float, stage: str = "s", shared: Iterable[str] = ()) -> str:
        """A stored result with a blob of its own, and shared ones; its key."""
        key = digest_bytes(f"key {number}".encode())
        own = self.store.blobs.put(f"value {number} ".encode() * 20)
        blobs = (BlobRef("data", own, self.store.blobs.size(own)),)
        blobs += tuple(BlobRef(f"shared:{index}", digest, 1) for index, digest in enumerate(shared))
        artifact = Artifact(("x",), "json", own, blobs, True)
        created = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)).isoformat()
        self.store.publish(StageManifest(key, stage, "p", {"version": 1}, (artifact,), created=created))
        return key

    def run(self, *keys: str, ended: bool = True, pipeline: str = "p") -> str:
        """A run that used these results."""
        started = start_run(self.ledger, pipeline=pipeline, notebook="n.ipynb", notebook_digest="", options={})
        for index, key in enumerate(keys):
            record_stage(
                self.ledger,
                StageRun(run=started.id, pipeline=pipeline, stage=f"s{index}", status="hit", key=key, hit=True,
                         started=started.started - 1000 * DAY, ended=started.started - 1000 * DAY),
            )  # fmt: skip
        if ended:
            finish_run(self.ledger, started.id, "done")
        return started.id

    def keys(self) -> set[str]:
        """Of all results that stand."""
        return {manifest.key for _, manifest, _ in self.store.documents() if manifest is not None}

    def contents(self) -> dict[str, bytes]:
        """All blobs and documents, as they are."""
        blobs = {info.digest: self.store.blobs.get(info.digest) for info in self.store.blobs.list()}
        names = self.store.blobs.list_documents("keys")
        return blobs | {name: self.store.blobs.get_document(name) for name in names}

    def assert_whole(self) -> None:
        """No result that stands misses a blob."""
        report = verify(self.store)
        assert report.faults == (), report.faults[:3]


def open_desk(folder: Path) -> RetentionDesk:
    (folder / ".mlpipe").mkdir(parents=True, exist_ok=True)
    return RetentionDesk(Workspace.open(folder, {"tracking": False, "signing_key": str(folder / "key")}, environ={}))
