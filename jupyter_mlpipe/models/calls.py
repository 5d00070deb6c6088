"""What a user calls in Python: ``models.register(...)``, ``models.load(...)``, ``models.promote(...)``.

Each finds the workspace from the working directory and calls what every other door calls. Nothing is decided here.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from jupyter_mlpipe.errors import RegistryUnavailableError, UnregistrableModelError
from jupyter_mlpipe.execution.courier import spawn_courier
from jupyter_mlpipe.execution.session import current_stage
from jupyter_mlpipe.ledger import outbox
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.models import promotion
from jupyter_mlpipe.models.catalogue import REGISTER, KnownVersion, known_model
from jupyter_mlpipe.models.lifecycle import Target, check_target
from jupyter_mlpipe.models.loading import load_model
from jupyter_mlpipe.models.registrar import EXAMPLE, PYTHON_CALL, Registrar, RegistrationRequest
from jupyter_mlpipe.notebook.model_names import check_model_name
from jupyter_mlpipe.store.artifacts import StageManifest
from jupyter_mlpipe.workspace import Workspace

if TYPE_CHECKING:
    from jupyter_mlpipe.models.decision import Decision
    from jupyter_mlpipe.models.promotion import Move


def register(
    model: str,
    value: Any,
    *,
    metrics: Mapping[str, float] | None = None,
    example: Any = None,
    data: Mapping[str, Any] | None = None,
    allow_pickle: bool = False,
) -> Registration:
    """Register a value as a version of a model; it is a candidate then.

    ``%%stage … --model`` knows more of where a model comes from, and waits for nothing. In a stage's kernel this call
    knows the run and the stage, too.

    Parameters
    ----------
    model
        The model's name.
    value
        The model: scikit-learn's, XGBoost's, LightGBM's, or another that may be pickled.
    metrics
        Finite numbers by name.
    example : pandas.DataFrame, optional
        Data that it takes, shape ``(rows, features)``: its columns and types become the signature. No row is kept in
        the registry.
    data
        What it learnt from, by name: recorded by digest.
    allow_pickle
        Keep it as a pickle where there is no other format.

    Returns
    -------
    Registration
        With its version; None there, with a warning, where MLflow does not answer: it is sent later.

    Raises
    ------
    ModelNameError, UnregistrableModelError
        The name or the value is not one that can be registered.
    """
    model = check_model_name(model)
    numbers = _numbers(metrics or {})
    with Workspace.open(".") as workspace:
        values = {"model": value, **({EXAMPLE: example} if example is not None else {})}
        saved, refused = workspace.store.save_values(values, {})
        for error in refused.values():
            raise UnregistrableModelError(f"the model cannot be stored: {error.message}", hint=error.hint)
        content = next(item.content for item in saved if "model" in item.names)
        key = blake3(f"registered {content}".encode()).hexdigest()
        run, stage, pipeline = current_stage()
        workspace.store.publish(StageManifest(key, PYTHON_CALL, pipeline, {}, tuple(saved)))
        request = RegistrationRequest(
            model=model,
            name="model",
            content=content,
            run=run,
            stage=stage,
            pipeline=pipeline,
            keys=(key,),
            pickle=allow_pickle,
            metrics=numbers,
            data={name: workspace.store.content_digest(name, item, {}) for name, item in (data or {}).items()},
        )
        try:
            made = Registrar(workspace.settings, workspace.ledger).register(request)
        except RegistryUnavailableError as error:
            outbox.put(workspace.ledger, REGISTER, asdict(request))
            spawn_courier(workspace.settings)
            warnings.warn(f"{error.message}; the registration is sent later", stacklevel=2)
            return replace(_unsent(request), error=error.to_json())
        record_registration(workspace.ledger, made)
        return made


def load(reference: str, *, allow_pickle: bool = False) -> Any:
    """Load ``"flight-delay@production"`` or ``"flight-delay@3"``, verified. See `loading.load_model`."""
    with Workspace.open(".", create=False) as workspace:
        return load_model(workspace.settings, reference, allow_pickle=allow_pickle)


def versions(model: str) -> tuple[KnownVersion, ...]:
    """The versions of a model, newest first. Raises `UnknownModelError`."""
    with Workspace.open(".", create=False) as workspace:
        return known_model(workspace.ledger, check_model_name(model)).versions


def check(model: str, version: int, to: Target = "production") -> Decision:
    """Say whether a version may get a state, and why not. See `promotion.check`."""
    with Workspace.open(".", create=False) as workspace:
        return promotion.check(workspace, check_model_name(model), version, check_target(to))


def promote(model: str, version: int, to: Target = "production", *, reason: str = "") -> Move:
    """Give a version a state, if its gates hold. See `promotion.promote`."""
    with Workspace.open(".", create=False) as workspace:
        return promotion.promote(workspace, check_model_name(model), version, check_target(to), reason=reason)


def rollback(model: str, to: Target = "production", *, version: int | None = None, reason: str = "") -> Move:
    """Give a state back to the version that had it before. See `promotion.rollback`."""
    with Workspace.open(".", create=False) as workspace:
        return promotion.rollback(workspace, check_model_name(model), check_target(to), version=version, reason=reason)


def approve(
    model: str, version: int, to: Target = "production", *, approved: bool = True, comment: str = ""
) -> Decision:
    """Approve a version for a state, or reject it. See `promotion.approve`."""
    with Workspace.open(".", create=False) as workspace:
        name, target = check_model_name(model), check_target(to)
        return promotion.approve(workspace, name, version, target, approved=approved, comment=comment)


def deprecate(model: str, version: int, *, reason: str = "") -> Move:
    """Say that nobody shall use a version any more. See `promotion.deprecate`."""
    with Workspace.open(".", create=False) as workspace:
        return promotion.deprecate(workspace, check_model_name(model), version, reason=reason)


def _numbers(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics as floats, checked to be numbers."""
    found = {}
    for name, value in metrics.items():
        if isinstance(value, bool | str) or not hasattr(value, "__float__"):
            raise UnregistrableModelError(
                f"the metric {name} is {value!r}, which is not a number", hint="give numbers by name", metric=name
            )
        found[name] = float(value)
    return found


def _unsent(request: RegistrationRequest) -> Registration:
    return Registration(
        model=request.model,
        version=None,
        name=request.name,
        content=request.content,
        run=request.run or None,
        stage=request.stage or None,
        key=request.keys[0],
    )
