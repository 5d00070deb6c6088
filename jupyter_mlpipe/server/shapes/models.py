"""Registered models: their versions, what may be done with them, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.verdicts import CheckInfo

Lifecycle = Literal["candidate", "staging", "production", "archived", "deprecated"]


@dataclass(frozen=True)
class AllowedAction:
    """Whether something may be done with a version."""

    action: str
    """``promote``, ``approve``, ``rollback``, ``deprecate``."""
    target: str
    """The lifecycle state that it leads to, or that is approved."""
    allowed: bool
    why: str
    """Why not, in one line; empty where it is allowed."""


@dataclass(frozen=True)
class ModelVersionInfo:
    """A version of a model, as the ledger knows it."""

    model: str
    version: int
    lifecycle: Lifecycle
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    registered: float
    user: str
    run: str | None
    """The run that registered it; null where it was registered from a session of its own."""
    pipeline: str | None
    stage: str | None
    safe: bool
    """False: to load it is to run a pickle."""
    passed: bool | None
    """Whether the gates held that were asked last: for a promotion, else in its run; null where there were none."""
    said: str
    """Why they did not, in one line; else empty."""
    actions: tuple[AllowedAction, ...]


@dataclass(frozen=True)
class UnregisteredModel:
    """A model that is on its way to the registry, or that was refused."""

    name: str
    stage: str | None
    run: str | None
    time: float | None
    failures: int
    """How often the registry could not be reached."""
    error: ErrorInfo | None


@dataclass(frozen=True)
class ModelInfo:
    """A registered model."""

    name: str
    versions: tuple[ModelVersionInfo, ...]
    """The newest first; with those that carry an alias, however old."""
    older: int
    """How many older ones were left out."""
    aliases: Mapping[str, int]
    """The version that each alias was last seen at."""
    warnings: tuple[str, ...]
    """What happened to it past us: an alias that was moved in MLflow."""
    waiting: tuple[UnregisteredModel, ...]
    refused: tuple[UnregisteredModel, ...]


@dataclass(frozen=True)
class ModelList:
    """The models of a workspace, by name."""

    workspace: str
    """Name of the workspace's folder, for people."""
    models: tuple[ModelInfo, ...]


@dataclass(frozen=True)
class ApprovalInfo:
    """Somebody approved a version for a lifecycle state, or rejected it."""

    target: str
    approved: bool
    comment: str
    user: str
    host: str
    time: float


@dataclass(frozen=True)
class TransitionInfo:
    """Somebody asked for another lifecycle state, and what came of it."""

    version: int
    action: str
    target: str
    before: int | None
    """The version that the alias named until then."""
    status: Literal["open", "done", "refused", "abandoned"]
    """``open``: it goes on, or was interrupted; ``abandoned``: it was interrupted, and nothing had changed."""
    reason: str
    """Why, in the words of whoever asked."""
    note: str
    """What came of it, in one line."""
    user: str
    host: str
    time: float
    ended: float | None
    checks: tuple[CheckInfo, ...]


@dataclass(frozen=True)
class ModelVersionDetail:
    """A version of a model with all that is on record of it."""

    info: ModelVersionInfo
    name: str
    """What the notebook calls the value."""
    content: str
    """Digest of the value, as lineage knows it."""
    digest: str | None
    """Digest of the files in the registry."""
    key: str | None
    """The stage's key."""
    flavor: str | None
    notebook: str | None
    """Contents path of the notebook that it comes from; null where it cannot be opened here."""
    owner: str | None
    team: str | None
    parameters: Any
    """JSON, like what follows, as it was recorded with the version."""
    inputs: Any
    """The data that it was made from."""
    files: Any
    """The files that were read for it."""
    environment: Any
    signature: Any
    checks: tuple[CheckInfo, ...]
    """How the gates stood of the stages that it comes from, and of those that judged it."""
    approvals: tuple[ApprovalInfo, ...]
    """The oldest first."""
    history: tuple[TransitionInfo, ...]
    """What was asked of it, and what took its place; the newest first."""
    others: tuple[int, ...]
    """The other versions of this model, to compare with; the newest first."""


@dataclass(frozen=True)
class RefreshRequest:
    """Ask for a look into the registry."""

    path: str


@dataclass(frozen=True)
class PromoteRequest:
    """Ask for a version to be promoted."""

    path: str
    target: str
    reason: str = ""


@dataclass(frozen=True)
class ApproveRequest:
    """Approve a version for a lifecycle state, or reject it."""

    path: str
    target: str
    approved: bool = True
    comment: str = ""


@dataclass(frozen=True)
class RollbackRequest:
    """Ask for an earlier version to come back."""

    path: str
    target: str = "production"
    version: int | None = None
    """Which one; null for the one before."""
    reason: str = ""


@dataclass(frozen=True)
class DeprecateRequest:
    """Ask for a version to be deprecated."""

    path: str
    reason: str = ""


@dataclass(frozen=True)
class ModelOutcome:
    """What came of something that was asked of a model."""

    model: str
    version: int | None
    action: str
    target: str
    decision: Literal["done", "refused", "waiting", "allowed"]
    """``waiting``: for an approval; ``allowed``: it was only checked, and would be done."""
    before: int | None
    """The version that the alias named until then."""
    text: str
    reasons: tuple[str, ...]
    """Why it was refused, or what it waits for: whole sentences."""
    checks: tuple[CheckInfo, ...]
