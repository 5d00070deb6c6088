"""Quality over time: what is measured, estimated and judged in each window, and what is said of odd data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import metrics as sk

from jupyter_mlpipe.errors import MonitoringError, QualityError, QualityReferenceError
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.performance import performance
from jupyter_mlpipe.monitoring.quality import QualityReport, quality, record

DAY = 86_400


def rows(
    days: int, seed: int, *, start: str = "2026-03-01", a_day: int = 200, strength: float = 2.0, turned: float = 0.0
) -> pd.DataFrame:
    """Predictions of a model that is calibrated, unless labels are turned away from what they were."""
    generator = np.random.default_rng(seed)
    count = days * a_day
    chance = 1 / (1 + np.exp(-strength * generator.normal(size=count) + 0.5))
    truth = generator.random(count) < np.clip(chance + turned, 0, 1)
    times = pd.Timestamp(start) + pd.to_timedelta(np.sort(generator.random(count)) * days, unit="D")
    sex = np.where(generator.random(count) < 0.5, "f", "m")
    return pd.DataFrame({"t": times, "late": truth.astype(int), "p": chance, "sex": sex})


REFERENCE = rows(28, 1, start="2026-02-01")
ASKED: dict[str, Any] = {"reference": REFERENCE, "target": "late", "score": "p", "time": "t", "every": "week"}


@pytest.fixture(scope="module")
def steady() -> QualityReport:
    return quality(rows(28, 2), **ASKED, groups=["sex"], model="flight-delay@production", name="march")


def test_figures_are_those_of_each_window(steady: QualityReport) -> None:
    frame = rows(28, 2)
    found = steady.of("roc_auc")
    assert [pd.Timestamp(row.start, unit="s").day_name() for row in found] == ["Monday"] * 5
    for row in found:
        part = frame[(frame["t"] >= pd.Timestamp(row.start, unit="s")) & (frame["t"] < pd.Timestamp(row.end, unit="s"))]
        assert row.rows == len(part)
        assert row.value == pytest.approx(sk.roc_auc_score(part["late"], part["p"]))
        assert row.low < row.value < row.high
        assert row.lowest < row.reference
        assert row.highest is None
    assert sum(row.rows for row in found) == len(frame)


def test_what_is_as_usual_breaches_nothing_and_estimates_hold(steady: QualityReport) -> None:
    assert not steady.breached, [row.reason for row in steady.breaches]
    told = [row.holds for row in steady.rows if row.estimated]
    assert len(told) == 5 * 10
    assert sum(told) >= 0.9 * len(told)
    assert "concept drift" in steady.assumptions[0]


def test_a_report_is_json_and_comes_back(steady: QualityReport) -> None:
    text = json.dumps(steady.to_json(), allow_nan=False)
    assert QualityReport.from_json(json.loads(text)) == steady
    assert len(steady.frame()) == len(steady.rows)


def test_a_report_goes_into_the_ledger(steady: QualityReport, ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        record(ledger, steady, version=3, owner="ops@example.com")
        found = performance(ledger, model="flight-delay", measure="accuracy")
        every = performance(ledger, limit=10_000)
    assert len(every) == len(steady.rows)
    assert [fact.value for fact in found if not fact.estimated] == [row.value for row in steady.of("accuracy")]
    fact = found[0]
    assert (fact.version, fact.owner, fact.name, fact.labelled) == (3, "ops@example.com", "march", 1.0)
    assert fact.facts["threshold"][0] < fact.value


def test_concept_drift_breaches_what_is_measured_and_refutes_what_was_estimated() -> None:
    found = quality(rows(14, 3, turned=0.2), **ASKED)
    assert {row.measure for row in found.breaches} >= {"log_loss", "brier", "bias", "calibration_error"}
    assert "above" in next(row.reason for row in found.breaches if row.measure == "brier")
    assert {row.measure for row in found.refuted} >= {"accuracy", "brier"}
    assert "concept drift" in found.refuted[0].reason
    # Without labels nothing tells.
    unlabelled = quality(rows(14, 3, turned=0.2).drop(columns="late"), **ASKED)
    assert not unlabelled.breached


def test_weaker_scores_are_seen_without_a_label() -> None:
    window = rows(14, 4, strength=0.4).drop(columns="late")
    found = quality(window, **ASKED)
    assert {row.measure for row in found.breaches} >= {"roc_auc", "accuracy", "brier", "confidence"}
    unlabelled = {"confidence", "mean_score", "predicted_share", "prediction_drift"}
    assert {row.measure for row in found.rows if not row.estimated} == unlabelled
    assert found.of("prediction_drift")[1].breached
    assert found.of("roc_auc", estimated=True)[0].reason.startswith("estimated roc_auc is ")


def test_a_window_whose_labels_are_still_coming_is_not_judged() -> None:
    frame = rows(14, 3, turned=0.3)
    frame["late"] = frame["late"].astype(float).where(np.arange(len(frame)) % 2 == 0)
    found = quality(frame, **ASKED)
    assert not [row for row in found.breaches if not row.estimated]
    row = found.of("accuracy")[1]
    assert row.labelled == pytest.approx(0.5, abs=0.01)
    assert row.reason == "50% of the rows have a label: not judged yet"
    assert all(row.holds is None for row in found.rows)
    assert quality(frame, **ASKED, settled=0.3).breached


def alarms(a_day: int, windows: int, seed: int) -> tuple[int, int]:
    """Judged figures and breaches in windows of a day that are as the reference."""
    frame = rows(windows, seed, a_day=a_day)
    reference = rows(20, seed + 50, a_day=a_day, start="2026-01-01")
    found = quality(frame, **{**ASKED, "reference": reference, "every": "day"}, groups=["sex"])
    judged = sum(row.lowest is not None or row.highest is not None for row in found.rows)
    return judged, len(found.breaches)


def test_no_false_alarm_in_windows_that_are_as_the_reference() -> None:
    judged, false = np.sum([alarms(60, 20, 1), alarms(400, 20, 2)], axis=0)
    assert judged > 800
    # Two in a thousand would be as promised; the measures of one window have their luck in common.
    assert false <= 4


@pytest.mark.exhaustive
@pytest.mark.parametrize("a_day", [200, 1000, 10_000])
def test_no_false_alarm_in_two_hundred_windows(a_day: int) -> None:
    judged, false = alarms(a_day, 200, a_day)
    assert false / judged < 0.0027


def test_fairness_over_time_has_intervals_and_breaches() -> None:
    frame = rows(14, 5)
    frame.loc[(frame["sex"] == "f") & (frame["t"] >= "2026-03-09"), "p"] *= 0.5
    found = quality(frame, **ASKED, groups=["sex"])
    parity = found.of("demographic_parity_difference", segment="sex")
    assert [row.breached for row in parity] == [False, False, True]
    assert all(row.low <= row.value <= row.high for row in parity)
    assert found.of("equalized_odds_difference", segment="sex")[-1].breached


def test_a_group_of_three_rows_is_left_out_and_named() -> None:
    frame = rows(7, 6)
    frame.loc[[3, 33, 333], "sex"] = "x"
    found = quality(frame, **{**ASKED, "every": None}, groups=["sex"])
    (row,) = found.of("demographic_parity_difference", segment="sex")
    assert row.value < 0.1
    assert row.reason == "left out as too small: x has 3"
    alone = quality(frame.assign(sex="f"), **{**ASKED, "every": None}, groups=["sex"])
    (row,) = alone.of("equal_opportunity_difference", segment="sex")
    assert row.value is None
    assert "a comparison needs two" in row.reason


def test_segments_are_measured_alone() -> None:
    frame = rows(14, 7)
    frame.loc[frame["sex"] == "m", "late"] = 1 - frame.loc[frame["sex"] == "m", "late"]
    found = quality(frame, **{**ASKED, "every": None}, segments=["sex"], measures=["accuracy", "roc_auc"])
    assert {row.segment for row in found.breaches if not row.estimated} == {"", "sex=m"}
    assert "of sex=m is" in next(row.reason for row in found.breaches if row.segment)


@pytest.mark.parametrize(
    "make",
    [pl.from_pandas, pa.Table.from_pandas, lambda frame: pl.from_pandas(frame).lazy(), dict],
    ids=["polars", "arrow", "lazy", "mapping"],
)
def test_frames_of_any_library_give_the_same(make: Any) -> None:
    frame = rows(14, 8)
    asked = {**ASKED, "measures": ["accuracy", "roc_auc", "mean_score"], "groups": ["sex"]}
    found = quality(make(frame), **{**asked, "reference": make(REFERENCE)})
    assert found == quality(frame, **asked)


def test_times_may_be_in_any_order_zone_and_spelling() -> None:
    frame = rows(14, 8)
    asked = {**ASKED, "measures": ["accuracy"], "estimate": False}
    expected = quality(frame, **asked).rows
    assert quality(frame.sample(frac=1, random_state=0), **asked).rows == expected
    zoned = frame.assign(t=frame["t"].dt.tz_localize("UTC").dt.tz_convert("America/New_York"))
    assert quality(zoned, **asked).rows == expected
    assert quality(frame.assign(t=frame["t"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")), **asked).rows == expected
    holes = frame.assign(t=frame["t"].where(np.arange(len(frame)) > 9))
    assert "10 rows of the data have no time and are in no window" in quality(holes, **asked).notes


def test_windows_without_rows_are_there() -> None:
    frame = rows(21, 9)
    frame = frame[(frame["t"] < "2026-03-09") | (frame["t"] >= "2026-03-16")]
    found = quality(frame, **ASKED, measures=["accuracy"], estimate=False)
    assert [(row.measure, row.rows > 0) for row in found.rows] == [
        ("accuracy", True), ("accuracy", True), ("rows", False), ("accuracy", True),
    ]  # fmt: skip
    assert found.rows[2].reason == "no rows came in this window"


def test_rows_without_a_score_are_left_out_and_counted() -> None:
    frame = rows(7, 10)
    frame.loc[:49, "p"] = np.nan
    found = quality(frame, **{**ASKED, "every": None}, measures=["accuracy"])
    assert found.of("accuracy")[0].rows == len(frame) - 50
    assert found.notes == ("50 rows of the data have no prediction or score and are left out",)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_rows_are_measured_and_not_judged(count: int) -> None:
    found = quality(rows(7, 11)[:count].assign(late=1), **{**ASKED, "every": None})
    assert not found.breached
    if count:
        assert found.of("accuracy")[0].reason == f"{count} rows are too few to judge"
        assert found.of("roc_auc")[0].value is None
        assert "rows of both classes are needed" in found.of("roc_auc")[0].reason
    else:
        assert not found.rows
        assert found.notes == ("the data has no rows",)


def test_constant_scores_are_measured() -> None:
    found = quality(rows(7, 12).assign(p=0.4), **{**ASKED, "every": None})
    assert found.of("roc_auc")[0].value == pytest.approx(0.5)
    assert found.of("roc_auc")[0].breached
    assert found.of("precision")[0].value is None


def test_a_short_reference_measures_and_says_that_it_does_not_know_what_is_usual() -> None:
    found = quality(rows(7, 13), **{**ASKED, "reference": REFERENCE[:40], "every": None})
    assert found.of("accuracy")[0].value is not None
    assert not found.breached
    assert "the reference is too short to say what is usual: 40 labelled rows" in found.notes
    one = quality(rows(7, 13), **{**ASKED, "reference": REFERENCE[REFERENCE["late"] == 1]})
    assert not any(row.estimated for row in one.rows)
    assert any("nothing is estimated: of the reference all" in note for note in one.notes)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"target": "lat"}, "the reference has no column 'lat'"),
    ({"score": "pp"}, "the reference has no column 'pp'"),
    ({"score": "sex"}, "sex of the reference holds"),
    ({"time": "sex"}, "sex holds no times"),
    ({"every": "fortnight"}, "there are no windows of 'fortnight'"),
    ({"every": "n=some"}, "'n=some' is no number of rows"),
    ({"time": None}, "windows of a week need a column of times"),
    ({"measures": ["rocauc"]}, "there is no measure rocauc"),
    ({"measures": ["mae"]}, "mae cannot be told of these predictions (binary)"),
    ({"score": None}, "what was predicted is not known"),
    ({"positive": 2}, "no row of the reference has the positive label 2"),
    ({"reference": REFERENCE.assign(late=None)}, "no row of the reference has a label"),
    ({"reference": REFERENCE.assign(late="yes")}, "which label of late the score is for is not known"),
    ({"reference": REFERENCE.assign(p=REFERENCE["p"] * 3)}, "these are no probabilities"),
    ({"reference": REFERENCE.assign(p=None)}, "all 5,600 rows of the reference lack a prediction or score"),
    ({"reference": 7}, "the reference is int, which has no columns"),
]


@pytest.mark.parametrize(("changed", "said"), BAD, ids=[said for _, said in BAD])
def test_what_cannot_be_told_is_said_in_words(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(MonitoringError) as caught:
        quality(rows(7, 14), **{**ASKED, **changed})
    assert said in caught.value.message
    assert caught.value.hint


def test_labels_that_the_reference_does_not_know_are_refused() -> None:
    with pytest.raises(QualityError, match="has the label 7, which the reference does not have"):
        quality(rows(7, 14).assign(late=7), **ASKED)
    with pytest.raises(QualityReferenceError):
        quality(rows(7, 14), **{**ASKED, "reference": REFERENCE.assign(late=np.nan)})


def test_texts_are_labels_and_many_labels_have_a_column_each() -> None:
    named = {"late": {0: "on time", 1: "late"}}
    found = quality(rows(7, 15).replace(named), **{**ASKED, "reference": REFERENCE.replace(named), "positive": "late"})
    plain = quality(rows(7, 15), **ASKED)
    assert [row.value for row in found.rows] == [row.value for row in plain.rows]

    def three(seed: int, count: int) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        chances = generator.dirichlet([0.6] * 3, count)
        truth = (chances.cumsum(axis=1) < generator.random((count, 1))).sum(axis=1)
        return pd.DataFrame(chances, columns=["cat_p", "dog_p", "eel_p"]).assign(
            kind=np.array(["cat", "dog", "eel"])[truth]
        )

    window = three(2, 2000)
    found = quality(
        window, reference=three(1, 4000), target="kind", score={"cat": "cat_p", "dog": "dog_p", "eel": "eel_p"}
    )
    assert found.task == "multiclass"
    scores = window[["cat_p", "dog_p", "eel_p"]].to_numpy()
    guess = np.array(["cat", "dog", "eel"])[scores.argmax(axis=1)]
    (row,) = found.of("roc_auc")
    assert row.value == pytest.approx(sk.roc_auc_score(window["kind"], scores, multi_class="ovr"))
    assert row.low < row.value < row.high
    assert found.of("f1")[0].value == pytest.approx(sk.f1_score(window["kind"], guess, average="macro"))
    assert found.of("log_loss")[0].value == pytest.approx(sk.log_loss(window["kind"], scores))
    assert not found.breached
    assert all(row.holds for row in found.rows if row.estimated)


def test_labels_alone_are_measured_and_nothing_is_estimated() -> None:
    guessed = {"guess": (REFERENCE["p"] > 0.4).astype(int)}
    window = rows(7, 16)
    found = quality(
        window.assign(guess=(window["p"] > 0.4).astype(int)), reference=REFERENCE.assign(**guessed),
        target="late", prediction="guess",
    )  # fmt: skip
    assert found.of("accuracy")[0].value == pytest.approx(sk.accuracy_score(window["late"], window["p"] > 0.4))
    assert {row.measure for row in found.rows} >= {"f1", "predicted_share", "bias"}
    assert found.notes == ("nothing is estimated: without scores nothing can be estimated",)
