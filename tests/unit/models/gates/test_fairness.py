"""Fairness: fairlearn's figures on German credit, and small groups."""

from __future__ import annotations

from pathlib import Path

import fairlearn.metrics as fl
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from tests.unit.models.gates.evidence import check, estimate

DATA = Path(__file__).parents[3] / "data" / "germancredit.csv"
FIGURES = {
    "demographic_parity_difference": fl.demographic_parity_difference,
    "demographic_parity_ratio": fl.demographic_parity_ratio,
    "equalized_odds_difference": fl.equalized_odds_difference,
    "equalized_odds_ratio": fl.equalized_odds_ratio,
    "equal_opportunity_difference": fl.equal_opportunity_difference,
    "equal_opportunity_ratio": fl.equal_opportunity_ratio,
}


@pytest.fixture(scope="module")
def credit() -> pd.DataFrame:
    frame = pd.read_csv(DATA)
    frame["sex"] = frame["personal_status_and_sex"].str.split(" ").str[0]
    bands = pd.cut(frame["age_in_years"], [0, 25, 40, 120], labels=["to 25", "to 40", "over 40"])
    frame["age group"] = bands.astype(str)
    numbers = frame[["duration_in_month", "credit_amount", "age_in_years"]]
    model = LogisticRegression(max_iter=1000).fit(numbers / numbers.max(), frame["creditability"])
    share = model.predict_proba(numbers / numbers.max())[:, 1]
    frame["predicted"] = np.where(share > 0.7, "good", "bad")
    return frame


@pytest.mark.parametrize("by", [["sex"], ["age group"], ["sex", "age group"], ["foreign_worker"]], ids=str)
@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_those_of_fairlearn(name: str, by: list[str], credit: pd.DataFrame) -> None:
    written = ", ".join(f't."{column}"' for column in by)
    call = f"{name}(t.creditability, t.predicted, by=({written},), positive='good', min_group=1)"
    truth, predicted = (credit[column] == "good" for column in ("creditability", "predicted"))
    expected = FIGURES[name](truth, predicted, sensitive_features=credit[by])
    found = estimate(call, t=credit)
    assert found["value"] == pytest.approx(expected, abs=1e-12)
    assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    assert found == estimate(call, t=credit)


def test_evidence_is_a_table_by_group(credit: pd.DataFrame) -> None:
    call = "demographic_parity_difference(t.creditability, t.predicted, by=t.sex, positive='good')"
    truth, predicted = (credit[column] == "good" for column in ("creditability", "predicted"))
    frame = fl.MetricFrame(
        metrics={
            "rows": fl.count,
            "selection_rate": fl.selection_rate,
            "true_positive_rate": fl.true_positive_rate,
            "false_positive_rate": fl.false_positive_rate,
        },
        y_true=truth,
        y_pred=predicted,
        sensitive_features=credit["sex"],
    ).by_group
    rows = estimate(call, t=credit)["evidence"]["groups"]
    assert [row["group"] for row in rows] == ["sex=female", "sex=male"]
    for row in rows:
        for name, value in frame.loc[row["group"].removeprefix("sex=")].items():
            assert row[name] == pytest.approx(value)


def test_the_gate_is_on_the_intervals_bound(credit: pd.DataFrame) -> None:
    call = "demographic_parity_difference(t.creditability, t.predicted, by=t.sex, positive='good')"
    found = estimate(call, t=credit)
    between = (found["value"] + found["high"]) / 2
    refused = check(f"{call} <= {between:.6f}", t=credit)
    assert not refused.passed
    assert "asked of the upper end: from 0." in refused.text
    assert "for sex=female" in refused.text
    assert check(f"{call} <= {found['high'] + 1e-6:.6f}", t=credit).passed


def test_small_groups_are_left_out_and_named() -> None:
    sex = ["female"] * 100 + ["male"] * 100 + ["other"] * 3
    y = [0, 1] * 101 + [0]
    chosen = [0, 1] * 100 + [0, 0, 0]
    found = estimate("demographic_parity_difference(y, c, by=sex)", y=y, c=chosen, sex=sex)
    assert found["value"] == 0
    assert found["evidence"]["left_out"] == [{"group": "sex=other", "rows": 3}]
    assert "left out as too small: sex=other" in found["note"]
    all_groups = estimate("demographic_parity_difference(y, c, by=sex, min_group=3)", y=y, c=chosen, sex=sex)
    assert all_groups["value"] == 0.5


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("demographic_parity_difference(y, c, by=few) <= 1",
         "1 of 2 groups of few have 30 rows or more (few=b has 3); a comparison needs two"),
        ("demographic_parity_difference(y, c, by=same) <= 1", "1 of 1 groups of same have 30 rows or more"),
        ("equal_opportunity_difference(y, c, by=truth) <= 1", "1 of 2 groups of truth have positive rows"),
        ("demographic_parity_ratio(y, none, by=sex) >= 0", "the selection_rate of every group is zero"),
        ("demographic_parity_difference(y, c, by=holes) <= 1", "50 of the 100 values of holes are missing"),
        ("demographic_parity_difference(y, c, by=short) <= 1", "y has 100 rows and short has 2"),
        ("demographic_parity_difference(y, score, by=sex) <= 1", "100 distinct values: these are no labels"),
        ("demographic_parity_difference(y, c, by=row, min_group=1) <= 1", None),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_in_words(gate: str, said: str | None) -> None:
    values = {
        "y": [0, 1] * 50, "c": [0, 1, 1, 0] * 25, "few": ["a"] * 97 + ["b"] * 3, "same": ["a"] * 100,
        "truth": ["n", "p"] * 50, "none": [0] * 100, "sex": ["f"] * 50 + ["m"] * 50, "holes": [None, "a"] * 50,
        "short": ["a", "b"], "score": np.linspace(0, 1, 100), "row": list(range(100)),
    }  # fmt: skip
    found = check(gate, **values)
    if said is None:
        assert found.facts["estimates"][0]["value"] == 1
    else:
        assert not found.passed
        assert said in found.text


def test_a_rate_by_group_holds_only_where_every_groups_does() -> None:
    sex = ["f"] * 1000 + ["m"] * 1000
    chosen = [1] * 600 + [0] * 400 + [1] * 800 + [0] * 200
    found = estimate("selection_rate(c, c, by=sex)", c=chosen, sex=sex)
    assert found["value"] == 0.7
    assert found["low"] < 0.6
    assert found["high"] > 0.8
    assert [item["group"] for item in found["evidence"]["intervals"]] == ["sex=f", "sex=m"]
    assert not check("selection_rate(c, c, by=sex) >= 0.6", c=chosen, sex=sex).passed
    assert check("selection_rate(c, c, by=sex) in [0.55, 0.85]", c=chosen, sex=sex).passed
