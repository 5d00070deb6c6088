"""Verdicts of gates and contracts, and the evidence that they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class VerdictInfo:
    """A gate's verdict in one line."""

    gate: str
    """As the user wrote it."""
    passed: bool
    text: str


@dataclass(frozen=True)
class CheckInfo:
    """What a gate saw, and what it said."""

    gate: str
    passed: bool
    text: str
    stage: str | None = None
    """The stage that it was asked of; null where it belongs to no stage."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON of the gate's own shape: a table by group, an interval, a sample of the rows that failed."""


@dataclass(frozen=True)
class StageVerdicts:
    """How a stage's gates and contracts stood in a run."""

    run: str
    stage: str
    checks: tuple[CheckInfo, ...]
