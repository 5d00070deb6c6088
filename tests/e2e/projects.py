"""Small projects for the tests in a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

HELPER = '''"""What the notebook's stages call."""


def double(numbers):
    return [2 * number for number in numbers]
'''

STEPS = (
    "%pipeline numbers --owner ana@example.com",
    "factor = 3  # by how much\nexact = True\nname = 'first'\nsizes = [1, 2]",
    "from time import sleep\n\nimport pandas as pd\nfrom helper import double",
    "%%stage load\nnumbers = pd.DataFrame({'n': range(40)})\nprint('loaded', len(numbers))",
    "%%stage train --memory 1GB --owner bo@example.com\nmodel = double(list(numbers['n']))[factor]\nmodel",
    "%%stage plain\ntotal = int(numbers['n'].sum())",
    "%%stage report --gate 'score > 1'\nscore = model / 2\nprint('score', score)",
)
PARAMETERS = 1
LOAD, TRAIN, PLAIN, REPORT = 3, 4, 5, 6


def steps(**changes: str) -> list[str]:
    """The cells of the small pipeline, with other sources for some stages."""
    places = {"load": LOAD, "train": TRAIN, "plain": PLAIN, "report": REPORT, "imports": 2}
    sources = list(STEPS)
    for name, source in changes.items():
        sources[places[name]] = source
    return sources


def slow(count: int = 60, pause: float = 0.1) -> str:
    """A training stage that prints for a while."""
    loop = f"for step in range({count}):\n    print('step', step, flush=True)\n    sleep({pause})"
    return f"%%stage train\n{loop}\nmodel = 4"


def write_project(folder: Path, sources: Sequence[str], *, name: str = "numbers.ipynb") -> Path:
    """A notebook of code cells and its helper, in a workspace of their own."""
    (folder / ".mlpipe").mkdir(parents=True, exist_ok=True)
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{index}",
                "metadata": {"tags": ["parameters"]} if index == PARAMETERS and "factor" in source else {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for index, source in enumerate(sources)
        ],
    }
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    (folder / "helper.py").write_text(HELPER, encoding="utf-8")
    return folder / name
