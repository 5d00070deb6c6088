"""Changes of ambient states: found, put on top of another, applied elsewhere."""

from __future__ import annotations

import decimal
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import LinearMeaningError
from jupyter_mlpipe.execution import ambient
from jupyter_mlpipe.execution.ambient_state import (
    Surroundings,
    apply_entries,
    compose,
    entries_changed,
    keys_changed,
)
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("abc", "xabc"),
        ("abc", "abcx"),
        ("abc", "xyabcz"),
        ("abc", "bc"),
        ("abc", ""),
        ("", "x"),
        ("abc", "cab"),
        ("abc", "xcab"),
        ("abc", "xb"),
        ("abc", "abc"),
    ],
)
def test_list_changes_lead_to_the_same_list(before: str, after: str) -> None:
    change = entries_changed(list(before), list(after))
    assert apply_entries(list(before), change) == list(after)


def test_two_list_changes_are_one() -> None:
    first, second, third = list("abc"), list("xbcy"), list("zxcy")
    one = compose(entries_changed(first, second), entries_changed(second, third), entries=True)
    assert apply_entries(first, one) == third
    assert apply_entries(list("abcq"), one) == list("zxcqy")


def test_keys() -> None:
    assert keys_changed({"a": 1, "b": [1], "c": 0}, {"a": 1, "b": [2], "d": True}) == {"b": [2], "d": True, "c": None}
    assert keys_changed({"a": 1}, {"a": True}) == {"a": True}


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    monkeypatch.chdir(tmp_path)
    handlers, level = list(logging.root.handlers), logging.root.level
    with warnings.catch_warnings(), decimal.localcontext():
        yield Surroundings(tmp_path, {})
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.disable(logging.NOTSET)


def carried(store: ArtifactStore, around: Surroundings, change: Any, undo: Any) -> dict[str, Any]:
    """The versions that a change makes, after they were taken back and restored."""
    before = ambient.look(around, store)
    change()
    after = ambient.look(around, store)
    found = ambient.changes(before, after, around, store, earlier={})
    undo()
    ambient.restore(found.changed, store, around)
    again = ambient.look(around, store)
    for name in found.changed:
        assert again.readings[name] == after.readings[name], name
    return found.changed


def test_python_states_are_carried(store: ArtifactStore, around: Surroundings) -> None:
    limit = sys.getrecursionlimit()

    def change() -> None:
        decimal.getcontext().prec = 7
        decimal.getcontext().traps[decimal.Inexact] = True
        sys.setrecursionlimit(limit + 7)
        logging.root.setLevel(logging.ERROR)
        logging.root.addHandler(logging.StreamHandler(sys.stdout))
        logging.disable(logging.DEBUG)
        warnings.filterwarnings("ignore", message="a.*b", category=FutureWarning, module="x")

    def undo() -> None:
        decimal.getcontext().prec = 28
        decimal.getcontext().traps[decimal.Inexact] = False
        sys.setrecursionlimit(limit)
        logging.root.setLevel(logging.WARNING)
        logging.root.removeHandler(logging.root.handlers[-1])
        logging.disable(logging.NOTSET)
        warnings.filters.pop(0)  # type: ignore[attr-defined]

    try:
        versions = carried(store, around, change, undo)
        assert set(versions) == {"@decimal", "@sys.limits", "@logging", "@warnings"}
        warnings.warn("aXb", FutureWarning, stacklevel=1)
    except FutureWarning:
        pass
    finally:
        sys.setrecursionlimit(limit)


def test_a_category_of_the_notebook_itself(store: ArtifactStore, around: Surroundings) -> None:
    category = type("MyWarning", (UserWarning,), {"__module__": "__main__"})
    around.namespace["MyWarning"] = category
    versions = carried(
        store,
        around,
        lambda: warnings.simplefilter("error", category),
        lambda: warnings.filters.pop(0),  # type: ignore[attr-defined]
    )
    assert set(versions) == {"@warnings"}
    with pytest.raises(category):
        warnings.warn("x", category, stacklevel=1)


def test_a_folder_that_is_gone_is_told(store: ArtifactStore, around: Surroundings, tmp_path: Path) -> None:
    version = ambient.encode("@cwd", {"path": str(tmp_path.parent / "nowhere")}, store, around)
    with pytest.raises(LinearMeaningError, match="nowhere"):
        ambient.restore({"@cwd": version}, store, around)


def test_long_values_go_into_blobs_and_others_into_artifacts(store: ArtifactStore, around: Surroundings) -> None:
    short = ambient.encode("@environ", {"A": "1"}, store, around)
    long = ambient.encode("@environ", {"A": "x" * 5000}, store, around)
    odd = ambient.encode("@pandas.options", {"f": "{:.1f}".format}, store, around)
    exact = ambient.encode("@module:m", {"t": (1, 2)}, store, around)
    assert short["value"] == {"A": "1"}
    assert set(long["value"]) == {"blob"}
    assert set(odd["value"]) == set(exact["value"]) == {"artifact"}
    assert ambient.decode(long, store, around) == {"A": "x" * 5000}
    assert ambient.decode(odd, store, around)["f"](1.25) == "1.2"
    assert ambient.decode(exact, store, around) == {"t": (1, 2)}
