"""What stages read and made: versions of a stage, and values with a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_mlpipe.server.shapes.runs import StageStatus


@dataclass(frozen=True)
class StageVersion:
    """A result of a stage in the history."""

    run: str
    key: str | None
    status: StageStatus
    started: float
    seconds: float
    user: str
    numbers: Mapping[str, float]
    reason: str
    stored: bool
    """Whether its values are still in the store, so that they can be restored."""
    current: bool
    """Whether it is what the notebook, as it was last analysed, would take."""


@dataclass(frozen=True)
class StageVersions:
    """A stage's history, newest first; one entry for each result and each failure."""

    stage: str
    versions: tuple[StageVersion, ...]


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a table."""

    name: str
    type: str


@dataclass(frozen=True)
class ValueInfo:
    """A value that a stage read or made."""

    name: str
    role: Literal["input", "output"]
    type: str
    digest: str
    bytes: int | None
    rows: int | None
    source: str | None
    """The stage that made it, for an input."""
    columns: tuple[ColumnInfo, ...]
    """Its schema, for a table."""
    preview: Mapping[str, Any] | None
    """A MIME bundle; null where there is none."""
    note: str
    """Why there is no preview, or what was left out of it."""


@dataclass(frozen=True)
class StageValues:
    """What a stage read and made in a run."""

    run: str
    stage: str
    values: tuple[ValueInfo, ...]
