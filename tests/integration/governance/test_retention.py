"""Retention in a real store: nothing referenced goes, what was archived comes back byte for byte, kills do no harm."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.errors import RetentionError
from jupyter_mlpipe.governance.retention.archive import Archive
from jupyter_mlpipe.ledger.holds import Hold, place_hold, release_hold
from jupyter_mlpipe.ledger.processes import this_user
from jupyter_mlpipe.ledger.profiles import ProfileFact, profile_blobs, record_profile
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.retention import items_of, retention_actions
from jupyter_mlpipe.ledger.runs import finish_run
from jupyter_mlpipe.ledger.transitions import Transition, begin_transition, end_transition
from jupyter_mlpipe.store.sweep import sweep
from tests.integration.governance.retention_desk import DAY, RetentionDesk, open_desk

ROOT = Path(__file__).resolve().parents[3]
OLD = {"kind": "result", "older-than": "30d", "action": "delete"}
ARCHIVED = {**OLD, "action": "archive"}


@pytest.fixture
def desk(tmp_path: Path):
    opened = open_desk(tmp_path)
    with opened.workspace:
        yield opened


def later() -> float:
    return time.time() + 8 * DAY


def make_old(desk: RetentionDesk) -> None:
    """As if all blobs had been written long ago."""
    for path in Path(desk.store.blobs.url.removeprefix("file://")).glob("blobs/*/*"):
        os.utime(path, (time.time() - 60 * DAY,) * 2)


def promote(desk: RetentionDesk, model: str, run: str, key: str, target: str = "production") -> None:
    version = 1
    about = {"model": model, "version": version, "run": run, "pipeline": "p", "stage": "s0", "key": key}
    record_registration(desk.ledger, Registration(name="x", content="c", **about))
    move = Transition(model=model, version=version, action="promote", target=target)
    end_transition(desk.ledger, begin_transition(desk.ledger, move), "done")


def test_what_is_deleted_can_be_undone_and_then_not_any_more(desk: RetentionDesk) -> None:
    old, new = desk.result(1, age=40 * DAY), desk.result(2, age=DAY)
    before = desk.contents()
    retention = desk.retention(OLD)
    action = retention.apply(retention.plan())
    assert desk.keys() == {new}
    assert sweep(desk.store, older_than=-60).blobs == 0, "the trash still names its blobs"
    assert retention.purge().waiting == 1
    retention.undo(action)
    assert desk.contents() == before
    action = retention.apply(retention.plan())
    make_old(desk)
    purged = retention.purge(later())
    assert (purged.items, purged.blobs, purged.waiting) == (1, 1, 0)
    assert desk.keys() == {new}
    desk.assert_whole()
    with pytest.raises(RetentionError, match="was purged already"):
        retention.undo(next(each for each in retention_actions(desk.ledger) if each.id == action.id))
    assert desk.keys().isdisjoint({old})


def test_what_is_archived_comes_back_byte_for_byte(desk: RetentionDesk) -> None:
    shared = desk.store.blobs.put(b"shared by two")
    for number in range(5):
        desk.result(number, age=40 * DAY, shared=[shared])
    before = desk.contents()
    retention = desk.retention(ARCHIVED)
    action = retention.apply(retention.plan())
    make_old(desk)
    assert retention.purge(later()).blobs == 6
    assert desk.contents() == {}
    packed = list((desk.workspace.root / "archive").rglob("*.zst"))
    assert len(packed) == 6
    assert retention.restore(action, items_of(desk.ledger, action.id)) == 5
    assert desk.contents() == before
    desk.assert_whole()
    assert retention.restore(action, items_of(desk.ledger, action.id)) == 0


def test_a_damaged_archive_says_so_and_restores_nothing(desk: RetentionDesk) -> None:
    desk.result(1, age=40 * DAY)
    retention = desk.retention(ARCHIVED)
    action = retention.apply(retention.plan())
    make_old(desk)
    retention.purge(later())
    (packed,) = (desk.workspace.root / "archive").rglob("*.zst")
    packed.write_bytes(packed.read_bytes()[:-5])
    with pytest.raises(RetentionError, match="damaged in the archive"):
        retention.restore(action, items_of(desk.ledger, action.id))
    assert desk.keys() == set()


def test_an_archive_that_does_not_answer_takes_nothing_away(desk: RetentionDesk) -> None:
    key = desk.result(1, age=40 * DAY)
    (desk.workspace.root / "file").write_text("not a folder")
    retention = desk.retention(ARCHIVED, archive=str(desk.workspace.root / "file" / "archive"))
    with pytest.raises(RetentionError, match="cannot write to the archive"):
        retention.apply(retention.plan())
    assert desk.keys() == {key}


def test_what_production_holds_and_runs_refer_to_stays(desk: RetentionDesk) -> None:
    model, upstream, staged, running, held, free = (desk.result(number, age=40 * DAY) for number in range(6))
    promote(desk, "flight-delay", desk.run(upstream, model), model)
    promote(desk, "other", desk.run(staged), staged, target="deprecated")
    going_on = desk.run(running, ended=False)
    run = desk.run(held)
    hold = place_hold(desk.ledger, Hold(subject=f"run:{run}", reason="audit"))
    retention = desk.retention(OLD)
    plan = retention.plan()
    assert {decision.item.key for decision in plan.taken} == {free, staged}
    assert sorted(plan.protected()) == sorted(
        [
            "flight-delay version 1 is in production",
            f"run {going_on} is in progress",
            f"hold {hold} of {this_user()}: audit",
        ]
    )
    retention.apply(plan)
    assert desk.keys() == {model, upstream, running, held}
    assert retention.purge(later()).waiting == 1, "a run that began before goes on"
    finish_run(desk.ledger, going_on, "done")
    assert release_hold(desk.ledger, hold, "over")
    make_old(desk)
    assert retention.purge(later()).waiting == 0
    retention.apply(retention.plan())
    assert desk.keys() == {model, upstream}


def test_what_has_come_to_be_protected_since_the_plan_is_spared(desk: RetentionDesk) -> None:
    key = desk.result(1, age=40 * DAY)
    retention = desk.retention(OLD)
    plan = retention.plan()
    promote(desk, "late", desk.run(key), key)
    assert retention.apply(plan).items == 0
    assert desk.keys() == {key}


def test_a_blob_that_is_put_again_outlives_the_trash(desk: RetentionDesk) -> None:
    desk.result(1, age=40 * DAY)
    retention = desk.retention(OLD, undo="0s")
    retention.apply(retention.plan())
    make_old(desk)
    again = desk.store.blobs.put(b"value 1 " * 20)  # a run makes the same value, and has not published it yet
    assert retention.purge().blobs == 0
    assert desk.store.blobs.get(again) == b"value 1 " * 20


def test_what_somebody_may_be_about_to_name_is_left_to_a_sweep(desk: RetentionDesk) -> None:
    desk.result(1, age=40 * DAY)  # its blob was put just now
    retention = desk.retention(OLD, undo="0s")
    retention.apply(retention.plan())
    assert (retention.purge().blobs, desk.keys()) == (0, set())
    assert sweep(desk.store, older_than=-60).blobs == 1


def test_notebooks_and_profiles_go_and_come_back(desk: RetentionDesk) -> None:
    old, new = desk.run(), desk.run()
    for run in (old, new):
        folder = desk.workspace.run_folder(run)
        folder.mkdir(parents=True)
        (folder / "n.ipynb").write_text(run)
    kept, gone = (desk.store.blobs.put(text) for text in (b"a reference", b"a window"))
    about = {"content": "c", "name": "x", "rows": 1, "pipeline": "p", "stage": "s", "time": time.time() - 40 * DAY}
    record_profile(desk.ledger, ProfileFact(blob=kept, role="reference", model="m", version=1, run=old, **about))
    record_profile(desk.ledger, ProfileFact(blob=gone, role="output", run=new, **about))
    promote(desk, "m", "elsewhere", "k")
    rules = (
        {"kind": "notebook", "keep-last": 1, "action": "archive"},
        {"kind": "profile", "older-than": "30d", "action": "archive"},
    )
    retention = desk.retention(*rules)
    action = retention.apply(retention.plan())
    assert sorted(path.name for path in (desk.workspace.folder / "runs").iterdir()) == [new]
    assert [item.name for item in items_of(desk.ledger, action.id) if item.kind == "profile"] == [gone]
    assert retention.plan().taken == []
    make_old(desk)
    assert profile_blobs(desk.ledger) == {kept, gone}, "a sweep spares what can be undone"
    assert retention.purge(later()).blobs == 1
    assert profile_blobs(desk.ledger) == {kept}
    assert not (desk.workspace.folder / "trash" / old).exists()
    assert retention.restore(action, items_of(desk.ledger, action.id)) == 2
    assert (desk.workspace.run_folder(old) / "n.ipynb").read_text() == old
    assert profile_blobs(desk.ledger) == {kept, gone}
    assert desk.store.blobs.get(gone) == b"a window"


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from tests.integration.governance.retention_desk import open_desk
    import jupyter_mlpipe.store.local_blobs as blobs

    left = int(sys.argv[2])
    def counted(call):
        def step(*given, **more):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **more)
        return step
    blobs.os.replace = counted(blobs.os.replace)
    Path.unlink = counted(Path.unlink)
    Path.replace = counted(Path.replace)
    desk = open_desk(Path(sys.argv[1]))
    rule = {"kind": "result", "older-than": "30d", "action": "archive"}
    retention = desk.retention(rule, undo="0s")
    retention.resume()
    retention.apply(retention.plan())
    retention.purge()
    """
)


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 8, 9, 11, 13])
def test_killed_at_any_step_it_is_carried_out_again(tmp_path: Path, step: int) -> None:
    desk = open_desk(tmp_path)
    with desk.workspace:
        shared = desk.store.blobs.put(b"shared")
        for number in range(3):
            desk.result(number, age=40 * DAY, shared=[shared])
        stays = desk.result(9, age=DAY, shared=[shared])
        before = desk.contents()
        make_old(desk)
    words = [sys.executable, "-c", KILLED, str(tmp_path), str(step)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environ, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with desk.workspace:
        desk.assert_whole()
        retention = desk.retention({"kind": "result", "older-than": "30d", "action": "archive"}, undo="0s")
        retention.resume()
        retention.apply(retention.plan())
        make_old(desk)
        retention.purge()
        assert desk.keys() == {stays}
        desk.assert_whole()
        for action in retention_actions(desk.ledger):
            retention.restore(action, items_of(desk.ledger, action.id))
        assert desk.contents() == before


# -- in general --------------------------------------------------------------------------------------------------------

made = st.tuples(
    st.sampled_from([1, 20, 45, 95]),  # days old
    st.integers(0, 2),  # blobs that it shares
    st.sampled_from(["", "", "", "production", "progress", "hold"]),
)
rules_drawn = st.tuples(
    st.sampled_from([10, 30, 60]), st.integers(0, 2), st.sampled_from(["delete", "archive", "keep"])
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(made, min_size=4, max_size=8), st.lists(rules_drawn, min_size=1, max_size=2), st.integers(0, 3))
def test_nothing_referenced_is_ever_removed(
    tmp_path_factory: pytest.TempPathFactory,
    world: list[tuple[int, int, str]],
    rules: list[tuple[int, int, str]],
    regret: int,
) -> None:
    folder = tmp_path_factory.mktemp("world")
    desk = open_desk(folder)
    with desk.workspace:
        shared = [desk.store.blobs.put(f"shared {number}".encode()) for number in range(3)]
        must_stay = set()
        for number, (days, shares, used) in enumerate(world):
            key = desk.result(number, age=days * DAY, shared=shared[:shares])
            if used:
                must_stay.add(key)
                run = desk.run(key, ended=used != "progress")
                if used == "production":
                    promote(desk, f"m{number}", run, key)
                elif used == "hold":
                    place_hold(desk.ledger, Hold(subject=f"run:{run}", reason="test"))
        before = desk.contents()
        make_old(desk)
        given_rules = [
            {"kind": "result", "older-than": f"{days}d", "keep-last": last, "action": action}
            for days, last, action in rules
        ]
        retention = desk.retention(*given_rules, undo="0s")
        action = retention.apply(retention.plan())
        if regret == 0:
            retention.undo(action)
            assert desk.contents() == before
        else:
            retention.purge(later())
            assert must_stay <= desk.keys()
            desk.assert_whole()
            archived = items_of(desk.ledger, action.id)
            retention.restore(action, archived)
            assert all(before[name] == data for name, data in desk.contents().items())
        desk.assert_whole()
    shutil.rmtree(folder)


def test_two_at_once_do_not_meet(desk: RetentionDesk) -> None:
    desk.result(1, age=40 * DAY)
    retention = desk.retention(OLD)
    with retention._alone(), pytest.raises(RetentionError, match="somebody else"):
        retention.apply(retention.plan())
    assert retention.apply(retention.plan()).items == 1


def test_an_archive_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetentionError, match="cannot be opened"):
        Archive("nowhere://bucket")
    archive = Archive("memory://archive")
    archive.keep_document("a/b.json", b"{}")
    assert archive.document("a/b.json") == b"{}"


# -- beside running pipelines ------------------------------------------------------------------------------------------

RUNS = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from jupyter_mlpipe.execution.runner import run_pipeline
    from jupyter_mlpipe.workspace import Workspace

    folder = Path(sys.argv[1])
    with Workspace.open(folder, {"tracking": False, "workers": 1, "signing_key": str(folder / "key")}) as workspace:
        pipeline = workspace.read(folder / "n.ipynb")
        for number in range(1, int(sys.argv[2]) + 1):
            parameters = {"alpha": number // 2}  # every second run finds what the one before made
            result = run_pipeline(workspace, pipeline, parameters=parameters)
            assert result.status == "done", result
            assert [stage.status for stage in result.stages if not stage.implicit] == (
                ["done", "done"] if number % 2 == 0 or number == 1 else ["hit", "hit"]
            ), result
    """
)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(
    ("objects", "runs"),
    [(1_500, 12), pytest.param(100_000, 60, marks=pytest.mark.exhaustive)],
    ids=["some", "many"],
)
def test_a_large_store_is_swept_beside_running_pipelines(tmp_path: Path, objects: int, runs: int) -> None:
    import nbformat

    cells = [
        "alpha = 0",
        "%%stage load\nrows = list(range(alpha, alpha + 50))",
        "%%stage train\nmodel = sum(rows)",
        "model",
    ]
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    made[0]["metadata"]["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / "n.ipynb")
    desk = open_desk(tmp_path)
    with desk.workspace:
        shared = [desk.store.blobs.put(f"shared {number}".encode()) for number in range(20)]
        production = []
        for number in range(objects // 2):
            key = desk.result(
                number, age=40 * DAY, stage=f"s{number % 50}", shared=shared[number % 20 : number % 20 + 3]
            )
            if number % 100 == 0:
                production.append(key)
                promote(desk, f"m{number}", desk.run(key), key)
        make_old(desk)
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "MLPIPE_TRACKING": "false"}
        words = [sys.executable, "-c", RUNS, str(tmp_path), str(runs)]
        pipelines = subprocess.Popen(words, env=environ, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        rules = (
            {"name": "old", "kind": "result", "pipeline": "p", "older-than": "30d", "action": "archive"},
            {"name": "new", "kind": "result", "pipeline": "n", "keep-last": 2, "older-than": "0s", "action": "delete"},
        )
        retention = desk.retention(*rules, undo="0s")
        actions = 0
        before: dict[str, bytes] = {}
        while pipelines.poll() is None:
            plan = retention.plan()
            if not actions:
                before = desk.contents()
            actions += retention.apply(plan).items
            retention.purge()
        _, wrong = pipelines.communicate()
        assert pipelines.returncode == 0, wrong.decode()[-3000:]
        retention.purge()
        desk.assert_whole()
        assert set(production) <= desk.keys()
        assert actions >= objects // 2 - len(production)
        for action in retention_actions(desk.ledger):
            retention.restore(action, items_of(desk.ledger, action.id)) if action.archive else None
        desk.assert_whole()
        after = desk.contents()
        ours = {name: data for name, data in before.items() if name.startswith("keys/")}
        assert len(ours) >= objects // 2
        assert all(
            after.get(name) == data for name, data in ours.items() if b'"pipeline":"p"' in data.replace(b"\\", b"")
        )
