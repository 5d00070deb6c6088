"""Who made a manifest: Ed25519 signatures and the keys that a workspace trusts.

A user's key is made on first use at the path that settings name, readable by that user alone. ``<path>.pub`` beside
it holds the public key's id, to be put into another workspace's ``trusted-keys``. Not for secrecy: manifests are
readable.
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import StoreError, StoreUnavailableError

MANIFEST = b"jupyter_mlpipe manifest v1\n"
"""What is signed: no signature of one purpose counts for another."""

_KEY_ID = re.compile(r"ed25519:[0-9a-f]{64}")


class Signer:
    """A user's signing key.

    Parameters
    ----------
    path
        File of the private key (PEM, mode 0600). It is made, with its folder, when it is first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def secret(self) -> bytes:
        """The private key's file as bytes: material for keys of this user's own caches."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return self._create()
        except OSError as error:
            raise self._unreadable(error) from error

    @cached_property
    def key_id(self) -> str:
        """Id of the public key: ``ed25519:`` and 64 hex digits."""
        with contextlib.suppress(OSError):
            text = self._public_path.read_text("ascii").strip()
            if _KEY_ID.fullmatch(text) and self.path.exists():
                return text
        raw = self._private.public_key().public_bytes_raw()
        key_id = f"ed25519:{raw.hex()}"
        with contextlib.suppress(OSError):
            self._public_path.write_text(f"{key_id}\n", "ascii")
        return key_id

    def sign(self, payload: bytes, purpose: bytes = MANIFEST) -> str:
        """Signature over `payload`, hex."""
        return bytes(self._private.sign(purpose + payload)).hex()

    @property
    def _public_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.pub")

    @cached_property
    def _private(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(self.secret, password=None)
        except (ValueError, TypeError) as error:
            raise StoreError(
                f"the signing key {self.path} cannot be read as a private key",
                hint="move the file away; a new key is made on the next run",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise StoreError(
                f"the signing key {self.path} is not an Ed25519 key",
                hint="move the file away; a new key is made on the next run",
            )
        return key

    def _create(self) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = Ed25519PrivateKey.generate()
        pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(pem)
                    file.flush()
                    os.fsync(file.fileno())
                # A link fails where another process was first; its key is then ours too.
                with contextlib.suppress(FileExistsError):
                    os.link(temporary, self.path)
                    with contextlib.suppress(OSError):
                        self._public_path.unlink(missing_ok=True)
            finally:
                temporary.unlink(missing_ok=True)
            return self.path.read_bytes()
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"the signing key {self.path} cannot be made or read: {error.strerror}",
            hint="set `signing-key` in [tool.mlpipe] (or MLPIPE_SIGNING_KEY) to a file that your user may write",
        )


def check_key_id(key_id: str) -> str:
    """`key_id` itself; raises `StoreError` where it has not the form ``ed25519:<64 hex digits>``."""
    if not _KEY_ID.fullmatch(key_id):
        raise StoreError(
            f"{key_id[:80]!r} is not a public key's id",
            hint="a key's id stands in the file `<signing key>.pub` and looks like ed25519:<64 hex digits>",
        )
    return key_id


def verifies(key_id: str, payload: bytes, signature: str, purpose: bytes = MANIFEST) -> bool:
    """Whether `signature` (hex) over `payload` was made with the key `key_id` for this purpose."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(check_key_id(key_id).removeprefix("ed25519:")))
        public.verify(bytes.fromhex(signature), purpose + payload)
    except (InvalidSignature, ValueError, StoreError):
        return False
    return True
