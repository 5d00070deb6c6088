"""``mlpipe drift`` on files: windows of the flights against January, recorded once, watched, refused with reasons."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyter_mlpipe.cli.main import main
from jupyter_mlpipe.execution.courier import Courier
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger import Ledger, outbox
from jupyter_mlpipe.ledger.drift_reports import drift_reports
from jupyter_mlpipe.settings import load_settings
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import write

DATA = Path(__file__).resolve().parents[3] / "notebooks" / "data" / "flights.parquet"
COLUMNS = ["carrier", "distance", "dep_delay", "air_time", "month", "time_hour"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with files: January, February to April, and February as a fault left it."""
    for name in [name for name in os.environ if name.startswith(("MLPIPE_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLPIPE_SIGNING_KEY", str(tmp_path / "signing.key"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".mlpipe").mkdir()
    flights = pd.read_parquet(DATA, columns=COLUMNS)
    flights["time_hour"] = pd.to_datetime(flights["time_hour"])
    months = {number: part.drop(columns="month") for number, part in flights.groupby("month")}
    months[1].to_parquet("january.parquet")
    pd.concat([months[4], months[2], months[3]]).to_parquet("spring.parquet")
    february = months[2].assign(distance=months[2].distance * 1.609344, carrier=months[2].carrier.replace("UA", "UAL"))
    february.loc[february.index[::4], "air_time"] = None
    february.to_csv("faulty.csv", index=False)
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = main(["drift", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def recorded(folder: Path) -> list[Any]:
    with Ledger.open(load_settings(folder).ledger_url) as ledger:
        return drift_reports(ledger)


def test_windows_come_in_order_whatever_order_the_rows_have_and_are_recorded_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("report", "--data", "spring.parquet", "--against", "january.parquet", "--time", "time_hour")
    code, first = asked(capsys, *words, "--every", "month", "--check")
    starts = [report["start"] for report in first["reports"]]
    # Times are UTC: the last evening in April is in May there, and too short to judge.
    assert (code, len(starts), starts) == (3, 4, sorted(starts))
    assert sum(report["rows"] for report in first["reports"]) == 24951 + 28834 + 28330
    assert "too few" in first["reports"][3]["reasons"][0]
    assert asked(capsys, *words, "--every", "month")[0] == 0
    assert len(recorded(folder)) == 4
    code, listed = asked(capsys, "list")
    assert (code, [item["name"] for item in listed["reports"]]) == (0, ["spring.parquet"] * 4)


def test_planted_faults_are_named_in_their_first_window(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = asked(capsys, "report", "--data", "faulty.csv", "--against", "january.parquet", "--check")
    columns = {item["column"]: item for item in found["reports"][0]["columns"]}
    assert code == 3
    assert columns["distance"]["finding"] == "scale"
    assert "miles to kilometres" in columns["distance"]["reasons"][0]
    assert columns["air_time"]["finding"] == "nulls"
    said = " ".join(columns["carrier"]["reasons"])
    assert "`UAL` is new" in said
    assert "`UA` is gone" in said


def test_a_watch_compares_each_file_once_even_after_it_was_killed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("watch", "--once", "--data", "fault*.csv", "--against", "january.parquet")
    assert asked(capsys, *words, "--check")[0] == 3
    main(["drift", *words])
    assert capsys.readouterr().out == ""
    assert len(recorded(folder)) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--data", "january.parquet"), "MP001"),
        (("--data", "none.parquet", "--against", "january.parquet"), "MP761"),
        (("--data", "january.parquet", "--against", "nobody@production"), "MP602"),
        (("--data", "january.parquet", "--against", "january.parquet", "--time", "hours"), "MP702"),
        (("--data", "january.parquet", "--against", "january.parquet", "--every", "fortnight"), "MP703"),
        (("--run", "latest"), "MP404"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_code(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str
) -> None:
    exit_code, said = asked(capsys, "report", *words)
    assert (exit_code, said["error"]["code"]) == (2, code)
    assert recorded(folder) == []


SETUP = "import numpy as np\nimport pandas as pd"
LOAD = """%%stage load --profile
random = np.random.default_rng(0)
raw = pd.DataFrame({"miles": random.gamma(2, 500, 5000), "carrier": random.choice(list("ABC"), 5000)})
raw["late"] = (raw.miles + random.normal(0, 300, 5000) > 1000).astype(int)"""
CLEAN = """%%stage clean --profile
clean = raw.assign(distance=raw.miles, row=range(len(raw))).drop(columns="miles")"""
USE = "%%stage use\nmean = clean.distance.mean()"

FAULTS = {
    "clean.distance *= 1.609344": "miles to kilometres",
    "clean.loc[clean.row < 500, 'carrier'] = 'DL'": "`DL` is new",
    "clean.loc[clean.row % 5 == 0, 'distance'] = np.nan": "are missing",
    "clean.loc[clean.row % 3 == 0, 'late'] = 1": "late",
}


def run_to_the_end(notebook: Path) -> None:
    with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
        run_pipeline(workspace, workspace.read(notebook))
        while outbox.waiting(workspace.ledger):
            Courier(workspace.settings, workspace.ledger).work()


@pytest.mark.slow
def test_each_planted_fault_is_traced_to_the_stage_that_brought_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for fault in FAULTS:
        for cell in (CLEAN, f"{CLEAN}\n{fault}"):  # the sound one is run between faults: a hit after the first time
            run_to_the_end(write(folder / "flights.ipynb", SETUP, LOAD, cell, USE))
        code, said = asked(capsys, "report", "--run", "latest", "--check")
        found[fault] = said["causes"]
        assert code == 3, fault
        assert [(item["stage"], item["report"]["drifted"]) for item in said["frames"]] == [
            ("load", False),
            ("clean", True),
        ]
    for fault, words in FAULTS.items():
        assert len(found[fault]) == 1, (fault, found[fault])
        assert words in found[fault][0]["text"]
        assert "first in clean of stage clean" in found[fault][0]["text"]
