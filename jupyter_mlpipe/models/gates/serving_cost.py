"""What a model costs to serve: how long one prediction takes, and how many bytes it is.

A latency is the machine's that judges, now: the same model may take longer elsewhere. The interval of a quantile comes
from order statistics (H. A. David, H. N. Nagaraja, *Order Statistics*, 2003, section 7.1) and assumes nothing of the
distribution. Not for load tests.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.models.gates.model_calls import predict
from jupyter_mlpipe.models.gates.performance import CONFIDENCE

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence

LONGEST = 30.0
"""Seconds after which no further prediction is timed."""
_WARM_UP = 5


def _latency(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
    del evidence
    quantile, confidence = float(taken["quantile"].value), float(taken["confidence"].value)
    asked = int(taken["rows"].value or max(200, fewest_calls(quantile, confidence)))
    rows = single_rows(taken["X"], min(asked, 1000))
    for row in rows[:_WARM_UP]:
        predict(taken["model"], row)
    seconds: list[float] = []
    end = time.perf_counter() + LONGEST
    while len(seconds) < asked and time.perf_counter() < end:
        row = rows[len(seconds) % len(rows)]
        begun = time.perf_counter()
        predict(taken["model"], row)
        seconds.append(time.perf_counter() - begun)
    seconds.sort()
    low, high = quantile_ends(len(seconds), quantile, confidence)
    at = min(len(seconds) - 1, math.ceil(quantile * len(seconds)) - 1)
    facts = {
        "calls": len(seconds),
        "quantile": quantile,
        "median": seconds[len(seconds) // 2],
        "slowest": seconds[-1],
        "interval": "order statistics",
    }
    note = "" if high is not None else f"{len(seconds)} calls are too few to bound this quantile from above"
    return Estimate(
        seconds[max(at, 0)],
        None if low is None else seconds[low],
        None if high is None else seconds[high],
        "s",
        facts,
        confidence,
        note,
    )


def fewest_calls(quantile: float, confidence: float) -> int:
    """Calls after which the slowest one bounds the quantile from above: with n, it lies above all with `q^n`."""
    return math.ceil(math.log((1 - confidence) / 2) / math.log(quantile))


def quantile_ends(count: int, quantile: float, confidence: float) -> tuple[int | None, int | None]:
    """Indices, from 0, of the sorted values between which the quantile lies; None where the values are too few.

    The number of values below the quantile is binomial; an end is missed with at most half of what `confidence` leaves.
    """
    half = (1 - confidence) / 2
    below = 0.0  # probability of at most `number` values below the quantile
    low = high = None
    for number in range(count):
        choices = math.lgamma(count + 1) - math.lgamma(number + 1) - math.lgamma(count - number + 1)
        below += math.exp(choices + number * math.log(quantile) + (count - number) * math.log1p(-quantile))
        if below <= half:
            low = number
        if high is None and below >= 1 - half:
            high = number
    return low, high


def single_rows(taken: Taken, most: int) -> list[Any]:
    """Rows, one at a time, in the container that the model takes.

    Raises
    ------
    UnmeasurableError
        It has no rows, or cannot be cut.
    """
    value = taken.value
    try:
        count = value.num_rows if hasattr(value, "num_rows") else len(value)
        cut = getattr(value, "iloc", value)
        rows = [cut[index : index + 1] for index in range(min(count, most))]
    except (TypeError, KeyError, IndexError) as error:
        raise UnmeasurableError(f"{taken.text} is {type(value).__name__}, which has no rows to predict") from error
    if not rows:
        raise UnmeasurableError(f"{taken.text} has no rows")
    return rows


def _size(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
    size = evidence.size(taken["model"].value)
    return Estimate(float(size), unit="B", evidence={"bytes": size})


MEASURES = (
    Measure(
        "latency",
        "seconds that the prediction of one row takes",
        (
            Parameter("model", "value", "has predict"),
            Parameter("X", "value", "rows to predict from"),
            Parameter("quantile", "number", "of the calls' times", default=0.95, within=(0.01, 0.9999)),
            Parameter("rows", "number", "calls that are timed", default=None, within=(10, 1_000_000), whole=True),
            CONFIDENCE,
        ),
        _latency,
        dimension="time",
    ),
    Measure(
        "size",
        "bytes that a value takes as it is stored",
        (Parameter("model", "stored", "a model or any other value"),),
        _size,
        dimension="size",
    ),
)
