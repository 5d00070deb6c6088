"""The one shape of an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ErrorInfo:
    """What went wrong, and the way out."""

    code: str
    """Stable: ``MP101``."""
    message: str
    hint: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorReply:
    """The body of every reply whose status is not 2xx."""

    error: ErrorInfo
