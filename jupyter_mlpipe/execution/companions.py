"""What other parts of the house add to a model version when it is made: files that travel with it, and facts.

A companion is found by the entry point group ``jupyter_mlpipe.version_files``. Its files are among those that are
signed, so that they can be trusted wherever the version goes. One that fails costs the version nothing but its part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.settings import Settings

GROUP = "jupyter_mlpipe.version_files"
FACTS = "companions"
"""Where a registration's facts keep what companions said, by their names."""


@dataclass(frozen=True)
class TrainingFrame:
    """A frame that the stage which made the model read."""

    name: str
    content: str
    """Digest of the value."""
    frame: Any


@dataclass(frozen=True)
class NewVersion:
    """A version that is about to be made."""

    model: str
    value: Any
    """The model itself."""
    features: tuple[str, ...] | None
    """Columns that it was fitted on; None where it does not say."""
    training: TrainingFrame | None
    """The data that it learnt from, as far as that can be told."""
    personal: Sequence[str] = ()
    """Columns whose values must not leave the workspace."""


class Companion(Protocol):
    """Adds files to versions."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        """Take part in one workspace."""

    def write(self, version: NewVersion, folder: Path) -> Mapping[str, Any] | None:
        """Write files into the model's folder; return JSON facts, or None where there is nothing to add."""

    def read(self, folder: Path) -> Mapping[str, Any] | None:
        """Return the facts that `write` gave, from the files of a version whose facts the ledger lost."""


def write_all(settings: Settings, ledger: Ledger, version: NewVersion, folder: Path) -> dict[str, Any]:
    """Have every companion add its part.

    Returns
    -------
    dict
        Facts by the companion's name; ``{"error": …}`` of one that failed.
    """
    return _asked(settings, ledger, lambda companion: companion.write(version, folder))


def read_all(settings: Settings, ledger: Ledger, folder: Path) -> dict[str, Any]:
    """Return what `write_all` did, from a version's verified files."""
    return _asked(settings, ledger, lambda companion: companion.read(folder))


def _asked(settings: Settings, ledger: Ledger, ask: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for point in entry_points(GROUP):
        try:
            facts = ask(point.load()(settings, ledger))
        except Exception as error:  # noqa: BLE001 - a companion is anybody's code, and looks at anybody's data
            facts = {"error": f"{type(error).__name__}: {error}"[:500]}
        if facts is not None:
            found[point.name] = dict(facts)
    return found


def training_frame(features: tuple[str, ...] | None, candidates: Iterable[TrainingFrame]) -> TrainingFrame | None:
    """The frame that a model learnt from: the largest that has all its features.

    Parameters
    ----------
    features
        Columns that the model was fitted on; without them it cannot be told.
    candidates
        Frames that its stage read or made.
    """
    if features is None:
        return None
    holding = [item for item in candidates if set(features) <= {str(column) for column in item.frame.columns}]
    return max(holding, key=lambda item: len(item.frame), default=None)
