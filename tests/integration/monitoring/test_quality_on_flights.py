"""Quality on the flights of 2013: late or not, month by month, estimated before labels come and measured after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits

from jupyter_mlpipe.cli.main import main
from jupyter_mlpipe.ledger.performance import performance
from jupyter_mlpipe.monitoring.quality import QualityReport, quality
from jupyter_mlpipe.workspace import Workspace

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "tests" / "schemas" / "quality.json"
FEATURES = ["dep_delay", "hour", "distance"]
ASKED: dict[str, Any] = {"target": "late", "score": "p", "time": "t", "every": "month"}


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """Each flight with the probability that it is late, by a model that learnt from January."""
    columns = ["year", "month", "day", "hour", "dep_delay", "arr_delay", "distance", "origin"]
    frame = pd.read_parquet(ROOT / "notebooks" / "data" / "flights.parquet", columns=columns).dropna()
    frame["late"] = (frame["arr_delay"] > 15).astype(int)
    frame["t"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    january = frame[frame["month"] == 1]
    with threadpool_limits(1):
        model = HistGradientBoostingClassifier(random_state=0, max_iter=50).fit(january[FEATURES], january["late"])
        frame["p"] = model.predict_proba(frame[FEATURES])[:, 1]
    return frame[["t", "month", "origin", "p", "late"]]


@pytest.fixture(scope="module")
def report(flights: pd.DataFrame) -> QualityReport:
    return quality(
        flights[flights["month"] > 4], reference=flights[flights["month"].between(2, 4)], **ASKED, groups=["origin"]
    )


def test_estimates_are_those_of_isotonic_calibration_and_expectation(
    flights: pd.DataFrame, report: QualityReport
) -> None:
    reference = flights[flights["month"].between(2, 4)]
    calibrator = IsotonicRegression(out_of_bounds="clip").fit(reference["p"], reference["late"])
    for month, accuracy, area in zip(
        range(5, 13), report.of("accuracy", estimated=True), report.of("roc_auc", estimated=True), strict=True
    ):
        scores = flights.loc[flights["month"] == month, "p"].to_numpy()
        chances = calibrator.predict(scores)
        assert accuracy.value == pytest.approx(np.where(scores >= 0.5, chances, 1 - chances).mean(), abs=5e-5)
        both = np.concatenate([np.ones(len(scores)), np.zeros(len(scores))])
        weights = np.concatenate([chances, 1 - chances])
        assert area.value == pytest.approx(sk.roc_auc_score(both, np.tile(scores, 2), sample_weight=weights), abs=5e-5)


def test_true_figures_lie_in_the_bands_of_the_estimates(flights: pd.DataFrame, report: QualityReport) -> None:
    for month, row in zip(range(5, 13), report.of("roc_auc"), strict=True):
        part = flights[flights["month"] == month]
        assert row.value == pytest.approx(sk.roc_auc_score(part["late"], part["p"]))
    estimates = [row for row in report.rows if row.estimated]
    assert len(estimates) == 8 * 10
    assert sum(bool(row.holds) for row in estimates) >= 0.9 * len(estimates)
    for measure in ("accuracy", "brier", "log_loss"):
        assert all(row.holds for row in report.of(measure, estimated=True)), measure
    # In September flights that left with the same delay arrived late less often than on the reference.
    assert {pd.Timestamp(row.start, unit="s").month for row in report.refuted} <= {9, 12}


def test_a_planted_turn_of_the_labels_is_found_in_its_first_month(flights: pd.DataFrame) -> None:
    turned = flights[flights["month"] > 7].copy()
    here = (turned["month"] >= 10) & (np.random.default_rng(0).random(len(turned)) < 0.35)
    turned.loc[here, "late"] = 1 - turned.loc[here, "late"]
    found = quality(turned, reference=flights[flights["month"].between(2, 4)], **ASKED, measures=["accuracy", "brier"])
    breached = {pd.Timestamp(row.start, unit="s").month for row in found.breaches if not row.estimated}
    assert breached == {10, 11, 12}
    assert {pd.Timestamp(row.start, unit="s").month for row in found.refuted} >= {10, 11, 12}
    assert not [row for row in found.breaches if row.estimated]


@pytest.fixture
def desk(tmp_path: Path, flights: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with Workspace.open(tmp_path) as workspace:
        workspace.create()
    flights[flights["month"] == 2].to_parquet("reference.parquet")
    flights[flights["month"].isin([6, 9])].iloc[::4].to_parquet("summer.parquet")
    return tmp_path


def test_the_command_shows_and_records(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import jsonschema

    words = ["quality", "flight-delay@3", "--data", "summer.parquet", "--reference", "reference.parquet", "--target",
             "late", "--score", "p", "--time", "t", "--every", "month", "--measures", "accuracy,roc_auc"]  # fmt: skip
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    with Workspace.open(desk) as workspace:
        kept = performance(workspace.ledger, model="flight-delay")
    assert [fact.value for fact in kept] == [row["value"] for row in document["rows"]]
    assert {fact.version for fact in kept} == {3}
    assert main([*words, "--dry-run", "--check"]) in {0, 3}
    shown = capsys.readouterr()
    assert "2013-06-01" in shown.out
    assert "accuracy" in shown.out
    assert "concept drift" in shown.err
    with Workspace.open(desk) as workspace:
        assert len(performance(workspace.ledger)) == len(kept)


def test_the_command_ends_with_3_where_a_check_fails(
    desk: Path, flights: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = flights[flights["month"] == 6].iloc[::4]
    turned.assign(late=1 - turned["late"]).to_csv("turned.csv", index=False)
    words = ["quality", "flight-delay", "--reference", "reference.parquet", "--target", "late", "--score", "p"]
    assert main([*words, "--data", "turned.csv", "--positive", "1", "--check"]) == 3
    assert "accuracy is " in capsys.readouterr().out
    assert main([*words, "--data", "turned.csv", "--check", "--target", "lat", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "MP720"
    assert main([*words, "--data", "nowhere.csv"]) == 2
    assert "there is no file nowhere.csv" in capsys.readouterr().err
