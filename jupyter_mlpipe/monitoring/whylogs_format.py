"""Profiles in whylogs' form, so that its viewers, its writers and its own profiles can take part, and back.

The sketches are the same. Our numbers are counted as whylogs counts them: nulls include NaN, whole numbers and others
apart. Left out, since whylogs has no place for it: times' quantiles, segments, chunks, and digests of personal values.
Not for storing profiles (``profile_bytes`` keeps all). The only module that imports whylogs; its telemetry is off.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import ProfileError
from jupyter_mlpipe.monitoring import sketches
from jupyter_mlpipe.monitoring.profiles import ColumnProfile, Kind, Moments, Profile
from jupyter_mlpipe.monitoring.value_counts import ValueCounts

_WHOLE = ("int", "uint")
_TRUTH = {"False": 0.0, "True": 1.0}


def to_whylogs(profile: Profile) -> Any:
    """A profile as whylogs' view of one.

    Values of personal columns are left out, digests too: what stands there are counts and how many are distinct.

    Returns
    -------
    whylogs.core.view.dataset_profile_view.DatasetProfileView

    Raises
    ------
    ProfileError
        whylogs is not installed; it has no wheel for Python 3.13.
    """
    view = _library("whylogs.core").DatasetProfileView
    made = datetime.now(UTC)
    start = made if profile.start is None else datetime.fromtimestamp(profile.start, UTC)
    columns = {name: _to_column(column) for name, column in profile.columns.items()}
    return view(columns=columns, dataset_timestamp=start, creation_timestamp=made)


def write_whylogs(profile: Profile, path: Path | str) -> None:
    """Write a profile to a file that whylogs reads. Raises as `to_whylogs` does."""
    Path(path).write_bytes(to_whylogs(profile).serialize())


def from_whylogs(view: Any) -> Profile:
    """Read a profile that whylogs made.

    What it knows is taken over with its errors: its quantiles are coarser than ours (k = 256), and it has put
    infinities among them, so that a column which has some keeps its counts only.

    Parameters
    ----------
    view
        A ``DatasetProfileView``, or what ``why.log`` returns.

    Raises
    ------
    ProfileError
        It is none, or has sketches that cannot be read.
    """
    found = view.view() if callable(getattr(view, "view", None)) else view
    if not hasattr(found, "get_columns"):
        raise ProfileError(
            f"a {type(view).__name__} is no profile of whylogs", hint="give what why.log returned, or its view()"
        )
    try:
        columns = {str(name): _from_column(str(name), column) for name, column in found.get_columns().items()}
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError, struct.error) as error:
        raise ProfileError(
            f"the profile of whylogs cannot be read: {error}", hint="make it again with whylogs 1.6 and its own metrics"
        ) from error
    when = found.dataset_timestamp
    rows = max((column.count for column in columns.values()), default=0)
    return Profile(rows, columns, when.timestamp() if when is not None else None)


# -- ours to theirs ---------------------------------------------------------------------------------------------------


def _to_column(column: ColumnProfile) -> Any:
    import numpy as np

    metrics = {"counts": _counts(column), "types": _types(column)}
    registers = column.registers
    sketch, moments = column.sketch, column.moments
    if column.kind == "boolean":
        # whylogs takes truth values for the numbers 0 and 1.
        seen = {_TRUTH[word]: n for word, n in column.counts.counts.items()}
        values, times = np.array(sorted(seen)), np.array([seen[value] for value in sorted(seen)], dtype=np.int64)
        registers = sketches.registers_of_numbers(values)
        sketch, moments = sketches.counted_quantiles(values, times), _moments_of_truth(seen)
    if column.kind in ("number", "boolean") and sketch is not None:
        metrics["distribution"] = _distribution(sketch, moments)
    if _is_whole(column) and moments.n:
        metrics["ints"] = _ints(moments)
    if column.kind != "time" and registers is not None:
        metrics["cardinality"] = _cardinality(registers)
    if column.kind != "time" and column.counts.applies and not column.hashed and not _has_fractions(column):
        metrics["frequent_items"] = _frequent(column)
    return _library("whylogs.core").ColumnProfileView(metrics=metrics, success_count=column.count)


def _counts(column: ColumnProfile) -> Any:
    home, whole = _library("whylogs.core.metrics.column_metrics"), _integral()
    true = column.counts.counts.get("True", 0) if column.kind == "boolean" else 0
    nan = column.nulls if column.dtype.startswith("float") else 0
    return home.ColumnCountsMetric(
        n=whole(column.count), null=whole(column.nulls), nan=whole(nan), inf=whole(column.infinite), true=whole(true)
    )


def _types(column: ColumnProfile) -> Any:
    values = column.valid + column.infinite
    names: dict[Kind, str] = {"text": "string", "boolean": "boolean"}
    name = names.get(column.kind, "object")
    if column.kind == "number":
        name = "integral" if _is_whole(column) else "fractional"
    tallies = dict.fromkeys(("integral", "fractional", "boolean", "string", "object"), 0)
    tallies[name] += values
    tallies["object"] += column.mixed
    metric, whole = _library("whylogs.core.metrics.column_metrics").TypeCountersMetric, _integral()
    return metric(**{key: whole(count) for key, count in tallies.items()})


def _distribution(sketch: Any, moments: Moments) -> Any:
    home, components = _library("whylogs.core.metrics.metrics"), _library("whylogs.core.metrics.metric_components")
    theirs = _library("whylogs_sketching").kll_doubles_sketch.deserialize(_padded(sketches.kll_bytes(sketch)))
    number = components.FractionalComponent
    return home.DistributionMetric(
        kll=components.KllComponent(theirs), mean=number(moments.mean), m2=number(moments.squares)
    )


def _ints(moments: Moments) -> Any:
    home, components = _library("whylogs.core.metrics.metrics"), _library("whylogs.core.metrics.metric_components")
    return home.IntsMetric(
        max=components.MaxIntegralComponent(int(moments.high)), min=components.MinIntegralComponent(int(moments.low))
    )


def _cardinality(registers: Any) -> Any:
    home, components = _library("whylogs.core.metrics.metrics"), _library("whylogs.core.metrics.metric_components")
    theirs = _library("whylogs_sketching").hll_sketch.deserialize(sketches.hll_bytes(registers))
    return home.CardinalityMetric(hll=components.HllComponent(theirs))


def _frequent(column: ColumnProfile) -> Any:
    home, components = _library("whylogs.core.metrics.metrics"), _library("whylogs.core.metrics.metric_components")
    kind = _library("whylogs_sketching").frequent_strings_sketch
    sketch = kind(home.MetricConfig().fi_lg_max_k)
    for word, count in column.frequent().items():
        sketch.update(word, count)
    data = bytearray(sketch.serialize())
    if len(data) > _FREQUENT.size:
        # Values that we do not keep may have occurred, too: bytes 16 to 31 hold the total and the bound.
        _, offset = _FREQUENT_BOUND.unpack_from(data, 16)
        _FREQUENT_BOUND.pack_into(data, 16, column.valid, offset + column.counts.missed)
    return home.FrequentItemsMetric(frequent_strings=components.FrequentStringsComponent(kind.deserialize(bytes(data))))


def _is_whole(column: ColumnProfile) -> bool:
    return column.kind == "number" and column.dtype.lower().startswith(_WHOLE)


def _has_fractions(column: ColumnProfile) -> bool:
    """Of numbers with fractions whylogs tracks no frequent values."""
    return column.kind == "number" and not _is_whole(column)


def _moments_of_truth(seen: Mapping[float, int]) -> Moments:
    total, true = sum(seen.values()), seen.get(1.0, 0)
    if not total:
        return Moments()
    return Moments(total, true / total, true * (total - true) / total, min(seen), max(seen))


# -- theirs to ours ---------------------------------------------------------------------------------------------------


def _from_column(name: str, column: Any) -> ColumnProfile:
    counts, types = _tallies(column, "counts"), _tallies(column, "types")
    kinds: dict[Kind, int] = {
        "number": types.get("integral", 0) + types.get("fractional", 0),
        "boolean": types.get("boolean", 0),
        "text": types.get("string", 0),
        "other": types.get("object", 0) + types.get("tensor", 0),
    }
    kind: Kind = max(kinds, key=lambda item: (kinds[item], item == "other"))
    dtypes: dict[Kind, str] = {"boolean": "bool", "text": "str", "other": "object"}
    number = "int64" if types.get("integral", 0) > types.get("fractional", 0) else "float64"
    total, infinite = counts.get("n", 0), counts.get("inf", 0)
    values = sum(kinds.values())
    moments, sketch = _quantiles(column) if kind == "number" and not infinite else (Moments(), None)
    return ColumnProfile(
        name=name,
        kind=kind,
        dtype=dtypes.get(kind, number),
        count=int(total),
        nulls=int(max(counts.get("null", 0), total - values)),
        infinite=int(infinite),
        mixed=int(values - kinds[kind]) if kind != "other" else 0,
        moments=moments,
        counts=_value_counts(column) if kind in ("text", "boolean") else ValueCounts.none(),
        registers=_registers(column),
        sketch=sketch,
    )


def _tallies(column: Any, name: str) -> Mapping[str, int]:
    metric = column.get_metric(name)
    return {} if metric is None else {key: int(value) for key, value in metric.to_summary_dict().items()}


def _quantiles(column: Any) -> tuple[Moments, Any]:
    metric = column.get_metric("distribution")
    if metric is None or not metric.n:
        return Moments(), None
    moments = Moments(int(metric.n), float(metric.mean.value), float(metric.m2.value), metric.min, metric.max)
    return moments, sketches.kll_from_bytes(_unpadded(metric.kll.value.serialize()))


def _registers(column: Any) -> Any:
    metric = column.get_metric("cardinality")
    return None if metric is None else sketches.registers_of_sketch(metric.hll.value.serialize_compact())


def _value_counts(column: Any) -> ValueCounts:
    metric = column.get_metric("frequent_items")
    if metric is None:
        return ValueCounts.none()
    every = _library("whylogs_sketching").frequent_items_error_type.NO_FALSE_NEGATIVES
    found = metric.frequent_strings.value.get_frequent_items(every)
    return ValueCounts(
        {word: int(low) for word, _, low, _ in found}, max((int(high - low) for _, _, low, high in found), default=0)
    )


# -- the library ------------------------------------------------------------------------------------------------------

_FREQUENT = struct.Struct("<8sIIQQ")
_FREQUENT_BOUND = struct.Struct("<QQ")
_PREAMBLE = 5
"""Ints before a KLL sketch's levels; whylogs' older sketches have one more, which is zero."""


def _library(name: str) -> Any:
    """A module of whylogs, which tells nobody that it is used."""
    from importlib import import_module

    os.environ["WHYLOGS_NO_ANALYTICS"] = "1"
    try:
        return import_module(name)
    except ImportError as error:
        raise ProfileError(
            "whylogs is not installed, so there is nothing to read or write its form with",
            hint="use Python 3.11 or 3.12: whylogs has no wheel for later ones",
        ) from error


def _integral() -> Callable[[int], Any]:
    component: Callable[[int], Any] = _library("whylogs.core.metrics.metric_components").IntegralComponent
    return component


def _padded(data: bytes) -> bytes:
    """A KLL sketch of ours as whylogs reads it."""
    if data[0] != _PREAMBLE:
        return data
    return bytes([_PREAMBLE + 1]) + data[1:20] + bytes(4) + data[20:]


def _unpadded(data: bytes) -> bytes:
    if data[0] != _PREAMBLE + 1:
        return data
    return bytes([_PREAMBLE]) + data[1:20] + data[24:]
