"""Exit codes, errors and crash reports of the command line, without running any pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlpipe.cli import parser as command_parser
from jupyter_mlpipe.cli.crash import write_report
from jupyter_mlpipe.cli.main import COMMANDS, main
from jupyter_mlpipe.cli.parser import build_parser
from jupyter_mlpipe.errors import GateRefusedError


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch):
    """Make every command raise the given error."""

    def refuse(error: BaseException) -> None:
        class Refusing:
            @staticmethod
            def configure(parser):
                parser.add_argument("--json", action="store_true")

            @staticmethod
            def execute(arguments):
                raise error

        monkeypatch.setattr(command_parser, "command", lambda name: Refusing)

    return refuse


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"mlpipe {name}" in capsys.readouterr().out


def test_no_command_is_wrong_usage_and_shows_the_commands(capsys):
    assert main([]) == 2
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["rum", "x.ipynb"], "did you mean run?"),
        (["plan", "x.ipynb", "--jsn"], "did you mean --json?"),
        (["store", "verfy"], "did you mean verify?"),
        (["graph", "x.ipynb", "--format", "dott"], "did you mean dot?"),
        (["store", "sweep", "--older-than", "3x"], "--help"),
        (["run"], "mlpipe run NOTEBOOK"),
    ],
)
def test_wrong_usage_has_a_code_and_a_way_out(words, near, capsys):
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("mlpipe: MP001: ")
    assert near in said
    assert "Traceback" not in said


def test_an_error_keeps_its_exit_code_and_its_hint(refusing, capsys):
    refusing(GateRefusedError("auc is 0.7, below 0.75", hint="train longer", stage="evaluate"))
    assert main(["plan"]) == 3
    assert capsys.readouterr().err == "mlpipe: MP501: auc is 0.7, below 0.75\n  → train longer\n"
    assert main(["plan", "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["error"] == {
        "code": "MP501",
        "message": "auc is 0.7, below 0.75",
        "hint": "train longer",
        "details": {"stage": "evaluate"},
    }


def test_an_interrupt_has_the_shell_s_exit_code(refusing, capsys):
    refusing(KeyboardInterrupt())
    assert main(["plan"]) == 130
    assert capsys.readouterr().err == "mlpipe: interrupted\n"


def test_an_unexpected_error_is_one_line_and_a_report(refusing, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    refusing(ZeroDivisionError("division by zero"))
    assert main(["plan", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    report = Path(error["details"]["report"])
    assert "ZeroDivisionError: division by zero" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o077 == 0
    assert main(["plan"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("mlpipe: unexpected ZeroDivisionError: division by zero\n")
    assert "Traceback" not in said


def test_debug_shows_the_traceback(refusing):
    refusing(ZeroDivisionError("division by zero"))
    with pytest.raises(ZeroDivisionError):
        main(["plan", "--debug"])


def test_a_report_that_cannot_be_written_is_no_second_error(tmp_path):
    assert write_report(ValueError("x"), ["plan"], folder=tmp_path / "missing") is None


def test_a_reader_that_leaves_is_no_fault(tmp_path):
    (tmp_path / ".mlpipe").mkdir()
    script = f'{sys.executable} -m jupyter_mlpipe.cli.main run --help | head -c 1; echo "${{PIPESTATUS[0]}}"'
    run = subprocess.run(["bash", "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONUNBUFFERED": "1"},
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert "Traceback" not in run.stderr


def test_the_version_is_the_package_s(capsys):
    from jupyter_mlpipe import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mlpipe {__version__}\n"


def test_the_whole_parser_knows_every_command():
    parser = build_parser()
    for name in COMMANDS:
        assert name in parser.format_help()
