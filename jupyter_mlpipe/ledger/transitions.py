"""Facts about the lifecycle of model versions: what was asked, what came of it, who approved, where aliases were seen.

A transition is written before the registry is touched and its end afterwards. One without an end was interrupted:
whoever next holds the model's lease looks where the alias is and writes the end. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Connection, Ledger, Row, now
from jupyter_mlpipe.ledger.processes import this_host, this_user

Action = Literal["promote", "rollback", "deprecate", "archive"]

Status = Literal["open", "done", "refused", "abandoned"]
"""``abandoned``: it was interrupted before the registry changed."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """Somebody asked for a version to get another lifecycle state."""

    model: str
    version: int
    action: Action
    target: str
    """The lifecycle state asked for."""
    before: int | None = None
    """The version that the alias named until then."""
    reason: str = ""
    """Why, in the user's words."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What was checked, and with what result: JSON."""
    user: str = field(default_factory=this_user)
    host: str = field(default_factory=this_host)
    time: float = field(default_factory=now)
    id: int = 0
    status: Status = "open"
    note: str = ""
    """What came of it, in one line."""
    ended: float | None = None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Somebody approved a version for a lifecycle state, or rejected it."""

    model: str
    version: int
    target: str
    approved: bool
    digest: str
    """Of the files that were approved: other files need another approval."""
    comment: str = ""
    user: str = field(default_factory=this_user)
    host: str = field(default_factory=this_host)
    time: float = field(default_factory=now)
    id: int = 0


def begin_transition(ledger: Ledger, transition: Transition) -> int:
    """Record what is about to be done; return its id."""
    with ledger.write() as connection:
        return connection.insert_one("transitions", _asked(transition))


def end_transition(
    ledger: Ledger,
    identifier: int,
    status: Status,
    note: str = "",
    *,
    model: str = "",
    seen: Mapping[str, int | None] | None = None,
) -> None:
    """Record what came of it, and where aliases of its model are now. Who was first stays on record."""
    ended = {"transition": identifier, "status": status, "note": note, "time": now()}
    with ledger.write() as connection:
        connection.insert("transition_ends", [ended], ignore=True)
        _add_sightings(connection, model, seen or {})


def record_refusal(ledger: Ledger, transition: Transition, note: str) -> int:
    """Record that something was asked and refused, in one transaction."""
    with ledger.write() as connection:
        identifier = connection.insert_one("transitions", _asked(transition))
        ended = {"transition": identifier, "status": "refused", "note": note, "time": now()}
        connection.insert("transition_ends", [ended])
    return identifier


def transitions(ledger: Ledger, model: str | None = None) -> list[Transition]:
    """Return all transitions, or those of one model, oldest first."""
    condition = "" if model is None else "WHERE transitions.model = :model "
    given = {} if model is None else {"model": model}
    with ledger.read() as connection:
        rows = connection.rows(f"{_TRANSITIONS}{condition}ORDER BY transitions.id", **given)
    return [_transition(row) for row in rows]


def open_transitions(ledger: Ledger, model: str | None = None) -> list[Transition]:
    """Return the transitions that have no end, of all models or one, oldest first."""
    condition = "WHERE transition_ends.transition IS NULL " + (
        "" if model is None else "AND transitions.model = :model "
    )
    given = {} if model is None else {"model": model}
    with ledger.read() as connection:
        rows = connection.rows(f"{_TRANSITIONS}{condition}ORDER BY transitions.id", **given)
    return [_transition(row) for row in rows]


def record_approval(ledger: Ledger, approval: Approval) -> None:
    """Record an approval or a rejection."""
    values = {name: getattr(approval, name) for name in Approval.__dataclass_fields__ if name != "id"}
    with ledger.write() as connection:
        connection.insert("approvals", [values])


def approvals(ledger: Ledger, model: str, version: int | None = None) -> list[Approval]:
    """Return the approvals of a model, or of one version, oldest first."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT * FROM approvals WHERE model = :model ORDER BY id", model=model)
    return [
        Approval(**row | {"approved": bool(row["approved"])})
        for row in rows
        if version is None or row["version"] == version
    ]


def record_sightings(
    ledger: Ledger, seen: Mapping[str, Mapping[str, int | None]], *, since: Mapping[str, int] | None = None
) -> None:
    """Record where aliases were seen, by model; only what differs from the last sighting is written.

    Parameters
    ----------
    seen
        Versions by model and alias; None: the alias was not there.
    since
        What `last_moves` gave before the look began. A model that was moved since then is left out: what was seen of it
        may be older than what is on record.
    """
    with ledger.write() as connection:
        moved = _last_moves(connection) if since is not None else {}
        for model, aliases in seen.items():
            if since is None or moved.get(model, 0) == since.get(model, 0):
                _add_sightings(connection, model, aliases)


def last_moves(ledger: Ledger) -> dict[str, int]:
    """For each model a number that grows with each move and each end of one; to be asked before looking at aliases."""
    with ledger.read() as connection:
        return _last_moves(connection)


def sightings(ledger: Ledger, model: str) -> dict[str, int | None]:
    """Return the version that each alias of a model was last seen at; None where it was gone."""
    with ledger.read() as connection:
        rows = connection.rows(_SIGHTINGS, model=model)
    return {row["alias"]: row["version"] for row in rows}


def all_sightings(ledger: Ledger) -> dict[str, dict[str, int | None]]:
    """Return what `sightings` does, of all models."""
    found: dict[str, dict[str, int | None]] = {}
    with ledger.read() as connection:
        for row in connection.rows(_ALL_SIGHTINGS):
            found.setdefault(row["model"], {})[row["alias"]] = row["version"]
    return found


def _add_sightings(connection: Connection, model: str, seen: Mapping[str, int | None]) -> None:
    known = {row["alias"]: row["version"] for row in connection.rows(_SIGHTINGS, model=model)} if seen else {}
    fresh = [
        {"model": model, "alias": alias, "version": version, "time": now()}
        for alias, version in seen.items()
        if known.get(alias) != version
    ]
    if fresh:
        connection.insert("alias_sightings", fresh)


def _last_moves(connection: Connection) -> dict[str, int]:
    return {row["model"]: row["n"] for row in connection.rows(_LAST_MOVES)}


_TRANSITIONS = (
    "SELECT transitions.*, transition_ends.status, transition_ends.note, transition_ends.time AS ended "
    "FROM transitions LEFT JOIN transition_ends ON transition_ends.transition = transitions.id "
)
_SIGHTINGS = (
    "SELECT alias, version FROM alias_sightings WHERE id IN "
    "(SELECT max(id) FROM alias_sightings WHERE model = :model GROUP BY alias)"
)
_ALL_SIGHTINGS = (
    "SELECT model, alias, version FROM alias_sightings WHERE id IN "
    "(SELECT max(id) FROM alias_sightings GROUP BY model, alias)"
)
_LAST_MOVES = (
    "SELECT transitions.model, max(transitions.id) + count(transition_ends.transition) AS n "
    "FROM transitions LEFT JOIN transition_ends ON transition_ends.transition = transitions.id "
    "GROUP BY transitions.model"
)
_ASKED = ("model", "version", "action", "target", "before", "user", "host", "reason", "time")


def _asked(transition: Transition) -> Row:
    return {name: getattr(transition, name) for name in _ASKED} | {"evidence": to_json(transition.evidence)}


def _transition(row: Row) -> Transition:
    given = {"status": row["status"] or "open", "note": row["note"] or "", "evidence": from_json(row["evidence"])}
    return Transition(**row | given)
