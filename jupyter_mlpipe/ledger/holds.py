"""Facts about holds: what must stay whatever the rules say, for whom, and until when. Not for keeping it."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_mlpipe.ledger.database import Ledger, now
from jupyter_mlpipe.ledger.processes import this_host, this_user


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Somebody wants something kept."""

    subject: str
    """``run:RUN``, ``model:MODEL``, ``model:MODEL@3``, ``pipeline:GLOB`` or ``stage:PIPELINE/STAGE``."""
    reason: str
    user: str = field(default_factory=this_user)
    host: str = field(default_factory=this_host)
    time: float = field(default_factory=now)
    id: int = 0
    released: float | None = None
    """When it ended; None while it holds."""


def place_hold(ledger: Ledger, hold: Hold) -> int:
    """Record it; return its id."""
    row = {name: getattr(hold, name) for name in ("subject", "reason", "user", "host", "time")}
    with ledger.write(durable=True) as connection:
        return connection.insert_one("holds", row)


def release_hold(ledger: Ledger, identifier: int, reason: str) -> bool:
    """Record that it holds no more; False where it did not."""
    known = {hold.id for hold in holds(ledger) if hold.released is None}
    if identifier not in known:
        return False
    row = {"hold": identifier, "reason": reason, "user": this_user(), "host": this_host(), "time": now()}
    with ledger.write(durable=True) as connection:
        connection.insert("hold_ends", [row], ignore=True)
    return True


def holds(ledger: Ledger) -> list[Hold]:
    """Return all holds, those that ended too, oldest first."""
    query = """
    SELECT holds.*, hold_ends.time AS released FROM holds LEFT JOIN hold_ends ON hold_ends.hold = holds.id
    ORDER BY holds.id
    """
    with ledger.read() as connection:
        return [Hold(**row) for row in connection.rows(query)]
