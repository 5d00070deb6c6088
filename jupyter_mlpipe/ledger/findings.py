"""What runs have proved about code that static reading could not see, kept by the code's digest.

A finding is a small JSON object, such as ``{"kind": "writes", "location": "df"}``: its meaning is ``execution``'s. It
holds for the code wherever that stands, so it outlives renamed stages and moved cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


def remember(ledger: Ledger, code_digest: str, *findings: Mapping[str, Any]) -> None:
    """Add findings about a unit's code. One that is known already is not added again."""
    if not findings:
        return
    time = now()
    facts = [{"code_digest": code_digest, "finding": to_json(finding), "time": time} for finding in findings]
    with ledger.write() as connection:
        connection.insert("findings", facts, ignore=True)


def recall(ledger: Ledger, code_digests: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the findings about each unit's code, oldest first; units without findings are left out."""
    wanted = list(dict.fromkeys(code_digests))
    found: dict[str, list[dict[str, Any]]] = {}
    query = (
        "SELECT code_digest, finding FROM findings WHERE code_digest IN :digests ORDER BY code_digest, time, finding"
    )
    if not wanted:
        return found
    with ledger.read() as connection:
        for start in range(0, len(wanted), 500):
            for row in connection.rows(query, digests=wanted[start : start + 500]):
                found.setdefault(row["code_digest"], []).append(from_json(row["finding"]))
    return found
