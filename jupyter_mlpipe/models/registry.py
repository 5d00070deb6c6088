"""The model registry: MLflow's registered models, versions, aliases and tags. The home of MLflow's registry calls.

Each method is one thing that MLflow does at once or not at all. What may be done, in which order, and what is written
down about it, is ``promotion``'s and ``registrar``'s.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import MlpipeError, RegistryUnavailableError, UnknownModelError
from jupyter_mlpipe.execution.tracking import RUN_TAG, STAGE_TAG, experiment_id, prepare_environment
from jupyter_mlpipe.settings import Settings, public_url

CONTENT_TAG = "mlpipe.content"
KEY_TAG = "mlpipe.key"
DIGEST_TAG = "mlpipe.digest"
FILES_TAG = "mlpipe.signed"
"""Holds the signed statement on the files."""
LIFECYCLE_TAG = "mlpipe.lifecycle"
PICKLE_TAG = "mlpipe.pickle"
FLAVOR_TAG = "mlpipe.flavor"

EXPERIMENT = "models"
"""Where models go whose run MLflow does not know."""

_PAGE = 1000
_MOST_METRICS = 500
_MOST_VERSIONS = 1 << 31
"""No database of MLflow's counts further."""


def passed_tag(target: str) -> str:
    """The tag of a version that holds the signed statement that it passed for a state."""
    return f"mlpipe.passed.{target}"


@dataclass(frozen=True)
class RegisteredVersion:
    """A version as MLflow has it."""

    model: str
    version: int
    created: float
    """Seconds since the epoch."""
    source: str
    run: str | None
    """MLflow's id of the run that made it."""
    tags: Mapping[str, str] = field(default_factory=dict)


class Registry:
    """One MLflow server or database.

    Raises
    ------
    RegistryUnavailableError
        It does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> Any:
        prepare_environment()
        with self._reach():
            from mlflow import MlflowClient

            return MlflowClient(tracking_uri=self._settings.tracking_uri, registry_uri=self._settings.tracking_uri)

    # -- reading ---------------------------------------------------------------------------------------------------

    def models(self) -> dict[str, dict[str, int]]:
        """The version that each alias names, by model; of all registered models."""
        found: dict[str, dict[str, int]] = {}
        token = None
        while True:
            with self._reach():
                page = self._client.search_registered_models(max_results=_PAGE, page_token=token)
            for model in page:
                found[model.name] = _aliases(model)
            token = page.token
            if not token:
                return found

    def aliases(self, model: str) -> dict[str, int]:
        """The version that each alias names; empty where the model is not registered."""
        found = self._found(lambda: self._client.get_registered_model(model))
        return _aliases(found) if found is not None else {}

    def versions(self, model: str, tags: Mapping[str, str] | None = None) -> list[RegisteredVersion]:
        """The versions of a model that carry these tags, newest first."""
        condition = " and ".join(
            [f"name = '{model}'", *(f"tags.`{name}` = '{value}'" for name, value in (tags or {}).items())]
        )
        found: list[RegisteredVersion] = []
        token = None
        while True:
            with self._reach():
                page = self._client.search_model_versions(condition, max_results=_PAGE, page_token=token)
            found += [_version(item) for item in page]
            token = page.token
            if not token:
                return sorted(found, key=lambda item: -item.version)

    def version(self, model: str, number: int) -> RegisteredVersion:
        """One version. Raises `UnknownModelError`."""
        possible = 0 < number < _MOST_VERSIONS
        found = self._found(lambda: self._client.get_model_version(model, str(number))) if possible else None
        if found is None:
            raise UnknownModelError(
                f"MLflow has no version {number} of {model}", hint=f"`mlpipe models show {model}` lists them"
            )
        return _version(found)

    def download(self, version: RegisteredVersion, folder: Path) -> Path:
        """Copy a version's files to a new folder in `folder`, whatever MLflow gives: a path of its own or a copy."""
        prepare_environment()
        with self._reach(), self._as_default():
            from mlflow.artifacts import download_artifacts

            place = self._client.get_model_version_download_uri(version.model, str(version.version))
            given = Path(download_artifacts(place, tracking_uri=self._settings.tracking_uri))
        target = folder / "model"
        shutil.copytree(given, target, symlinks=False)
        return target

    # -- writing ---------------------------------------------------------------------------------------------------

    def create(
        self,
        model: str,
        folder: Path,
        tags: Mapping[str, str],
        *,
        run: str = "",
        stage: str = "",
        metrics: Mapping[str, float] | None = None,
    ) -> int:
        """Upload a model's files and make a version of them.

        Parameters
        ----------
        model
            Made where it is not registered.
        folder
            In MLflow's format.
        tags
            Put on with the version, at once.
        run, stage
            Our names of the stage run, whose MLflow run the version is linked to where there is one.
        metrics
            Shown beside the model in MLflow, where there is a run to hold them.
        """
        with self._reach():
            if self._found(lambda: self._client.get_registered_model(model)) is None:
                self._create_model(model)
            experiment, run_id = self._run_of(run, stage)
            logged = self._client.create_logged_model(experiment, name="model", source_run_id=run_id)
            self._client.log_model_artifacts(logged.model_id, str(folder))
            self._client.finalize_logged_model(logged.model_id, "READY")
            if run_id is not None and metrics:
                self._log_metrics(run_id, logged.model_id, metrics)
            with self._as_default():
                made = self._client.create_model_version(
                    model, logged.artifact_location, run_id=run_id, model_id=logged.model_id, tags=dict(tags)
                )
        return int(made.version)

    def set_tags(self, model: str, version: int, tags: Mapping[str, str | None]) -> None:
        """Set tags of a version one after another; those that are None are taken away."""
        with self._reach():
            for name, value in tags.items():
                if value is None:
                    self._client.delete_model_version_tag(model, str(version), name)
                else:
                    self._client.set_model_version_tag(model, str(version), name, value)

    def set_alias(self, model: str, alias: str, version: int) -> None:
        """Let an alias name a version: one statement in MLflow's database."""
        with self._reach():
            self._client.set_registered_model_alias(model, alias, str(version))

    # -- parts -----------------------------------------------------------------------------------------------------

    def _create_model(self, model: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":  # somebody else may have been first
                raise

    def _log_metrics(self, run_id: str, model_id: str, metrics: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        found = [
            Metric(name, float(value), now, 0, model_id=model_id, run_id=run_id)
            for name, value in list(metrics.items())[:_MOST_METRICS]
        ]
        self._client.log_batch(run_id, metrics=found)

    def _run_of(self, run: str, stage: str) -> tuple[str, str | None]:
        """Ids of the MLflow experiment and run of a stage run."""
        condition = f"tags.`{RUN_TAG}` = '{run}' and tags.`{STAGE_TAG}` = '{stage}'"
        everywhere = [item.experiment_id for item in self._client.search_experiments()] if run and stage else []
        for found in self._client.search_runs(everywhere, condition, max_results=1) if everywhere else ():
            return found.info.experiment_id, found.info.run_id
        return experiment_id(self._client, self._settings, self._settings.experiment or EXPERIMENT), None

    def _found(self, ask: Any) -> Any:
        """What MLflow answers; None where it says that there is no such thing."""
        from mlflow.exceptions import MlflowException

        with self._reach():
            try:
                return ask()
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None
                raise

    @contextmanager
    def _as_default(self) -> Iterator[None]:
        """Make it MLflow's default for a moment: what it looks up on the way it asks of the default."""
        import mlflow

        before, variable = mlflow.get_tracking_uri(), os.environ.get("MLFLOW_TRACKING_URI")
        mlflow.set_tracking_uri(self._settings.tracking_uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)
            if variable is None:
                os.environ.pop("MLFLOW_TRACKING_URI", None)
            else:
                os.environ["MLFLOW_TRACKING_URI"] = variable

    @contextmanager
    def _reach(self) -> Iterator[None]:
        try:
            yield
        except MlpipeError:
            raise
        except Exception as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            raise RegistryUnavailableError(
                f"MLflow at {public_url(self._settings.tracking_uri)} does not do it: {first}",
                hint="start it, or set MLFLOW_TRACKING_URI to one that answers; what was asked can be asked again",
            ) from error


def signature_in(folder: Path) -> dict[str, Any] | None:
    """What a model takes and gives, as MLflow wrote it among its files; None where they do not say."""
    from mlflow.models import Model

    found = Model.load(str(folder)).signature
    return found.to_dict() if found is not None else None


def _aliases(model: Any) -> dict[str, int]:
    return {alias: int(version) for alias, version in model.aliases.items()}


def _version(found: Any) -> RegisteredVersion:
    return RegisteredVersion(
        found.name,
        int(found.version),
        found.creation_timestamp / 1000,
        found.source or "",
        found.run_id or None,
        dict(found.tags),
    )
