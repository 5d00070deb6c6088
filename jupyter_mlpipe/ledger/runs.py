"""Facts about runs: one when a run starts, one when it ends.

Not for what its stages did (``stages``), nor for carrying a run out (``execution``).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.errors import UnknownRunError, UsageError
from jupyter_mlpipe.ledger.columns import from_json, to_json, to_json_or_none
from jupyter_mlpipe.ledger.database import Ledger, Row, insertion, now
from jupyter_mlpipe.ledger.processes import this_host, this_user

STATUSES = ("running", "done", "failed", "refused", "cancelled", "interrupted")
"""``interrupted``: the runner ended without recording an end; whoever notices records it."""

LIVE_KERNEL = "live kernel"
"""The door of what a notebook's own kernel does, which is a run, too."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(f"[{_ALPHABET}]{{18}}")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a pipeline."""

    id: str
    pipeline: str
    notebook: str
    """Path of the source notebook."""
    notebook_digest: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the run was asked for besides parameters: chosen stages, ``--force``, the door it came through."""
    started: float = 0.0
    """Seconds since the epoch."""
    user: str = ""
    host: str = ""
    pid: int = 0
    cluster: str | None = None
    git_commit: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    team: str | None = None
    resumed: str | None = None
    """Id of the run that this one resumes."""
    executed: str | None = None
    """Path of the executed notebook."""
    escalate: Sequence[str] = ()
    """Whom to tell after the owner, in order."""
    status: str = "running"
    ended: float | None = None
    seconds: float | None = None
    error: Mapping[str, Any] | None = None


def new_run_id() -> str:
    """Return a new id: 18 lower-case letters and digits that sort by time (milliseconds), then by chance."""
    stamp = (time.time_ns() // 1_000_000) << 40 | int.from_bytes(os.urandom(5), "big")
    return "".join(_ALPHABET[stamp >> shift & 31] for shift in range(85, -5, -5))


def checked_run_id(text: str) -> str:
    """Return an id that :func:`new_run_id` can have made.

    Raises
    ------
    UsageError
        It cannot.
    """
    if not _ID.fullmatch(text):
        raise UsageError(f"{text!r} is not a run's id", hint="let the run choose one", run=text)
    return text


def start_run(
    ledger: Ledger,
    *,
    pipeline: str,
    notebook: str,
    notebook_digest: str,
    parameters: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    cluster: str | None = None,
    git_commit: str | None = None,
    versions: Mapping[str, str] | None = None,
    owner: str | None = None,
    team: str | None = None,
    resumed: str | None = None,
    executed: str | None = None,
    escalate: Sequence[str] = (),
    run_id: str | None = None,
) -> Run:
    """Record that a run starts, with this process's user, host and id.

    Returns
    -------
    Run
        With a new id unless ``run_id`` is given, and status ``running``.

    Raises
    ------
    UsageError
        A run has this id already.
    """
    started = Run(
        id=run_id or new_run_id(),
        pipeline=pipeline,
        notebook=notebook,
        notebook_digest=notebook_digest,
        parameters=parameters or {},
        options=options or {},
        started=now(),
        user=this_user(),
        host=this_host(),
        pid=os.getpid(),
        cluster=cluster,
        git_commit=git_commit,
        versions=versions or {},
        owner=owner,
        team=team,
        resumed=resumed,
        executed=executed,
        escalate=tuple(escalate),
    )
    fact = {name: getattr(started, name) for name in _STARTED}
    fact |= {name: to_json(fact[name]) for name in ("parameters", "options", "versions")}
    fact["escalate"] = to_json(list(escalate)) if escalate else None
    with ledger.write() as connection:
        added = connection.execute(insertion("runs", list(fact), ignore=True), **fact)
    if not added:
        raise UsageError(
            f"there is a run {started.id} already", hint="let the new run choose an id of its own", run=started.id
        )
    return started


def finish_run(ledger: Ledger, run_id: str, status: str, error: Mapping[str, Any] | None = None) -> Run:
    """Record how a run ended. A run ends once: where an end is recorded already, that one stands.

    Raises
    ------
    UnknownRunError
        No run has this id.
    ValueError
        ``status`` is not one that a run ends with.
    """
    if status not in STATUSES[1:]:
        raise ValueError(f"a run does not end as {status!r}")
    with ledger.write() as connection:
        found = connection.rows("SELECT started FROM runs WHERE id = :id", id=run_id)
        if not found:
            raise unknown_run(run_id)
        ended = now()
        fact = {
            "run": run_id,
            "status": status,
            "ended": ended,
            "seconds": max(0.0, ended - found[0]["started"]),
            "error": to_json_or_none(error),
        }
        connection.insert("run_ends", [fact], ignore=True)
        rows = connection.rows(f"{_SELECT} WHERE runs.id = :id", id=run_id)
    return _run(rows[0])


def run(ledger: Ledger, run_id: str) -> Run:
    """Return the run with this id, or with an id that begins so, if only one does.

    Raises
    ------
    UnknownRunError
        No run has this id, or several ids begin so.
    """
    with ledger.read() as connection:
        rows = connection.rows(f"{_SELECT} WHERE runs.id = :id", id=run_id)
        if not rows and run_id:
            query = f"{_SELECT} WHERE substr(runs.id, 1, :length) = :id ORDER BY runs.id LIMIT 2"
            rows = connection.rows(query, id=run_id, length=len(run_id))
    if len(rows) > 1:
        raise UnknownRunError(f"more than one run's id begins with {run_id!r}", hint="give more of the id", run=run_id)
    if not rows:
        raise unknown_run(run_id)
    return _run(rows[0])


def runs(
    ledger: Ledger,
    pipeline: str | None = None,
    *,
    notebook: str | None = None,
    status: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> list[Run]:
    """Return runs, newest first.

    Parameters
    ----------
    pipeline
        Only runs of this pipeline.
    notebook
        Only runs of the notebook at this path, as runs have it.
    status
        Only runs with this status.
    limit
        At most so many.
    before
        Only runs older than the one with this id, for the next page.
    """
    conditions = ["1 = 1"]
    given: dict[str, Any] = {"limit": limit}
    if pipeline is not None:
        conditions.append("runs.pipeline = :pipeline")
        given["pipeline"] = pipeline
    if notebook is not None:
        conditions.append("runs.notebook = :notebook")
        given["notebook"] = notebook
    if status is not None:
        conditions.append("coalesce(run_ends.status, 'running') = :status")
        given["status"] = status
    if before is not None:
        conditions.append("runs.id < :before")
        given["before"] = before
    with ledger.read() as connection:
        rows = connection.rows(
            f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY runs.id DESC LIMIT :limit", **given
        )
    return [_run(row) for row in rows]


def pipelines(ledger: Ledger) -> list[str]:
    """Return the names of all pipelines that ever ran, sorted."""
    with ledger.read() as connection:
        return [row["pipeline"] for row in connection.rows("SELECT DISTINCT pipeline FROM runs ORDER BY pipeline")]


_STARTED = (
    "id", "pipeline", "notebook", "notebook_digest", "parameters", "options", "started", "user", "host", "pid",
    "cluster", "git_commit", "versions", "owner", "team", "resumed", "executed", "escalate",
)  # fmt: skip
_SELECT = (
    "SELECT runs.*, coalesce(run_ends.status, 'running') AS status, run_ends.ended, run_ends.seconds, run_ends.error "
    "FROM runs LEFT JOIN run_ends ON run_ends.run = runs.id"
)


def _run(row: Row) -> Run:
    read = {name: from_json(row[name]) for name in ("parameters", "options", "versions", "error")}
    return Run(**row | read | {"escalate": tuple(from_json(row["escalate"]) or ())})


def unknown_run(run_id: str) -> UnknownRunError:
    """The error for an id that no run has."""
    return UnknownRunError(f"no run has the id {run_id!r}", hint="`mlpipe runs` lists them", run=run_id)
