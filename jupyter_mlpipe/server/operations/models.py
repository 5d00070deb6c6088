"""Operations on registered models. To read is to ask the ledger; to do something is to ask the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.errors import RefusedError, RequestError
from jupyter_mlpipe.models.catalogue import known_model, known_models
from jupyter_mlpipe.models.lifecycle import check_target
from jupyter_mlpipe.notebook.model_names import check_model_name
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.model_commands import ask_registry
from jupyter_mlpipe.server.model_facts import model_info, version_detail
from jupyter_mlpipe.server.shapes.models import (
    ApproveRequest,
    DeprecateRequest,
    ModelList,
    ModelOutcome,
    ModelVersionDetail,
    PromoteRequest,
    RefreshRequest,
    RollbackRequest,
)
from jupyter_mlpipe.server.verdict_facts import check_infos

_MOST = 1000


def list_models(desk: Desk, *, path: str, limit: int = 20) -> ModelList:
    """List the models of the workspace that a notebook or folder belongs to, as the ledger knows them.

    Of each model the newest `limit` versions, and those that carry an alias.
    """
    if not 0 < limit <= _MOST:
        raise RequestError(f"`limit` is {limit}", hint=f"give a number from 1 to {_MOST}")
    workspace = desk.look_into(path)
    if not workspace.exists:
        return ModelList(workspace.root.name, ())
    models = tuple(model_info(workspace, model, limit) for model in known_models(workspace.ledger))
    return ModelList(workspace.root.name, models)


def refresh_models(desk: Desk, *, body: RefreshRequest) -> ModelList:
    """Look into the registry, note where its aliases are, and list the models."""
    ask_registry(desk.workspace(body.path).root, "list", {})
    return list_models(desk, path=body.path)


def show_model_version(desk: Desk, *, model: str, version: int, path: str) -> ModelVersionDetail:
    """Show a version with its metrics, data, gates, approvals and history."""
    workspace = desk.workspace(path)
    return version_detail(desk.places, workspace, known_model(workspace.ledger, model), version)


def check_promotion(desk: Desk, *, model: str, version: int, path: str, target: str) -> ModelOutcome:
    """Say what would come of a promotion; nothing is changed."""
    options = {"to": check_target(target)}
    return _asked(desk, path, "check", options, model, version)


def promote_model(desk: Desk, *, model: str, version: int, body: PromoteRequest) -> ModelOutcome:
    """Promote a version, if the gates hold and the policy lets you; it replies what came of it."""
    options = {"to": check_target(body.target), "reason": body.reason}
    return _asked(desk, body.path, "promote", options, model, version)


def approve_model(desk: Desk, *, model: str, version: int, body: ApproveRequest) -> ModelOutcome:
    """Approve a version for a lifecycle state, or reject it."""
    options = {"to": check_target(body.target), "reject": not body.approved, "comment": body.comment}
    return _asked(desk, body.path, "approve", options, model, version)


def deprecate_model(desk: Desk, *, model: str, version: int, body: DeprecateRequest) -> ModelOutcome:
    """Mark a version as one that nobody shall use any more."""
    return _asked(desk, body.path, "deprecate", {"reason": body.reason}, model, version)


def roll_back_model(desk: Desk, *, model: str, body: RollbackRequest) -> ModelOutcome:
    """Bring an earlier version back into a lifecycle state."""
    options = {"to": check_target(body.target), "version": body.version, "reason": body.reason}
    return _asked(desk, body.path, "rollback", options, model)


def _asked(desk: Desk, path: str, action: str, options: Mapping[str, Any], *names: str | int) -> ModelOutcome:
    """Ask the command line, and say what came of it; that it was refused is an answer, and no error."""
    model, version = check_model_name(str(names[0])), names[1] if len(names) > 1 else None
    try:
        answer = ask_registry(desk.workspace(path).root, action, options, (model, *names[1:]))
    except RefusedError as error:
        refused = {"text": error.message, "reasons": filter(None, (error.hint,)), "checks": ()}
        answer = {"model": model, "version": version, "decision": "refused", "action": action, **options, **refused}
    return ModelOutcome(
        model=str(answer["model"]),
        version=answer.get("version"),
        action=str(answer.get("action", action)),
        target=str(answer.get("target") or options.get("to", "")),
        decision=answer["decision"],
        before=answer.get("before"),
        text=str(answer.get("text", "")),
        reasons=tuple(map(str, answer.get("reasons") or ())),
        checks=check_infos(answer.get("checks")),
    )
