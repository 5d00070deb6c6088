"""Where servers that a user's processes share are found."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from jupyter_core.paths import jupyter_runtime_dir

from jupyter_mlpipe.execution.shared_address import AVAILABLE, address_of, meaningful

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="servers are shared on Linux only")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"JUPYTER_RUNTIME_DIR": "here/runtime"},
        {"JUPYTER_DATA_DIR": "here/data"},
        {"XDG_DATA_HOME": "here/share"},
        {"JUPYTER_PLATFORM_DIRS": "1"},
    ],
)
def test_servers_are_found_in_jupyters_runtime_folder(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with tempfile.TemporaryDirectory(prefix="mlp-") as home:  # short enough for sockets
        monkeypatch.setenv("HOME", home)
        monkeypatch.chdir(home)
        assert address_of("some").parent == Path(jupyter_runtime_dir())


def test_equal_servers_have_one_address_and_others_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="mlp-") as folder:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", folder)
        assert address_of("run", "/a", [("X", "1")]) == address_of("run", "/a", [("X", "1")])
        others = {address_of("run", "/a", []), address_of("run", "/b", []), address_of("fork", "/a", [])}
        assert len(others | {address_of("run", "/a", [("X", "2")])}) == 4
    assert meaningful({"X": "1", "PWD": "/a"}) == {"X": "1"}
