"""What a run says at its end, as values and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import MlpipeError


@dataclass(frozen=True)
class StageReport:
    """How one stage ended.

    ``status`` is one of ``done``, ``hit``, ``failed``, ``refused``, ``skipped``, ``cancelled``; ``seconds`` is what it
    took, for a hit what it took when it ran; ``saved`` is what a hit spared.
    """

    name: str
    status: str
    reason: str = ""
    seconds: float | None = None
    saved: float = 0.0
    implicit: bool = False
    key: str = ""
    attempts: int = 0
    runs: int = 0
    worker: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    error: MlpipeError | None = None
    started: float | None = None
    """Epoch seconds."""
    ended: float | None = None

    @property
    def hit(self) -> bool:
        """Whether a stored result stood for running it."""
        return self.status == "hit"

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "name": self.name,
            "status": self.status,
            "hit": self.hit,
            "reason": self.reason,
            "seconds": self.seconds,
            "saved": self.saved,
            "key": self.key,
            "attempts": self.attempts,
            "runs": self.runs,
            "worker": self.worker,
            "numbers": dict(self.numbers),
            "started": self.started,
            "ended": self.ended,
            "error": self.error.to_json() if self.error else None,
        }


@dataclass(frozen=True)
class RunResult:
    """How a run ended. ``status`` is ``done``, ``failed``, ``refused`` or ``cancelled``."""

    run_id: str
    status: str
    stages: tuple[StageReport, ...]
    notebook: Path
    seconds: float
    error: MlpipeError | None = None

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape: explicit stages and plain cells apart."""
        return {
            "run": self.run_id,
            "status": self.status,
            "notebook": str(self.notebook),
            "seconds": self.seconds,
            "stages": [stage.to_json() for stage in self.stages if not stage.implicit],
            "cells": [stage.to_json() for stage in self.stages if stage.implicit],
            "error": self.error.to_json() if self.error else None,
        }
