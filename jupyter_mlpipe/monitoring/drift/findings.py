"""What happened to a column, in words: a change of unit, new values, a wave of nulls, a shift with its direction.

Not for whether it is drift (``measuring``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_mlpipe.monitoring.drift.measuring import Measured
from jupyter_mlpipe.monitoring.drift.report import ColumnDrift, DriftOptions, Finding, Statistic
from jupyter_mlpipe.monitoring.drift.units import change_of_unit
from jupyter_mlpipe.monitoring.profiles import ORDERED, ColumnProfile

WORDS: Mapping[str, str] = {
    "psi": "PSI",
    "wasserstein": "Wasserstein",
    "ks": "KS",
    "js_distance": "JS",
    "cramers_v": "Cramér's V",
    "l_infinity": "L∞",
}
"""What measures of a distribution are called, the most telling first."""


def told(reference: ColumnProfile, current: ColumnProfile, measured: Measured, options: DriftOptions) -> ColumnDrift:
    """What is said of a column that both sides have."""
    drifted = [item for item in measured.statistics if item.drifted]
    names = {item.name for item in drifted}
    effect = _effect(measured.statistics)
    finding, reasons = _found(reference, current, measured, names)
    enough = min(reference.valid, current.valid) >= options.minimum_rows
    if not drifted and not enough and current.count:
        finding = "too-few"
        few = f"{current.valid:,} values against {reference.valid:,} of the reference"
        reasons = [f"{current.name}: {few} are too few to judge (at least {options.minimum_rows:,})"]
    elif not drifted and not measured.compared:
        finding = "not-compared"
        reasons = [f"{current.name}: {_why_not_compared(reference, current)}"]
    return ColumnDrift(
        column=current.name,
        kind=current.kind,
        drifted=bool(drifted),
        finding=finding,
        effect=effect,
        statistics=measured.statistics,
        reasons=tuple(reasons),
        importance=options.importance.get(current.name),
    )


def _found(
    reference: ColumnProfile, current: ColumnProfile, measured: Measured, names: set[str]
) -> tuple[Finding, list[str]]:
    name = current.name
    reasons: list[str] = []
    finding: Finding = "none"
    by_name = {item.name: item for item in measured.statistics}
    distribution = names & {"psi", "js_distance", "ks", "wasserstein", "cramers_v", "l_infinity"}
    if distribution and current.kind in ORDERED:
        converted = change_of_unit(reference, current)
        finding = "shift" if converted is None else "scale"
        what = converted or _moved(reference, current)
        reasons.append(f"{name}: {what}{_figures(by_name, distribution)}")
    if "missing" in names:
        finding = "missing-values"
        gone = measured.missing
        reasons.append(f"{name}: {_listed(gone)} {_are(gone)} gone; before, {_shares(gone)}")
    if "unseen" in names:
        finding = "new-values"
        new, share = measured.unseen, _percent(by_name["unseen"].value)
        reasons.append(f"{name}: {_listed(new)} {_are(new)} new, in {share} of the rows")
    if distribution and finding == "none":
        finding = "shift"
        reasons.append(f"{name}: {_changed_most(reference, current)}{_figures(by_name, distribution)}")
    for rate, what in (("null_rate", "missing"), ("infinite_rate", "infinite"), ("mixed_rate", "of another kind")):
        if rate in names:
            if finding == "none" or rate == "null_rate":
                finding = "type" if rate == "mixed_rate" else "nulls"
            reasons.append(f"{name}: {_rates(reference, current, rate, what)}")
    return finding, reasons


def _effect(statistics: Sequence[Statistic]) -> float:
    """From 0 to 1: the distance of the distributions, or the share of rows that something else is about."""
    sizes = [abs(item.value) for item in statistics if item.name in _SHARES]
    return min(1.0, max(sizes, default=0.0))


_SHARES = frozenset({"js_distance", "null_rate", "infinite_rate", "mixed_rate", "unseen", "missing"})


def _why_not_compared(reference: ColumnProfile, current: ColumnProfile) -> str:
    if reference.hashed or current.hashed:
        return "its values are personal, and cannot be compared"
    if reference.kind == "other" or current.kind == "other":
        empty = [side for side, column in (("reference", reference), ("window", current)) if not column.valid]
        return (
            f"the {' and the '.join(empty)} holds no values"
            if empty
            else "its values are of a kind that is only counted"
        )
    return "it has too many distinct values to compare them one by one"


# -- words ------------------------------------------------------------------------------------------------------------


def _moved(reference: ColumnProfile, current: ColumnProfile) -> str:
    before, after, deviation = reference.mean, current.mean, reference.stddev
    if before is None or after is None:
        return "its distribution changed"
    if deviation:
        apart = (after - before) / deviation
        if abs(apart) >= 0.05:
            way = "up" if apart > 0 else "down"
            return f"the mean went from {number(before)} to {number(after)}, {abs(apart):.2g} standard deviations {way}"
        spread = (current.stddev or 0.0) / deviation
        if abs(spread - 1) >= 0.1:
            return f"the standard deviation went from {number(deviation)} to {number(current.stddev or 0.0)}"
        return f"its shape changed; the mean is {number(after)} as before"
    return f"it was constantly {number(before)}; now its mean is {number(after)}"


def _changed_most(reference: ColumnProfile, current: ColumnProfile) -> str:
    before, after = reference.counts.counts, current.counts.counts
    n, m = max(1, current.valid), max(1, reference.valid)
    change = {name: after.get(name, 0) / n - before.get(name, 0) / m for name in {*before, *after}}
    most = sorted(change, key=lambda name: (-abs(change[name]), name))[:2]
    parts = [
        f"{_quoted(name)} went from {_percent(before.get(name, 0) / m)} to {_percent(after.get(name, 0) / n)}"
        for name in most
    ]
    return " and ".join(parts) if parts else "its distribution changed"


def _rates(reference: ColumnProfile, current: ColumnProfile, rate: str, what: str) -> str:
    field = {"null_rate": "nulls", "infinite_rate": "infinite", "mixed_rate": "mixed"}[rate]
    before = getattr(reference, field) / max(1, reference.count)
    after = getattr(current, field) / max(1, current.count)
    return f"{_percent(after)} of the values are {what}, {_percent(before)} in the reference"


def _figures(by_name: Mapping[str, Statistic], drifted: set[str]) -> str:
    shown = [name for name in WORDS if name in drifted][:2]
    parts = [f"{WORDS[name]} {by_name[name].value:.2g} over {by_name[name].threshold:.2g}" for name in shown]
    return f" ({', '.join(parts)})" if parts else ""


def _listed(values: Mapping[str, float]) -> str:
    most = sorted(values, key=lambda name: (-values[name], name))
    shown = ", ".join(map(_quoted, most[:3]))
    return f"{shown} and {len(most) - 3:,} more" if len(most) > 3 else shown


def _shares(values: Mapping[str, float]) -> str:
    return f"{'they were' if len(values) > 1 else 'it was'} {_percent(sum(values.values()))} of the rows"


def _are(values: Mapping[str, float]) -> str:
    return "are" if len(values) > 1 else "is"


def _quoted(name: str) -> str:
    return f"`{name}`"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def number(value: float) -> str:
    """Four digits, and no exponent where it can be without."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
