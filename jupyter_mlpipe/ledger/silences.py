"""Silences: for a while, nobody is told of alerts on some subjects. The alerts are recorded all the same.

Not for deciding whom to tell (``monitoring.alerts.routing``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase

from jupyter_mlpipe.errors import UnknownAlertError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.processes import this_host, this_user


@dataclass(frozen=True)
class Silence:
    """For a while, nobody is told of some alerts."""

    id: str
    subject: str
    """A glob, such as ``flight-delays/*``."""
    rule: str
    """A glob; ``*`` for all."""
    reason: str
    starts: float
    """Seconds since the epoch."""
    ends: float
    user: str
    host: str

    def covers(self, rule: str, subject: str) -> bool:
        """Whether alerts of this rule on this subject are silenced."""
        return fnmatchcase(subject, self.subject) and fnmatchcase(rule, self.rule)


def silence(
    ledger: Ledger, subject: str, seconds: float, *, rule: str = "*", reason: str = "", user: str | None = None
) -> Silence:
    """Silence alerts on subjects that match a glob, from now on for some seconds."""
    with ledger.write() as connection:
        starts = connection.clock()
        made = Silence(
            os.urandom(4).hex(), subject, rule, reason, starts, starts + seconds, user or this_user(), this_host()
        )
        connection.insert("silences", [{**made.__dict__}])
    return made


def unsilence(ledger: Ledger, identifier: str, *, user: str | None = None) -> Silence:
    """End a silence early; return it. Ending it twice changes nothing.

    Raises
    ------
    UnknownAlertError
        No silence has this id, or more than one has an id that begins so.
    """
    with ledger.write() as connection:
        query = "SELECT * FROM silences WHERE substr(id, 1, :length) = :id LIMIT 2"
        rows = connection.rows(query, id=identifier, length=len(identifier)) if identifier else []
        if len(rows) != 1:
            problem = f"more than one silence's id begins with {identifier!r}" if rows else None
            raise UnknownAlertError(
                problem or f"no silence has the id {identifier!r}",
                hint="`mlpipe alerts list` shows the silences",
                silence=identifier,
            )
        found = Silence(**rows[0])
        end = {"silence": found.id, "user": user or this_user(), "host": this_host(), "time": connection.clock()}
        connection.insert("silence_ends", [end], ignore=True)
    return found


def silences(ledger: Ledger) -> list[Silence]:
    """Return the silences in force, the first to end first."""
    with ledger.read() as connection:
        rows = connection.rows(_IN_FORCE, clock=connection.clock())
    return [Silence(**row) for row in rows]


_IN_FORCE = """
SELECT silences.* FROM silences LEFT JOIN silence_ends ON silence_ends.silence = silences.id
WHERE silences.ends > :clock AND silence_ends.silence IS NULL ORDER BY silences.ends
"""
