from __future__ import annotations

import copy
from typing import Any

import pytest

from jupyter_mlpipe.store.keys import canonical_json, explain, stage_key

BASE: dict[str, Any] = {
    "version": 1,
    "stage_code": [{"label": "model", "digest": "1"}, {"label": "auc", "digest": "2"}],
    "slice": [{"label": "function fit", "digest": "3"}, {"label": "import pandas", "digest": "4"}],
    "parameters": {"alpha": 0.1},
    "inputs": {"flights": {"digest": "5", "columns": {"dep_delay": "6", "dest": "7"}}, "k": {"digest": "8"}},
    "ambient": {"@cwd": "9"},
    "modules": {"helpers": {"digest": "10", "definitions": {"function f": "11", "function g": "12"}}},
    "distributions": {"pandas": "3.0.6"},
    "python": "3.11",
    "files": {"data.csv": "13"},
    "options": {"outputs": []},
}


def _set(*path: Any, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(BASE)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        (_set("stage_code", 0, "digest", value="x"), ["model changed"]),
        (_set("stage_code", 0, value=None), ["model removed"]),
        (_set("stage_code", value=BASE["stage_code"][::-1]), ["the order of its statements changed"]),
        (_set("slice", 0, "digest", value="x"), ["function fit changed"]),
        (_set("slice", value=[*BASE["slice"], {"label": "k", "digest": "x"}]), ["k added in its setup"]),
        (_set("parameters", "alpha", value=0.2), ["parameter alpha 0.1 → 0.2"]),
        (_set("parameters", "beta", value="x"), ["parameter beta added"]),
        (_set("inputs", "k", "digest", value="x"), ["input k changed"]),
        (_set("inputs", "k", value=None), ["input k removed"]),
        (
            _set("inputs", "flights", value={"digest": "x", "columns": {"dep_delay": "x", "new": "y"}}),
            ["column dep_delay of flights changed", "column new of flights added", "column dest of flights removed"],
        ),
        (_set("ambient", "@cwd", value="x"), ["the working directory changed"]),
        (_set("ambient", "@random", value="x"), ["the state of `random` added"]),
        (
            _set("modules", "helpers", value={"digest": "x", "definitions": {"function f": "11", "function g": "x"}}),
            ["function g of module helpers changed"],
        ),
        (_set("modules", "helpers", "digest", value="x"), ["module helpers changed"]),
        (_set("modules", "other", value={"digest": "x"}), ["module other added"]),
        (_set("distributions", "pandas", value="3.1.1"), ["package pandas 3.0.6 → 3.1.1"]),
        (_set("python", value="3.12"), ["Python 3.11 → 3.12"]),
        (_set("files", "data.csv", value="x"), ["file data.csv changed"]),
        (_set("options", "outputs", value=["model"]), ['option outputs [] → ["model"]']),
        (_set("version", value=2), ["the way keys are made changed with jupyter_mlpipe"]),
    ],
)
def test_a_difference_changes_the_key_and_is_explained(changed: dict[str, Any], texts: list[str]) -> None:
    assert stage_key(changed) != stage_key(BASE)
    assert [reason.text for reason in explain(BASE, changed)] == texts


def test_no_difference() -> None:
    assert explain(BASE, copy.deepcopy(BASE)) == []
    assert stage_key(dict(reversed(BASE.items()))) == stage_key(BASE)
    assert [reason.kind for reason in explain(None, BASE)] == ["new"]


def test_canonical_json() -> None:
    assert canonical_json({"b": [1, 2.5, "ü", None, True], "a": ()}) == b'{"a":[],"b":[1,2.5,"\\u00fc",null,true]}'
    assert canonical_json({"x": float("nan")}) == b'{"x":{"$number":"nan"}}'
    assert stage_key({"x": float("inf")}) != stage_key({"x": float("-inf")})
    assert canonical_json(1) != canonical_json(1.0) != canonical_json("1")
    with pytest.raises(TypeError):
        canonical_json({"x": object()})
