"""BLAKE3 digests of bytes and files.

Not for digests of *values* (``content``) or of stage keys (``keys``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import blake3

PARALLEL_FROM = 1 << 20
"""Bytes from which hashing on all cores pays for the hand-over."""


def new_hash() -> Any:
    """A fresh hasher with ``update`` and ``hexdigest``."""
    return blake3.blake3(max_threads=blake3.blake3.AUTO)


def digest_bytes(data: bytes | bytearray | memoryview) -> str:
    """Hex digest (64 characters) of a buffer; large buffers are hashed on all cores."""
    view = memoryview(data)
    if view.nbytes >= PARALLEL_FROM:
        return str(blake3.blake3(view, max_threads=blake3.blake3.AUTO).hexdigest())
    return str(blake3.blake3(view).hexdigest())


def digest_file(path: Path) -> str:
    """Hex digest of a file's bytes.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    size = path.stat().st_size
    if size < PARALLEL_FROM:
        return digest_bytes(path.read_bytes())
    hasher = new_hash()
    hasher.update_mmap(path)
    return str(hasher.hexdigest())


def keyed_digest(key: bytes, *parts: str | bytes) -> str:
    """Message authentication code over `parts`, each with its length, under a 32-byte `key`."""
    hasher = blake3.blake3(key=key)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hasher.update(len(raw).to_bytes(8, "little"))
        hasher.update(raw)
    return str(hasher.hexdigest())


def derive_key(context: str, material: bytes) -> bytes:
    """A 32-byte key for one purpose, derived from secret `material`."""
    return bytes(blake3.blake3(material, derive_key_context=context).digest())
