"""What a comparison says: of each measure, each column, and the data as a whole. Values only, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from jupyter_mlpipe.errors import DriftOptionError
from jupyter_mlpipe.notebook.suggest import nearest

Finding = Literal[
    "none",
    "shift",
    "scale",
    "nulls",
    "new-values",
    "missing-values",
    "new-column",
    "missing-column",
    "type",
    "too-few",
    "not-compared",
]
"""``scale``: every quantile by the same factor, as after a change of unit. ``nulls``: infinities, too."""

MINIMUM_EFFECTS: Mapping[str, float] = MappingProxyType(
    {
        "psi": 0.1,
        "js_distance": 0.1,
        "wasserstein": 0.1,
        "ks": 0.1,
        "cramers_v": 0.1,
        "l_infinity": 0.1,
        "null_rate": 0.02,
        "infinite_rate": 0.005,
        "mixed_rate": 0.005,
        "unseen": 0.01,
        "missing": 0.02,
    }
)
"""What is too small to matter, however sure it is: PSI as usual for scorecards, 0.1 standard deviations or shares."""


@dataclass(frozen=True)
class DriftOptions:
    """What is compared, and when it is drift."""

    alpha: float = 0.01
    """How often a whole report may call unchanged data drifted."""
    minimum_rows: int = 100
    """Fewer rows, or values of a column, are not judged."""
    minimum_effect: Mapping[str, float] = field(default_factory=dict)
    """By measure, instead of `MINIMUM_EFFECTS`."""
    columns: tuple[str, ...] | None = None
    """Only these; all that are in either where None."""
    ignore: tuple[str, ...] = ()
    importance: Mapping[str, float] = field(default_factory=dict)
    """Of columns to the model: findings are ranked by it, too."""

    def __post_init__(self) -> None:
        """Raise `DriftOptionError` where something is out of range, or a measure is not known."""
        if not 0 < self.alpha < 1:
            raise DriftOptionError(f"alpha is {self.alpha}", hint="give a rate between 0 and 1, such as 0.01")
        if self.minimum_rows < 1:
            raise DriftOptionError(f"minimum_rows is {self.minimum_rows}", hint="at least one row is needed")
        for measure, least in self.minimum_effect.items():
            if measure not in MINIMUM_EFFECTS:
                raise DriftOptionError(
                    f"there is no measure {measure!r}", hint=nearest(measure, [*MINIMUM_EFFECTS], "measures are")
                )
            if not least >= 0:
                raise DriftOptionError(
                    f"the least effect of {measure} is {least}", hint="an effect that counts is 0 or more"
                )

    def least(self, measure: str) -> float:
        """The least effect of a measure that counts."""
        return float(self.minimum_effect.get(measure, MINIMUM_EFFECTS[measure]))


@dataclass(frozen=True)
class Statistic:
    """One measure of a column."""

    name: str
    value: float
    threshold: float
    """What it must exceed: the least effect that counts, or what chance reaches, whichever is greater."""
    drifted: bool
    p_value: float | None = None
    effect: bool = True
    """It is an effect size: it does not grow with the number of rows."""


@dataclass(frozen=True)
class ColumnDrift:
    """What is said of a column."""

    column: str
    kind: str
    drifted: bool = False
    finding: Finding = "none"
    effect: float = 0.0
    """From 0 to 1, comparable over columns: Jensen-Shannon distance, or the share of rows that a finding is about."""
    statistics: tuple[Statistic, ...] = ()
    reasons: tuple[str, ...] = ()
    """Whole sentences."""
    importance: float | None = None

    def statistic(self, name: str) -> Statistic | None:
        """A measure by its name."""
        return next((item for item in self.statistics if item.name == name), None)


@dataclass(frozen=True)
class DriftReport:
    """What is said of a data set."""

    name: str
    drifted: bool
    columns: tuple[ColumnDrift, ...]
    """Those that drifted first, by effect and importance."""
    reasons: tuple[str, ...] = ()
    rows: int = 0
    reference_rows: int = 0
    start: float | None = None
    """Of the window, seconds since the epoch; half open."""
    end: float | None = None
    segments: Mapping[str, DriftReport] = field(default_factory=dict)
    """By ``column=value``."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def drifted_columns(self) -> tuple[ColumnDrift, ...]:
        """Those that drifted, the most important first."""
        return tuple(column for column in self.columns if column.drifted)

    def column(self, name: str) -> ColumnDrift | None:
        """What is said of a column."""
        return next((item for item in self.columns if item.column == name), None)

    def to_json(self) -> dict[str, Any]:
        """JSON values; see `from_json`."""
        document = asdict(self) | {"segments": {name: part.to_json() for name, part in self.segments.items()}}
        document["options"] = dict(self.options)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> DriftReport:
        """Read what `to_json` gave."""
        columns = tuple(
            ColumnDrift(
                **column
                | {
                    "statistics": tuple(Statistic(**item) for item in column["statistics"]),
                    "reasons": tuple(column["reasons"]),
                }
            )
            for column in document["columns"]
        )
        segments = {name: cls.from_json(part) for name, part in document["segments"].items()}
        return cls(**{**document, "columns": columns, "segments": segments, "reasons": tuple(document["reasons"])})
