"""Signed statements about model versions: what its files are, and that it passed for a state.

They lie as tags beside the version in MLflow, so that whoever loads it can verify it without the workspace that
registered it. A statement names the model and the files' digest: none counts for other files. Not for the signatures of
stage results (``store.manifests``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.store.signing import Signer, verifies

MODEL = b"jupyter_mlpipe model version v1\n"
"""The purpose under which statements are signed."""

_BESIDE = frozenset({"registered_model_meta"})
"""Files that MLflow itself puts beside a model when it is loaded."""


@dataclass(frozen=True)
class Statement:
    """Something that a key's owner says of a version."""

    claims: Mapping[str, Any]
    key: str
    """Id of the public key."""
    signature: str

    @property
    def text(self) -> str:
        """As it is kept in a tag."""
        return json.dumps({"claims": dict(self.claims), "key": self.key, "signature": self.signature}, sort_keys=True)

    def holds(self, expected: Mapping[str, Any], trusted: Iterable[str]) -> bool:
        """Whether one of the trusted keys says all of what is expected."""
        if self.key not in set(trusted):
            return False
        if any(self.claims.get(name) != value for name, value in expected.items()):
            return False
        return verifies(self.key, _payload(self.claims), self.signature, MODEL)


def sign(claims: Mapping[str, Any], signer: Signer) -> Statement:
    """Sign claims: JSON values."""
    return Statement(dict(claims), signer.key_id, signer.sign(_payload(claims), MODEL))


def read_statement(text: str | None) -> Statement | None:
    """The statement in a tag; None where there is none, or it cannot be read."""
    try:
        data = json.loads(text or "")
        return Statement(dict(data["claims"]), str(data["key"]), str(data["signature"]))
    except (ValueError, KeyError, TypeError):
        return None


def files_of(folder: Path) -> dict[str, str]:
    """Digest of each file of a model, by its path in the folder."""
    from blake3 import blake3

    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _BESIDE:
            found[name] = blake3().update_mmap(path).hexdigest()
    return found


def files_digest(files: Mapping[str, str]) -> str:
    """One digest for all files of a model."""
    from blake3 import blake3

    return blake3(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()


def _payload(claims: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(claims), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
