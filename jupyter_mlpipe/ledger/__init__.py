"""The ledger: facts about runs that are only ever added, in one SQL database.

``Ledger.open`` gives a ledger; each module of this package holds plain functions for one kind of fact: ``runs``,
``stages``, ``lineage``, ``gates``, ``registrations``, ``transitions``, ``profiles``, ``drift_reports``,
``performance``, ``usage``, ``findings``, ``events``, and, for coordination, ``leases``, ``outbox`` and ``requests``.

Not for bytes: values, outputs and their manifests live in the store.
"""

from __future__ import annotations

from jupyter_mlpipe.ledger.database import Ledger

__all__ = ["Ledger"]
