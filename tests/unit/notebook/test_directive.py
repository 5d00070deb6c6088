from __future__ import annotations

import argparse

import pytest

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.notebook.directive import (
    LineExtension,
    merge_stage_lines,
    parse_duration,
    parse_pipeline_line,
    parse_size,
    parse_stage_line,
    stage_parser,
)
from jupyter_mlpipe.notebook.pipeline import StageOptions


class Gates(LineExtension):
    name = "gate"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--gate", action="append", metavar="CONDITION")


GATES = Gates()


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("train", "inputs", ()),
        ("train -i a", "inputs", ("a",)),
        ("train -i a -i b", "inputs", ("a", "b")),
        ("train --in a,b", "inputs", ("a", "b")),
        ("train --in=a, ", "inputs", None),
        ("train -i a,a -i a", "inputs", ("a",)),
        ("train -o model --out auc", "outputs", ("model", "auc")),
        ("train --after load,clean", "after", ("load", "clean")),
        ("train --file data/*.csv --file 'my data.csv'", "files", ("data/*.csv", "my data.csv")),
        ("train --gpus 1", "gpus", 1.0),
        ("train --gpus 0.5", "gpus", 0.5),
        ("train --gpus -1", "gpus", None),
        ("train --gpus nan", "gpus", None),
        ("train --cpus 2", "cpus", 2.0),
        ("train --memory 8GB", "memory", 8_000_000_000),
        ("train --memory 8GiB", "memory", 8 * 2**30),
        ("train --memory lots", "memory", None),
        ("train --retries 2", "retries", 2),
        ("train --retries 2.5", "retries", None),
        ("train --retries ٣", "retries", None),
        ("train --backoff 5s", "backoff", 5.0),
        ("train --timeout 1h30m", "timeout", 5400.0),
        ("train --timeout never", "timeout", None),
        ("train --owner training@example.com", "owner", "training@example.com"),
        ("train --team 'data science'", "team", "data science"),
        ("train", "cache", True),
        ("train --cache", "cache", True),
        ("train --no-cache", "cache", False),
    ],
)
def test_options_of_a_stage(line: str, field: str, value: object) -> None:
    if value is None:
        with pytest.raises(DirectiveError) as caught:
            parse_stage_line(line)
        assert caught.value.code == "MP101"
        assert caught.value.hint
    else:
        assert getattr(parse_stage_line(line).options, field) == value


def test_a_bare_line_has_the_defaults() -> None:
    assert parse_stage_line("train").options == StageOptions()
    assert parse_stage_line("%%stage train").name == "train"
    assert parse_stage_line("%%mlstage train --gpus 1").options.gpus == 1


@pytest.mark.parametrize("name", ["a", "train-2", "Über_modell", "v1.2", "_x", "x" * 64, "段階"])
def test_legal_names(name: str) -> None:
    assert parse_stage_line(name).name == name


@pytest.mark.parametrize(
    "name",
    ["cell-3", "Cell-3", "x" * 65, "a/b", ".hidden", "-x", "..", "'a b'", "a\u202eb", "a%20b", "''", "x" * 10_000],
)
def test_illegal_names(name: str) -> None:
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line(name)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("train --gpu 1", "--gpus"),
        ("train --memroy 8GB", "--memory"),
        ("train --retry 3", "--retries"),
        ("train --ouput x", "--out"),
    ],
)
def test_an_unknown_option_names_its_nearest_neighbour(line: str, says: str) -> None:
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line(line)
    assert says in caught.value.hint


@pytest.mark.parametrize(
    "line",
    [
        "",
        "train --help",
        "train -h",
        "train 'open",
        "train extra",
        "train --memory",
        "--gpus 1",
        "train --zzz",
        "a -i ''",
    ],
)
def test_a_wrong_line_is_an_error_with_a_way_out_and_prints_nothing(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line(line)
    assert caught.value.hint
    assert capsys.readouterr() == ("", "")


def test_hooks_add_options() -> None:
    line = parse_stage_line('evaluate --gate "auc >= 0.75" --gate "bias <= 0.1" --gpus 1', [GATES])
    assert line.options.extra == {"gate": ["auc >= 0.75", "bias <= 0.1"]}
    assert line.options.gpus == 1
    assert parse_stage_line("evaluate", [GATES]).options.extra == {}
    assert "--gate" in stage_parser([GATES]).format_help()
    with pytest.raises(DirectiveError):
        parse_stage_line("evaluate --gate x")


def test_options_hold_no_expressions() -> None:
    line = parse_stage_line("train --owner '{1+1}' --team '$HOME;!rm'")
    assert (line.options.owner, line.options.team) == ("{1+1}", "$HOME;!rm")


def test_lines_of_one_stage_are_merged() -> None:
    first = parse_stage_line("train --gpus 1 -i a --gate x", [GATES])
    second = parse_stage_line("train --memory 1GB -i b,a --gate y", [GATES])
    merged = merge_stage_lines(first, second).options
    assert (merged.gpus, merged.memory, merged.inputs, merged.extra["gate"]) == (1, 10**9, ("a", "b"), ["x", "y"])
    assert merge_stage_lines(first, parse_stage_line("train --gpus 1")).options.gpus == 1
    with pytest.raises(DirectiveError, match="--gpus"):
        merge_stage_lines(first, parse_stage_line("train --gpus 2"))


def test_the_pipeline_line() -> None:
    line = parse_pipeline_line("%pipeline flight-delays --owner a@b.c --team ops --escalate team:leads --escalate x,y")
    assert (line.name, line.owner, line.team, line.escalate) == (
        "flight-delays",
        "a@b.c",
        "ops",
        ("team:leads", "x", "y"),
    )
    assert parse_pipeline_line("p").owner is None
    for wrong in ("", "p --ownr x", "a b", "p 'x"):
        with pytest.raises(DirectiveError):
            parse_pipeline_line(wrong)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("1kB", 1000),
        ("1 KiB", 1024),
        ("1.5GB", 1_500_000_000),
        ("2Gi", 2**31),
        ("3t", 3 * 10**12),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("2d", 172800),
        ("250ms", 0.25),
        ("0.5h", 1800),
        ("0", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "1x", "h", "1h x", "-1s", "1e5", "9" * 400])
def test_wrong_durations_and_sizes(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        parse_duration(text)


def test_a_stage_says_whom_to_tell_after_its_owner() -> None:
    options = parse_stage_line("train --owner ana --escalate bo,lead --escalate desk").options
    assert options.escalate == ("bo", "lead", "desk")
    with pytest.raises(DirectiveError):
        parse_stage_line("train --escalate bo,,lead")
