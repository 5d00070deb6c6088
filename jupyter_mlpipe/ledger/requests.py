"""What others ask of a run that goes on: that it ends.

A request is a fact like any other: who asked, from where, when. The run's own process looks for it some times while it
runs, on whatever host that is. Not for carrying a request out (``execution.walk``).
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlpipe.ledger.database import Ledger, now
from jupyter_mlpipe.ledger.processes import this_host, this_user
from jupyter_mlpipe.ledger.runs import unknown_run

CANCEL = "cancel"


@dataclass(frozen=True)
class Request:
    """Something that was asked of a run."""

    run: str
    request: str
    user: str
    host: str
    time: float
    """Seconds since the epoch."""


def ask_to_cancel(ledger: Ledger, run_id: str) -> bool:
    """Ask a run to end; return whether it had not ended yet. Who asked first stays on record.

    Raises
    ------
    UnknownRunError
        No run has this id.
    """
    request = {"run": run_id, "request": CANCEL, "user": this_user(), "host": this_host(), "time": now()}
    with ledger.write() as connection:
        found = connection.rows(_ENDED, run=run_id)
        if not found:
            raise unknown_run(run_id)
        if found[0]["status"] is not None:
            return False
        connection.insert("run_requests", [request], ignore=True)
    return True


def asked_to_cancel(ledger: Ledger, run_id: str) -> Request | None:
    """Return who asked a run to end, or None. Costs one look into an index."""
    with ledger.read() as connection:
        rows = connection.rows(
            "SELECT * FROM run_requests WHERE run = :run AND request = :request", run=run_id, request=CANCEL
        )
    return Request(**rows[0]) if rows else None


_ENDED = "SELECT run_ends.status FROM runs LEFT JOIN run_ends ON run_ends.run = runs.id WHERE runs.id = :run"
