"""The artifact store: values in and out, manifests published and found.

A value is encoded by the first codec that gives it back exactly, its parts become blobs, and a stage's manifest names
them under the stage's key, signed. A manifest is written last: blobs that no manifest names are garbage. Not for
deciding which values a stage needs.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import MlpipeError, StoreError, UnstorableError
from jupyter_mlpipe.store.blobs import BlobStore, open_blobs, unavailable
from jupyter_mlpipe.store.manifests import Artifact, BlobRef, StageManifest
from jupyter_mlpipe.store.publication import Publications
from jupyter_mlpipe.store.signing import Signer
from jupyter_mlpipe.store.verified import VerifiedCache

if TYPE_CHECKING:
    from jupyter_mlpipe.settings import Settings
    from jupyter_mlpipe.store import codecs
    from jupyter_mlpipe.store.pickling import Needs

# Finding a hit needs manifests only: what encodes values is imported when one is encoded.
__all__ = ["Artifact", "ArtifactStore", "BlobRef", "StageManifest"]

_PICKLE = "pickle"
_MAPPED_FROM = 1 << 20


class ArtifactStore:
    """Values and manifests over a blob store.

    Parameters
    ----------
    blobs
        Where bytes are.
    signer
        The user's key, which signs what is published; made when it is first needed.
    trusted
        Ids of further keys whose manifests count.
    verified
        What this user has verified before.
    """

    def __init__(
        self, blobs: BlobStore, signer: Signer, trusted: Sequence[str] = (), verified: VerifiedCache | None = None
    ) -> None:
        self.blobs = blobs
        self._publications = Publications(blobs, signer, trusted, verified or VerifiedCache())

    @classmethod
    def open(cls, url: str, *, cache_dir: Path, signer: Signer, trusted: Sequence[str] = ()) -> ArtifactStore:
        """Open the store at `url` (see `open_blobs`), with `cache_dir` for what is fetched and verified."""
        verified = VerifiedCache(cache_dir, signer.secret)
        return cls(open_blobs(url, cache_dir, verified), signer, trusted, verified)

    @classmethod
    def of(cls, settings: Settings) -> ArtifactStore:
        """Open a workspace's store."""
        return cls.open(
            settings.store_url,
            cache_dir=settings.cache_dir,
            signer=Signer(settings.signing_key),
            trusted=settings.trusted_keys,
        )

    # -- values --------------------------------------------------------------------------------------------------

    def save_values(
        self, values: Mapping[str, object], namespace: Mapping[str, object], by_code: Collection[str] = ()
    ) -> tuple[list[Artifact], dict[str, UnstorableError]]:
        """Store values of the notebook; names that share memory or identity become one bundle.

        ``by_code`` are names that whoever loads them has from running their statements: of a class among them only
        the state is kept.

        Returns
        -------
        artifacts
            In an order in which each comes after those whose names it requires, where there is such an order.
        unstorable
            By name, what cannot be stored and why.

        Raises
        ------
        StoreUnavailableError
            The store cannot be written.
        """
        from jupyter_mlpipe.store.sharing import bundles

        artifacts: list[Artifact] = []
        refused: dict[str, UnstorableError] = {}
        for names in bundles(values, namespace):
            scratch = _Scratch(self.blobs)
            try:
                artifacts.append(self._save({name: values[name] for name in names}, namespace, scratch, by_code))
            except UnstorableError as error:
                refused.update(self._blame(names, values, namespace, error))
            except OSError as error:
                raise unavailable(error, f"write `{', '.join(names)}`", self.blobs.url) from error
            finally:
                scratch.clear()
        return _in_order(artifacts), refused

    def load(self, artifact: Artifact, namespace: MutableMapping[str, Any]) -> dict[str, object]:
        """The values of an artifact by name; nothing is bound in `namespace`.

        Functions among them get `namespace` as their globals. Arrays and frames are writable, and writing them leaves
        the store untouched.

        Raises
        ------
        MissingBlobError, CorruptBlobError
            The store lost or damaged what the artifact consists of.
        CodecUnavailableError
            A library that the codec needs is not installed.
        StoreError
            A name that the artifact requires is not bound, or it cannot be decoded.
        """
        parts = _BlobParts(self.blobs, artifact)
        if artifact.codec == _PICKLE:
            from jupyter_mlpipe.store.codecs import pickled

            value = pickled.decode(artifact.meta, parts, namespace)
            return dict(value) if len(artifact.names) > 1 else {artifact.names[0]: value}
        from jupyter_mlpipe.store import codecs

        codec = codecs.codec(artifact.codec)
        try:
            return {artifact.names[0]: codec.decode(artifact.meta, parts)}
        except MlpipeError:
            raise
        except ModuleNotFoundError as error:
            raise codecs.unavailable(artifact.codec, error) from error
        except Exception as error:
            raise StoreError(
                f"`{artifact.names[0]}` cannot be read back from the store: {type(error).__name__}: {error}",
                hint="let the stage that made it run again",
            ) from error

    def content_digest(self, name: str, value: object, namespace: Mapping[str, object]) -> str:
        """The content digest that saving `value` would give, without storing it. Raises `UnstorableError`."""
        from jupyter_mlpipe.store.content import content_digest

        return content_digest(name, value, namespace)

    def fingerprint(self, values: Mapping[str, object], namespace: Mapping[str, object]) -> dict[str, str]:
        """For each name a text that is equal later in this process if and only if the value has not changed."""
        from jupyter_mlpipe.store.content import lenient_digest

        return {name: lenient_digest(name, value, namespace) for name, value in values.items()}

    def _save(
        self,
        values: Mapping[str, object],
        namespace: Mapping[str, object],
        scratch: codecs.Scratch,
        by_code: Collection[str],
    ) -> Artifact:
        from jupyter_mlpipe.store import codecs
        from jupyter_mlpipe.store.content import content_and_columns
        from jupyter_mlpipe.store.pickling import Needs

        names = tuple(values)
        whole: Any = dict(values) if len(names) > 1 else values[names[0]]
        content, columns = content_and_columns(", ".join(names), whole, namespace, names)
        alone = len(names) == 1 and hasattr(whole, "__len__")
        described = {"rows": len(whole), "columns": columns} if columns is not None and alone else {}
        if len(names) == 1:
            for name in codecs.candidates(whole):
                encoded = self._encode(name, whole, scratch)
                if encoded is not None:
                    return self._artifact(values, name, content, encoded, described=described, needs=Needs())
        from jupyter_mlpipe.store.codecs import pickled

        encoded, needs = pickled.encode(", ".join(names), whole, namespace, scratch, roots=names, by_code=by_code)
        return self._artifact(values, _PICKLE, content, encoded, described=described, needs=needs)

    def _encode(self, codec: str, value: object, scratch: codecs.Scratch) -> codecs.Encoded | None:
        from jupyter_mlpipe.store import codecs

        try:
            return codecs.codec(codec).encode(value, scratch)
        except (OSError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - whatever a library cannot do with a value of its own, pickle tries next
            return None

    def _artifact(
        self,
        values: Mapping[str, object],
        codec: str,
        content: str,
        encoded: codecs.Encoded,
        *,
        described: Mapping[str, Any],
        needs: Needs,
    ) -> Artifact:
        refs = []
        for role, part in encoded.parts.items():
            if isinstance(part, Path):
                digest, size = self.blobs.put_file(part)
            else:
                digest, size = self.blobs.put(part), memoryview(part).nbytes
            refs.append(BlobRef(role, digest, size))
        kinds = [type(value) for value in values.values()]
        return Artifact(
            names=tuple(values),
            codec=codec,
            content=content,
            blobs=tuple(refs),
            safe=codec != _PICKLE,
            meta={**encoded.meta, **described, **({"patches": sorted(needs.patches)} if needs.patches else {})},
            requires=tuple(sorted(needs.requires)),
            type=", ".join(f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.") for kind in kinds),
            uses=tuple(sorted(needs.uses)),
        )

    def _blame(
        self,
        names: tuple[str, ...],
        values: Mapping[str, object],
        namespace: Mapping[str, object],
        error: UnstorableError,
    ) -> dict[str, UnstorableError]:
        """In a bundle that cannot be stored, each name with its own reason, or the reason of those it is tied to."""
        if len(names) == 1:
            return {names[0]: error}
        from jupyter_mlpipe.store.content import content_digest

        own: dict[str, UnstorableError] = {}
        for name in names:
            try:
                content_digest(name, values[name], namespace)
            except UnstorableError as reason:
                own[name] = reason
        tied = ", ".join(f"`{name}`" for name in own or names)
        for name in names:
            if name not in own:
                own[name] = UnstorableError(
                    f"the variable `{name}` cannot be stored: it shares objects with {tied}, which cannot be stored",
                    hint=f"make `{name}` apart from {tied}, or `del` them where they are no longer needed",
                    name=name,
                )
        return own

    # -- manifests -----------------------------------------------------------------------------------------------

    def publish(self, manifest: StageManifest) -> str:
        """Sign `manifest` and write it under its key; its digest. Do this last: it makes the stage a hit."""
        return self._publications.publish(manifest)

    def find(self, key: str) -> list[StageManifest]:
        """Manifests under `key` that are signed by a trusted key, newest first."""
        return self._publications.find(key)

    def untrusted(self, key: str) -> list[str]:
        """Why manifests under `key` were left out by `find`: a line for people each."""
        return self._publications.untrusted(key)

    def documents(self, *, again: bool = False) -> Iterator[tuple[str, StageManifest | None, str | None]]:
        """Every manifest's document: its name, the manifest (None where damaged), why it does not count.

        With `again`, signatures that this user has verified before are verified again.
        """
        return self._publications.documents(again=again)

    def read(self, raw: bytes) -> StageManifest | None:
        """The manifest in a document's bytes, whoever signed it; None where it is damaged."""
        return self._publications.open(raw)[0]


class _Scratch:
    """Paths for files in the making; those that nobody took in are removed."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._paths: list[Path] = []

    def __call__(self) -> Path:
        path = self._blobs.scratch()
        self._paths.append(path)
        return path

    def clear(self) -> None:
        for path in self._paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


class _BlobParts:
    """An artifact's blobs by role."""

    def __init__(self, blobs: BlobStore, artifact: Artifact) -> None:
        self._blobs = blobs
        self._refs = {ref.role: ref for ref in artifact.blobs}

    def bytes(self, role: str) -> bytes:
        return self._blobs.get(self._refs[role].digest)

    def path(self, role: str) -> Path:
        return self._blobs.open_local(self._refs[role].digest)

    def buffer(self, role: str) -> memoryview:
        ref = self._refs[role]
        if ref.size < _MAPPED_FROM:
            return memoryview(bytearray(self._blobs.get(ref.digest)))
        with self._blobs.open_local(ref.digest).open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _in_order(artifacts: list[Artifact]) -> list[Artifact]:
    """Artifacts sorted so that required names come first; those in a circle keep their order."""
    by_name = {name: artifact for artifact in artifacts for name in artifact.names}
    done: dict[tuple[str, ...], Artifact] = {}
    open_now: set[tuple[str, ...]] = set()

    def visit(artifact: Artifact) -> None:
        if artifact.names in done or artifact.names in open_now:
            return
        open_now.add(artifact.names)
        for name in artifact.requires:
            if name in by_name:
                visit(by_name[name])
        open_now.discard(artifact.names)
        done[artifact.names] = artifact

    for artifact in artifacts:
        visit(artifact)
    return list(done.values())
