"""Takes drift reports that stages' gates made to the ledger, in the courier: hooks write nothing themselves.

Not for comparing (``drift``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.drift_reports import DriftFact, drift_reports, record_drift
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.monitoring.alerts.spawning import spawn_watch
from jupyter_mlpipe.settings import Settings

RECORD = "drift_report"
"""The kind of its messages; their payload is a `DriftFact` as JSON."""


class DriftRecorder:
    """Records the drift reports of runs."""

    kinds: ClassVar[frozenset[str]] = frozenset({RECORD})

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger

    def deliver(self, messages: Sequence[Message]) -> None:
        """Record what is not on record yet."""
        for message in messages:
            fact = DriftFact(**message.payload)
            known = drift_reports(self._ledger, run=fact.run, name=fact.name, with_report=False)
            if not any(_same(fact, item) for item in known):
                record_drift(self._ledger, [fact])
        spawn_watch(self._settings)

    def answers(self) -> bool:
        """The ledger is where the messages are."""
        return True


def _same(one: DriftFact, other: DriftFact) -> bool:
    return (one.stage, one.reference, one.profile) == (other.stage, other.reference, other.profile)
