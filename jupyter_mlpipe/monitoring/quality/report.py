"""What was found of a model's quality: one row for each measure, window and segment. Not for finding it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.performance import PerformanceFact, record_performance

FORMAT = 1


@dataclass(frozen=True)
class QualityRow:
    """One measure of one window."""

    measure: str
    value: float | None
    """None where it cannot be said; the reason says why."""
    rows: int
    """That it rests on: with labels those that have one."""
    start: float | None = None
    """Seconds since the epoch (UTC); the window is half open."""
    end: float | None = None
    segment: str = ""
    """``column=value``; of a measure of fairness the column whose groups are compared; empty for all rows."""
    low: float | None = None
    """Ends of the 95 % interval; of an estimate those between which truth is expected."""
    high: float | None = None
    estimated: bool = False
    """Without labels."""
    labelled: float | None = None
    """Share of the window's rows that have a label."""
    reference: float | None = None
    """The same measure on the whole reference, from labels."""
    lowest: float | None = None
    """Ends of what is usual, from chunks of the reference; None where going further would be no worse."""
    highest: float | None = None
    breached: bool = False
    """Whether it is worse than usual."""
    holds: bool | None = None
    """Of an estimate whose truth is known by now: whether truth is in the band."""
    reason: str = ""
    """What there is to say, as a sentence without its full stop."""


@dataclass(frozen=True)
class QualityReport:
    """How well a model predicts, window by window."""

    model: str
    task: str
    rows: tuple[QualityRow, ...]
    reference_rows: int
    name: str = ""
    """Of the data."""
    assumptions: tuple[str, ...] = ()
    """What estimates take for granted."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def breaches(self) -> tuple[QualityRow, ...]:
        """The rows that are worse than usual."""
        return tuple(row for row in self.rows if row.breached)

    @property
    def breached(self) -> bool:
        """Whether anything is worse than usual."""
        return bool(self.breaches)

    @property
    def refuted(self) -> tuple[QualityRow, ...]:
        """The estimates that turned out wrong when labels came."""
        return tuple(row for row in self.rows if row.holds is False)

    def of(self, measure: str, *, segment: str = "", estimated: bool = False) -> tuple[QualityRow, ...]:
        """The rows of one measure, the earliest window first."""
        return tuple(
            row for row in self.rows if (row.measure, row.segment, row.estimated) == (measure, segment, estimated)
        )

    def frame(self) -> Any:
        """The rows as a pandas frame, with windows as times in UTC."""
        import pandas as pd

        found = pd.DataFrame([asdict(row) for row in self.rows], columns=list(QualityRow.__dataclass_fields__))
        for column in ("start", "end"):
            found[column] = pd.to_datetime(found[column].astype(float), unit="s", utc=True)
        return found

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; docs/reference/json.md names them."""
        return {
            "format": FORMAT,
            "model": self.model,
            "name": self.name,
            "task": self.task,
            "reference_rows": self.reference_rows,
            "breached": self.breached,
            "rows": [asdict(row) for row in self.rows],
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
            "options": dict(self.options),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> QualityReport:
        """The report that `to_json` gave these values for; names that it does not know are left out."""
        known = QualityRow.__dataclass_fields__
        rows = tuple(QualityRow(**{key: value for key, value in row.items() if key in known}) for row in data["rows"])
        return cls(
            data["model"],
            data["task"],
            rows,
            data["reference_rows"],
            data["name"],
            tuple(data["assumptions"]),
            tuple(data["notes"]),
            data["options"],
        )


def record(
    ledger: Ledger,
    report: QualityReport,
    *,
    version: int | None = None,
    owner: str | None = None,
    team: str | None = None,
) -> None:
    """Write a report's rows into the ledger, in one transaction.

    Parameters
    ----------
    ledger
        Where to.
    report
        Its model is written without what follows the ``@``.
    version
        Of the model, where it is known.
    owner, team
        Who is told of breaches.
    """
    model = report.model.rpartition("@")[0] or report.model
    record_performance(
        ledger,
        [
            PerformanceFact(
                model=model,
                version=version,
                name=report.name,
                measure=row.measure,
                segment=row.segment,
                window_start=row.start,
                window_end=row.end,
                rows=row.rows,
                labelled=row.labelled,
                value=row.value,
                low=row.low,
                high=row.high,
                reference=row.reference,
                estimated=row.estimated,
                breached=row.breached,
                facts={
                    key: value
                    for key, value in (
                        ("reason", row.reason),
                        ("threshold", [row.lowest, row.highest]),
                        ("holds", row.holds),
                    )
                    if value not in ("", None, [None, None])
                },
                owner=owner,
                team=team,
            )
            for row in report.rows
        ],
    )
