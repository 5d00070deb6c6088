from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import BrokenNotebookError
from jupyter_mlpipe.models.gates import GateHook
from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.lint import RULES, Finding, Rule, Severity, lint_notebook, lint_pipeline
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.reader import pipeline_from_sources

ROOT = Path(__file__).parents[3]


class Gates(LineExtension):
    name = "gate"

    def add_options(self, parser) -> None:
        parser.add_argument("--gate", action="append", default=[])


GATES = Gates()


def cells_of(text: str) -> list[str]:
    """Cells are parted by a blank line before a stage line or a line of dashes."""
    return re.split(r"\n\n(?=%%)|\n---\n", text)


def pipeline_of(text: str) -> Pipeline:
    return pipeline_from_sources([(cell, {}) for cell in cells_of(text)], extend=[GATES])


def codes(text: str, *ignore: str) -> list[str]:
    found = lint_pipeline(pipeline_of(text), ignore=("ML009", "ML014", *ignore))
    return [f"{item.code}@{item.cell}:{item.line}" for item in found]


# -- the rules as a whole -----------------------------------------------------------------------------------------


def test_codes_are_unique_and_in_order():
    given = [rule.code for rule in RULES]
    assert given == [f"ML{number:03}" for number in range(1, len(RULES) + 1)]
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_one_rule_a_file():
    files = {type(rule).__module__ for rule in RULES}
    assert len(files) == len(RULES)
    assert all(
        file.rsplit(".", 1)[1] == rule.name.replace("-", "_")
        for file, rule in ((type(rule).__module__, rule) for rule in RULES)
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_finds_its_own_example(rule: Rule, tmp_path: Path):
    cells = [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells_of(rule.example)]
    path = tmp_path / "example.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    mine = [item for item in lint_notebook(path, extend=[GATES]) if item.code == rule.code]
    assert mine
    assert all(item.message and item.fix and item.line and item.cell is not None for item in mine)


CLEAN = """
import numpy as np
import pandas as pd

LIMIT = 3

def keep(frame):
    return frame[frame.a < LIMIT]
---
%%stage load --owner a@b
flights = pd.read_csv("data.csv")
flights = keep(flights)

%%stage train --owner a@b --after load --in flights --out model
rng = np.random.default_rng(0)
model = {"weights": rng.normal(size=len(flights))}

%%stage evaluate --owner a@b --gate "auc >= 0.7"
auc = sum(model["weights"])
print(auc)
"""


def test_a_clean_notebook_has_no_findings():
    assert lint_pipeline(pipeline_of(CLEAN.strip())) == []


def test_findings_come_in_notebook_order_with_their_stage():
    found = lint_pipeline(pipeline_of("%%stage a\nx = undefined\n\n%%stage b\nfrom math import *\nexec('1')"))
    assert [(item.code, item.stage) for item in found if item.severity is not Severity.INFO] == [
        ("ML005", "a"),
        ("ML002", "b"),
        ("ML001", "b"),
    ]
    assert found[0].to_json().keys() == {"code", "name", "severity", "message", "fix", "cell", "line", "stage"}
    assert json.dumps([item.to_json() for item in found])


def test_a_comment_silences_its_line_or_its_cell():
    assert codes("a = '/home/x/a'\nb = '/home/x/b'  # mlpipe: ignore ML016") == ["ML016@0:1"]
    assert codes("# mlpipe: ignore ML016, ML001\na = '/home/x/a'\nexec('1')\nb = '/home/x/b'") == []
    assert codes("a = '/home/x/a'  # mlpipe: ignore ML017") == ["ML016@0:1"]


def test_every_unparsable_cell_is_named(tmp_path: Path):
    path = tmp_path / "broken.ipynb"
    cells = [{"cell_type": "code", "metadata": {}, "source": text} for text in ("def f(:", "x = 1", "y = = 2")]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert [(item.code, item.cell, item.line) for item in lint_notebook(path)] == [("ML015", 0, 1), ("ML015", 2, 1)]
    cells[0]["source"] = cells[2]["source"] = "%%stage a --nope"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    (finding,) = lint_notebook(path)
    assert "MP101" in finding.message
    with pytest.raises(BrokenNotebookError):
        lint_notebook(tmp_path / "none.ipynb")


# -- rule by rule -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # ML001
        ("x = 1\neval('x')", ["ML001@0:2"]),
        ("get_ipython().run_cell('x = 1')", ["ML001@0:1"]),
        ("%run other.py", ["ML001@0:1"]),
        ("import pandas as pd\npd.DataFrame({'a': [1]}).eval('a + 1')", []),
        ("%%time\nx = 1\nglobals()['x']", ["ML001@0:3"]),
        # ML002
        ("x = 1\n---\nfrom os.path import *", ["ML002@1:1"]),
        # ML003
        ("1 + 1\n---\nx = _ + Out[0]", ["ML003@1:1", "ML003@1:1"]),
        ("for _ in range(3):\n    print(1)", []),
        ("_ = 3\nprint(_)", []),
        # ML004
        ("!ls -l\n!pip list\n!python --version", []),
        ("x = 1\n!touch a.txt", ["ML004@0:2"]),
        ("!echo hi > a.txt", ["ML004@0:1"]),
        ("!python train.py 2>&1", ["ML004@0:1"]),
        ("files = !ls", []),
        ("%%bash\nls\ncp a b", ["ML004@0:1"]),
        ("import subprocess as sp\nsp.run(['make'])", ["ML004@0:2"]),
        # ML005
        ("x = y\n---\ny = 2", ["ML005@0:1"]),
        ("def f():\n    return later\n---\nlater = 2\nprint(f())", []),
        ("def f():\n    return never\n", ["ML005@0:2"]),
        ("x = 1\ndel x\n---\nprint(x)", ["ML005@1:1"]),
        ("try:\n    x = undefined\nexcept NameError:\n    x = 2", []),
        ("for i in range(3):\n    j = i\nprint(j)", []),
        ("from math import *\nprint(pi)", ["ML002@0:1"]),
        ("total += 1", ["ML005@0:1"]),
        ("print([q for q in range(3)], (lambda z: z)(1))", []),
        ("display(get_ipython())", []),
        # ML006
        ("list = [1]\n---\nprint(list)", ["ML006@0:1"]),
        ("id = 3", []),
        # ML007, ML008
        ("import random\nrandom.seed(1)\nx = random.random()", []),
        ("import numpy as np\nx = np.random.rand()\nnp.random.seed(0)", ["ML008@0:2"]),
        ("from random import shuffle\nx = [1]\nshuffle(x)", ["ML008@0:3"]),
        ("import numpy as np\nrng = np.random.default_rng()", ["ML008@0:2"]),
        ("import numpy as np\nnp.random.seed(0)\n\n%%stage a\nx = np.random.rand()\nprint(x)", []),
        (
            (
                "from sklearn.model_selection import train_test_split\na = train_test_split([1, 2])\n"
                "b = train_test_split([1, 2], random_state=0)"
            ),
            ["ML008@0:2"],
        ),
        ("import pandas as pd\npd.DataFrame().sample(n=1)\npd.DataFrame().sample(n=1, random_state=1)", ["ML008@0:2"]),
        # ML010, ML011
        ("%%stage a --out x\nx = 1", []),
        ("%%stage a --out x\nexec('x = 1')", ["ML001@0:2"]),
        ("%%stage a\nx = 1\ny = 2\n\n%%stage b\nprint(x)", ["ML011@0:3"]),
        ("%%stage a --gate 'y > 1'\nx = 1\ny = 2\n\n%%stage b\nprint(x)", []),
        ("%%stage a\nauc = 1", []),
        # ML012
        ("rows = []\n---\nimport copy\n\n%%stage a\nrows.append(1)\n\n%%stage b\nrows = [1]\nrows.append(2)", []),
        # ML013
        ("%%stage a\nx = 1\n---\ny = 2\n\n%%stage a\nz = 3", []),
        # ML016
        ("a = '/api/v1/flights'\nb = 'https://x/home/y'\nc = 'data/x.csv'", []),
        (r"a = 'C:\\data\\x.csv'", ["ML016@0:1"]),
        ("open('~/x.csv')", ["ML016@0:1"]),
        # ML019
        ("def f():\n    return 1\n---\ndef f():\n    return 2", ["ML019@1:1"]),
        (
            (
                "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 1\n@f.register\n"
                "def _(x: int):\n    return 2\n@f.register\ndef _(x: str):\n    return 3"
            ),
            [],
        ),
        # ML020
        ("%%stage a --after a\nx = 1", ["ML020@0:1"]),
        ("%%stage a --after b\nx = 1\n\n%%stage b\ny = 1", ["ML020@0:1"]),
        # ML023
        ("def input(x):\n    return x\nprint(input('a'))", ["ML006@0:1"]),
        ("import pdb\npdb.set_trace()", ["ML023@0:2"]),
        # ML024
        ("x = 1\n%stage_inputs a --run b\n%restore a", ["ML024@0:2", "ML024@0:3"]),
        ("%pipeline a\n%stages\nrestore = 1", []),
    ],
)
def test_what_is_found_and_what_is_not(text: str, expected: list[str]):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY = 'abcd1234'",
        "config = {'password': 'hunter22'}",
        "connect(user='a', password='hunter22')",
        "import os\nos.environ['HF_TOKEN'] = 'abcdefgh'",
        "url = 'postgresql://ana:hunter22@db/x'",
        "k = 'AKIAABCDEFGHIJKLMNOP'",
        "k = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'",
        "self.db_password: str = 'hunter22'",
    ],
)
def test_secrets_are_found_and_never_shown(text: str):
    found = [item for item in lint_pipeline(pipeline_of(f"self = connect = None\n{text}")) if item.code == "ML017"]
    assert len(found) == 1
    assert not re.search("hunter22|abcd|AKIA", found[0].message + found[0].fix)


@pytest.mark.parametrize(
    "text",
    [
        "import os\npassword = os.environ['PASSWORD']",
        "token = ''",
        "password = '<your password>'",
        "password = 'your-password'",
        "tokens = 'a b c d'",
        "max_tokens = 'many of them'",
        "tokenizer = 'bert-base-uncased'",
        "url = 'https://example.com/a:b@c'",
        "url = 'postgresql://{user}:{password}@db/x'",
        "key = 'carrier'",
        "secretary = 'Ana'",
    ],
)
def test_what_only_sounds_like_a_secret_is_left_alone(text: str):
    assert [item for item in lint_pipeline(pipeline_of(text)) if item.code == "ML017"] == []


def by_code(text: str, code: str) -> Finding:
    (finding,) = [item for item in lint_pipeline(pipeline_of(text)) if item.code == code]
    return finding


def test_fixes_name_the_nearest():
    assert "`model`" in by_code("%%stage train --out modle\nmodel = 1", "ML010").fix
    assert "`flights`" in by_code("flights = [1]\n\n%%stage train --in flihgts\nmodel = 1", "ML022").fix
    assert "`load`" in by_code("%%stage load\nx = 1\n\n%%stage train --after laod\nmodel = 1", "ML020").fix
    assert "`auc`" in by_code("%%stage a --gate 'aucc > 1'\nauc = 1", "ML021").fix
    assert "`truth`" in by_code("truth = [1]\n\n%%stage a --gate 'f1(trth, y) > 1'\ny = 1", "ML021").fix


def test_a_name_defined_below_is_told_where():
    assert "cell 1" in by_code("print(x)\n---\nx = 1", "ML005").message


def test_the_gate_options_are_those_of_the_gate_hook():
    pipeline = pipeline_from_sources(
        [("%%stage a --gate 'auc >= 0.5' --gate 'loss < 1'\nauc = 1", {})], extend=[GateHook()]
    )
    (finding,) = [item for item in lint_pipeline(pipeline) if item.code == "ML021"]
    assert "`loss`" in finding.message


# -- the guide ----------------------------------------------------------------------------------------------------


def test_the_guide_names_what_exists():
    guide = (ROOT / "docs" / "how-to" / "add-a-lint-rule.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:jupyter_mlpipe|tests|docs)/[\w./-]+)`", guide):
        if "my_rule" not in path:
            assert (ROOT / path).exists(), path
