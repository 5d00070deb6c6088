from __future__ import annotations

import subprocess
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from jupyter_mlpipe.errors import DirectiveError, UnparsableCellError
from jupyter_mlpipe.notebook.syntax import ends_with_semicolon, parse_body, python_source, split_cell


@pytest.mark.parametrize(
    ("source", "line", "body"),
    [
        ("x = 1", None, "x = 1"),
        ("%%stage train\nx = 1", "train", "\nx = 1"),
        ("%%stage train --gpus 1\nx", "train --gpus 1", "\nx"),
        ("%%mlstage train\nx", "train", "\nx"),
        ("%%stage train", "train", "\n"),
        ("%%stage", "", "\n"),
        ("# why\n\n%%stage train\nx", "train", "# why\n\n\nx"),
        ("%%time\n%%stage train\nx", "train", "%%time\n\nx"),
        ("%%stage train\n%%time\nx", "train", "\n%%time\nx"),
        ("# why\n%%stage train\n%%time\nx", "train", "\n\n%%time\nx"),
        ("%%capture out\n# why\n%%stage train\nx", "train", "%%capture out\n# why\n\nx"),
        ("%%stage train --gpus 1 \\\n  --memory 1GB\nx", "train --gpus 1  --memory 1GB", "\n\nx"),
        ("%%stage train\n%%bash\nls", "train", "\n%%bash\nls"),
        ("%%bash\n%%stage train\nls", None, "%%bash\n%%stage train\nls"),
        ("%%writefile a.py\n# x\n%%stage train\n", None, "%%writefile a.py\n# x\n%%stage train\n"),
        ("%%stages train\nx", None, "%%stages train\nx"),
        ("%%stage?", None, "%%stage?"),
        ("x = 1\n%%stage train", None, "x = 1\n%%stage train"),
        ("s = '''\n%%stage train\n'''", None, "s = '''\n%%stage train\n'''"),
    ],
)
def test_the_stage_line_is_found(source: str, line: str | None, body: str) -> None:
    split = split_cell(source)
    assert split.stage_line == line or (line and split.stage_line and split.stage_line.split() == line.split())
    assert split.body == body
    if line is not None:
        assert len(split.body.splitlines()) == len(source.splitlines())


def test_two_stage_lines_are_refused() -> None:
    with pytest.raises(DirectiveError, match="cell 4"):
        split_cell("%%stage a\n%%stage b\nx", 4)


LIKE_IPYTHON = [
    "%matplotlib inline",
    "%matplotlib inline  ",
    "%matplotlib inline;",
    "import os\n%load_ext autoreload\n%autoreload 2\nx = 1",
    "!ls -l",
    "!ls {x} $y",
    "!!ls",
    "!echo 'it''s' \"q\"",
    "files = !ls",
    "here = %pwd",
    "%time x = 1",
    "for i in range(3):\n    %time f(i)\n    !echo $i",
    "if True:\n    files = !ls *.csv",
    "%%time\nx = 1\n",
    "%%time\nx = 1",
    "%%timeit -n 3 y = 2\nx = y",
    "%%bash --out o\nls\n  indented\n\n",
    "%%writefile a.txt\ntext 'quoted' \\n",
    "\n\n%%time\nx = 1",
    "%%capture out\n%matplotlib inline\nx",
    "x?",
    "x??",
    "?x",
    "x.y?",
    "%time?",
    "%%time?",
    ">>> x = 1\n>>> y = 2",
    "In [1]: x = 1",
    "    x = 1\n    y = 2",
    "s = '''\n%matplotlib inline\n'''\n%time 1",
    "x = (1\n% 2)\n%time y",
    "%cd it's",
    "!echo (\n!echo )",
    "%alias_magic t time -p \\\n  more",
    "!ls \\\n  -l",
    "%run script.py --x 1\nprint(1)",
    "%precision 3\n\n# comment\n%config InlineBackend.figure_format = 'retina'",
    "%sql select * from t where a = '%s'",
    "/f 1 2",
    ", f a b",
    "%pip install x",
    "pip = 1\n%pip install x",
    "x = %sql select 1",
]


@pytest.mark.parametrize("source", LIKE_IPYTHON)
def test_cells_are_transformed_as_ipython_does(source: str) -> None:
    assert python_source(source).rstrip("\n") == TransformerManager().transform_cell(source).rstrip("\n")


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "await f()",
        "async with a as b:\n    pass",
        "async for i in x: print(i)",
        "",
        "# only a comment",
        "x = a % b",
        "x = (a\n% b)",
        "'''\n!ls\n%time\n'''",
        "[i async for i in x]",
    ],
)
def test_valid_python_is_left_as_it_is(source: str) -> None:
    assert python_source(source) == source


def test_ipython_is_not_imported_for_ordinary_cells() -> None:
    code = (
        "import sys\n"
        "from jupyter_mlpipe.notebook.syntax import python_source\n"
        "cells = ['x = 1', '%matplotlib inline\\nx', '!ls', '%%time\\nx', 'await f()', '%%bash\\nls']\n"
        "for cell in cells: python_source(cell)\n"
        "print([m for m in ('IPython', 'nbformat', 'jsonschema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("source", "line", "shown"),
    [
        ("x = 1\ny = = 2", 2, "y = = 2"),
        ("def f(:\n  pass", 1, "def f(:"),
        ("x = 'open", 1, "x = 'open"),
        ("  x\n y\n%time", None, ""),
        ("x = 1\x00", None, ""),
        ("x = '\ud800'\ny = (", None, ""),
    ],
)
def test_a_cell_that_is_not_python(source: str, line: int | None, shown: str) -> None:
    with pytest.raises(UnparsableCellError) as caught:
        parse_body(source, 7)
    error = caught.value
    assert error.code == "MP103"
    assert "cell 7" in error.message
    assert error.hint
    if line is not None:
        assert f"line {line}" in error.message
        assert shown in error.message


def test_a_cell_nested_too_deeply() -> None:
    with pytest.raises(UnparsableCellError):
        parse_body("(" * 5000 + ")" * 5000, 0)


def test_odd_escapes_do_not_warn() -> None:
    parse_body("x = '\\d'\n%time y = '\\d'")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x;", True),
        ("x; # shown", True),
        ("x", False),
        ("';'", False),
        ("x  # ;", False),
        ("a; b", False),
        ("x;\n\n", True),
    ],
)
def test_a_final_semicolon(source: str, expected: bool) -> None:
    assert ends_with_semicolon(source) is expected
