"""Bad notebooks and bad surroundings: a coded message with a way out, no traceback of ours, nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.desk import Desk

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "project", tmp_path / "traces")
    desk.folder.mkdir()
    desk.traces.mkdir()
    return desk


@dataclass(frozen=True)
class Bad:
    """One kind of bad input: how to make it, and what must be said of it."""

    name: str
    make: Callable[[Desk], object]
    code: str
    says: str
    exit_code: int = 2
    arguments: tuple[str, ...] = ()


def cells(*sources: str, kernel: str = "python3") -> Callable[[Desk], object]:
    return lambda desk: desk.write(*sources, kernel=kernel)


def _broken(text: str) -> Callable[[Desk], object]:
    return lambda desk: (desk.folder / "nb.ipynb").write_text(text, encoding="utf-8")


def _file_in_the_way(desk: Desk) -> None:
    desk.write("%%stage a\nx = 1")
    (desk.folder / ".mlpipe").write_text("a file, not a folder")


def _output_in_the_way(desk: Desk) -> None:
    desk.write("%%stage a\nx = 1")
    (desk.folder / "out").write_text("a file, not a folder")


ONE = "%%stage a\nx = 1"

TABLE = (
    Bad("unknown option", cells("%%stage a --retires 2\nx = 1"), "MP101", "--retries"),
    Bad("option without its value", cells("%%stage a --memory\nx = 1"), "MP101", "--memory"),
    Bad("option with a bad value", cells("%%stage a --memory lots\nx = 1"), "MP101", "lots"),
    Bad("stage without a name", cells("%%stage\nx = 1"), "MP101", "NAME"),
    Bad("two pipelines", cells("%pipeline one", "%pipeline two", ONE), "MP104", "two"),
    Bad("cycle", cells("%%stage a --after b\nx = 1", "%%stage b --after a\ny = 1"), "MP105", "a"),
    Bad("stage after itself", cells("%%stage a --after a\nx = 1"), "MP105", "a"),
    Bad("after a stage that is not there", cells("%%stage a --after other\nx = 1"), "MP1", "other"),
    Bad("undefined name", cells("%%stage a\ny = not_defined + 1"), "MP106", "not_defined"),
    Bad("name used before it is defined", cells("%%stage a\ny = later + 1", "%%stage b\nlater = 1"), "MP106", "later"),
    Bad("unparsable cell", cells("%%stage a\nx = = 1"), "MP103", "cell"),
    Bad("unparsable plain cell", cells("def f(:\n    pass", ONE), "MP103", "cell"),
    Bad("not JSON", _broken("{ not json"), "MP102", "nb.ipynb"),
    Bad("cut off", _broken(json.dumps({"cells": [], "metadata": {}})[:-4]), "MP102", "nb.ipynb"),
    Bad("not a notebook", _broken("[1, 2]"), "MP102", "nb.ipynb"),
    Bad("a notebook of version 2", _broken('{"nbformat": 2, "worksheets": []}'), "MP102", "nb.ipynb"),
    Bad("no such file", lambda _desk: None, "MP102", "nb.ipynb"),
    Bad("unknown parameter", cells(ONE), "MP107", "beta", arguments=("-p", "beta", "1")),
    Bad("unknown stage", cells(ONE), "MP110", "none", arguments=("--stage", "none")),
    Bad("missing kernel", cells(ONE, kernel="not-installed"), "MP305", "not-installed", exit_code=1),
    Bad("a kernel that is not there", cells(ONE), "MP305", "nowhere", exit_code=1, arguments=("-k", "nowhere")),
    Bad("more than the machine has", cells("%%stage a --memory 900TB\nx = 1"), "MP306", "a", exit_code=1),
    Bad("a file in the workspace's place", _file_in_the_way, "MP4", ".mlpipe"),
    Bad("a file in the output's way", _output_in_the_way, "MP405", "out", arguments=("-o", "out/nb.ipynb")),
    Bad("unknown cluster", cells(ONE), "MP306", "nowhere", exit_code=1, arguments=("--cluster", "nowhere")),
    Bad("scheduler that does not answer", cells(ONE), "MP306", "127.0.0.1:1", exit_code=1,
        arguments=("--cluster", "tcp://127.0.0.1:1")),
)  # fmt: skip


def leftovers(desk: Desk) -> list[str]:
    """What a refused run should not have left: blobs, keys, temporary files.

    A run that was recorded leaves its executed notebook, which must then be whole.
    """
    for path in desk.folder.glob(".mlpipe/runs/*/nb.ipynb"):
        assert json.loads(path.read_text())["cells"]
    kept = ("ledger.db", ".gitignore", "nb.ipynb")
    found = [path for path in desk.folder.rglob("*") if path.is_file() and ".mlpipe" in path.parts]
    return [str(path.relative_to(desk.folder)) for path in found if not path.name.startswith(kept)]


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name.replace(" ", "-"))
def test_bad_input_gets_a_code_and_a_way_out(bad: Bad, desk: Desk) -> None:
    bad.make(desk)
    done = desk.mlpipe("run", "nb.ipynb", *bad.arguments)
    said = done.stdout + done.stderr
    assert done.returncode == bad.exit_code, said
    assert bad.code in said
    assert bad.says in said
    assert "→" in said or "hint" in said.lower(), f"no way out: {said}"
    assert "Traceback" not in said
    if (desk.folder / ".mlpipe").is_dir():
        assert not leftovers(desk)
        assert not (desk.folder / "out" / "nb.ipynb").exists()


@pytest.mark.parametrize("bad", [bad for bad in TABLE if bad.code in ("MP101", "MP103", "MP106")][:3],
                         ids=lambda bad: bad.name.replace(" ", "-"))  # fmt: skip
def test_the_same_in_json(bad: Bad, desk: Desk) -> None:
    bad.make(desk)
    done = desk.mlpipe("run", "nb.ipynb", "--json")
    error = json.loads(done.stdout)["error"]
    assert error["code"] == bad.code
    assert error["hint"]


def test_a_failing_stage_shows_the_users_error_and_no_frame_of_ours(desk: Desk) -> None:
    desk.write("%%stage a\nx = {}\nx['missing']", "%%stage b\nprint(x)")
    done = desk.mlpipe("run", "nb.ipynb")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "MP301" in said
    assert "KeyError" in said
    assert "jupyter_mlpipe/" not in said


@pytest.fixture
def read_only(desk: Desk) -> Iterator[Desk]:
    """A project folder that nobody may write to, root neither."""
    desk.write(ONE)
    if os.getuid() != 0:
        desk.folder.chmod(0o555)
        yield desk
        desk.folder.chmod(0o755)
        return
    done = subprocess.run(["mount", "--bind", "-o", "ro", desk.folder, desk.folder], capture_output=True, check=False)
    if done.returncode == 0 and os.access(desk.folder, os.W_OK):
        subprocess.run(["mount", "-o", "remount,ro,bind", desk.folder], capture_output=True, check=False)
    if done.returncode != 0 or os.access(desk.folder, os.W_OK):
        pytest.skip("root may write anywhere here, and nothing can be mounted read-only")
    try:
        yield desk
    finally:
        subprocess.run(["umount", desk.folder], check=False)


def test_a_read_only_folder(read_only: Desk) -> None:
    done = read_only.mlpipe("run", "nb.ipynb")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "MP405" in said
    assert "Traceback" not in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte; where none can be mounted, the test is left out."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    able = os.getuid() == 0 and shutil.which("mount") is not None
    if not able or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=False)


BIG = (
    "%%stage small\nx = 1",
    "%%stage big\nimport numpy as np\nvalues = np.arange(1_000_000)",
    "%%stage use\nvalues.sum()",
)


def check_no_space(desk: Desk, said: str, code: int) -> None:
    assert code == 1, said
    assert "MP205" in said
    assert "Traceback" not in said
    verified = desk.mlpipe("store", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_full_disk(desk: Desk, small_disk: Path) -> None:
    desk.write(*BIG)
    desk.settings["MLPIPE_STORE_URL"] = str(small_disk / "store")
    done = desk.mlpipe("run", "nb.ipynb")
    check_no_space(desk, done.stdout + done.stderr, done.returncode)
    assert not [path for path in small_disk.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert desk.statuses() == {"small": "hit", "big": "done", "use": "done"}


def test_files_that_may_not_grow(desk: Desk) -> None:
    """The same where nothing can be mounted: no process may write a file larger than two megabytes."""
    desk.write(*BIG)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    done = desk.mlpipe("run", "nb.ipynb", preexec_fn=limit)
    check_no_space(desk, done.stdout + done.stderr, done.returncode)
    assert desk.statuses() == {"small": "hit", "big": "done", "use": "done"}
