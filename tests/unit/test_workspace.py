from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import HookError, WorkspaceError
from jupyter_mlpipe.ledger import runs
from jupyter_mlpipe.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home")}


def test_opening_makes_a_closed_folder_that_git_ignores(tmp_path: Path, environ: dict[str, str]) -> None:
    with Workspace.open(tmp_path / "n.ipynb", environ=environ) as workspace:
        assert workspace.root == tmp_path
        assert workspace.folder == tmp_path / ".mlpipe"
        assert stat.S_IMODE(workspace.folder.stat().st_mode) == 0o700
        assert (workspace.folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
        assert [path.name for path in workspace.folder.iterdir()] == [".gitignore"]
        assert workspace.run_folder("r1") == tmp_path / ".mlpipe" / "runs" / "r1"
    (tmp_path / ".mlpipe" / ".gitignore").write_text("mine", encoding="utf-8")
    Workspace.open(tmp_path, environ=environ)
    assert (tmp_path / ".mlpipe" / ".gitignore").read_text(encoding="utf-8") == "mine"


def test_without_create_nothing_is_written(tmp_path: Path, environ: dict[str, str]) -> None:
    workspace = Workspace.open(tmp_path, environ=environ, create=False)
    assert not workspace.exists
    for part in ("ledger", "store"):
        with pytest.raises(WorkspaceError) as caught:
            getattr(workspace, part)
        assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_ledger_and_store_open_when_first_asked_for(tmp_path: Path, environ: dict[str, str]) -> None:
    with Workspace.open(tmp_path, {"lease_ttl": 3}, environ=environ) as workspace:
        assert workspace.settings.lease_ttl == 3
        ledger = workspace.ledger
        assert workspace.ledger is ledger
        assert runs.runs(ledger) == []
        assert (tmp_path / ".mlpipe" / "ledger.db").exists()
        digest = workspace.store.blobs.put(b"content")
        assert workspace.store.blobs.get(digest) == b"content"
        assert (tmp_path / ".mlpipe" / "store").is_dir()


@pytest.mark.postgres
def test_the_ledger_may_be_in_postgresql(tmp_path: Path, environ: dict[str, str], postgres_url: str) -> None:
    with Workspace.open(tmp_path, environ=environ | {"MLPIPE_LEDGER_URL": postgres_url}) as workspace:
        run = runs.start_run(workspace.ledger, pipeline="p", notebook="n", notebook_digest="d")
    with Workspace.open(tmp_path, {"ledger_url": postgres_url}, environ=environ) as workspace:
        assert runs.run(workspace.ledger, run.id) == run
    assert not (tmp_path / ".mlpipe" / "ledger.db").exists()


def install(folder: Path, hooks: str, source: str) -> None:
    """Lay out an installed distribution that names hooks."""
    information = folder / "someones_hooks-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: someones-hooks\nVersion: 1.0\n", encoding="utf-8"
    )
    (information / "entry_points.txt").write_text(f"[jupyter_mlpipe.hooks]\n{hooks}\n", encoding="utf-8")
    (folder / "someones_hooks.py").write_text(source, encoding="utf-8")


def test_hooks_come_from_entry_points(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    source = "class A: pass\ninstance = A()\ninstance.name = 'instance'\ndef make():\n    return 'made'\n"
    install(
        tmp_path / "site",
        "zz-b = someones_hooks:make\nzz-a = someones_hooks:A\nzz-c = someones_hooks:instance",
        source,
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    workspace = Workspace.open(tmp_path, environ=environ, create=False)
    first, second, third = workspace.hooks()[-3:]
    assert type(first).__name__ == "A"
    assert second == "made"
    assert third.name == "instance"
    assert workspace.hooks()[-3] is first
    sys.modules.pop("someones_hooks", None)


def test_a_hook_that_cannot_be_loaded_is_its_own_fault(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "broken = someones_hooks:missing", "")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(HookError) as caught:
        Workspace.open(tmp_path, environ=environ, create=False).hooks()
    assert "the stage hook broken of someones-hooks" in caught.value.message
    sys.modules.pop("someones_hooks", None)


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can become another user")
def test_a_read_only_folder_is_reported() -> None:
    code = """
import os, sys
from jupyter_mlpipe.errors import ReadOnlyError
from jupyter_mlpipe.workspace import Workspace
os.setuid(65534)
try:
    Workspace.open(sys.argv[1], environ={"HOME": sys.argv[1]})
except ReadOnlyError as error:
    print(error.code, error.hint)
"""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        found = subprocess.run(
            [sys.executable, "-c", code, name], capture_output=True, text=True, cwd=ROOT, check=False
        )
        assert found.stdout.startswith("MP405 make "), found.stderr
        assert list(Path(name).iterdir()) == []
