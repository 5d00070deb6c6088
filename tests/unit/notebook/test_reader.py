from __future__ import annotations

import argparse
import codecs
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import (
    BrokenNotebookError,
    DirectiveError,
    NotebookError,
    SecondPipelineError,
    UnparsableCellError,
)
from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, StageOptions
from jupyter_mlpipe.notebook.reader import pipeline_from_sources, read_pipeline
from jupyter_mlpipe.notebook.slicing import Slicer


def of(*sources: str | tuple[str, str]) -> Pipeline:
    """A pipeline of code cells; a pair is a source and a tag."""
    cells = [item if isinstance(item, tuple) else (item, "") for item in sources]
    return pipeline_from_sources([(source, {"tags": [tag] if tag else []}) for source, tag in cells])


def notebook(*cells: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes}


def code(source: Any, **changes: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **changes}


def test_a_whole_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title"], "metadata": {}},
        code(["%load_ext jupyter_mlpipe\n", "%pipeline flights --owner a@b.c --team ops --escalate team:leads"]),
        code("alpha = 0.1  # learning rate", metadata={"tags": ["parameters"]}),
        {"cell_type": "raw", "source": "not code (", "metadata": {}},
        code("import pandas as pd\ndef fit(df): return df * alpha"),
        code("%%stage load --gpus 1\ndf = pd.DataFrame()"),
        code("df.head()"),
        code("%%stage train -i df\nmodel = fit(df)"),
        code("%%stage train --memory 1GB\nauc = model.score()"),
    ]
    path = tmp_path / "flights.ipynb"
    path.write_text(json.dumps(notebook(*cells, metadata={"kernelspec": {"name": "py311", "language": "python"}})))
    pipeline = read_pipeline(path)
    assert (pipeline.name, pipeline.owner, pipeline.team, pipeline.escalate) == (
        "flights",
        "a@b.c",
        "ops",
        ("team:leads",),
    )
    assert pipeline.path == str(path)
    assert pipeline.kernel_name == "py311"
    assert pipeline.notebook["cells"][0]["source"] == ["# Title"]
    assert [(s.name, s.cells, s.implicit) for s in pipeline.stages] == [
        ("load", (5,), False),
        ("cell-6", (6,), True),
        ("train", (7, 8), False),
    ]
    assert pipeline.stage("train").options == StageOptions(inputs=("df",), memory=10**9)
    assert [s.label for s in pipeline.stage("train").statements] == ["model", "auc"]
    assert pipeline.stage_of_cell[8].name == "train"
    assert [s.position for s in pipeline.statements] == list(range(9))
    assert [p.name for p in pipeline.parameters] == ["alpha"]
    assert pipeline.parameters_cell == 2
    assert pipeline.statements[2].kind is Kind.BIND
    assert pipeline.statements[2].replayable


def test_an_unnamed_pipeline_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "my report.ipynb"
    path.write_text(json.dumps(notebook(code("x = 1"))))
    assert read_pipeline(path).name == "my report"
    assert read_pipeline(notebook()).name == "notebook"
    assert read_pipeline(notebook()).stages == ()
    assert read_pipeline(notebook(), path="/somewhere/a.ipynb").path == "/somewhere/a.ipynb"


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("", False),
        ("# comment", False),
        ("x = 1", False),
        ("import os", False),
        ("def f(): pass", False),
        ("%matplotlib inline", False),
        ("%load_ext autoreload\n%autoreload 2", False),
        ("%load_ext jupyter_mlpipe", False),
        ("%stages", False),
        ("'''doc'''\nx = 1", False),
        ("None", False),
        ("import warnings\nwarnings.filterwarnings('ignore')", False),
        ("import pandas as pd\npd.set_option('display.width', 80)", False),
        ("%%capture\nimport noisy", False),
        ("x = 1\nx", True),
        ("'shown'", True),
        ("print(1)", True),
        ("x = f()", True),
        ("%%time\nimport pandas", True),
        ("%time x = 1", True),
        ("%precision 3", True),
        ("%config InlineBackend", True),
        ("import numpy as np\nnp.seterr(all='ignore')", True),
        ("import numpy as np\nnp.seterr(all='ignore');", False),
        ("from plotly.offline import init_notebook_mode\ninit_notebook_mode()\nx = 1", True),
        ("!ls", True),
        ("del x", True),
        ("raise ValueError", True),
    ],
)
def test_which_plain_cells_run_once(source: str, runs: bool) -> None:
    assert [stage.name for stage in of(source).stages] == (["cell-0"] if runs else [])


def test_stage_lines() -> None:
    assert of("%%stage a").stage("a").statements == ()
    assert of("%%time\n%%stage a\nx = 1").stage("a").statements[0].binds == {"x"}
    assert of("%%mlstage a --no-cache\nx").stage("a").options.cache is False
    with pytest.raises(DirectiveError, match="cell 1: "):
        of("x = 1", "%%stage a --gpu 1")
    with pytest.raises(DirectiveError, match=r"cell 1: .*--gpus"):
        of("%%stage a --gpus 1", "%%stage a --gpus 2")
    with pytest.raises(DirectiveError):
        of("%%stage")
    with pytest.raises(DirectiveError):
        of(("%%stage a\nalpha = 1", "parameters"))


def test_hook_options_reach_the_stages() -> None:
    pipeline = pipeline_from_sources(
        [("%%stage a --gate 'auc > 0.5'\nauc = f()", {})],
        extend=[Checks()],
    )
    assert pipeline.stage("a").options.extra == {"gate": ["auc > 0.5"]}


class Checks(LineExtension):
    """A hook that looks at the names given with --gate, and cleans those given with --clean in the kernel."""

    name = "checks"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--gate", action="append", default=argparse.SUPPRESS)
        parser.add_argument("--clean", default=argparse.SUPPRESS)

    def names(self, options: StageOptions) -> Iterable[str]:
        return [*options.extra.get("gate", ()), *self.binds(options)]

    def in_kernel(self, options: StageOptions) -> Mapping[str, Any] | None:
        return {"clean": options.extra["clean"]} if "clean" in options.extra else None

    def binds(self, options: StageOptions) -> Iterable[str]:
        return [options.extra["clean"]] if "clean" in options.extra else []


def read(*cells: str) -> Pipeline:
    return pipeline_from_sources([(cell, {}) for cell in cells], extend=[Checks()])


def test_what_a_hook_looks_at_is_kept_where_the_stage_binds_it_and_an_input_where_not() -> None:
    pipeline = read("%%stage load\nsex = f()", "%%stage fit --gate sex --gate score --gate nowhere\nscore = g()")
    fit = pipeline.stage("fit")
    assert (fit.kept, fit.looked_at) == ({"score"}, ("sex",))
    slicer = Slicer(pipeline)
    assert [(load.stage, load.names) for load in slicer.slice(fit, slicer.predicted).loads] == [("load", ("sex",))]
    assert "score" in (slicer.wanted(fit) or ())


def test_a_hooks_part_in_the_kernel_ends_the_stage_and_is_in_its_key() -> None:
    cells = ("%%stage a --clean t\nt = f()", "x = f()", "%%stage a\nt = g(t)", "%%stage b\nu = t")
    pipeline = read(*cells)
    last = pipeline.stage("a").statements[-1]
    assert (last.cell, last.binds, last.reads, last.source) == (2, {"t"}, {"t"}, "")
    assert pipeline.stage("a").in_kernel == {"checks": {"clean": "t"}}
    assert [s.position for s in pipeline.statements] == list(range(len(pipeline.statements)))
    assert pipeline.stage("b").start > last.position
    other = read(cells[0].replace("--clean t", "--clean u"), *cells[1:])
    assert other.stage("a").statements[-1].digest != last.digest
    assert len(read(cells[0].replace("--clean t", ""), *cells[1:]).stage("a").statements) == 2


def test_pipeline_lines() -> None:
    with pytest.raises(SecondPipelineError) as caught:
        of("%pipeline a", "%pipeline b")
    assert "'b'" in caught.value.message
    with pytest.raises(DirectiveError, match="cell 0: "):
        of("%pipeline a --ownr x")
    assert of("%pipeline a\nx = f()").stages[0].implicit


def test_parameters() -> None:
    source = (
        "alpha = 0.1  # type: float  learning rate\n"
        "names: list[str] = ['a']  # of columns\n"
        "a = b = None; c = {'k': [1, True]}\n"
        "d = (1, 2)\ne = Path('x')\nf = -3\ng = 'ü' # é\nh = 10**5\ni: 'int' = 4\nx.y = 3\nj = 1e999\nprint(1)\n"
        "alpha = 0.2"
    )
    pipeline = of((source, "parameters"), ("alpha = 5", "parameters"))
    found = {item.name: item for item in pipeline.parameters}
    assert list(found) == ["alpha", "names", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    assert (found["alpha"].default, found["alpha"].default_source) == (0.2, "0.2")
    assert (found["names"].default, found["names"].annotation, found["names"].help) == (
        ["a"],
        "list[str]",
        "of columns",
    )
    assert found["c"].default == {"k": [1, True]}
    assert (found["f"].default, found["g"].help, found["i"].annotation) == (-3, "é", "int")
    assert [name for name, item in found.items() if not item.literal] == ["d", "e", "h", "j"]
    assert pipeline.parameters_cell == 0
    single = of((source.splitlines()[0], "parameters")).parameters[0]
    assert (single.annotation, single.help, single.literal) == ("float", "learning rate", True)


def test_injected_parameters_are_kept_apart() -> None:
    pipeline = of(
        ("alpha = 1", "parameters"),
        ("# Parameters\nalpha = 2\nxs = [1, None]\nn = float('nan')\nbad = f()\n", "injected-parameters"),
        "%%stage a\ny = alpha",
    )
    assert pipeline.injected["alpha"] == 2
    assert pipeline.injected["xs"] == [1, None]
    assert pipeline.injected["n"] != pipeline.injected["n"]
    assert "bad" not in pipeline.injected
    assert [s.cell for s in pipeline.statements] == [0, 2]


def test_an_unparsable_cell_is_named() -> None:
    with pytest.raises(UnparsableCellError, match="cell 1, line 2"):
        of("x = 1", "y = 1\nz = = 2")


def test_later_uses_decide_about_imports() -> None:
    pipeline = of("import seaborn\nimport sklearn", "%%stage a -o sklearn\nx = 1")
    assert [s.kind for s in pipeline.statements][:2] == [Kind.CONFIGURE, Kind.IMPORT]


BROKEN: list[tuple[bytes, str]] = [
    (b"", "empty"),
    (b"  \n", "empty"),
    (b"[]", "list"),
    (b"3", "number"),
    (b'"x"', "string"),
    (b"null", "null"),
    (b"{", "JSON"),
    (b'{"nbformat": 4, "cells": [}', "JSON"),
    (b"{}", "nbformat"),
    (b'{"nbformat": 99, "cells": []}', "99"),
    (b'{"nbformat": "4", "cells": []}', "unknown"),
    (b'{"nbformat": true, "cells": []}', "unknown"),
    (b'{"nbformat": 4}', "cells"),
    (b'{"nbformat": 4, "cells": {}}', "cells"),
    (b'{"nbformat": 4, "cells": [3]}', "cell 0"),
    (b'{"nbformat": 4, "cells": [{}]}', "cell 0"),
    (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "cell 0"),
    (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [3]}]}', "cell 0"),
    (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "metadata": []}]}', "cell 0"),
    (b'{"nbformat": 4, "metadata": 3, "cells": []}', "metadata"),
    ('{"nbformat": 4, "cells": []}'.encode("utf-16"), "UTF-16"),
    ('{"nbformat": 4, "cells": []}'.encode("utf-16-be"), "UTF-16"),
    ('{"nbformat": 4, "cells": []}'.encode("utf-32"), "UTF-16 or UTF-32"),
    (b'{"nbformat": 4, "cells": "\xff"}', "UTF-8"),
    (b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
    (b'<<<<<<< HEAD\n{"nbformat": 4}', "JSON"),
    (b'{"nbformat": 3, "worksheets": 5}', "format 3"),
    (b'{"nbformat": 4, "cells": [], "metadata": {"language_info": {"name": "R"}}}', "written in R"),
    (b'{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"name": "ir", "language": "julia"}}}', "julia"),
    (b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 5000 + b"}", "not"),
]


@pytest.mark.parametrize(("data", "says"), BROKEN, ids=[str(index) for index in range(len(BROKEN))])
def test_a_broken_file_is_an_error_with_the_way_out(data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_bytes(data)
    with pytest.raises(BrokenNotebookError) as caught:
        read_pipeline(path)
    assert says in caught.value.message
    assert "broken.ipynb" in caught.value.message
    assert caught.value.hint
    assert len(str(caught.value)) < 1000


def test_a_conflict_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b'{"nbformat": 4,\n<<<<<<< HEAD\n')
    with pytest.raises(BrokenNotebookError) as caught:
        read_pipeline(path)
    assert "Git" in caught.value.hint


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.ipynb", tmp_path, tmp_path / "a\0b.ipynb", tmp_path / ("x" * 300)):
        with pytest.raises(BrokenNotebookError) as caught:
            read_pipeline(path)
        assert isinstance(caught.value, NotebookError)
        assert caught.value.exit_code == 2


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(codecs.BOM_UTF8 + json.dumps(notebook(code("x = 1"))).encode())
    assert read_pipeline(path).statements[0].binds == {"x"}


def test_an_old_notebook_is_upgraded() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 1, "source": "T", "metadata": {}},
                    {"cell_type": "code", "input": "x = f()", "outputs": [], "language": "python", "metadata": {}},
                ]
            }
        ],
    }
    pipeline = read_pipeline(old)
    assert [stage.name for stage in pipeline.stages] == ["cell-1"]
    assert pipeline.notebook["nbformat"] == 4


def test_odd_but_readable_notebooks() -> None:
    assert read_pipeline(notebook(code(""), code([]), {"cell_type": "code", "source": "x = 1"})).statements
    tagged = code("x = 1", metadata={"tags": "parameters"})
    assert read_pipeline(notebook(tagged)).parameters == ()
    spec = {"kernelspec": "python3"}
    assert read_pipeline(notebook(metadata=spec)).kernel_name == "python3"


def test_reading_loads_nothing_heavy(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook(code("%matplotlib inline\nimport numpy as np"), code("%%stage a\n!ls\nx = 1"))))
    program = (
        f"import sys\nfrom jupyter_mlpipe.notebook.reader import read_pipeline\nread_pipeline({str(path)!r})\n"
        "heavy = 'IPython nbformat jsonschema numpy pandas packaging papermill mlflow distributed'.split()\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
