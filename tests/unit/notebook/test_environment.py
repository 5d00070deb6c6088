from __future__ import annotations

import json
import os
from importlib import metadata
from pathlib import Path

import pytest

from jupyter_mlpipe.notebook import installed, installed_scan
from jupyter_mlpipe.notebook.environment import distributions_for
from jupyter_mlpipe.notebook.installed import normalised


@pytest.fixture(autouse=True)
def _fresh() -> None:
    installed._known.clear()


def install(
    site: Path, name: str, version: str, files: list[str], requires: tuple[str, ...] = (), **extra: str
) -> None:
    """A distribution as an installer leaves it."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {item}" for item in requires),
    ]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    for file, text in extra.items():
        (info / file.replace("__", ".")).write_text(text)
    for file in files:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (info / "RECORD").write_text(
        "".join(f"{file},,\n" for file in [*files, f"{info.name}/METADATA", f"{info.name}/RECORD"])
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with installed distributions."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr("sys.path", [str(folder), str(tmp_path)])
    return folder


def test_the_real_environment(tmp_path: Path) -> None:
    found = distributions_for(["pandas", "pandas.DataFrame", "os", "nowhere", "json.decoder"], tmp_path)
    assert found["pandas"] == metadata.version("pandas")
    assert found["numpy"] == metadata.version("numpy")
    assert list(found) == sorted(found)
    assert "pytest" not in found


def test_requirements_are_followed(site: Path, tmp_path: Path) -> None:
    needs = ("mid>=1", "extra-dep; extra == 'fast'", "old-dep; python_version < '3'", "absent")
    install(site, "Top", "1.0", ["top/__init__.py"], needs)
    install(site, "mid", "2.0", ["mid.py"], ("Low_Level", "top"))
    install(site, "low-level", "3.0", ["low/__init__.py"])
    install(site, "extra-dep", "4.0", ["extra_dep.py"])
    install(site, "old-dep", "5.0", ["old_dep.py"])
    assert distributions_for(["top.sub"], tmp_path) == {"Top": "1.0", "low-level": "3.0", "mid": "2.0"}
    assert distributions_for(["low"], tmp_path) == {"low-level": "3.0"}
    assert distributions_for([], tmp_path) == {}


def test_import_names_that_differ_from_the_distributions(site: Path, tmp_path: Path) -> None:
    install(site, "Pillow", "1.0", ["PIL/Image.py", "PIL/__init__.py"])
    install(site, "compiled", "1.1", ["fastmod.cpython-311-x86_64-linux-gnu.so"])
    install(site, "legacy", "1.2", [], top_level__txt="legacy_mod\n")
    install(site, "with-scripts", "1.3", ["../../bin/tool", "scripted.py", "tests/__init__.py"])
    for name, version in (("PIL.Image", "1.0"), ("fastmod", "1.1"), ("legacy_mod", "1.2"), ("scripted", "1.3")):
        assert list(distributions_for([name], tmp_path).values()) == [version]
    assert distributions_for(["tests"], tmp_path) == {}


def test_namespaces_shared_by_distributions(site: Path, tmp_path: Path) -> None:
    install(site, "cloud-a", "1.0", ["cloud/a/__init__.py"])
    install(site, "cloud-b", "2.0", ["cloud/b/__init__.py", "cloud/b/deep/x.py"])
    assert distributions_for(["cloud.a"], tmp_path) == {"cloud-a": "1.0"}
    assert distributions_for(["cloud.b.deep.x"], tmp_path) == {"cloud-b": "2.0"}
    assert distributions_for(["cloud"], tmp_path) == {"cloud-a": "1.0", "cloud-b": "2.0"}


def test_editable_installs(site: Path, tmp_path: Path) -> None:
    source = tmp_path / "checkout" / "src"
    (source / "own_pkg").mkdir(parents=True)
    (source / "own_pkg" / "__init__.py").touch()
    (source / "own_mod.py").touch()
    direct = json.dumps({"url": "file:///x", "dir_info": {"editable": True}})
    install(site, "own", "0.1", ["_own.pth"], direct_url__json=direct)
    (site / "_own.pth").write_text(f"{source}\n")
    install(site, "found", "0.2", ["__editable___found_finder.py"], direct_url__json=direct)
    (site / "__editable___found_finder.py").write_text("MAPPING: dict[str, str] = {'found_pkg': '/x/found_pkg'}\n")
    assert distributions_for(["own_pkg.sub"], tmp_path) == {"own": "0.1"}
    assert distributions_for(["own_mod"], tmp_path) == {"own": "0.1"}
    assert distributions_for(["found_pkg"], tmp_path) == {"found": "0.2"}


def test_an_upgrade_is_seen_and_else_the_file_is_used(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    install(site, "a", "1.0", ["a.py"])
    assert distributions_for(["a"], cache) == {"a": "1.0"}
    installed._known.clear()
    with monkeypatch.context() as patch:
        patch.setattr(installed_scan, "scan", lambda folders: pytest.fail("the file was not used"))
        assert distributions_for(["a"], cache) == {"a": "1.0"}
    (site / "a-1.0.dist-info").rename(site / "a-2.0.dist-info")
    (site / "a-2.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: a\nVersion: 2.0\n")
    state = site.stat()
    os.utime(site, ns=(state.st_atime_ns, state.st_mtime_ns + 5_000_000))
    assert distributions_for(["a"], cache) == {"a": "2.0"}


@pytest.mark.parametrize("data", ["", "{", "[]", '{"key": 3}', "null", '{"key": "x", "distributions": 3}'])
def test_a_damaged_file_is_made_again(site: Path, tmp_path: Path, data: str) -> None:
    install(site, "a", "1.0", ["a.py"])
    distributions_for(["a"], tmp_path)
    (file,) = tmp_path.glob("installed-*.json")
    file.write_text(data)
    installed._known.clear()
    assert distributions_for(["a"], tmp_path) == {"a": "1.0"}
    assert json.loads(file.read_text())["providers"] == {"a": ["a"]}
    assert len(list(tmp_path.glob("*.json*"))) == 1


def test_a_cache_that_cannot_be_written(site: Path, tmp_path: Path) -> None:
    install(site, "a", "1.0", ["a.py"])
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert distributions_for(["a"], blocked / "cache") == {"a": "1.0"}


def test_other_folders_on_the_path_do_not_spoil_the_file(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "a", "1.0", ["a.py"])
    cache = tmp_path / "cache"
    distributions_for(["a"], cache)
    installed._known.clear()
    (tmp_path / "executed.ipynb").touch()
    monkeypatch.setattr("sys.path", [*os.sys.path, ""])  # type: ignore[attr-defined]
    monkeypatch.setattr(installed_scan, "scan", lambda folders: pytest.fail("built again"))
    assert distributions_for(["a"], cache) == {"a": "1.0"}


def test_normalised_names() -> None:
    assert normalised("Foo.Bar__baz") == "foo-bar-baz"
