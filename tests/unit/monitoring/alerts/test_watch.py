"""The watch as a process: it tells, escalates and ends; killed anywhere, the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_mlpipe.ledger import Ledger, leases, outbox, runs, stages
from jupyter_mlpipe.ledger.alerts import Alert, acknowledge, open_alerts
from jupyter_mlpipe.monitoring.alerts import spawning
from jupyter_mlpipe.monitoring.alerts.routing import KIND
from jupyter_mlpipe.monitoring.alerts.watch import LEASE, Watch
from jupyter_mlpipe.settings import load_settings
from tests.unit.monitoring.alerts.receivers import Webhook, until, webhook

PROGRAM = "import sys; from jupyter_mlpipe.monitoring.alerts.watch import main; sys.exit(main())"


class Place:
    """A workspace with owners whom a web server stands for."""

    def __init__(self, root: Path, hook: Webhook, ack_timeout: str = "1h") -> None:
        self.root, self.hook = root, hook
        (root / ".mlpipe").mkdir()
        people = "\n".join(f'[people.{name}]\nchannels = ["{hook.url(name)}"]' for name in ("ana", "bo"))
        defaults = f'[defaults]\nowner = "ana"\nescalate = ["bo"]\nack_timeout = "{ack_timeout}"\n'
        (root / "owners.toml").write_text(f"{people}\n{defaults}", encoding="utf-8")
        settings = '[tool.mlpipe]\ntracking = false\n[tool.mlpipe.alerts]\ngroup-window = "0s"\n'
        (root / "pyproject.toml").write_text(settings, encoding="utf-8")
        self.settings = load_settings(root)
        self.ledger = Ledger.open(self.settings.ledger_url)

    def fail(self, *names: str, end: bool = True) -> None:
        run = runs.start_run(self.ledger, pipeline="flights", notebook="n.ipynb", notebook_digest="d")
        for name in names:
            fact = stages.StageRun(run=run.id, pipeline="flights", stage=name, status="failed", error={"message": "no"})
            stages.record_stage(self.ledger, fact)
        if end:
            runs.finish_run(self.ledger, run.id, "failed")

    def watch(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, "--root", str(self.root)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def only(self) -> Alert:
        (one,) = open_alerts(self.ledger)
        return one


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with webhook() as hook:
        made = Place(tmp_path, hook)
        yield made
        made.ledger.close()


def test_it_tells_and_ends_when_somebody_has_acknowledged(place: Place) -> None:
    place.fail("train")
    process = place.watch()
    until(lambda: place.hook.titles)
    until(lambda: outbox.waiting(place.ledger, [KIND]) == 0)
    assert place.hook.titles == ["[critical] flights/train failed"]
    memory = psutil.Process(process.pid).memory_info().rss / 2**20
    assert memory < 60
    second = place.watch()
    assert second.wait(20) == 0
    assert process.poll() is None
    acknowledge(place.ledger, place.only().id)
    assert process.wait(20) == 0
    assert leases.holder_of(place.ledger, LEASE) is None
    assert place.only().notified == ("ana/json",)


def test_it_escalates_on_time_and_ends_after_the_last_level(tmp_path: Path) -> None:
    with webhook() as hook:
        place = Place(tmp_path, hook, ack_timeout="3s")
        place.fail("train")
        process = place.watch()
        until(lambda: len(hook.got) == 2)
        assert process.wait(20) == 0
        assert [path for path, _ in hook.got] == ["/ana", "/bo"]
        told = place.only().told
        assert told is not None
        assert 3.0 <= told - place.only().opened < 6.0
        place.ledger.close()


def test_it_stays_while_a_run_is_open_and_finds_one_that_was_killed(place: Place) -> None:
    code = """
import sys, time
from jupyter_mlpipe.ledger import Ledger, runs
with Ledger.open(sys.argv[1]) as ledger:
    runs.start_run(ledger, pipeline="flights", notebook="n.ipynb", notebook_digest="d")
    print("started", flush=True)
    time.sleep(60)
"""
    runner = subprocess.Popen([sys.executable, "-c", code, place.ledger.url], stdout=subprocess.PIPE)
    assert runner.stdout is not None
    runner.stdout.readline()
    process = place.watch()
    time.sleep(2.5)
    assert process.poll() is None
    runner.kill()
    runner.wait()
    runner.stdout.close()
    until(lambda: place.hook.titles)
    assert place.hook.titles == ["[critical] a run of flights was interrupted"]
    acknowledge(place.ledger, place.only().id)
    assert process.wait(20) == 0


def test_with_nothing_to_do_it_ends_at_once(place: Place) -> None:
    begun = time.monotonic()
    assert place.watch().wait(20) == 0
    assert time.monotonic() - begun < 5.0


# Where the watch is killed: after so many of its transactions, or in the middle of sending.
@pytest.mark.parametrize(
    "writes",
    [pytest.param(n, marks=() if n in (3, 10) else pytest.mark.exhaustive) for n in range(1, 13)],
)
def test_killed_after_any_write_it_loses_nothing_and_repeats_nothing_beyond_once(place: Place, writes: int) -> None:
    place.fail("load")
    place.fail("train")
    code = f"""
import os, signal, sys
from jupyter_mlpipe.ledger.sqlite import SqliteDatabase
from contextlib import contextmanager
write, left = SqliteDatabase.write, [{writes}]
@contextmanager
def counted(self, **given):
    with write(self, **given) as connection:
        yield connection
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
SqliteDatabase.write = counted
{PROGRAM}
"""
    killed = subprocess.run([sys.executable, "-c", code, "--root", str(place.root)], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    again = place.watch()
    expected = {"[critical] flights/load failed", "[critical] flights/train failed"}
    until(lambda: set(place.hook.titles) == expected and outbox.waiting(place.ledger, [KIND]) == 0)
    for alert in open_alerts(place.ledger):
        acknowledge(place.ledger, alert.id)
    assert again.wait(20) == 0
    counts = Counter(place.hook.titles)
    assert set(counts) == expected
    assert sum(counts.values()) <= 3
    assert all(alert.count == 1 for alert in open_alerts(place.ledger))


def test_killed_while_it_sends_it_sends_again_and_only_that(place: Place) -> None:
    place.hook.pause = 1.0
    place.fail("load")
    place.fail("train")
    process = place.watch()
    until(lambda: len(place.hook.got) == 1)
    process.kill()
    process.wait()
    place.hook.pause = 0.0
    again = place.watch()
    until(lambda: outbox.waiting(place.ledger, [KIND]) == 0 and len(place.hook.got) >= 3)
    for alert in open_alerts(place.ledger):
        acknowledge(place.ledger, alert.id)
    assert again.wait(20) == 0
    assert sorted(Counter(place.hook.titles).values()) == [1, 2]


def test_what_comes_while_another_watch_goes_is_found_by_one_of_them(place: Place) -> None:
    """The first has looked for the last time and still holds the lease when the fact and its watch come."""
    watch = Watch(place.settings, place.ledger, poll=0.01)
    quiet, looked = watch._is_quiet, []

    def is_quiet() -> bool:
        found = quiet()
        if not looked:
            looked.append(found)
            place.fail("train")
            assert place.watch().wait(20) == 0
        return found

    watch._is_quiet = is_quiet  # type: ignore[method-assign]
    thread = threading.Thread(target=watch.work, kwargs={"until_quiet": True})
    thread.start()
    until(lambda: place.hook.titles)
    watch.stop.set()
    thread.join(20)
    assert looked == [True]
    assert place.hook.titles == ["[critical] flights/train failed"]


def test_a_broken_owners_file_keeps_alerts_until_it_is_right(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    right = (place.root / "owners.toml").read_text()
    (place.root / "owners.toml").write_text("[people")
    place.fail("train")
    watch = Watch(place.settings, place.ledger, poll=0.05)
    thread = threading.Thread(target=watch.work, kwargs={"until_quiet": False})
    thread.start()
    until(lambda: open_alerts(place.ledger))
    time.sleep(0.3)
    assert place.hook.got == []
    (place.root / "owners.toml").write_text(right)
    until(lambda: place.hook.titles)
    watch.stop.set()
    thread.join(20)
    assert capfd.readouterr().err.count("owners.toml is not TOML") == 1


def test_it_is_started_only_where_somebody_is_to_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".mlpipe").mkdir()
    begun: list[object] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **more: begun.append(given))
    spawning.spawn_watch(load_settings(tmp_path))
    assert begun == []
    (tmp_path / "owners.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.mlpipe.alerts]\nenabled = false\n")
    spawning.spawn_watch(load_settings(tmp_path))
    assert begun == []


def test_the_spawned_watch_outlives_its_caller_and_leaves_its_arguments_clean(place: Place) -> None:
    place.fail("train")
    spawning.spawn_watch(place.settings)
    until(lambda: place.hook.titles)
    (one,) = [child for child in psutil.Process(os.getpid()).children() if "alerts.watch" in " ".join(child.cmdline())]
    assert place.ledger.url not in " ".join(one.cmdline())
    assert os.getsid(one.pid) != os.getsid(0)
    acknowledge(place.ledger, place.only().id)
    until(lambda: leases.holder_of(place.ledger, LEASE) is None)
