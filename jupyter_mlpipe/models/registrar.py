"""Registers models: takes the values that stages asked to register from the store to the registry, in the courier.

A registration that cannot succeed (no safe format, no such value) is recorded as refused; one that MLflow does not take
now raises, and is tried again. What was registered before is found again by its content, so that a second delivery, or
a run in which the stage was a hit, makes no second version.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlpipe.errors import (
    MlpipeError,
    RegistryUnavailableError,
    UnregistrableModelError,
    UntrustedModelError,
)
from jupyter_mlpipe.execution import companions
from jupyter_mlpipe.execution.companions import NewVersion, TrainingFrame, training_frame
from jupyter_mlpipe.execution.openlineage_delivery import STAGE
from jupyter_mlpipe.execution.tracking import numbers_of_run
from jupyter_mlpipe.ledger import lineage, outbox, runs, stages
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.ledger.registrations import Registration, record_registration, registration
from jupyter_mlpipe.ledger.transitions import last_moves, record_sightings
from jupyter_mlpipe.models import examples, registry
from jupyter_mlpipe.models.catalogue import REGISTER
from jupyter_mlpipe.models.flavors import write_model
from jupyter_mlpipe.models.lifecycle import TARGETS
from jupyter_mlpipe.models.loading import signed_claims, verified_files
from jupyter_mlpipe.models.statements import files_digest, files_of, sign
from jupyter_mlpipe.notebook.environment import distributions_for
from jupyter_mlpipe.notebook.model_names import check_model_name
from jupyter_mlpipe.settings import Settings
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, StageManifest
from jupyter_mlpipe.store.signing import Signer

EXAMPLE = "example"
"""The name under which a Python call keeps the data that a model takes."""
PYTHON_CALL = "models.register"
"""Stands for a stage in what a Python call keeps."""


@dataclass(frozen=True, kw_only=True)
class RegistrationRequest:
    """What a stage or a Python call asks to register: the payload of a message."""

    model: str
    name: str
    """The notebook's name of the value."""
    content: str
    """Digest of the value."""
    run: str = ""
    pipeline: str = ""
    stage: str = ""
    keys: tuple[str, ...] = ()
    """Keys of further results in which the value, and the data that it learnt from, may be found."""
    pickle: bool = False
    owner: str | None = None
    team: str | None = None
    metrics: Mapping[str, float] | None = None
    """Besides what the run's stages bound."""
    data: Mapping[str, str] | None = None
    """Digests of what it learnt from, by name, besides what its stage read."""
    personal: tuple[str, ...] = ()
    """Columns whose values must not leave the workspace."""


class Registrar:
    """Delivers registrations to one registry."""

    kinds: ClassVar[frozenset[str]] = frozenset({REGISTER})

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._registry = registry.Registry(settings)

    @cached_property
    def _store(self) -> ArtifactStore:
        return ArtifactStore.of(self._settings)

    def answers(self) -> bool:
        """Whether MLflow is there at all."""
        try:
            self._registry.models()
        except RegistryUnavailableError:
            return False
        return True

    def deliver(self, messages: Sequence[Message]) -> None:
        """Register what the messages ask for. Raises `RegistryUnavailableError`."""
        for message in messages:
            lists = {name: tuple(message.payload.get(name, ())) for name in ("keys", "personal")}
            request = RegistrationRequest(**message.payload | lists)
            try:
                made = self.register(request)
            except RegistryUnavailableError:
                raise
            except MlpipeError as error:
                made = replace(self._blank(request), error=error.to_json())
            record_registration(self._ledger, made)
            if made.version is not None and request.run and self._settings.tells_openlineage:
                # The stage has been told of before it had this version.
                outbox.put(self._ledger, STAGE, {"run": request.run, "stage": request.stage})

    def register(self, request: RegistrationRequest) -> Registration:
        """Make a version, or find the one that was made of the same value before.

        Raises
        ------
        UnregistrableModelError
            The value is gone or has no format that is allowed.
        RegistryUnavailableError
            MLflow does not take it now.
        """
        model = check_model_name(request.model)
        since = last_moves(self._ledger)
        aliases = self._registry.aliases(model)
        record_sightings(self._ledger, {model: {target: aliases.get(target) for target in TARGETS}}, since=since)
        for found in self._registry.versions(model, {registry.CONTENT_TAG: request.content}):
            known = registration(self._ledger, model, found.version) or self._recovered(request, found)
            if known is not None and known.content == request.content:
                return known
        manifests = self._manifests(request)
        artifact = _artifact(request, manifests)
        value = self._load(request, artifact)
        frames = self._frames(manifests, near=artifact)
        frame = self._given_example(manifests)
        if frame is None:
            frame = examples.input_frame(value, [item.frame for item in frames])
        example = examples.made_up(frame) if frame is not None else None
        signature = examples.signature_of(value, example) if example is not None else None
        facts = self._facts(request, artifact, manifests) | {"signature": signature.to_dict() if signature else None}
        new = _new_version(request, value, frames, {item["digest"] for item in facts["inputs"]})
        if not facts["environment"]:
            facts["environment"] = dict(distributions_for({type(value).__module__}))
        with tempfile.TemporaryDirectory(prefix="mlpipe-model-") as folder:
            target = Path(folder) / "model"
            written = write_model(
                value,
                target,
                requirements=[f"{name}=={version}" for name, version in facts["environment"].items() if version],
                signature=signature,
                example=example if signature is not None else None,
                pickle=request.pickle,
            )
            facts[companions.FACTS] = companions.write_all(self._settings, self._ledger, new, target)
            digest = files_digest(files_of(target))
            claims = {
                "model": model,
                "digest": digest,
                "content": request.content,
                "flavor": written.flavor,
                "safe": written.safe,
            }
            tags = {
                registry.CONTENT_TAG: request.content,
                registry.KEY_TAG: request.keys[0] if request.keys else "",
                registry.DIGEST_TAG: digest,
                registry.FILES_TAG: sign(claims, self._signer).text,
                registry.FLAVOR_TAG: written.flavor,
                registry.LIFECYCLE_TAG: "candidate",
                **({} if written.safe else {registry.PICKLE_TAG: "true"}),
                **{name: text for name, text in _origin(request).items() if text},
            }
            version = self._registry.create(
                model, target, tags, run=request.run, stage=request.stage, metrics=facts["metrics"]
            )
        self._sign_number(model, version, claims)
        return replace(
            self._blank(request),
            model=model,
            version=version,
            digest=digest,
            flavor=written.flavor,
            safe=written.safe,
            facts=facts,
        )

    @cached_property
    def _signer(self) -> Signer:
        return Signer(self._settings.signing_key)

    # -- what is registered ----------------------------------------------------------------------------------------

    def _manifests(self, request: RegistrationRequest) -> list[StageManifest]:
        """Trusted results of the run's stages, and under the keys that the request names."""
        found = stages.stage_runs(self._ledger, request.run) if request.run else []
        keys = dict.fromkeys([*request.keys, *(item.key for item in found if item.key)])
        return [manifest for key in keys for manifest in self._store.find(key)]

    def _load(self, request: RegistrationRequest, artifact: Artifact) -> Any:
        try:
            return self._store.load(artifact, {})[request.name]
        except MlpipeError as error:
            needs = f" (it needs {', '.join(artifact.requires)})" if artifact.requires else ""
            raise UnregistrableModelError(
                f"`{request.name}` cannot be loaded outside its notebook{needs}: {error.message}",
                hint="move the classes and functions that it is made of into a module beside the notebook",
            ) from error

    def _given_example(self, manifests: Sequence[StageManifest]) -> Any:
        """The frame that a Python call gave beside the model."""
        for manifest in manifests:
            if manifest.stage == PYTHON_CALL:
                for item in manifest.artifacts:
                    if item.names == (EXAMPLE,) and item.safe:
                        return self._store.load(item, {})[EXAMPLE]
        return None

    def _frames(self, manifests: Sequence[StageManifest], *, near: Artifact) -> list[TrainingFrame]:
        """Stored frames of the run, those of the stage that made the model first."""
        ordered = sorted(manifests, key=lambda manifest: near not in manifest.artifacts)
        wanted = [item for manifest in ordered for item in manifest.artifacts if item.safe and item.meta.get("columns")]
        single = {item.content: item for item in wanted if len(item.names) == 1}
        return [
            TrainingFrame(item.names[0], content, self._store.load(item, {})[item.names[0]])
            for content, item in single.items()
        ]

    def _facts(
        self, request: RegistrationRequest, artifact: Artifact, manifests: Sequence[StageManifest]
    ) -> dict[str, Any]:
        found = stages.stage_runs(self._ledger, request.run) if request.run else []
        made_by = next((item for item in manifests if artifact in item.artifacts), None)
        maker = next((item for item in found if made_by is not None and item.key == made_by.key), None)
        parts: Mapping[str, Any] = made_by.components if made_by is not None else {}
        given = runs.run(self._ledger, request.run).parameters if request.run else {}
        return {
            "metrics": numbers_of_run(found) | dict(request.metrics or {}),
            "parameters": {**given, **parts.get("parameters", {})},
            "inputs": [
                {"name": item.name, "digest": item.digest, "stage": item.source}
                for item in (lineage.inputs(self._ledger, maker.id) if maker is not None else ())
            ]
            + [{"name": name, "digest": digest, "stage": None} for name, digest in (request.data or {}).items()],
            "files": {path: digest for item in manifests for path, digest in item.files_read.items() if digest},
            "environment": dict(parts.get("distributions", {})),
            "python": parts.get("python", ""),
            "made_by": maker.stage if maker is not None else None,
            "owner": request.owner,
            "team": request.team,
        }

    def _blank(self, request: RegistrationRequest) -> Registration:
        return Registration(
            model=request.model,
            version=None,
            name=request.name,
            content=request.content,
            run=request.run or None,
            pipeline=request.pipeline or None,
            stage=request.stage or None,
            key=request.keys[0] if request.keys else None,
        )

    def _sign_number(self, model: str, version: int, claims: Mapping[str, Any]) -> None:
        """Put the version's number into what is signed of its files; there is none before MLflow gives it."""
        signed = sign({**claims, "version": version}, self._signer)
        self._registry.set_tags(model, version, {registry.FILES_TAG: signed.text})

    def _recovered(self, request: RegistrationRequest, found: registry.RegisteredVersion) -> Registration | None:
        """What is known of a version that MLflow has and this ledger has not: made just before a kill, or elsewhere.

        None where a trusted key did not sign that it holds this value: anybody can put a tag on a version.
        """
        try:
            claims = signed_claims(self._settings, found, numbered=False)
            if claims.get("content") != request.content:
                return None
            with verified_files(self._registry, self._settings, found, numbered=False) as folder:
                signature = registry.signature_in(folder)
                added = companions.read_all(self._settings, self._ledger, folder)
        except UntrustedModelError:
            return None
        if "version" not in claims:
            self._sign_number(found.model, found.version, claims)
        manifests = self._manifests(request)
        artifact = next((item for manifest in manifests for item in manifest.artifacts if _is(item, request)), None)
        facts = self._facts(request, artifact, manifests) if artifact is not None else {}
        return replace(
            self._blank(request),
            model=found.model,
            version=found.version,
            digest=str(claims["digest"]),
            flavor=str(claims["flavor"]),
            safe=bool(claims["safe"]),
            facts=facts | {"signature": signature, companions.FACTS: added},
        )


def _artifact(request: RegistrationRequest, manifests: Sequence[StageManifest]) -> Artifact:
    for manifest in manifests:
        for artifact in manifest.artifacts:
            if _is(artifact, request):
                return artifact
    raise UnregistrableModelError(
        f"`{request.name}` is not in the store", hint="let the stage that makes it run again", name=request.name
    )


def _is(artifact: Artifact, request: RegistrationRequest) -> bool:
    return request.name in artifact.names and artifact.content == request.content


def _new_version(
    request: RegistrationRequest, value: Any, frames: Sequence[TrainingFrame], learnt_from: Collection[str]
) -> NewVersion:
    found = examples.feature_names(value)
    features = None if found is None else tuple(found)
    read = [item for item in frames if item.content in learnt_from]
    training = training_frame(features, read) or training_frame(features, frames)
    return NewVersion(request.model, value, features, training, request.personal)


def _origin(request: RegistrationRequest) -> dict[str, str]:
    return {
        "mlpipe.run": request.run,
        "mlpipe.pipeline": request.pipeline,
        "mlpipe.stage": request.stage,
        "owner": request.owner or "",
        "team": request.team or "",
    }
