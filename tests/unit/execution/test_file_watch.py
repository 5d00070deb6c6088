"""What a stage reads and writes is seen: the first digest of what it read, the last of what it wrote."""

# Every way in which Python touches a file is tried, pathlib's and the older ones.
# ruff: noqa: PTH104, PTH105, PTH107, PTH123, PTH208

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.file_watch import FileWatch
from jupyter_mlpipe.execution.project_files import digest_file, location_digest, put_in_place
from jupyter_mlpipe.execution.touched_files import FileActivity
from jupyter_mlpipe.store.blobs import BlobStore, open_blobs


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return open_blobs(str(tmp_path / "store"))


@pytest.fixture
def watched(project: Path, blobs: BlobStore) -> Iterator[Callable[..., FileActivity]]:
    watches: list[FileWatch] = []

    def run(action: Callable[[], object], *literals: str) -> FileActivity:
        watch = FileWatch(str(project), literals)
        watches.append(watch)
        watch.start()
        action()
        return watch.finish(blobs)

    yield run
    for watch in watches:
        watch.stop()


def test_reads_are_digests_at_first_touch(project: Path, watched: Callable[..., FileActivity]) -> None:
    (project / "in.csv").write_text("a\n1\n")
    before = digest_file(project / "in.csv")

    def body() -> None:
        Path("in.csv").read_text()
        Path("in.csv").write_text("a\n2\n")
        Path("in.csv").read_text()

    seen = watched(body)
    assert seen.read == {"file:in.csv": before}
    assert seen.written["file:in.csv"] == {"digest": digest_file("in.csv"), "size": 4, "mode": 0o644}


def test_large_files_are_hashed_before_they_are_overwritten(
    project: Path, watched: Callable[..., FileActivity]
) -> None:
    (project / "big.bin").write_bytes(b"x" * 200_000)
    before = digest_file(project / "big.bin")

    def body() -> None:
        Path("big.bin").read_bytes()
        Path("big.bin").write_bytes(b"y" * 200_000)

    assert watched(body).read == {"file:big.bin": before}


def test_a_file_made_by_the_stage_is_no_read(project: Path, watched: Callable[..., FileActivity]) -> None:
    def body() -> None:
        Path("sub").mkdir()
        Path("sub/out.txt").write_text("1")
        Path("sub/out.txt").read_text()

    seen = watched(body)
    assert seen.read == {}
    assert list(seen.written) == ["file:sub/", "file:sub/out.txt"]


def test_absent_files_are_read_as_absent(project: Path, watched: Callable[..., FileActivity]) -> None:
    def body() -> None:
        with pytest.raises(FileNotFoundError):
            Path("none.txt").read_text()
        Path("none.txt").write_text("now")

    seen = watched(body)
    assert seen.read == {"file:none.txt": None}
    assert "file:none.txt" in seen.written


def test_appending_reads_what_was_there(project: Path, watched: Callable[..., FileActivity]) -> None:
    (project / "log.txt").write_text("one\n")
    before = digest_file(project / "log.txt")

    def body() -> None:
        for name in ("log.txt", "new.txt"):
            with open(name, "a") as file:
                file.write("two\n")

    seen = watched(body)
    assert seen.read == {"file:log.txt": before}
    assert set(seen.written) == {"file:log.txt", "file:new.txt"}


def test_removing_renaming_and_temporaries(project: Path, watched: Callable[..., FileActivity]) -> None:
    for name in ("gone.txt", "old.txt"):
        (project / name).write_text(name)
    (project / "tree").mkdir()
    (project / "tree" / "leaf.txt").write_text("leaf")

    def body() -> None:
        os.remove("gone.txt")
        os.rename("old.txt", "new.txt")
        Path("temporary").write_text("x")
        os.replace("temporary", "final.txt")
        shutil.rmtree("tree")

    seen = watched(body)
    assert {name for name, item in seen.written.items() if item is None} == {
        "file:gone.txt",
        "file:old.txt",
        "file:tree/",
        "file:tree/leaf.txt",
    }
    assert {name for name, item in seen.written.items() if item} == {"file:new.txt", "file:final.txt"}
    assert "file:old.txt" in seen.read


def test_listing_a_folder_is_a_read_of_its_names(project: Path, watched: Callable[..., FileActivity]) -> None:
    (project / "data").mkdir()
    (project / "data" / "a.csv").write_text("1")

    def body() -> None:
        assert [path.name for path in Path("data").glob("*.csv")] == ["a.csv"]
        Path("data/out.parquet").write_text("2")

    seen = watched(body)
    assert seen.read["file:data/"] == location_digest(project, "file:data/", ignoring=seen.written)
    (project / "data" / "b.csv").write_text("3")
    assert seen.read["file:data/"] != location_digest(project, "file:data/", ignoring=seen.written)


def test_outside_and_tools_own_folders_are_not_seen(
    project: Path, tmp_path: Path, watched: Callable[..., FileActivity]
) -> None:
    (tmp_path / "outside.txt").write_text("x")
    (project / ".git").mkdir()
    (project / ".git" / "HEAD").write_text("x")

    def body() -> None:
        (tmp_path / "outside.txt").read_text()
        Path(".git/HEAD").read_text()

    assert watched(body).read == {}


def test_imported_modules_are_not_files_read(
    project: Path, watched: Callable[..., FileActivity], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "local_module_of_test.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(project)
    seen = watched(lambda: __import__("local_module_of_test"))
    assert seen.read == {}
    sys.modules.pop("local_module_of_test")


def test_databases(project: Path, watched: Callable[..., FileActivity]) -> None:
    def write() -> None:
        connection = sqlite3.connect("facts.db")
        connection.execute("create table t (x)")
        connection.commit()
        connection.close()

    def read() -> None:
        connection = sqlite3.connect("facts.db")
        connection.execute("select * from t").fetchall()
        connection.close()

    made = watched(write)
    assert list(made.written) == ["file:facts.db"]
    seen = watched(read)
    assert seen.read == {"file:facts.db": digest_file("facts.db")}
    assert seen.written == {}


def test_literals_stand_for_readers_that_python_does_not_see(
    project: Path, watched: Callable[..., FileActivity]
) -> None:
    (project / "in.parquet").write_text("1")
    (project / "changed.parquet").write_text("1")
    before = digest_file(project / "changed.parquet")

    def body() -> None:
        # A child that no audit event announces: what a C++ writer looks like from here.
        subprocess.run(["true"], check=True)
        _write_unseen(project / "out.parquet")
        _write_unseen(project / "changed.parquet")

    seen = watched(body, "in.parquet", "out.parquet", "changed.parquet", "a column", "3.5", "https://example.com/x.csv")
    assert seen.read == {"file:in.parquet": digest_file("in.parquet"), "file:changed.parquet": before}
    assert set(seen.written) == {"file:out.parquet", "file:changed.parquet"}
    assert set(seen.unsure) == {"file:out.parquet", "file:changed.parquet"}


def _write_unseen(path: Path) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as file:
        file.write(b"written by C++")


def test_programs_are_recorded_with_the_files_they_name(project: Path, watched: Callable[..., FileActivity]) -> None:
    (project / "in.txt").write_text("in")
    (project / "script.sh").write_text("echo hidden > hidden.txt")

    def body() -> None:
        os.system("cat in.txt > out.txt; sh script.sh")
        subprocess.run(["uname"], check=True, capture_output=True)

    seen = watched(body)
    assert seen.spawned == ("cat in.txt > out.txt; sh script.sh",)
    assert set(seen.read) == {"file:in.txt", "file:script.sh"}
    assert set(seen.written) == {"file:out.txt", "file:hidden.txt"}
    assert seen.complete


def test_nothing_is_seen_without_a_watch(project: Path, watched: Callable[..., FileActivity]) -> None:
    watch = FileWatch(str(project))
    watch.start()
    watch.stop()
    Path("late.txt").write_text("x")
    assert watched(lambda: None).written == {}


def test_odd_arguments_raise_what_python_raises(project: Path, watched: Callable[..., FileActivity]) -> None:
    def body() -> None:
        with pytest.raises(ValueError, match="null"):
            open("a\0b")  # noqa: SIM115
        with pytest.raises(TypeError):
            os.remove(3.5)  # type: ignore[arg-type]
        with pytest.raises(FileNotFoundError):
            os.rename("x", "y")

    assert watched(body).written == {}


def test_versions_are_put_in_place_and_taken_away(project: Path, blobs: BlobStore) -> None:
    digest = blobs.put(b"content")
    version = {"digest": digest, "size": 7, "mode": 0o600}
    assert put_in_place(project, "file:deep/er.txt", version, blobs)
    assert (project / "deep" / "er.txt").read_bytes() == b"content"
    assert (project / "deep" / "er.txt").stat().st_mode & 0o777 == 0o600
    assert not put_in_place(project, "file:deep/er.txt", version, blobs)
    assert put_in_place(project, "file:deep/er.txt", None, blobs)
    assert not put_in_place(project, "file:deep/er.txt", None, blobs)
    assert os.listdir("deep") == []
