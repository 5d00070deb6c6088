"""Which data was profiled: a fact for each data set of a run, each window, and each model version's reference.

The profiles themselves are blobs of the store; a fact names one by its digest. Not for what a profile holds
(``monitoring.profile``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, Row, now
from jupyter_mlpipe.ledger.retention import removed_items

Role = Literal["input", "output", "reference", "window"]


@dataclass(frozen=True, kw_only=True)
class ProfileFact:
    """A data set was profiled."""

    blob: str
    """Digest of the profile's bytes in the store; empty where it could not be made, and the facts say why."""
    content: str
    """Digest of what was profiled."""
    role: Role
    """What a stage read or made, what a model version learnt from, or a window of data from elsewhere."""
    name: str
    """The notebook's name of the frame, or the data set's."""
    rows: int
    config: Mapping[str, Any] = field(default_factory=dict)
    """How it was profiled: segments, columns whose values are personal."""
    run: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    model: str | None = None
    version: int | None = None
    window_start: float | None = None
    """Seconds since the epoch; the window is half open."""
    window_end: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    time: float = field(default_factory=now)
    id: int = 0


def record_profile(ledger: Ledger, fact: ProfileFact) -> None:
    """Record it; what a run says of one data set a second time changes nothing."""
    values = asdict(fact)
    del values["id"]
    values |= {"config": to_json(fact.config), "facts": to_json(fact.facts)}
    with ledger.write() as connection:
        connection.insert("profiles", [values], ignore=True)


def profile_of_content(ledger: Ledger, content: str, config: Mapping[str, Any]) -> ProfileFact | None:
    """Return a profile that was made of this very data in this way, or None."""
    found = _select(
        ledger,
        "WHERE content = :content AND config = :config AND blob <> '' ORDER BY id LIMIT 1",
        content=content,
        config=to_json(config),
    )
    return found[0] if found else None


def profiles_of_run(ledger: Ledger, run_id: str) -> list[ProfileFact]:
    """Return what was profiled of a run, oldest first."""
    return _select(ledger, "WHERE run = :run ORDER BY id", run=run_id)


def profiles_of_version(ledger: Ledger, model: str, version: int) -> list[ProfileFact]:
    """Return the references of a model version, oldest first."""
    return _select(ledger, "WHERE model = :model AND version = :version ORDER BY id", model=model, version=version)


def profile_series(ledger: Ledger, pipeline: str, stage: str, name: str, limit: int = 100) -> list[ProfileFact]:
    """Return the newest profiles of one data set of one stage over the runs, oldest first."""
    query = "WHERE pipeline = :pipeline AND stage = :stage AND name = :name ORDER BY id DESC LIMIT :limit"
    return _select(ledger, query, pipeline=pipeline, stage=stage, name=name, limit=limit)[::-1]


def profiles_after(ledger: Ledger, identifier: int, limit: int = 1000) -> list[ProfileFact]:
    """Return what was profiled after a given fact, oldest first."""
    return _select(ledger, "WHERE id > :id ORDER BY id LIMIT :limit", id=identifier, limit=limit)


def profile_blobs(ledger: Ledger) -> set[str]:
    """Return the digests of all profiles, which the store must keep; not of those that retention removed for good."""
    with ledger.read() as connection:
        removed = removed_items(connection, "profile", purged=True)
        rows = connection.rows("SELECT DISTINCT blob FROM profiles WHERE blob <> ''")
    return {row["blob"] for row in rows} - removed


def _select(ledger: Ledger, condition: str, **values: Any) -> list[ProfileFact]:
    with ledger.read() as connection:
        rows = connection.rows(f"SELECT * FROM profiles {condition}", **values)  # noqa: S608 - words of our own
    return [_fact(row) for row in rows]


def _fact(row: Row) -> ProfileFact:
    return ProfileFact(**row | {"config": from_json(row["config"]), "facts": from_json(row["facts"])})
