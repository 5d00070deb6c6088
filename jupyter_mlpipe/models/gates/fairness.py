"""Fairness: how differently a model treats groups of people. The figures are fairlearn's.

Groups are the values of one column, or the combinations of several (``by=(sex, age_group)``). A group of fewer than
``min_group`` rows says nothing and is left out of the figure; the evidence names it. Intervals hold for all groups at
once (``group_rates`` says how). Definitions: M. Hardt, E. Price, N. Srebro, *Equality of opportunity in supervised
learning*, NIPS 2016; A. Agarwal et al., *A reductions approach to fair classification*, ICML 2018.

Not for repairing a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates.estimates import Estimate, json_value
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.models.gates.performance import CONFIDENCE, POSITIVE, RESAMPLES, TRUTH
from jupyter_mlpipe.statistics import bootstrap, group_rates
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.columns import codes, positives, same_length
from jupyter_mlpipe.statistics.group_rates import (
    FALSE_POSITIVE,
    RATES,
    SELECTION,
    TRUE_POSITIVE,
    Rate,
    counted,
    draws,
    rates,
)
from jupyter_mlpipe.statistics.intervals import Interval

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence

MOST_GROUPS = 500
_INTERVAL = "simultaneous over groups, from the Bayesian bootstrap of counts"


@dataclass(frozen=True)
class Grouped:
    """Rows counted by group, truth and prediction."""

    names: tuple[str, ...]
    """Of the groups that count: ``sex=female, age=young``."""
    cells: Array
    """Shape (groups, 2, 2)."""
    small: Mapping[str, int]
    """Rows of the groups that are too small to count."""

    def table(self) -> list[dict[str, Any]]:
        """For each group its rows and rates, as JSON."""
        columns = {rate.name: rates(self.cells, rate) for rate in RATES[:3]}
        return [
            {
                "group": name,
                "rows": int(self.cells[index].sum()),
                "positive": int(self.cells[index, 1].sum()),
                **{rate: json_value(float(values[index])) for rate, values in columns.items()},
            }
            for index, name in enumerate(self.names)
        ]


def grouped(taken: Mapping[str, Taken]) -> Grouped:
    """Count what a fairness measure is given.

    Raises
    ------
    UnmeasurableError
        Columns of different length, with missing values or without a known positive label; too many groups.
    """
    import numpy as np

    truth, predicted = taken["y_true"].column(), taken["y_pred"].column()
    columns = [(item, item.column()) for item in taken["by"].value]
    arrays = [(taken["y_true"].text, truth), (taken["y_pred"].text, predicted)]
    same_length(*arrays, *((item.text, column) for item, column in columns))
    true, chosen = positives(arrays, taken["positive"].value)
    number: Array = np.zeros(len(truth), dtype=np.intp)
    names = [""]
    for item, column in columns:
        labels, (rows,) = codes(column)
        label = item.text.rpartition(".")[2].strip("\"'")
        combined = number * len(labels) + rows
        present, number = np.unique(combined, return_inverse=True)
        names = [
            ", ".join(filter(None, (names[at // len(labels)], f"{label}={labels[at % len(labels)]}"))) for at in present
        ]
    cells = counted(number, true, chosen, len(names))
    rows_of = cells.sum(axis=(1, 2))
    large = rows_of >= int(taken["min_group"].value)
    if large.sum() > MOST_GROUPS:
        raise UnmeasurableError(
            f"{taken['by'].text} makes {int(large.sum()):,} groups; {MOST_GROUPS} can be compared",
            hint="cut numbers such as ages into bands",
        )
    small = {name: int(rows) for name, rows, kept in zip(names, rows_of, large, strict=True) if not kept}
    return Grouped(tuple(name for name, kept in zip(names, large, strict=True) if kept), cells[large], small)


@dataclass(frozen=True)
class _Rated:
    """Rates of the groups that have them, with resamples."""

    found: list[Array]
    resampled: list[Array]
    names: list[list[str]]
    """For each rate, the groups."""
    evidence: dict[str, Any]


def _rated(data: Grouped, taken: Mapping[str, Taken], wanted: Sequence[Rate], fewest: int) -> _Rated:
    import numpy as np

    least = int(taken["min_group"].value)
    resamples = int(taken["resamples"].value)
    cells = draws(data.cells, resamples, bootstrap.seed_of(data.cells, [rate.name for rate in wanted]))
    evidence: dict[str, Any] = {
        "groups": data.table(),
        "left_out": [{"group": name, "rows": rows} for name, rows in list(data.small.items())[:MOST_GROUPS]],
        "min_group": least,
        "resamples": resamples,
        "interval": _INTERVAL,
    }
    result = _Rated([], [], [], evidence)
    for rate in wanted:
        values = rates(data.cells, rate)
        known = ~np.isnan(values)
        if known.sum() < fewest:
            raise UnmeasurableError(_too_few(data, rate, int(known.sum()), least, taken))
        undefined = [name for name, has in zip(data.names, known, strict=True) if not has]
        if undefined:
            evidence.setdefault("undefined", {})[rate.name] = undefined
        result.found.append(values[known])
        result.resampled.append(rates(cells, rate)[:, known])
        result.names.append([name for name, has in zip(data.names, known, strict=True) if has])
    return result


def _too_few(data: Grouped, rate: Rate, known: int, least: int, taken: Mapping[str, Taken]) -> str:
    by = taken["by"].text
    if len(data.names) > known:
        which = "positive" if rate.truth else "negative"
        return f"{known} of {len(data.names)} groups of {by} have {which} rows; a comparison needs two"
    small = ", ".join(f"{name} has {rows}" for name, rows in list(data.small.items())[:5])
    what = f" ({small})" if small else ""
    return (
        f"{known} of {known + len(data.small)} groups of {by} have {least} rows or more{what}; a comparison needs two"
    )


def _note(data: Grouped, rated: _Rated, pair: tuple[int, int, int] | None) -> str:
    said = []
    if pair is not None:
        rate, low, high = pair
        values, names = rated.found[rate], rated.names[rate]
        said.append(f"from {values[low]:.3g} for {names[low]} to {values[high]:.3g} for {names[high]}")
    if data.small:
        said.append(f"left out as too small: {', '.join(list(data.small)[:5])}{' …' if len(data.small) > 5 else ''}")
    return "; ".join(said)


def _comparison(name: str, doc: str, wanted: Sequence[Rate], *, as_ratio: bool) -> Measure:
    def call(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
        del evidence
        data = grouped(taken)
        rated = _rated(data, taken, wanted, fewest=2)
        for values, rate in zip(rated.found, wanted, strict=True):
            if as_ratio and not values.any():
                raise UnmeasurableError(f"the {rate.name} of every group is zero, so there is no ratio")
        figure: Callable[..., Interval] = group_rates.ratio if as_ratio else group_rates.difference
        confidence = float(taken["confidence"].value)
        found = figure(rated.found, rated.resampled, confidence)
        spread = [value.min() / value.max() if as_ratio else value.min() - value.max() for value in rated.found]
        worst = int(min(range(len(spread)), key=spread.__getitem__))
        pair = (worst, int(rated.found[worst].argmin()), int(rated.found[worst].argmax()))
        facts = {**rated.evidence, "rate": wanted[worst].name}
        return Estimate(*found, None, facts, confidence, _note(data, rated, pair))

    return Measure(name, doc, _PARAMETERS, call)


def _single(rate: Rate) -> Measure:
    def call(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
        del evidence
        data = grouped(taken)
        rated = _rated(data, taken, [rate], fewest=1)
        confidence = float(taken["confidence"].value)
        spreads = group_rates.each(rated.found[0], rated.resampled[0], confidence)
        overall = float(rates(data.cells.sum(axis=0, keepdims=True), rate)[0])
        facts = dict(rated.evidence)
        facts["intervals"] = [
            {"group": name, "value": item.value, "low": item.low, "high": item.high}
            for name, item in zip(rated.names[0], spreads, strict=True)
        ]
        low, high = min(item.low for item in spreads), max(item.high for item in spreads)
        pair = (0, int(rated.found[0].argmin()), int(rated.found[0].argmax()))
        return Estimate(overall, low, high, None, facts, confidence, _note(data, rated, pair))

    return Measure(rate.name, f"{rate.doc}, in every group", _PARAMETERS, call)


_PARAMETERS = (
    TRUTH,
    Parameter("y_pred", "value", "predicted labels, one a row"),
    Parameter("by", "columns", "the group of each row; of several columns, their combinations"),
    POSITIVE,
    Parameter("min_group", "number", "rows that a group needs to count", 30, within=(1, 1_000_000_000), whole=True),
    CONFIDENCE,
    RESAMPLES,
)
_ODDS = (TRUE_POSITIVE, FALSE_POSITIVE)

MEASURES = (
    _comparison("demographic_parity_difference", "highest less lowest selection rate", (SELECTION,), as_ratio=False),
    _comparison("demographic_parity_ratio", "lowest by highest selection rate", (SELECTION,), as_ratio=True),
    _comparison("equalized_odds_difference", "greater difference of the two error rates", _ODDS, as_ratio=False),
    _comparison("equalized_odds_ratio", "smaller ratio of the two error rates", _ODDS, as_ratio=True),
    _comparison(
        "equal_opportunity_difference", "highest less lowest true positive rate", (TRUE_POSITIVE,), as_ratio=False
    ),
    _comparison("equal_opportunity_ratio", "lowest by highest true positive rate", (TRUE_POSITIVE,), as_ratio=True),
    *(_single(rate) for rate in RATES),
)
