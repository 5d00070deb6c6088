"""Many promoters at once, promoters that are killed, a registry that dies: the alias names what passed, or stays."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import RegistryUnavailableError
from jupyter_mlpipe.models import promotion
from jupyter_mlpipe.models.catalogue import known_model
from tests.integration.models.conftest import SERVER, MlflowServer
from tests.integration.models.registry_desk import Desk

ROOT = Path(__file__).resolve().parents[3]

_PROMOTE = """
import json, sys
from pathlib import Path
from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.models import promotion
from tests.integration.models.registry_desk import Desk
root, uri, model, versions, killed_at = json.loads(sys.argv[1])
desk = Desk(Path(root), uri, model=model)
if killed_at:
    import os, signal
    from jupyter_mlpipe.models.registry import Registry
    from jupyter_mlpipe.ledger import transitions
    step, when = killed_at
    home = Registry if hasattr(Registry, step) else transitions
    before = getattr(home, step)
    def dying(*given, **named):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        before(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(home, step, dying)
print("ready", flush=True)
sys.stdin.readline()
for version in versions:
    try:
        promotion.promote(desk, model, version, "staging")
        print(version, "done", flush=True)
    except MlpipeError as error:
        print(version, type(error).__name__, flush=True)
"""


def promoter(desk: Desk, versions: list[int], killed_at: tuple[str, str] | None = None) -> subprocess.Popen[str]:
    """A process that promotes these versions to staging, one after another, once it is told to."""
    given = json.dumps([str(desk.root), desk.tracking_uri, desk.model, versions, killed_at])
    return subprocess.Popen(
        [sys.executable, "-c", _PROMOTE, given], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.mark.slow
def test_eight_processes_at_once_leave_an_alias_that_passed_and_a_history_that_is_whole(desk) -> None:
    good = [desk.train(seed) for seed in (1, 2, 3)]
    bad = desk.train(4, gate=False)
    turns = [[good[index % 3], bad, good[(index + 1) % 3]] for index in range(8)]
    processes = [promoter(desk, versions) for versions in turns]
    seen: set[int | None] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.add(desk.alias("staging"))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for process in processes:
        begin(process)
    said = [line.split() for process in processes for line in process.communicate(timeout=200)[0].splitlines()]
    stop.set()
    watcher.join()
    assert seen <= {None, *good}
    outcomes = [(int(version), outcome) for version, outcome in said]
    assert len(outcomes) == 24
    assert all(outcome == "PromotionRefusedError" for version, outcome in outcomes if version == bad)
    history = desk.history()
    assert len(history) == 24
    assert [move.status for move in history].count("done") == [outcome for _, outcome in outcomes].count("done")
    last = None
    for move in history:
        if move.status == "done":
            assert move.before == last, "each move knows the one before it"
            last = move.version
    assert desk.alias("staging") == last == desk.known().aliases["staging"]
    assert desk.known().moved == ()


STEPS = [
    ("begin_transition", "before"), ("begin_transition", "after"), ("set_tags", "after"), ("set_alias", "before"),
    ("set_alias", "after"), ("end_transition", "after"),
]  # fmt: skip


@pytest.mark.slow
def test_a_promoter_killed_at_any_step_leaves_the_old_state_or_the_new_one(embedded) -> None:
    desk = embedded
    versions = [desk.train(1), desk.train(2)]
    desk.promote(versions[0], "staging")
    for step, when in STEPS:
        before = desk.alias("staging")
        other = next(version for version in versions if version != before)
        process = promoter(desk, [other], (step, when))
        begin(process)
        assert process.wait(timeout=60) == -9
        after = desk.alias("staging")
        moved = (step, when) in (("set_alias", "after"), ("end_transition", "after"))
        assert after == (other if moved else before)
        promotion.look(desk)  # the next to look finds what was cut short
        assert all(move.status != "open" for move in desk.history())
        assert known_model(desk.ledger, desk.model).aliases["staging"] == after
        assert desk.known().moved == ()


@pytest.mark.slow
@pytest.mark.parametrize("desk", [SERVER], indirect=True)
def test_a_registry_that_dies_midway_leaves_the_old_state_or_the_new_one(
    desk: Desk, mlflow_server: MlflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlpipe.models.registry import Registry

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    first, second = desk.train(1), desk.train(2)
    desk.promote(first, "staging")
    set_alias = Registry.set_alias

    def dying(self: Registry, *given: object) -> None:
        mlflow_server.kill()
        set_alias(self, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "set_alias", dying)
        with pytest.raises(RegistryUnavailableError):
            desk.promote(second, "staging")
    assert desk.history()[-1].status == "open"
    mlflow_server.stop()
    mlflow_server.start()
    assert desk.alias("staging") == first
    desk.promote(second, "staging")
    assert [(move.version, move.status) for move in desk.history()] == [
        (first, "done"),
        (second, "abandoned"),
        (second, "done"),
    ]
