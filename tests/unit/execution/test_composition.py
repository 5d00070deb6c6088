"""The composed notebook holds the user's cells between ours, and reads as nbformat 4."""

from __future__ import annotations

from typing import Any

import nbformat

from jupyter_mlpipe.execution.composition import compose


def test_users_cells_stand_between_ours() -> None:
    cells: list[dict[str, Any]] = [
        {"source": "x = 1", "metadata": {"mlpipe": {"cell": 4}, "tags": ["a"]}},
        {"source": "y = 2"},
    ]
    notebook = compose(cells, "/tmp/a b/spec.json", kernel_name="py")
    nbformat.validate(nbformat.from_dict(notebook))
    assert [cell["metadata"].get("mlpipe") for cell in notebook["cells"]] == [
        {"role": "begin"},
        {"cell": 4},
        None,
        {"role": "end"},
    ]
    assert notebook["cells"][1]["source"] == "x = 1"
    assert notebook["cells"][1]["metadata"]["tags"] == ["a"]
    assert notebook["metadata"]["kernelspec"]["name"] == "py"
    assert notebook["cells"][0]["source"] == (
        "__import__('jupyter_mlpipe.execution.session', fromlist=['begin']).begin('/tmp/a b/spec.json')"
    )


def test_the_first_cell_waits_for_steps_that_wait() -> None:
    steps: list[dict[str, Any]] = [{"set": {"a": 1}}, {"run": "x = 1"}]
    assert not compose([], "s", steps=steps)["cells"][0]["source"].startswith("await ")
    steps.append({"run": "x = await f()"})
    assert compose([], "s", steps=steps)["cells"][0]["source"].startswith("await ")
    assert not compose([], "s", steps=[{"run": "not python"}])["cells"][0]["source"].startswith("await ")
