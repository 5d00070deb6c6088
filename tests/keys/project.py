"""The small project that the key table edits: a notebook of ten stages, two modules beside it, data. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_CELLS = {
    "title": "# The notebook of the key table",
    "parameters": "alpha = 0.5\nspare = 1",
    "imports": """\
import os
import random
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from helpers import read_rows, scale""",
    "settings": """\
os.environ["KEY_MODE"] = "fast"
plt.rcParams["lines.linewidth"] = 2
pd.set_option("display.precision", 3)
np.set_printoptions(precision=3)""",
    "definitions": '''\
LIMIT = 10
OTHER = 99

def clip(x, top=3):
    """Cut off at the top."""
    return min(x, top, LIMIT)

def never_called(x):
    return x - 1

class Model:
    depth = 2

    def predict(self, x):
        return x * self.depth

    def never_called(self):
        return 0

def loud(function):
    def wrapper(*args):
        return function(*args) + "!"
    return wrapper

@loud
def shout(text):
    return text.upper()

square = lambda x: x * x''',
    "seed": "random.seed(1)",
    "load": '%%stage load\nrows = read_rows("data.csv")',
    "clean": "%%stage clean\ncleaned = [clip(scale(row)) for row in rows]",
    "fit": "%%stage fit\nmodel = Model()\nscore = sum(square(model.predict(x)) for x in cleaned) * alpha",
    "words": '%%stage words\ntext = shout(f"limit {LIMIT}") + os.environ["KEY_MODE"]',
    "draw": "%%stage draw\ndraws = [random.randint(0, 999) for _ in range(3)]",
    "notes": "%%stage notes --file notes/*.txt\nlines = !cat notes/a.txt\nlines = list(lines)",
    "optional": """\
%%stage optional
try:
    with open("optional.txt") as source:
        extra = source.read()
except FileNotFoundError:
    extra = "none" """.rstrip(),
    "table": '%%stage table\npd.DataFrame({"third": [1 / 3]})',
    "figure": "%%stage figure\nfig, ax = plt.subplots(figsize=(1, 1))\nax.plot([1, 2])\nplt.show()",
    "report": '%%stage report\nprint(f"score {score:.2f}", text, draws, lines, extra, np.array([1 / 3]))',
}

_FILES = {
    "helpers.py": '''\
"""Reading and scaling."""
import low

OFFSET = 0

def read_rows(path):
    with open(path) as source:
        return [int(line) for line in source]

def scale(x):
    return low.double(x) + OFFSET

def not_used_here(x):
    return x
''',
    "low.py": "def double(x):\n    return 2 * x\n\ndef nor_here(x):\n    return x\n",
    "data.csv": "1\n2\n50\n",
    "notes/a.txt": "a note\n",
}

STAGES = tuple(name for name, source in _CELLS.items() if source.startswith("%%stage"))


@dataclass
class Project:
    """Cells by name, in order, and files by path. Edits change it in place."""

    cells: dict[str, str] = field(default_factory=lambda: dict(_CELLS))
    files: dict[str, str] = field(default_factory=lambda: dict(_FILES))
    notebook: str = "keys.ipynb"
    parameters: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More cell metadata, by cell name."""
    touched: list[str] = field(default_factory=list)
    """Files to write again with the same content, and a later time."""

    def swap(self, where: str, old: str, new: str) -> None:
        """Replace text in a cell or file; it must stand there once."""
        home = self.cells if where in self.cells else self.files
        assert home[where].count(old) == 1, f"{old!r} stands {home[where].count(old)} times in {where}"
        home[where] = home[where].replace(old, new)

    def reorder(self, name: str, before: str) -> None:
        """Move a cell before another."""
        source = self.cells.pop(name)
        self.insert(name, source, before)

    def insert(self, name: str, source: str, before: str | None = None) -> None:
        """Add a cell before another, or at the end."""
        names = list(self.cells)
        place = names.index(before) if before else len(names)
        names.insert(place, name)
        self.cells = {key: self.cells.get(key, source) for key in names}

    def to_notebook(self) -> dict[str, Any]:
        cells: list[dict[str, Any]] = []
        for name, source in self.cells.items():
            kind = "markdown" if source.startswith("# The") else "code"
            metadata = {"tags": ["parameters"]} if name == "parameters" else {}
            cell = {"id": name, "cell_type": kind, "metadata": metadata | self.metadata.get(name, {}), "source": source}
            cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}

    def write(self, folder: Path) -> Path:
        """Write what differs from what is there; gives the notebook's path."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in self.touched or not path.exists() or path.read_text() != text:
                path.write_text(text)
        path = folder / self.notebook
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_notebook(), indent=1))
        return path


Change = Callable[[Project], object]


@dataclass(frozen=True)
class Edit:
    """One edit and what follows: stages that must run, and stages that may."""

    name: str
    change: Change
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    status: str = "done"
    live: bool = True
    """Whether the edit means something in a live kernel too."""
