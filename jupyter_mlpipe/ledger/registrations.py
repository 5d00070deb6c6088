"""Facts about registered models: which value of which stage became which version, or why it did not.

The registry itself is MLflow's; what stands here is what we did there, so that lineage and history can be asked without
it. Not for what became of a version later (``transitions``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json, to_json_or_none
from jupyter_mlpipe.ledger.database import Ledger, Row, now
from jupyter_mlpipe.ledger.file_uses import chunks
from jupyter_mlpipe.ledger.processes import this_user


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A model that was handed to the registry."""

    model: str
    version: int | None
    """None where it was refused."""
    name: str
    """The notebook's name of the value."""
    content: str
    """Digest of the value, as lineage knows it."""
    run: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    key: str | None = None
    """The stage's key."""
    digest: str | None = None
    """Of the files in the registry."""
    flavor: str | None = None
    safe: bool = True
    """False: loading it runs a pickle."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """``metrics``, ``parameters``, ``inputs``, ``environment``, ``signature``, ``owner``, ``team``."""
    error: Mapping[str, Any] | None = None
    """Why it was refused."""
    user: str = field(default_factory=this_user)
    time: float = field(default_factory=now)
    id: int = 0


def record_registration(ledger: Ledger, registration: Registration) -> None:
    """Record it; a version that is on record already stays as it is."""
    values = asdict(registration)
    del values["id"]
    values |= {"facts": to_json(registration.facts), "error": to_json_or_none(registration.error)}
    with ledger.write() as connection:
        connection.insert("registrations", [values], ignore=True)


def registration(ledger: Ledger, model: str, version: int) -> Registration | None:
    """Return what is on record of a version, or None."""
    return next(
        iter(_select(ledger, "WHERE model = :model AND version = :version", model=model, version=version)), None
    )


def registrations(ledger: Ledger, model: str | None = None) -> list[Registration]:
    """Return all registrations, or those of one model, newest first; those that were refused too."""
    if model is None:
        return _select(ledger, "ORDER BY id DESC")
    return _select(ledger, "WHERE model = :model ORDER BY id DESC", model=model)


def registrations_of_content(ledger: Ledger, content: str) -> list[Registration]:
    """Return the registrations of a value, by its digest."""
    return _select(ledger, "WHERE content = :content ORDER BY id", content=content)


def registrations_of_run(ledger: Ledger, run_id: str) -> list[Registration]:
    """Return what a run registered."""
    return _select(ledger, "WHERE run = :run ORDER BY id", run=run_id)


def registered_models(ledger: Ledger) -> list[str]:
    """Return the names of all models that have a version, sorted."""
    with ledger.read() as connection:
        return [row["model"] for row in connection.rows(_MODELS)]


def registering_runs(ledger: Ledger) -> list[str]:
    """Return the runs that registered something, newest first."""
    query = "SELECT DISTINCT run FROM registrations WHERE run IS NOT NULL ORDER BY run DESC"
    with ledger.read() as connection:
        return [row["run"] for row in connection.rows(query)]


def registrations_of_contents(ledger: Ledger, contents: Collection[str]) -> list[Registration]:
    """Return the registrations of many values, by their digests."""
    found = []
    for some in chunks(contents):
        found += _select(ledger, "WHERE content IN :contents ORDER BY id", contents=some)
    return found


_MODELS = """
WITH RECURSIVE names(model) AS (
    SELECT min(model) FROM registrations
    UNION ALL
    SELECT (SELECT min(model) FROM registrations WHERE model > names.model) FROM names WHERE names.model IS NOT NULL
)
SELECT model FROM names WHERE model IS NOT NULL
"""


def _select(ledger: Ledger, condition: str, **values: Any) -> list[Registration]:
    with ledger.read() as connection:
        rows = connection.rows(f"SELECT * FROM registrations {condition}", **values)  # noqa: S608 - words of our own
    return [_registration(row) for row in rows]


def _registration(row: Row) -> Registration:
    given = row | {"safe": bool(row["safe"]), "facts": from_json(row["facts"]), "error": from_json(row["error"])}
    return Registration(**given)
