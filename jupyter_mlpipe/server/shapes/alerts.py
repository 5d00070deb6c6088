"""Alerts: what somebody should know, who was told, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class AlertInfo:
    """An alert, as it stands now."""

    id: str
    rule: str
    severity: Literal["info", "warning", "critical"]
    kind: str
    """Of the subject: ``pipeline``, ``stage``, ``model``, ``data``, ``channel``."""
    subject: str
    title: str
    text: str
    status: Literal["open", "acknowledged", "resolved"]
    silenced: bool
    """Whether a silence covers it now."""
    count: int
    """How many findings it stands for."""
    opened: float
    """Seconds since the epoch."""
    last_seen: float
    run: str | None
    owner: str | None
    team: str | None
    acknowledged: float | None
    acknowledged_by: str | None
    note: str
    """What whoever acknowledged or resolved it had to say."""
    resolved: float | None


@dataclass(frozen=True)
class AlertList:
    """Alerts of a workspace: what nobody took care of first, then by severity, the newest first."""

    workspace: str
    """Name of the workspace's folder, for people."""
    alerts: tuple[AlertInfo, ...]
    unacknowledged: int
    """How many are open that nobody acknowledged, shown or not."""
    more: int
    """How many were left out."""


@dataclass(frozen=True)
class AlertEventInfo:
    """Something that happened to an alert."""

    event: str
    """``seen``, ``routed``, ``notified``, ``failed``, ``escalated``, ``acknowledged``, ``resolved``, ``reopened``."""
    time: float
    text: str
    level: int | None
    recipient: str | None
    channel: str | None
    user: str | None


@dataclass(frozen=True)
class AlertDetail:
    """An alert with what was found and what happened to it."""

    info: AlertInfo
    facts: Any
    """JSON, as the rule found it."""
    escalate: tuple[str, ...]
    """Who is told after the owner, in order."""
    events: tuple[AlertEventInfo, ...]
    """The oldest first; of equal findings the newest few."""


@dataclass(frozen=True)
class AcknowledgeRequest:
    """Say that somebody takes care of an alert."""

    path: str
    note: str = ""


@dataclass(frozen=True)
class SilenceRequest:
    """Ask that for a while nobody is told of alerts like this one: of its rule, on its subject."""

    path: str
    seconds: float
    reason: str = ""
