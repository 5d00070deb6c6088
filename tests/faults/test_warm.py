"""``mlpipe run --warm``: one process carries out command after command, as each would go by itself."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_mlpipe.execution.framing import receive, send
from jupyter_mlpipe.execution.shared_address import connect
from tests.faults.desk import Desk, leave_trace, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("warm"),
    pytest.mark.skipif(sys.platform != "linux", reason="warm runs are to be had on Linux only"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One workspace with one resident for all tests here."""
    folder = tmp_path_factory.mktemp("warm")
    with tempfile.TemporaryDirectory(prefix="mlp-") as runtime:  # short enough for sockets
        desk = Desk(folder / "project", folder / "traces", {"JUPYTER_RUNTIME_DIR": runtime})
        (desk.folder / ".mlpipe").mkdir(parents=True)
        desk.traces.mkdir()
        yield desk
        desk.mlpipe("warm", "--stop")


def residents(desk: Desk) -> list[psutil.Process]:
    """Processes that carry out commands for the desk's workspace."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("JUPYTER_RUNTIME_DIR") == desk.settings["JUPYTER_RUNTIME_DIR"]
            if ours and any("cli.resident" in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def cells(value: int) -> tuple[str, str, str]:
    return "%%stage first\nx = 1", f"%%stage second\ny = x + {value}\nprint(y)", "%%stage third\nprint(x)"


def test_the_cluster_is_there_for_the_next_run(desk: Desk) -> None:
    desk.write(*cells(1))
    assert set(desk.statuses("--warm").values()) == {"done"}
    (resident,) = residents(desk)
    workers = {process.pid for process in resident.children(recursive=True) if "spawn_main" in str(process.cmdline())}
    assert workers
    desk.write(*cells(2))
    assert desk.statuses("--warm") == {"first": "hit", "second": "done", "third": "hit"}
    assert [process.pid for process in residents(desk)] == [resident.pid]
    assert workers <= {process.pid for process in resident.children(recursive=True)}
    addresses = list(Path(desk.settings["JUPYTER_RUNTIME_DIR"]).glob("*.sock"))
    assert {address.stat().st_mode & 0o777 for address in addresses} == {0o600}


def test_words_folder_streams_and_exit_codes_are_the_callers(desk: Desk) -> None:
    desk.write("%%stage bad\nprint('so far')\n1 / 0", name="bad.ipynb")
    failed = desk.mlpipe("run", "--warm", "bad.ipynb")
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr
    assert "bad: failed" in failed.stdout
    wrong = desk.mlpipe("run", "--warm", "bad.ipynb", "--nonsense")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "MP001" in wrong.stderr
    (desk.folder / "below").mkdir(exist_ok=True)
    (desk.folder / "below" / "where.ipynb").write_text(desk.write(*cells(3)).read_text())
    below = Desk(desk.folder / "below", desk.traces, desk.settings)
    told = json.loads(below.mlpipe("run", "--warm", "where.ipynb", "--json", "-o", "out.ipynb").stdout)
    assert told["status"] == "done"
    assert (desk.folder / "below" / "out.ipynb").exists()


def test_ctrl_c_stops_the_run_and_nothing_else(desk: Desk) -> None:
    (resident,) = residents(desk)
    desk.write(f"%%stage slow\n{leave_trace(desk.traces, 'slow')}time.sleep(300)", name="nb.ipynb")
    client = desk.start("run", "--warm", "nb.ipynb")
    wait_until(lambda: desk.trace("slow"), "the slow stage starts")
    kernel = psutil.Process(int(desk.trace("slow").split()[0]))
    os.kill(client.pid, signal.SIGINT)
    out, err = client.communicate(timeout=60)
    assert client.returncode == 130, out + err
    assert psutil.wait_procs([kernel], timeout=10)[1] == []
    assert resident.is_running()
    desk.write(*cells(4))
    assert desk.statuses("--warm")["second"] == "done"


def test_a_client_that_is_killed_takes_its_run_with_it(desk: Desk) -> None:
    desk.write(f"%%stage slow\n{leave_trace(desk.traces, 'slower')}time.sleep(300)", name="nb.ipynb")
    client = desk.start("run", "--warm", "nb.ipynb")
    wait_until(lambda: desk.trace("slower"), "the slow stage starts")
    kernel = psutil.Process(int(desk.trace("slower").split()[0]))
    client.kill()
    client.wait()
    assert psutil.wait_procs([kernel], timeout=10)[1] == []

    def status() -> str:
        return str(json.loads(desk.mlpipe("runs", "--json").stdout)["runs"][0]["status"])

    wait_until(lambda: status() != "running", "the run is closed")
    assert status() == "cancelled"


def test_clients_that_leave_at_any_moment_end_their_run_alone(desk: Desk) -> None:
    (resident,) = residents(desk)
    (address,) = Path(desk.settings["JUPYTER_RUNTIME_DIR"]).glob("mlpipe-run-*.sock")
    desk.write(*cells(6))
    assert desk.statuses("--warm")["second"] == "done"
    with Path(os.devnull).open("w") as nowhere:
        order = {"words": ["run", "nb.ipynb"], "folder": str(desk.folder), "environment": desk.environ}
        for attempt in range(60):
            connection = connect(address)
            assert connection is not None
            with connection:
                send(connection, order, [nowhere.fileno()] * 2)
                if attempt % 2:
                    receive(connection)
                time.sleep((0, 0.001, 0.01, 0.1)[attempt % 4])
    assert desk.statuses("--warm")["second"] == "hit"
    assert residents(desk) == [resident]


def test_a_resident_that_is_killed_is_replaced(desk: Desk) -> None:
    (resident,) = residents(desk)
    below = resident.children(recursive=True)
    resident.kill()
    assert psutil.wait_procs([resident, *below], timeout=20)[1] == []
    desk.write(*cells(5))
    assert desk.statuses("--warm")["second"] == "done"
    assert resident not in residents(desk)


def test_a_changed_environment_has_a_resident_of_its_own_and_stop_ends_one(desk: Desk) -> None:
    (resident,) = residents(desk)
    other = Desk(desk.folder, desk.traces, {**desk.settings, "SOMETHING": "else"})
    other.write("%%stage look\nimport os\nprint(os.environ.get('SOMETHING'))")
    assert other.statuses("--warm") == {"look": "done"}
    assert len(residents(desk)) == 2
    assert "stopped" in other.mlpipe("warm", "--stop").stdout
    wait_until(lambda: residents(desk) == [resident], "the other resident ends")
    below = resident.children(recursive=True)
    assert "stopped" in desk.mlpipe("warm", "--stop").stdout
    assert psutil.wait_procs([resident, *below], timeout=20)[1] == []
    left = {path.name for path in Path(desk.settings["JUPYTER_RUNTIME_DIR"]).iterdir()}
    assert not any(name.endswith(".sock") for name in left)
    assert "nothing was warm" in desk.mlpipe("warm", "--stop").stdout
    assert "warm" in desk.mlpipe("warm").stdout
    wait_until(lambda: residents(desk), "a resident starts")
