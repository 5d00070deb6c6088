"""The doors of a run: papermill's command, a scheduler elsewhere, a store on S3, a ledger on PostgreSQL."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.desk import Desk, alive, by_name, descendants, wait_until

pytestmark = [pytest.mark.slow]

CELLS = (
    "%load_ext jupyter_mlpipe",
    "import helpers",
    "%%stage load\nwith open('data.csv') as source:\n    rows = [int(line) for line in source]",
    "%%stage scale\nscaled = [helpers.scale(row) for row in rows]\nprint(scaled)",
    "%%stage total\nimport os\ntotal = sum(scaled)\nprint('total', total, os.path.basename(os.getcwd()))",
)


def make_desk(place: Path, traces: Path | None = None) -> Desk:
    desk = Desk(place, traces or place.parent / f"{place.name}-traces")
    (place / ".mlpipe").mkdir(parents=True)
    desk.traces.mkdir(exist_ok=True)
    (place / "helpers.py").write_text("def scale(x):\n    return 10 * x\n")
    (place / "data.csv").write_text("1\n2\n3\n")
    desk.write(*CELLS)
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path / "project")


def printed(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    streams = [output for cell in cells for output in cell.get("outputs", ()) if output["output_type"] == "stream"]
    return ["".join(output["text"]).strip() for output in streams if output["name"] == "stdout"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(arguments: list[str], **keywords: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(arguments, **{**quiet, **keywords})
    try:
        yield running
    finally:
        below = descendants(running.pid) if running.poll() is None else []
        running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(15)
        wait_until(lambda: not alive(below), "the program's own processes end", 30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- papermill ---------------------------------------------------------------------------------------------------


def papermill(desk: Desk, output: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "papermill", "nb.ipynb", output, "--engine", "mlpipe", *arguments],
        cwd=desk.folder,
        env=desk.environ,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def last_run(desk: Desk) -> dict[str, Any]:
    newest = json.loads(desk.mlpipe("runs", "--json").stdout)["runs"][0]["run"]
    return dict(json.loads(desk.mlpipe("show", newest, "--json").stdout))


def test_papermill_runs_the_whole_pipeline(desk: Desk) -> None:
    before = (desk.folder / "nb.ipynb").read_bytes()
    done = papermill(desk, "out.ipynb")
    assert done.returncode == 0, done.stderr
    assert printed(desk.folder / "out.ipynb") == ["[10, 20, 30]", "total 60 project"]
    assert (desk.folder / "nb.ipynb").read_bytes() == before
    assert {stage["status"] for stage in last_run(desk)["stages"]} == {"done"}
    again = papermill(desk, "again.ipynb")
    assert again.returncode == 0, again.stderr
    assert printed(desk.folder / "again.ipynb") == ["[10, 20, 30]", "total 60 project"]
    assert {stage["status"] for stage in last_run(desk)["stages"]} == {"hit"}
    assert set(desk.statuses().values()) == {"hit"}  # and the command line shares what papermill made


def test_papermill_hands_parameters_on(desk: Desk) -> None:
    path = desk.write("factor = 2", *CELLS[1:4], "%%stage total\ntotal = sum(scaled) * factor\nprint(total)")
    document = json.loads(path.read_text())
    document["cells"][0]["metadata"] = {"tags": ["parameters"]}
    path.write_text(json.dumps(document))
    done = papermill(desk, "out.ipynb", "-p", "factor", "5")
    assert done.returncode == 0, done.stderr
    assert printed(desk.folder / "out.ipynb")[-1] == "300"
    assert desk.statuses("-p", "factor", "5") == {"load": "hit", "scale": "hit", "total": "hit"}


def test_papermill_fails_as_it_does_for_any_notebook(desk: Desk) -> None:
    desk.write("%%stage a\nx = 1", "%%stage b\nprint(x / 0)", "%%stage c\nprint(x)")
    done = papermill(desk, "out.ipynb")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    cells = json.loads((desk.folder / "out.ipynb").read_text())["cells"]
    names = [output.get("ename") for cell in cells for output in cell.get("outputs", ())]
    assert "ZeroDivisionError" in names


# -- a cluster elsewhere -----------------------------------------------------------------------------------------


def test_a_scheduler_and_worker_elsewhere(desk: Desk, tmp_path: Path) -> None:
    port = free_port()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    keywords: dict[str, Any] = {"cwd": elsewhere, "env": desk.environ}
    with ExitStack() as stack:
        scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        stack.enter_context(process(scheduler, **keywords))
        wait_until(lambda: listens(port), "the scheduler listens")
        worker = [
            *dask,
            "worker",
            address,
            "--nworkers",
            "1",
            "--nthreads",
            "2",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
        ]
        stack.enter_context(process(worker, **keywords))
        result = desk.run("--cluster", address)
        assert result["status"] == "done"
        assert {stage["status"] for stage in result["stages"]} == {"done"}
        assert printed(Path(result["notebook"])) == ["[10, 20, 30]", "total 60 project"]
    assert set(desk.statuses().values()) == {"hit"}
    assert not list(elsewhere.rglob("*.ipynb"))


# -- a store on S3 -----------------------------------------------------------------------------------------------


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    for name, value in {
        "ENDPOINT_URL": url,
        "ACCESS_KEY_ID": "k",
        "SECRET_ACCESS_KEY": "s",
        "DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    source = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    with process([sys.executable, "-c", source]):
        wait_until(lambda: listens(port), "moto's server listens")
        urllib.request.urlopen(urllib.request.Request(f"{url}/shared", method="PUT"), timeout=10).close()
        yield "s3://shared/store"


def test_two_users_share_a_store_on_s3(s3: str, tmp_path: Path) -> None:
    first = make_desk(tmp_path / "first" / "project", traces=tmp_path / "traces")
    first.settings["MLPIPE_STORE_URL"] = s3
    assert set(first.statuses().values()) == {"done"}
    assert set(first.statuses().values()) == {"hit"}
    assert not (first.folder / ".mlpipe" / "store").exists()
    second = make_desk(tmp_path / "elsewhere" / "project", traces=tmp_path / "traces")
    second.settings["MLPIPE_STORE_URL"] = s3
    result = second.run()
    assert {stage["status"] for stage in result["stages"]} == {"hit"}
    assert printed(Path(result["notebook"])) == ["[10, 20, 30]", "total 60 project"]


def test_another_users_results_are_taken_only_when_their_key_is_trusted(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    first, second = (make_desk(tmp_path / name / "project") for name in ("first", "second"))
    for desk in (first, second):
        desk.settings["MLPIPE_STORE_URL"] = store
    assert set(first.statuses().values()) == {"done"}
    assert set(second.statuses().values()) == {"done"}
    from jupyter_mlpipe.store.signing import Signer

    third = make_desk(tmp_path / "third" / "project")
    third.settings["MLPIPE_STORE_URL"] = store
    third.settings["MLPIPE_TRUSTED_KEYS"] = Signer(first.traces / "key").key_id
    assert set(third.statuses().values()) == {"hit"}


# -- a ledger on PostgreSQL --------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_ledger_on_postgresql(desk: Desk, postgres_url: str) -> None:
    desk.settings["MLPIPE_LEDGER_URL"] = postgres_url
    assert set(desk.statuses().values()) == {"done"}
    assert set(desk.statuses().values()) == {"hit"}
    runs = json.loads(desk.mlpipe("runs", "--json").stdout)["runs"]
    assert [run["status"] for run in runs] == ["done", "done"]
    assert not (desk.folder / ".mlpipe" / "ledger.db").exists()


@pytest.mark.postgres
def test_two_runners_on_postgresql_share_the_work(desk: Desk, postgres_url: str) -> None:
    desk.settings["MLPIPE_LEDGER_URL"] = postgres_url
    names = ("one", "two")
    trace = "with open({path!r}, 'a') as trace:\n    trace.write('x')\ntime.sleep(0.5)\n"
    cells = [f"%%stage {name}\nimport time\n{trace.format(path=str(desk.traces / name))}{name} = 1" for name in names]
    desk.write(*cells)
    runners = [desk.start("run", "nb.ipynb", "--json") for _ in range(2)]
    answers = [runner.communicate(timeout=200) for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], answers
    assert {name: desk.trace(name) for name in names} == dict.fromkeys(names, "x")
    statuses = [
        {name: stage["status"] for name, stage in by_name(json.loads(out)["stages"]).items()} for out, _ in answers
    ]
    assert all(sorted(run[name] for run in statuses) == ["done", "hit"] for name in names)
