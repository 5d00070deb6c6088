from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_mlpipe.notebook import modules
from jupyter_mlpipe.notebook.dataflow import read_source
from jupyter_mlpipe.notebook.modules import ModuleSource, local_closure, search_folders


def lay(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def closure(root: Path, *names: str, folder: str = ".", search: tuple[str, ...] = ()) -> dict[str, ModuleSource]:
    return local_closure(names, root / folder, root, search)


@pytest.mark.parametrize(
    ("files", "names", "found"),
    [
        ({"a.py": "x = 1"}, ["a"], ["a"]),
        ({"a.py": "x = 1"}, ["a", "a.x"], ["a"]),
        ({"a.py": "x = 1"}, ["b", "os", "numpy", "missing.sub"], []),
        ({"a.py": "import b", "b.py": "import c", "c.py": "import a"}, ["a"], ["a", "b", "c"]),
        ({"a.py": "from b import f", "b.py": ""}, ["a"], ["a", "b"]),
        ({"a.py": "def f():\n  import b", "b.py": ""}, ["a"], ["a", "b"]),
        ({"a.py": "try:\n  import b\nexcept ImportError: pass", "b.py": ""}, ["a"], ["a", "b"]),
        ({"a.py": "import importlib\nimportlib.import_module('b')", "b.py": ""}, ["a"], ["a", "b"]),
        ({"a.py": "__import__('b')", "b.py": ""}, ["a"], ["a", "b"]),
        ({"p/__init__.py": "", "p/a.py": "", "p/b.py": ""}, ["p"], ["p"]),
        ({"p/__init__.py": "", "p/a.py": "", "p/b.py": ""}, ["p.a"], ["p", "p.a"]),
        ({"p/__init__.py": "from . import a", "p/a.py": ""}, ["p"], ["p", "p.a"]),
        ({"p/__init__.py": "from .a import x", "p/a.py": "from .q import c", "p/q/__init__.py": "",
          "p/q/c.py": "from .. import d", "p/d.py": ""}, ["p"], ["p", "p.a", "p.d", "p.q", "p.q.c"]),
        ({"p/__init__.py": "", "p/a.py": "from ... import far"}, ["p.a"], ["p", "p.a"]),
        ({"p/__init__.py": "", "p/a.py": "from .b import *", "p/b.py": ""}, ["p.a"], ["p", "p.a", "p.b"]),
        ({"space/a.py": "from .b import x", "space/b.py": ""}, ["space.a"], ["space", "space.a", "space.b"]),
        ({"space/deep/a.py": ""}, ["space.deep.a"], ["space", "space.deep", "space.deep.a"]),
        ({"json.py": "x = 1"}, ["json"], ["json"]),
        ({"a.py": "def (:"}, ["a"], ["a"]),
        ({"a.txt": "x"}, ["a"], []),
        ({"numpy/data.csv": "1"}, ["numpy"], []),
    ],
)  # fmt: skip
def test_what_is_reached(tmp_path: Path, files: dict[str, str], names: list[str], found: list[str]) -> None:
    lay(tmp_path, files)
    assert list(closure(tmp_path, *names)) == found


def test_facts_of_a_module(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "a.py": "'''doc'''\nimport numpy as np\nfrom b import g\nK = 1\ndef f(): return K\nclass C: pass\n",
            "b.py": "",
        },
    )
    found = closure(tmp_path, "a")["a"]
    assert found.path == str(tmp_path / "a.py")
    assert found.imports == {"numpy"}
    assert {"function f", "class C", "K"} <= found.definitions.keys()
    assert len(found.digest) == 64


def change(root: Path, name: str, text: str) -> None:
    """Write a file so that its time surely differs."""
    path = root / name
    path.write_text(text)
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 5_000_000))


def test_comments_and_docstrings_do_not_count_but_code_does(tmp_path: Path) -> None:
    lay(tmp_path, {"a.py": "def f(): return 1\ndef g(): return 2\n"})
    before = closure(tmp_path, "a")["a"]
    change(tmp_path, "a.py", "# why\ndef f():\n    '''doc'''\n    return 1\n\n\ndef g(): return 2\n")
    assert closure(tmp_path, "a")["a"].digest == before.digest
    change(tmp_path, "a.py", "def f(): return 1\ndef g(): return 3\n")
    after = closure(tmp_path, "a")["a"]
    assert after.digest != before.digest
    assert [name for name in after.definitions if after.definitions[name] != before.definitions[name]] == ["function g"]


def test_the_same_source_elsewhere_has_the_same_digest(tmp_path: Path) -> None:
    for place in ("one", "two"):
        lay(tmp_path / place, {"a.py": "x = 1"})
    assert closure(tmp_path / "one", "a")["a"].digest == closure(tmp_path / "two", "a")["a"].digest


def test_the_notebooks_folder_comes_before_the_root(tmp_path: Path) -> None:
    lay(tmp_path, {"a.py": "x = 1", "notebooks/a.py": "x = 2", "top.py": "", "src/pkg/__init__.py": ""})
    found = closure(tmp_path, "a", "top", "pkg", folder="notebooks")
    assert found["a"].path == str(tmp_path / "notebooks" / "a.py")
    assert {"top", "pkg"} <= found.keys()


def test_folders_that_the_notebook_adds(tmp_path: Path) -> None:
    lay(tmp_path, {"lib/extra.py": "x = 1"})
    assert not closure(tmp_path, "extra")
    assert list(closure(tmp_path, "extra", search=("lib",))) == ["extra"]


def test_folders_are_found_in_statements() -> None:
    source = (
        "import sys, os\n"
        "sys.path.append(os.path.join('..', 'lib'))\n"
        "sys.path[:0] = ['more']\n"
        "sys.path.insert(0, x)\n"
        "y = 'no'"
    )
    assert search_folders(read_source(source)) == ("..", "lib", "../lib", "more")


def test_installed_code_under_the_root_is_not_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {".venv/lib/python3/site-packages/dep/__init__.py": "", "src/own/__init__.py": ""})
    monkeypatch.syspath_prepend(str(tmp_path / ".venv/lib/python3/site-packages"))
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    assert list(closure(tmp_path, "dep", "own")) == ["own"]


def test_local_packages_on_the_path_but_outside_the_project_are_not_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, {"elsewhere/far.py": "", "project/a.py": "import far"})
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    found = closure(tmp_path / "project", "a")
    assert list(found) == ["a"]
    assert found["a"].imports == {"far"}


def test_nothing_is_imported_and_files_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(
        tmp_path,
        {"loud_module.py": "raise SystemExit('imported')", "p_loud/__init__.py": "raise SystemExit", "p_loud/a.py": ""},
    )
    assert list(closure(tmp_path, "loud_module", "p_loud.a")) == ["loud_module", "p_loud", "p_loud.a"]
    assert "loud_module" not in sys.modules
    parsed: list[bytes] = []
    original = modules._parse_source
    monkeypatch.setattr(modules, "_parse_source", lambda source: parsed.append(source) or original(source))
    closure(tmp_path, "loud_module", "p_loud.a")
    assert parsed == []
    change(tmp_path, "loud_module.py", "x = 2")
    closure(tmp_path, "loud_module", "p_loud.a")
    assert parsed == [b"x = 2"]


def test_source_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))
    (tmp_path / "b.py").write_bytes(b"x = '\xff'\n")
    found = closure(tmp_path, "a", "b")
    assert found["a"].definitions
    assert found["b"].digest


def test_our_own_package_is_never_local() -> None:
    root = Path(modules.__file__).parents[2]
    assert local_closure(["jupyter_mlpipe"], root, root) == {}
