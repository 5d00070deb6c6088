"""Facts about what runs were expected to cost before they began. Not for expecting it (``costs.estimates``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from jupyter_mlpipe.ledger.columns import from_json, to_json
from jupyter_mlpipe.ledger.database import Ledger, now


@dataclass(frozen=True, kw_only=True)
class RunEstimate:
    """What a run was expected to cost: billionths of the currency."""

    run: str
    currency: str
    low: int
    expected: int
    high: int
    saved: int = 0
    """By what is cached."""
    unknown: Sequence[str] = ()
    """Stages without history or price."""
    time: float = field(default_factory=now)


def record_estimate(ledger: Ledger, estimate: RunEstimate) -> None:
    """Record it; the first one of a run stays."""
    row = asdict(estimate) | {"unknown": to_json(list(estimate.unknown))}
    with ledger.write() as connection:
        connection.insert("run_estimates", [row], ignore=True)


def estimate_of_run(ledger: Ledger, run: str) -> RunEstimate | None:
    """Return what was expected of a run; None where nobody asked."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT * FROM run_estimates WHERE run = :run", run=run)
    return RunEstimate(**rows[0] | {"unknown": tuple(from_json(rows[0]["unknown"]))}) if rows else None
