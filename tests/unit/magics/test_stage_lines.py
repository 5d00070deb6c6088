from __future__ import annotations

import ast

import pytest

from jupyter_mlpipe.magics.stage_lines import head_call, head_line, rewrite_lines
from jupyter_mlpipe.magics.telling import duration

NAMES = ("mlstage", "stage")


def rewritten(source: str, names: tuple[str, ...] = NAMES) -> str:
    return "".join(rewrite_lines(source.splitlines(keepends=True), names))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%stage a\nx = 1\n", head_call("a") + "\nx = 1\n"),
        ("%%mlstage a --gpus 1\nx = 1", head_call("a --gpus 1") + "\nx = 1"),
        ("# why\n\n%%stage a\nx = 1\n", "# why\n\n" + head_call("a") + "\nx = 1\n"),
        ("%%stage a\n%%time\nx = 1\n", head_call("a") + "\nget_ipython().run_cell_magic('time', '', 'x = 1\\n')\n"),
        ("%%stage 'a b' --owner \"x\"\n1\n", head_call("'a b' --owner \"x\"") + "\n1\n"),
        ("%%stage a \\\n  --gpus 1\nx = 1\n", head_call("a    --gpus 1") + "\n\nx = 1\n"),
    ],
)
def test_the_stage_line_becomes_a_call_on_its_own_line(source: str, expected: str):
    assert "".join(rewritten(source).split()) == "".join(expected.split())
    if "%%time" not in source:
        assert rewritten(source).count("\n") == source.count("\n") + (0 if "\n" in source else 1)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n",
        "",
        "%%time\n%%stage a\nx = 1\n",
        "%%stage?\n",
        "%%stages_of a\n",
        "s = '''\n%%stage a\n'''\n",
        "%%stage a\n%%stage b\nx = 1\n",
    ],
)
def test_other_cells_are_left_as_they_are(source: str):
    assert rewritten(source) == source


def test_a_magic_of_another_extension_is_left_to_it():
    assert rewritten("%%stage a\nx = 1\n", ("mlstage",)) == "%%stage a\nx = 1\n"


def test_the_line_is_read_back_from_the_tree():
    assert head_line(ast.parse(rewritten("%%stage a --gate 'x > 1'\nx = 1"))) == "a --gate 'x > 1'"
    for source in ("x = 1", "", "print('mlpipe_stage')", "f(1).run_line_magic('mlpipe_stage')", "1"):
        assert head_line(ast.parse(source)) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.43, "0.4 s"),
        (9.94, "9.9 s"),
        (12.3, "12 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_read_well(seconds: float, text: str):
    assert duration(seconds) == text
