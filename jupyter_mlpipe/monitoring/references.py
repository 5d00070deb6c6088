"""References: the profile of what a model version learnt from, which windows of new data are compared with.

A reference is made when a version is registered, and travels in the version's own files; the ledger says where it is in
the store. Not for comparing (``drift``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import NoReferenceError, UnknownModelError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.profiles import ProfileFact, record_profile
from jupyter_mlpipe.ledger.registrations import registered_models, registration, registrations
from jupyter_mlpipe.ledger.transitions import sightings
from jupyter_mlpipe.notebook.model_names import split_reference, version_number
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.settings import Settings

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.companions import NewVersion
    from jupyter_mlpipe.monitoring.profiles import Profile

NAME = "reference"
"""The companion's name, under which a registration's facts hold what it said."""

FOLDER = "mlpipe"
PROFILE_FILE = "reference.profile"
FACTS_FILE = "reference.json"

CHUNKS = 20
"""Into how many parts, in the order of its rows or of its time, a reference is cut: they show its natural variation."""

_SMALLEST_CHUNK = 500


@dataclass(frozen=True)
class Reference:
    """What a model version learnt from."""

    model: str
    version: int
    name: str
    """The notebook's name of the frame."""
    features: tuple[str, ...]
    """Columns that the model was fitted on."""
    blob: str
    """Digest of the profile."""
    profile: Profile


class ReferenceCompanion:
    """Profiles the training data of each new version, and puts the profile among the version's files."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger

    def write(self, version: NewVersion, folder: Path) -> Mapping[str, Any] | None:
        """Write the profile; None where it cannot be told what the model learnt from."""
        from jupyter_mlpipe.monitoring.profile_store import ProfileStore
        from jupyter_mlpipe.monitoring.profiling import profile

        training = version.training
        if training is None:
            return None
        profiles = ProfileStore(self._settings)
        made = profile(training.frame, pii=version.personal, key=profiles.key, **_cut(training.frame))
        blob = profiles.put(made)
        facts = {
            "name": training.name,
            "content": training.content,
            "features": list(version.features or ()),
            "rows": made.rows,
            "blob": blob,
        }
        target = folder / FOLDER
        target.mkdir()
        (target / PROFILE_FILE).write_bytes(made.to_bytes())
        (target / FACTS_FILE).write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")
        self._record(version.model, facts)
        return facts

    def read(self, folder: Path) -> Mapping[str, Any] | None:
        """Take the profile of a version whose facts the ledger lost back into the store."""
        from jupyter_mlpipe.monitoring.profile_store import ProfileStore
        from jupyter_mlpipe.monitoring.profiles import Profile

        source = folder / FOLDER / FACTS_FILE
        if not source.is_file():
            return None
        facts: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
        made = Profile.from_bytes((folder / FOLDER / PROFILE_FILE).read_bytes())
        return facts | {"blob": ProfileStore(self._settings).put(made)}

    def _record(self, model: str, facts: Mapping[str, Any]) -> None:
        """Without a version, which it has not yet: so that the store keeps the profile."""
        record_profile(
            self._ledger,
            ProfileFact(
                blob=facts["blob"],
                content=facts["content"],
                role="reference",
                name=facts["name"],
                rows=facts["rows"],
                model=model,
            ),
        )


def reference_of(settings: Settings, ledger: Ledger, text: str) -> Reference:
    """The reference of a model version.

    Parameters
    ----------
    settings, ledger
        Of the workspace.
    text
        ``flight-delay@production`` or ``flight-delay@3``; the newest version where nothing follows the name.

    Raises
    ------
    UnknownModelError
        There is no such model, version or alias.
    NoReferenceError
        It was registered without its training data being known.
    """
    from jupyter_mlpipe.monitoring.profile_store import ProfileStore

    model, which = split_reference(text)
    version = version_of(ledger, model, which)
    made = registration(ledger, model, version)
    facts = made.facts.get("companions", {}).get(NAME) if made is not None else None
    if not facts or "blob" not in facts:
        why = (facts or {}).get("error") or "it is not known which data it learnt from"
        raise NoReferenceError(
            f"{model} version {version} has no reference to compare with: {why}",
            hint="register a model that was fitted on a frame with named columns, or give the reference as a file",
            model=model,
            version=version,
        )
    profile = ProfileStore(settings).get(facts["blob"])
    return Reference(model, version, facts["name"], tuple(facts["features"]), facts["blob"], profile)


def version_of(ledger: Ledger, model: str, which: str | None) -> int:
    """The number of the version that an alias names, as far as the ledger knows, or that is meant by a number.

    Raises
    ------
    UnknownModelError
        There is no such model, version or alias.
    """
    known = sorted(item.version for item in registrations(ledger, model) if item.version is not None)
    if not known:
        names = registered_models(ledger)
        raise UnknownModelError(f"there is no model {model}", hint=nearest(model, names, "models are"))
    if which is None:
        return known[-1]
    number = version_number(which)
    found = sightings(ledger, model).get(which) if number is None else number
    if found not in known:
        shown = f"version {which}" if number is not None else f"version with the alias {which}"
        raise UnknownModelError(
            f"{model} has no {shown}", hint=f"its versions are {', '.join(map(str, known[-10:]))}", model=model
        )
    return found


def _cut(frame: Any) -> dict[str, Any]:
    """In which order, and into parts of how many rows, a training frame is cut."""
    rows = len(frame)
    if rows < 2 * _SMALLEST_CHUNK:
        return {}
    times = [str(name) for name, kind in frame.dtypes.items() if str(kind).startswith(("datetime64", "timestamp"))]
    cut: dict[str, Any] = {"chunk": f"n={max(_SMALLEST_CHUNK, rows // CHUNKS)}"}
    # Where several columns tell the time, none of them is known to be the row's own.
    return cut | ({"time": times[0]} if len(times) == 1 else {})
