"""The commands on real runs: what they print, the JSON they promise, the exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
MLPIPE = [sys.executable, "-m", "jupyter_mlpipe.cli.main"]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A folder with notebooks, and the command line in it."""

    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLPIPE_", "MLFLOW_"))}
        # No tracking: it has tests of its own, and its courier would compete with the next command.
        own = {"MLPIPE_WORKERS": "1", "MLPIPE_TRACKING": "false", "XDG_CONFIG_HOME": str(self.folder / "config")}
        return {**kept, **own, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}

    def notebook(self, name: str, *cells: str, parameters: str | None = None) -> Path:
        sources = [(cell, {}) for cell in cells]
        if parameters is not None:
            sources.insert(1, (parameters, {"tags": ["parameters"]}))
        document = {
            "cells": [
                {"cell_type": "code", "id": f"c{index}", "metadata": metadata, "source": source, "outputs": [],
                 "execution_count": None}
                for index, (source, metadata) in enumerate(sources)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }  # fmt: skip
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def call(self, *words: str) -> Answer:
        done = subprocess.run(
            [*MLPIPE, *words],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)


def holds(answer: Answer, schema: str) -> Any:
    """The answer's JSON, which must be what the documented schema says."""
    import jsonschema

    document = answer.json
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")))
    return document


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace in which ``small.ipynb`` ran twice, the second time with another parameter."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    made.notebook(
        "small.ipynb",
        "%load_ext jupyter_mlpipe\n%pipeline small --owner you@example.com",
        "%%stage load\nrows = list(range(10))",
        "print(len(rows))",
        "%%stage left\na = sum(rows) * alpha",
        "%%stage right\nb = max(rows)",
        '%%stage join --gate "total >= 1"\ntotal = a + b\ntotal',
        parameters="alpha = 0.5",
    )
    return made


@pytest.fixture(scope="module")
def first(desk: Desk) -> Any:
    answer = desk.call("run", "small.ipynb", "--json", "-o", "out/executed.ipynb")
    assert answer.code == 0, answer.err
    return holds(answer, "run")


@pytest.fixture(scope="module")
def second(desk: Desk, first: Any) -> Any:
    answer = desk.call("run", "small.ipynb", "--json", "-p", "alpha", "0.1")
    assert answer.code == 0, answer.err
    return holds(answer, "run")


def statuses(facts: Any) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in facts["stages"]}


def test_a_plan_before_the_first_run(tmp_path):
    fresh = Desk(tmp_path)
    fresh.notebook("n.ipynb", "%%stage a\nx = 1", "%%stage b\ny = x")
    graph = holds(fresh.call("graph", "n.ipynb", "--json"), "graph")
    assert graph["edges"] == [{"from": "a", "to": "b"}]
    assert not (tmp_path / ".mlpipe").exists()
    plan = holds(fresh.call("plan", "n.ipynb", "--json"), "plan")
    assert statuses(plan)["a"] == "run"
    assert plan["stages"][0]["seconds"] is None


def test_a_first_run_runs_everything_and_writes_the_executed_notebook(desk, first):
    assert set(statuses(first).values()) == {"done"}
    assert [cell["name"] for cell in first["cells"]] == ["cell-3"]
    assert Path(first["notebook"]) == desk.folder / "out" / "executed.ipynb"
    assert first["stages"][3]["numbers"] == {"total": 31.5}


def test_a_second_run_runs_what_the_parameter_changed(second):
    assert statuses(second) == {"load": "hit", "left": "done", "right": "hit", "join": "done"}
    assert "alpha 0.5 → 0.1" in second["stages"][1]["reason"]


def test_a_cached_run_says_so_and_loads_nothing_heavy(desk, second):
    script = (
        "import sys\nfrom jupyter_mlpipe.cli.main import main\ncode = main(['run', 'small.ipynb'])\n"
        "heavy = {'rich', 'mlflow', 'papermill', 'distributed', 'nbformat', 'IPython', 'pandas', 'numpy', 'alembic'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\nsys.exit(code)"
    )
    code, shown = in_a_terminal([sys.executable, "-c", script], desk)
    assert code == 0
    assert "load: restored" in shown
    assert "4 of 4 stages restored" in shown
    assert "heavy: []" in shown


def test_plan_knows_what_is_cached_and_what_it_took(desk, second):
    plan = holds(desk.call("plan", "small.ipynb", "--json"), "plan")
    assert set(statuses(plan).values()) == {"hit"}
    assert all(stage["seconds"] >= 0 for stage in plan["stages"])
    assert plan["seconds"] == 0
    shown = desk.call("plan", "small.ipynb", "-p", "alpha", "3")
    assert shown.code == 0
    assert "parameter alpha" in shown.out
    assert "everything is cached" not in shown.out


def test_graph_in_every_format(desk, second):
    facts = holds(desk.call("graph", "small.ipynb", "--format", "json"), "graph")
    assert {"from": "left", "to": "join"} in facts["edges"]
    assert "cell-3" not in desk.call("graph", "small.ipynb").out
    assert "cell-3" in desk.call("graph", "small.ipynb", "--cells").out
    assert "flowchart" in desk.call("graph", "small.ipynb", "--format", "mermaid").out
    assert "digraph" in desk.call("graph", "small.ipynb", "--format", "dot").out


def test_runs_and_show(desk, first, second):
    listed = holds(desk.call("runs", "--json", "-n", "100"), "runs")["runs"]
    assert {first["run"], second["run"]} <= {run["run"] for run in listed}
    assert first["run"] in desk.call("runs", "--pipeline", "small", "--status", "done").out
    shown = holds(desk.call("show", second["run"], "--json"), "show")
    stages = {stage["name"]: stage for stage in shown["stages"]}
    assert stages["join"]["gates"][0]["passed"] is True
    assert {item["name"] for item in stages["join"]["inputs"]} == {"a", "b"}
    assert stages["left"]["outputs"][0]["name"] == "a"
    assert "parameter alpha = 0.1" in desk.call("show", second["run"]).out
    assert desk.call("show").code == 0


def test_diff_says_what_differs(desk, first, second):
    facts = holds(desk.call("diff", first["run"], second["run"], "--json"), "diff")
    stages = {stage["name"]: stage for stage in facts["stages"]}
    assert set(stages) == {"left", "join"}
    assert stages["left"]["parameters"]
    assert stages["left"]["metrics"] == [{"name": "a", "before": 22.5, "after": 4.5}]
    assert stages["join"]["inputs"]
    assert "parameter alpha" in desk.call("diff", first["run"], second["run"]).out
    assert "no difference" in desk.call("diff", first["run"], first["run"]).out


def test_store(desk, second):
    assert holds(desk.call("store", "verify", "--json"), "store-verify")["ok"]
    stat = holds(desk.call("store", "stat", "--json"), "store-stat")
    assert "small/join" in stat["by_stage"]
    swept = holds(desk.call("store", "sweep", "--json", "--older-than", "0s", "--dry-run"), "store-sweep")
    assert swept["dry_run"]
    for action in ("verify", "stat", "sweep"):
        assert desk.call("store", action).code == 0


def test_track_says_what_is_waiting(desk, second):
    facts = holds(desk.call("track", "--json", "--dry-run"), "track")
    assert facts["waiting"] == []


def test_lint_stops_on_errors_only(desk):
    desk.notebook("surprising.ipynb", "%%stage a\npath = '/data/x.csv'", "%%stage b\ny = nowhere")
    answer = desk.call("lint", "surprising.ipynb", "--json")
    findings = holds(answer, "lint")["findings"]
    assert answer.code == 2
    assert {"error", "warning"} <= {finding["severity"] for finding in findings}
    codes = [code for finding in findings for code in ("--ignore", finding["code"])]
    assert desk.call("lint", "surprising.ipynb", *codes).code == 0
    assert desk.call("lint", "surprising.ipynb", "--ignore", "ML999").code == 2


def test_a_failed_stage_is_exit_code_1(desk):
    desk.notebook("bad.ipynb", "%%stage a\nx = 1", "%%stage boom\n[][x]", "%%stage c\nz = 3")
    answer = desk.call("run", "bad.ipynb", "--json", "--keep-going")
    facts = holds(answer, "run")
    assert answer.code == 1
    assert statuses(facts)["boom"] == "failed"
    boom = next(stage for stage in facts["stages"] if stage["name"] == "boom")
    assert boom["error"]["code"] == "MP301"
    assert "IndexError" in boom["error"]["message"]


def test_a_refusal_is_exit_code_3_and_the_gate_may_change_without_a_run(desk):
    cells = ("%%stage a\nauc = 0.5", "%%stage b\nprint(auc)")
    desk.notebook("gated.ipynb", cells[0].replace("a\n", 'a --gate "auc > 0.9"\n'), cells[1])
    answer = desk.call("run", "gated.ipynb", "--quiet")
    assert answer.code == 3
    assert answer.out == ""
    assert "MP501" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["%%stage a --gpu 1\nx = 1"], "MP101"),
        (["%pipeline a", "%pipeline b"], "MP104"),
        (["%%stage a\nx = (1"], "MP103"),
        (["%%stage a\nx = nowhere"], "MP106"),
    ],
)
def test_a_notebook_that_cannot_be_run_is_exit_code_2_and_leaves_no_trace(tmp_path, cells, code):
    fresh = Desk(tmp_path)
    fresh.notebook("n.ipynb", *cells)
    answer = fresh.call("run", "n.ipynb", "--json")
    assert answer.code == 2
    assert holds(answer, "error")["error"]["code"] == code
    assert answer.err == ""
    assert not list(tmp_path.rglob("*.executed*"))


def test_ctrl_c_cancels_and_leaves_no_process(desk):
    desk.notebook("slow.ipynb", "%%stage a\nx = 'slow'", "%%stage nap\nimport time\ntime.sleep(300)\ny = x")
    runner = subprocess.Popen(
        [*MLPIPE, "run", "slow.ipynb"], cwd=desk.folder, env=desk.environ, stdout=subprocess.PIPE, text=True
    )
    family: list[Any] = []
    with runner:
        assert runner.stdout is not None
        for line in runner.stdout:
            if line.startswith("a: "):
                break
        wait_until(lambda: "slow" in desk.call("runs", "--status", "running").out)
        family += children(runner.pid)
        assert family
        runner.send_signal(signal.SIGINT)
        assert runner.wait(60) == 130
        runner.stdout.read()
    import psutil

    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    assert "slow" in desk.call("runs", "--status", "cancelled").out


def in_a_terminal(command: Sequence[str], desk: Desk) -> tuple[int, str]:
    """Run a command whose output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=desk.folder, env=desk.environ, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:
            break
        if not read:
            break
        shown += read
    os.close(ours)
    return process.wait(), shown.decode()


def children(pid: int) -> list[Any]:
    import psutil

    return psutil.Process(pid).children(recursive=True)


def wait_until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.2)
