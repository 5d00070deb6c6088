"""Manifests as signed documents under a stage's key.

``keys/<2 hex>/<key>/<manifest digest>.json`` holds the manifest's canonical JSON as text, the signer's id and the
signature over exactly that text. Not for values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from jupyter_mlpipe.errors import StoreError
from jupyter_mlpipe.store.blobs import BlobStore
from jupyter_mlpipe.store.digests import digest_bytes
from jupyter_mlpipe.store.keys import canonical_json
from jupyter_mlpipe.store.manifests import StageManifest
from jupyter_mlpipe.store.signing import Signer, check_key_id, verifies
from jupyter_mlpipe.store.verified import VerifiedCache


class Publications:
    """Manifests by key.

    Parameters
    ----------
    trusted
        Ids of the keys whose manifests count, beside the user's own.
    verified
        Signatures that this user has verified before.
    """

    def __init__(self, blobs: BlobStore, signer: Signer, trusted: Sequence[str], verified: VerifiedCache) -> None:
        self._blobs = blobs
        self._signer = signer
        self._trusted = frozenset(check_key_id(key_id) for key_id in trusted)
        self._verified = verified

    def publish(self, manifest: StageManifest) -> str:
        """Sign and write a manifest; its digest."""
        payload = canonical_json(manifest.to_json())
        key_id, signature = self._signer.key_id, self._signer.sign(payload)
        digest = digest_bytes(payload)
        document = {"manifest": payload.decode("ascii"), "key": key_id, "signature": signature}
        self._blobs.put_document(f"{_folder(manifest.key)}/{digest}.json", json.dumps(document).encode("ascii"))
        self._verified.remember("manifest", key_id, payload)
        return digest

    def find(self, key: str) -> list[StageManifest]:
        """Trusted manifests under `key`, newest first."""
        found = [manifest for _, manifest, problem in self._read(key) if manifest is not None and problem is None]
        return sorted(found, key=lambda manifest: manifest.created, reverse=True)

    def untrusted(self, key: str) -> list[str]:
        """Why documents under `key` do not count."""
        return [f"{name.rpartition('/')[2]}: {problem}" for name, _, problem in self._read(key) if problem is not None]

    def documents(
        self, folder: str = "keys", *, again: bool = False
    ) -> Iterator[tuple[str, StageManifest | None, str | None]]:
        """Every document in a folder: its name, its manifest (None where damaged), why it does not count."""
        for name in self._blobs.list_documents(folder):
            raw = self._blobs.get_document(name)
            if raw is not None:
                manifest, problem = self.open(raw, again=again)
                if manifest is not None and f"{_folder(manifest.key)}/{digest_bytes(_payload(raw))}.json" != name:
                    manifest, problem = None, "it was moved from another key or changed"
                yield name, manifest, problem

    def _read(self, key: str) -> Iterator[tuple[str, StageManifest | None, str | None]]:
        return self.documents(_folder(key))

    def open(self, raw: bytes, *, again: bool = False) -> tuple[StageManifest | None, str | None]:
        """A document's manifest, and why it does not count (None where it does)."""
        try:
            document = json.loads(raw)
            payload = document["manifest"].encode("ascii")
            key_id, signature = str(document["key"]), str(document["signature"])
            manifest = StageManifest.from_json(json.loads(payload))
        except (ValueError, KeyError, TypeError, AttributeError, StoreError):
            return None, "it is damaged"
        if key_id not in self._trusted and key_id != self._signer.key_id:
            return manifest, f"it is signed by {key_id[:80]}, which this workspace does not trust"
        if again or not self._verified.knows("manifest", key_id, payload):
            if not verifies(key_id, payload, signature):
                return manifest, "its signature does not match"
            self._verified.remember("manifest", key_id, payload)
        return manifest, None


def _payload(raw: bytes) -> bytes:
    return str(json.loads(raw)["manifest"]).encode("ascii")


def _folder(key: str) -> str:
    return f"keys/{key[:2]}/{key}"
