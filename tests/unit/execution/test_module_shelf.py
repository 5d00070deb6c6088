"""Modules imported ahead are out of sight until a notebook imports them, and then as if imported at that moment."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

START = """
import json, os, sys, warnings
from jupyter_mlpipe.execution.module_shelf import Shelf
from jupyter_mlpipe.notebook.environment import installed_folders
shelf = Shelf([*installed_folders(), sys.argv[2]])
"""


def ask(folder: Path, source: str, files: Mapping[str, str] = MappingProxyType({})) -> Any:
    """What a process of its own prints last, as JSON; `files` are what is installed for it."""
    site = folder / "site"
    site.mkdir(exist_ok=True)
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    project = folder / "project"
    project.mkdir(exist_ok=True)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.append({str(site)!r})\n{START}{textwrap.dedent(source)}",
            project,
            site,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


PACKAGE = {
    "tool/__init__.py": "from tool import inner\nfrom tool.clash import clash\nimport helper\n",
    "tool/inner.py": "import warnings, os\nwarnings.filterwarnings('ignore', 'inner')\nos.environ['TOOL_SET'] = '1'\n",
    "tool/clash.py": "clash = 'not the module'\n",
    "tool/extra.py": "import other\n",
    "helper.py": "import warnings\nwarnings.filterwarnings('ignore', 'helper')\n",
    "other.py": "",
}


def test_a_module_is_unseen_until_it_is_imported_with_what_it_imports(tmp_path: Path) -> None:
    found = ask(
        tmp_path,
        """
        names = ("tool", "tool.inner", "tool.extra", "helper", "other")
        seen = lambda: [name for name in names if name in sys.modules]
        refused = [shelf.load("tool.extra"), shelf.load("tool")]
        loaded = {name: sys.modules[name] for name in names}
        shelf.put_away()
        before = seen(), hasattr(loaded["tool"], "extra"), hasattr(loaded["tool"], "inner")
        import tool
        after = seen(), hasattr(tool, "extra"), tool.inner is loaded["tool.inner"], tool is loaded["tool"]
        import tool.extra
        last = seen(), tool.extra is loaded["tool.extra"]
        spec = tool.__spec__.loader.__class__.__name__, tool.__file__.endswith("__init__.py"), tool.clash
        print(json.dumps([refused, before, after, last, spec]))
        """,
        PACKAGE,
    )
    assert found[0] == [None, None]
    assert found[1] == [[], False, False]
    assert found[2] == [["tool", "tool.inner", "helper"], False, True, True]
    assert found[3] == [["tool", "tool.inner", "tool.extra", "helper", "other"], True]
    assert found[4] == ["SourceFileLoader", True, "not the module"]


def test_filters_and_variables_come_when_the_module_is_imported_and_in_the_same_order(tmp_path: Path) -> None:
    source = """
        texts = lambda: [item[1].pattern for item in warnings.filters if item[1] is not None]
        {ahead}
        first = texts(), os.environ.get("TOOL_SET")
        warnings.filterwarnings("error", "mine")
        import tool
        print(json.dumps([first, texts(), os.environ.get("TOOL_SET")]))
        """
    ahead = ask(tmp_path, source.format(ahead="shelf.load('tool'); shelf.put_away()"), PACKAGE)
    plain = ask(tmp_path, source.format(ahead=""), PACKAGE)
    assert ahead == plain
    assert plain == [[[], None], ["helper", "inner", "mine"], "1"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("print('hello')", "it prints: hello"),
        ("import warnings; warnings.warn('old')", "it prints"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "a thread"),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", "signals"),
        ("import os; os.chdir('/')", "@cwd"),
        ("import logging; logging.basicConfig(level=10)", "@logging"),
        ("import decimal; decimal.getcontext().prec = 5", "@decimal"),
        ("1 / 0", "ZeroDivisionError"),
        ("import nowhere_to_be_found", "it needs nowhere_to_be_found"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_what_cannot_be_repeated_is_not_done_ahead(tmp_path: Path, source: str, why: str) -> None:
    assert why in ask(tmp_path, "print(json.dumps(shelf.load('odd')))", {"odd.py": source})


def test_what_is_not_installed_is_passed_over(tmp_path: Path) -> None:
    source = "print(json.dumps([shelf.load('nowhere'), shelf.load('tool.nothing'), sorted(shelf.names)]))"
    found = ask(tmp_path, source, PACKAGE)
    assert found[:2] == [None, None]
    assert "tool" in found[2]


def test_modules_of_the_project_are_not_imported_ahead(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "own.py").write_text("")
    source = "sys.path.append(sys.argv[1]); print(json.dumps(shelf.load('bridge')))"
    assert ask(tmp_path, source, {"bridge.py": "import own"}).startswith("it imports own, which is not installed")
    source = "sys.path.append(sys.argv[1]); print(json.dumps([shelf.load('own'), 'own' in sys.modules]))"
    assert ask(tmp_path, source) == [None, False]


def test_a_module_can_be_reloaded_and_looked_for(tmp_path: Path) -> None:
    found = ask(
        tmp_path,
        """
        import importlib, importlib.util
        shelf.load("helper"); shelf.load("tool"); shelf.put_away()
        spec = importlib.util.find_spec("helper")
        import helper
        again = importlib.reload(helper)
        print(json.dumps([spec.origin == helper.__file__, again is helper, "helper" in shelf.names]))
        """,
        PACKAGE,
    )
    assert found == [True, True, False]
