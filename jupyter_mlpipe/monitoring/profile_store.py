"""Profiles in the artifact store: one blob each, and made once of the same data in the same way.

Not for what the ledger says of them (``ledger.profiles``), though what is made here is recorded there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from jupyter_mlpipe.ledger.profiles import profile_of_content
from jupyter_mlpipe.monitoring.profiles import Profile
from jupyter_mlpipe.monitoring.profiling import profile
from jupyter_mlpipe.settings import Settings
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StoredValue
    from jupyter_mlpipe.ledger import Ledger


class ProfileStore:
    """Puts profiles into a workspace's store and gets them back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._blobs = ArtifactStore.of(settings).blobs

    @property
    def key(self) -> bytes:
        """The key for digests of personal values: the same wherever this user works, and no one else's."""
        return blake3(Signer(self._settings.signing_key).secret, derive_key_context=_CONTEXT).digest()

    def put(self, made: Profile) -> str:
        """Keep a profile; return its digest."""
        return self._blobs.put(made.to_bytes())

    def get(self, digest: str) -> Profile:
        """Get a profile back. Raises `StoreError` or `ProfileError` where it is gone or damaged."""
        return Profile.from_bytes(self._blobs.get(digest))

    def of_value(
        self, ledger: Ledger, value: StoredValue, *, by: Sequence[str] = (), pii: Collection[str] = ()
    ) -> tuple[Profile, str]:
        """The profile of a stored frame, and its digest; found where it was made before.

        Raises
        ------
        UnprofilableError
            The value is no frame, or lacks a column that was named.
        """
        known = profile_of_content(ledger, value.artifact.content, config(by, pii))
        if known is not None and self._blobs.exists(known.blob):
            return self.get(known.blob), known.blob
        made = profile(value.load(), by=by, pii=pii, key=self.key)
        return made, self.put(made)


_CONTEXT = "jupyter_mlpipe 2026 digests of personal values in profiles"


def config(by: Sequence[str], pii: Collection[str]) -> dict[str, Any]:
    """How a profile is made, as facts."""
    return {"by": list(by), "pii": sorted(pii)}
