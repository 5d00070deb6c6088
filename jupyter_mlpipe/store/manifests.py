"""What a stage left behind: artifacts and the manifest that names them.

Frozen values and their JSON. Not for reading or writing the store (``artifacts``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from jupyter_mlpipe.errors import StoreError


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A blob that an artifact consists of."""

    role: str
    """What the codec keeps in it: ``data``, ``buffers``, ``categories:3``."""
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """One value, or one bundle of values that share memory or identity, as stored."""

    names: tuple[str, ...]
    """Notebook names; more than one is a bundle."""
    codec: str
    content: str
    """Digest of the value itself, the same in every process and for every encoding."""
    blobs: tuple[BlobRef, ...]
    safe: bool
    """Whether loading it cannot run code. False: only from a trusted manifest."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """JSON for the codec and for people; a frame's has ``rows`` and ``columns`` (a digest each)."""
    requires: tuple[str, ...] = ()
    """Notebook names that must be bound before it is loaded."""
    type: str = ""
    """For people: ``pandas.DataFrame``."""
    uses: tuple[str, ...] = ()
    """Notebook names that its functions read when they are called."""

    @property
    def size(self) -> int:
        """Bytes in the store."""
        return sum(blob.size for blob in self.blobs)

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "names": list(self.names),
            "codec": self.codec,
            "content": self.content,
            "blobs": [asdict(blob) for blob in self.blobs],
            "safe": self.safe,
            "meta": dict(self.meta),
            "requires": list(self.requires),
            "type": self.type,
            "uses": list(self.uses),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Artifact:
        """The artifact that `to_json` wrote. Raises `StoreError` where it is not one."""
        try:
            return cls(
                names=tuple(data["names"]),
                codec=data["codec"],
                content=data["content"],
                blobs=tuple(BlobRef(blob["role"], blob["digest"], blob["size"]) for blob in data["blobs"]),
                safe=data["safe"],
                meta=data["meta"],
                requires=tuple(data["requires"]),
                type=data["type"],
                uses=tuple(data["uses"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise StoreError("an artifact's description cannot be read", hint="let the stage run again") from error


@dataclass(frozen=True, slots=True)
class StageManifest:
    """Everything a stage left: what a hit restores."""

    key: str
    stage: str
    pipeline: str
    components: Mapping[str, Any]
    """The parts of the key (see ``keys``), so that a later miss can be explained."""
    artifacts: tuple[Artifact, ...]
    deleted: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Every name that it bound or whose value it changed, stored or not."""
    unstorable: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Why a wanted name could not be stored: an error as JSON, by name."""
    ambient: Mapping[str, Any] = field(default_factory=dict)
    outputs: str | None = None
    files_read: Mapping[str, str | None] = field(default_factory=dict)
    files_written: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)
    spawned: tuple[str, ...] = ()
    hooks: Mapping[str, Any] = field(default_factory=dict)
    """What stage hooks found in its kernel: JSON by the hook's name."""
    seconds: float = 0.0
    created: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """JSON values (numbers that JSON lacks, such as NaN, as strings)."""
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        data["artifacts"] = [artifact.to_json() for artifact in self.artifacts]
        data["deleted"] = list(self.deleted)
        data["changed"] = list(self.changed)
        data["spawned"] = list(self.spawned)
        data["numbers"] = {name: _number_out(value) for name, value in self.numbers.items()}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StageManifest:
        """The manifest that `to_json` wrote. Raises `StoreError` where it is not one."""
        try:
            values = {item.name: data[item.name] for item in fields(cls) if item.name in data or item.name != "hooks"}
            values["artifacts"] = tuple(Artifact.from_json(item) for item in data["artifacts"])
            values["deleted"] = tuple(data["deleted"])
            values["changed"] = tuple(data["changed"])
            values["spawned"] = tuple(data["spawned"])
            values["numbers"] = {name: _number_in(value) for name, value in data["numbers"].items()}
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError("a stage's manifest cannot be read", hint="let the stage run again") from error

    def blobs(self) -> set[str]:
        """Digests of every blob that the manifest names."""
        found = {blob.digest for artifact in self.artifacts for blob in artifact.blobs}
        if self.outputs:
            found.add(self.outputs)
        for written in self.files_written.values():
            if written is not None:
                found.add(written["digest"])
        for state in self.ambient.values():
            value = state.get("value") if isinstance(state, Mapping) else None
            if isinstance(value, Mapping) and set(value) == {"blob"}:
                found.add(value["blob"])
            elif isinstance(value, Mapping) and set(value) == {"artifact"}:
                found |= {blob.digest for blob in Artifact.from_json(value["artifact"]).blobs}
        return found


def _number_out(value: float) -> float | str:
    return value if math.isfinite(value) else repr(float(value))


def _number_in(value: float | str) -> float:
    return float(value) if isinstance(value, str) else value
