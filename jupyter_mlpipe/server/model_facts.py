"""What the ledger knows of models in the wire's shapes. Asks no registry."""

from __future__ import annotations

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.ledger import runs, transitions
from jupyter_mlpipe.ledger.processes import this_user
from jupyter_mlpipe.ledger.registrations import Registration
from jupyter_mlpipe.ledger.transitions import Transition
from jupyter_mlpipe.models.catalogue import KnownModel, KnownVersion, Waiting
from jupyter_mlpipe.models.evidence import stage_verdicts
from jupyter_mlpipe.models.policy import ModelPolicy, allowed_actions, policy_of
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.run_facts import error_info
from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.models import (
    AllowedAction,
    ApprovalInfo,
    ModelInfo,
    ModelVersionDetail,
    ModelVersionInfo,
    TransitionInfo,
    UnregisteredModel,
)
from jupyter_mlpipe.server.verdict_facts import check_infos
from jupyter_mlpipe.workspace import Workspace


def model_info(workspace: Workspace, model: KnownModel, limit: int) -> ModelInfo:
    """A model with its newest versions, `limit` of them, and those that carry an alias."""
    shown = [version for place, version in enumerate(model.versions) if place < limit or version.aliases]
    policy, wrong = _policy(workspace, model.name)
    return ModelInfo(
        name=model.name,
        versions=tuple(_version_info(workspace, model, version, policy) for version in shown),
        older=len(model.versions) - len(shown),
        aliases=model.aliases,
        warnings=(*model.moved, *wrong),
        waiting=tuple(_waiting(item) for item in model.waiting),
        refused=tuple(_refused(item) for item in model.refused[:limit]),
    )


def version_detail(places: Places, workspace: Workspace, model: KnownModel, number: int) -> ModelVersionDetail:
    """A version with all that is on record of it.

    Raises
    ------
    UnknownModelError
        The model has no such version.
    """
    version = model.version(number)
    made, facts = version.registration, version.registration.facts
    policy, _ = _policy(workspace, model.name)
    return ModelVersionDetail(
        info=_version_info(workspace, model, version, policy),
        name=made.name,
        content=made.content,
        digest=made.digest,
        key=made.key,
        flavor=made.flavor,
        notebook=_notebook(places, workspace, made.run),
        owner=facts.get("owner"),
        team=facts.get("team"),
        parameters=facts.get("parameters"),
        inputs=facts.get("inputs"),
        files=facts.get("files"),
        environment=facts.get("environment"),
        signature=facts.get("signature"),
        checks=check_infos([verdict.to_json() for verdict in stage_verdicts(workspace.ledger, made)]),
        approvals=tuple(
            ApprovalInfo(item.target, item.approved, item.comment, item.user, item.host, item.time)
            for item in transitions.approvals(workspace.ledger, model.name, number)
        ),
        history=tuple(_transition(move) for move in reversed(model.history) if number in (move.version, move.before)),
        others=tuple(other.version for other in model.versions if other.version != number),
    )


def _policy(workspace: Workspace, model: str) -> tuple[ModelPolicy | None, tuple[str, ...]]:
    """The model's policy, or why there is none: a misspelt setting must not hide the models."""
    try:
        return policy_of(workspace.settings, model), ()
    except MlpipeError as error:
        return None, (" – ".join(filter(None, (error.message, error.hint))),)


def _version_info(
    workspace: Workspace, model: KnownModel, version: KnownVersion, policy: ModelPolicy | None
) -> ModelVersionInfo:
    made = version.registration
    passed, said = _stood(workspace, model, version)
    return ModelVersionInfo(
        model=version.model,
        version=version.version,
        lifecycle=version.lifecycle,
        aliases=version.aliases,
        metrics=version.metrics,
        registered=made.time,
        user=made.user,
        run=made.run,
        pipeline=made.pipeline,
        stage=made.stage,
        safe=made.safe,
        passed=passed,
        said=said,
        actions=tuple(
            AllowedAction(item.action, item.target, item.allowed, item.why)
            for item in (allowed_actions(policy, version, this_user()) if policy else ())
        ),
    )


def _stood(workspace: Workspace, model: KnownModel, version: KnownVersion) -> tuple[bool | None, str]:
    """How the gates stood that were asked last of a version, and why where they did not hold."""
    asked = (move for move in reversed(model.history) if move.version == version.version and move.action == "promote")
    last = next((move for move in asked if move.status in ("done", "refused")), None)
    if last is not None:
        return last.status == "done", "" if last.status == "done" else last.note
    verdicts = stage_verdicts(workspace.ledger, version.registration)
    failed = [verdict.text or verdict.gate for verdict in verdicts if not verdict.passed]
    return (not failed, "; ".join(failed)) if verdicts else (None, "")


def _notebook(places: Places, workspace: Workspace, run: str | None) -> str | None:
    try:
        return places.shown(workspace, runs.run(workspace.ledger, run).notebook) if run else None
    except MlpipeError:
        return None  # its run is not in this ledger


def _transition(move: Transition) -> TransitionInfo:
    return TransitionInfo(
        version=move.version,
        action=move.action,
        target=move.target,
        before=move.before,
        status=move.status,
        reason=move.reason,
        note=move.note,
        user=move.user,
        host=move.host,
        time=move.time,
        ended=move.ended,
        checks=check_infos(move.evidence.get("checks")),
    )


def _waiting(item: Waiting) -> UnregisteredModel:
    error = ErrorInfo("", item.error) if item.error else None
    return UnregisteredModel(item.model, item.stage, item.run, None, item.failures, error)


def _refused(item: Registration) -> UnregisteredModel:
    return UnregisteredModel(item.name, item.stage, item.run, item.time, 0, error_info(item.error))
