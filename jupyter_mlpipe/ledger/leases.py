"""Leases: at most one holder for a key at a time, over processes and hosts.

A lease that is not renewed expires and may be taken over. One whose holder's process has ended on this machine is taken
over at once: nobody waits for the dead. Every decision is one atomic statement, judged by the ledger's clock.

A lease keeps two from doing the same work at once; it does not make work happen once. Publication does (``store``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_mlpipe.ledger.database import Connection, Ledger
from jupyter_mlpipe.ledger.processes import has_ended, this_machine, this_process


@dataclass(frozen=True)
class Lease:
    """A lease that is held."""

    key: str
    holder: str
    machine: str
    process: str
    acquired: float
    expires: float


def acquire(ledger: Ledger, key: str, holder: str, ttl: float) -> bool:
    """Take the lease on ``key`` for ``ttl`` seconds; return whether ``holder`` has it now.

    A holder that has it already gets it renewed.
    """
    with ledger.write() as connection:
        clock = connection.clock()
        given = {
            "key": key,
            "holder": holder,
            "machine": this_machine(),
            "process": this_process(),
            "clock": clock,
            "expires": clock + ttl,
        }
        if connection.execute(_ACQUIRE, **given):
            return True
        blocking = _lease(connection, key)
        if blocking is None or not has_ended(blocking.machine, blocking.process):
            return False
        # Only the very lease that we saw: it may have changed hands since.
        seen = {"seen_process": blocking.process, "seen_holder": blocking.holder, "seen_expires": blocking.expires}
        return bool(connection.execute(_TAKE_OVER, **given, **seen))


def renew(ledger: Ledger, keys: str | Iterable[str], holder: str, ttl: float) -> bool:
    """Hold one or several leases for ``ttl`` seconds from now; return whether all were still the holder's.

    A lease that has expired but that nobody took over is renewed too.
    """
    wanted = [keys] if isinstance(keys, str) else list(dict.fromkeys(keys))
    if not wanted:
        return True
    with ledger.write() as connection:
        statement = "UPDATE leases SET expires = :expires WHERE key IN :keys AND holder = :holder"
        changed = connection.execute(statement, expires=connection.clock() + ttl, keys=wanted, holder=holder)
    return changed == len(wanted)


def release(ledger: Ledger, key: str, holder: str) -> bool:
    """Give the lease back; return whether it was the holder's."""
    with ledger.write() as connection:
        return bool(
            connection.execute("DELETE FROM leases WHERE key = :key AND holder = :holder", key=key, holder=holder)
        )


def release_all(ledger: Ledger, holder: str) -> int:
    """Give back every lease of a holder; return how many there were."""
    with ledger.write() as connection:
        return connection.execute("DELETE FROM leases WHERE holder = :holder", holder=holder)


def holder_of(ledger: Ledger, key: str) -> str | None:
    """Return who holds the lease, or None where it is free, has expired, or its process has ended."""
    with ledger.read() as connection:
        found = _lease(connection, key)
        clock = connection.clock()
    return found.holder if found and found.expires > clock and not has_ended(found.machine, found.process) else None


def held(ledger: Ledger) -> list[Lease]:
    """Return all leases that have not expired."""
    with ledger.read() as connection:
        clock = connection.clock()
        return [Lease(**row) for row in connection.rows("SELECT * FROM leases WHERE expires > :clock", clock=clock)]


_ACQUIRE = """
INSERT INTO leases (key, holder, machine, process, acquired, expires)
VALUES (:key, :holder, :machine, :process, :clock, :expires)
ON CONFLICT (key) DO UPDATE
SET holder = excluded.holder, machine = excluded.machine, process = excluded.process,
    acquired = CASE WHEN leases.holder = excluded.holder THEN leases.acquired ELSE excluded.acquired END,
    expires = excluded.expires
WHERE leases.holder = excluded.holder OR leases.expires <= :clock
"""
_TAKE_OVER = """
UPDATE leases
SET holder = :holder, machine = :machine, process = :process, acquired = :clock, expires = :expires
WHERE key = :key AND holder = :seen_holder AND process = :seen_process AND expires = :seen_expires
"""


def _lease(connection: Connection, key: str) -> Lease | None:
    rows = connection.rows("SELECT * FROM leases WHERE key = :key", key=key)
    return Lease(**rows[0]) if rows else None
