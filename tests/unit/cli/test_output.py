from __future__ import annotations

import json

import pytest

from jupyter_mlpipe.cli.narration import stage_line
from jupyter_mlpipe.cli.output import duration, print_json, print_table, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""), (0.0, "0.0 s"), (3.21, "3.2 s"), (9.96, "10 s"), (59.6, "1 min"), (200, "3 min 20 s"),
        (3600, "1 h"), (7530, "2 h 5 min"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456, "123 kB"), (2_500_000, "2.5 MB"),
                        (5_000_000_000_000, "5.0 TB")]
)  # fmt: skip
def test_sizes(count, text):
    assert size(count) == text


def test_json_is_json_whatever_the_numbers(capsys):
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": ("x", None)})
    said = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert said == {"a": "nan", "b": ["inf", 1.5], "c": ["x", None]}


def test_columns_are_aligned(capsys):
    print_table(("a", "b"), [("long name", "1"), ("x", "")])
    assert capsys.readouterr().out == "a          b\nlong name  1\nx\n"


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        (
            {"name": "train", "status": "hit", "key": "3f2a99aa", "saved": 12.0},
            "train: restored 3f2a99, 12 s saved",
        ),
        (
            {"name": "train", "status": "done", "seconds": 3.2, "reason": "function fit changed"},
            "train: ran in 3.2 s, because function fit changed",
        ),
        ({"name": "train", "status": "skipped", "reason": "`load` did not end well"},
         "train: skipped, because `load` did not end well"),
        ({"name": "train", "status": "failed", "error": {"code": "MP301", "message": "KeyError: 'x'"}},
         "train: failed"),
    ],
)  # fmt: skip
def test_a_stage_is_told_in_one_line(stage, line):
    assert stage_line(stage) == line
