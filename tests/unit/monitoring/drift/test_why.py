"""Where drift comes from: segments, and the frame that had it first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.drift.report import DriftReport
from jupyter_mlpipe.monitoring.drift.why import by_segments, origin, ranked
from jupyter_mlpipe.monitoring.profiling import profile

ROWS = 6000


def flights(seed: int = 0, *, kennedy: float = 1 / 3) -> pd.DataFrame:
    """Distances depend on the airport: a third of the rows each, but for what is said of JFK."""
    generator = np.random.default_rng(seed)
    rest = (1 - kennedy) / 2
    origins = generator.choice(["EWR", "JFK", "LGA"], ROWS, p=[rest, kennedy, rest])
    means = pd.Series(origins).map({"EWR": 1000.0, "JFK": 2000.0, "LGA": 600.0}).to_numpy()
    return pd.DataFrame(
        {
            "origin": origins,
            "distance": generator.normal(means, 100.0),
            "delay": generator.normal(10, 20, ROWS),
            "carrier": generator.choice(["UA", "AA", "B6"], ROWS),
        }
    )


def compared(before: pd.DataFrame, after: pd.DataFrame) -> DriftReport:
    return compare(profile(before), profile(after))


# -- rank ---------------------------------------------------------------------------------------------------------


def test_columns_are_ranked_by_importance_times_effect():
    after = flights(1)
    after["distance"] += 600
    after["delay"] += 15
    report = compared(flights(), after)
    assert [item.column for item in ranked(report)] == ["distance", "delay"]
    assert [item.column for item in ranked(report, {"distance": 0.01, "delay": 0.9})] == ["delay", "distance"]


def test_a_report_without_drift_has_no_ranks():
    assert ranked(compared(flights(), flights(1))) == ()


# -- segments -----------------------------------------------------------------------------------------------------


def test_a_segment_whose_own_rows_changed_carries_the_change():
    after = flights(1)
    after.loc[after.origin == "JFK", "delay"] += 30
    parts = by_segments(profile(flights(), by=["origin"]), profile(after, by=["origin"]), "delay")
    assert parts is not None
    assert parts.figure == "mean"
    assert parts.parts[0].segment == "origin=JFK"
    assert parts.parts[0].within / (parts.after - parts.before) == pytest.approx(1, abs=0.1)
    assert "origin=JFK carries" in parts.text


def test_another_mix_of_unchanged_segments_is_told_apart():
    after = flights(1, kennedy=0.6)
    parts = by_segments(profile(flights(), by=["origin"]), profile(after, by=["origin"]), "distance")
    assert parts is not None
    change = parts.after - parts.before
    assert change > 200
    assert abs(parts.within) < 0.05 * change
    assert "shares of the rows changed (origin=JFK" in parts.text


@pytest.mark.parametrize("column", ["distance", "delay", "carrier"])
def test_parts_sum_up_to_the_change_of_the_raw_rows(column):
    before, after = flights(), flights(1, kennedy=0.5)
    after.loc[after.origin == "LGA", "carrier"] = "UA"
    after = after[after.origin != "EWR"]
    parts = by_segments(profile(before, by=["origin"]), profile(after, by=["origin"]), column)
    assert parts is not None
    values = [frame[column].eq("UA") if column == "carrier" else frame[column] for frame in (before, after)]
    assert parts.before == pytest.approx(values[0].mean())
    assert parts.after == pytest.approx(values[1].mean())
    assert sum(part.whole for part in parts.parts) == pytest.approx(parts.after - parts.before)
    assert parts.figure == ("share of `UA`" if column == "carrier" else "mean")


def test_a_wave_of_nulls_is_divided_as_such():
    after = flights(1)
    after.loc[after.origin == "EWR", "distance"] = np.nan
    parts = by_segments(profile(flights(), by=["origin"]), profile(after, by=["origin"]), "distance")
    assert parts is not None
    assert parts.figure == "share of nulls"
    assert parts.parts[0].segment == "origin=EWR"
    assert parts.parts[0].within == pytest.approx(1 / 3, abs=0.02)


def test_without_segments_or_the_column_nothing_is_said():
    plain, parted = profile(flights()), profile(flights(), by=["origin"])
    assert by_segments(plain, parted, "delay") is None
    assert by_segments(parted, plain, "delay") is None
    assert by_segments(parted, parted, "tailnum") is None
    unchanged = by_segments(parted, parted, "delay")
    assert unchanged is not None
    assert unchanged.text == "delay: the mean is as before"


# -- origin -------------------------------------------------------------------------------------------------------


USED = {"clean": [("load", "flights")], "join": [("clean", "tidy"), ("planes", "planes")], "fit": [("join", "train")]}


def test_drift_is_traced_to_the_first_frame_that_has_it():
    same, moved = compared(flights(), flights(1)), compared(flights(), flights(1).assign(delay=50.0))
    reports = {("load", "flights"): same, ("clean", "tidy"): moved, ("join", "train"): moved}
    found = origin("delay", ("join", "train"), reports, USED)
    assert found is not None
    assert (found.stage, found.frame, found.made_here) == ("clean", "tidy", False)
    assert found.reasons
    assert found.reasons[0].startswith("delay:")
    assert origin("distance", ("join", "train"), reports, USED) is None
    assert origin("delay", ("fit", "scores"), reports, USED) is None


def test_frames_that_were_not_profiled_are_looked_through():
    moved = compared(flights(), flights(1).assign(delay=50.0))
    reports = {("load", "flights"): moved, ("join", "train"): moved}
    found = origin("delay", ("join", "train"), reports, USED)
    assert found is not None
    assert found.stage == "load"


def test_a_column_that_a_stage_makes_names_what_it_was_made_of():
    before, after = flights(), flights(1).assign(delay=50.0)
    made = compared(before.assign(late=before.delay > 15), after.assign(late=after.delay > 15))
    reports = {("load", "flights"): compared(before, after), ("clean", "tidy"): made}
    found = origin("late", ("clean", "tidy"), reports, USED)
    assert found is not None
    assert (found.stage, found.made_here, found.from_columns) == ("clean", True, ("flights.delay",))
