"""What this user has verified before, so that it need not be verified again.

Each entry is a message authentication code under a key derived from the user's private signing key: someone who can
write to the cache folder, or who hands over a project folder with a cache in it, cannot forge an entry. Not a place
for anything that must be kept: losing the file costs time only.
"""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_mlpipe.store.digests import derive_key, keyed_digest

_LINE = 65
_LARGEST = 4 << 20


class VerifiedCache:
    """A set of verified facts, on disk where a folder and a secret are given, else in memory.

    Parameters
    ----------
    folder
        Folder of the cache file; None keeps the entries in memory.
    secret
        Bytes only this user knows; None keeps the entries in memory.
    """

    def __init__(self, folder: Path | None = None, secret: bytes | None = None) -> None:
        self._key = derive_key("jupyter_mlpipe 2026 verified cache", secret or os.urandom(32))
        self._path = folder / "verified" if folder is not None and secret is not None else None
        self._entries: set[str] | None = None

    def knows(self, *fact: str | bytes) -> bool:
        """Whether `fact` was remembered by this user."""
        return keyed_digest(self._key, *fact) in self._loaded()

    def remember(self, *fact: str | bytes) -> None:
        """Note that `fact` holds. Never fails: what cannot be written is verified again next time."""
        entry = keyed_digest(self._key, *fact)
        entries = self._loaded()
        if entry in entries:
            return
        entries.add(entry)
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            if self._path.exists() and self._path.stat().st_size > _LARGEST:
                flags |= os.O_TRUNC
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.write(descriptor, f"{entry}\n".encode())
            finally:
                os.close(descriptor)
        except OSError:
            self._path = None

    def _loaded(self) -> set[str]:
        if self._entries is None:
            self._entries = set()
            if self._path is not None:
                try:
                    text = self._path.read_text("ascii", errors="replace")
                except OSError:
                    text = ""
                self._entries.update(line for line in text.split("\n") if len(line) == _LINE - 1)
        return self._entries
