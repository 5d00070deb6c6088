"""Drift in streams, seen by River's detectors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from jupyter_mlpipe.errors import StreamOptionError
from jupyter_mlpipe.monitoring.drift.streaming import METHODS, StreamDetector
from jupyter_mlpipe.monitoring.profiling import profile


def stream(shift: float, rows: int = 2000) -> np.ndarray:
    """Normal numbers around 500 that shift, by standard deviations, in the middle."""
    generator = np.random.default_rng(4)
    values = generator.normal(500, 40, rows)
    values[rows // 2 :] += 40 * shift
    return values


@pytest.mark.parametrize("method", METHODS)
def test_a_shift_is_seen_soon_after_it_came_and_not_before(method):
    values = stream(2.0)
    reference = profile(pd.DataFrame({"delay": values[:500]})).columns["delay"]
    options = {"alpha": 0.0001} if method == "kswin" else {}
    found = StreamDetector(method, reference=reference, **options).update(values)
    assert found
    assert 1000 <= found[0].position < 1100
    assert found[0].method == method
    assert found[0].value == values[found[0].position]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_number_is_left_out_and_counted(method):
    detector = StreamDetector(method)
    assert detector.update([1.0, None, float("nan"), float("inf"), "x", 2.0]) == []
    assert (detector.seen, detector.left_out) == (6, 4)
    assert detector.update(3) == []
    assert detector.seen == 7


def test_the_same_stream_gives_the_same_changes():
    first, second = (StreamDetector("kswin").update(stream(1.0)) for _ in range(2))
    assert first == second


def test_a_constant_reference_is_no_division_by_nothing():
    constant = profile(pd.DataFrame({"x": [3.0] * 50})).columns["x"]
    assert StreamDetector(reference=constant).update([3.0] * 100) == []


def test_what_cannot_be_watched_is_told_with_a_way_out():
    with pytest.raises(StreamOptionError) as told:
        StreamDetector("adwim")
    assert told.value.hint == "did you mean `adwin`?"
    with pytest.raises(StreamOptionError, match="adwin cannot be set up"):
        StreamDetector("adwin", depth=3)
    texts = profile(pd.DataFrame({"carrier": ["UA", "AA"]})).columns["carrier"]
    with pytest.raises(StreamOptionError, match="carrier holds no numbers"):
        StreamDetector(reference=texts)


def test_without_river_the_extra_is_named():
    code = (
        "import sys; sys.modules['river'] = None\n"
        "from jupyter_mlpipe.errors import StreamingUnavailableError\n"
        "from jupyter_mlpipe.monitoring.drift.streaming import StreamDetector\n"
        "try:\n    StreamDetector()\n"
        "except StreamingUnavailableError as error:\n    print(error.code, error.hint)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "MP710 install it: pip install 'jupyter-mlpipe[streaming]'"
