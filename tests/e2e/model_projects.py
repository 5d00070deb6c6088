"""A small project that trains, measures and registers a model, for the tests in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.e2e.projects import write_project

MODEL = "flight-delay"
TRAIN, MEASURE = 3, 4
"""Places of the stage that makes the model, and of the one with the gate."""

_LOAD = """%%stage load
generator = np.random.default_rng(7)
features = pd.DataFrame(generator.normal(size=(400, 2)), columns=["distance", "wind"])
late = features["distance"] + generator.normal(size=400) > 0"""
_MEASURE = """%%stage measure --gate "auc >= 0.7"
auc = float(metrics.roc_auc_score(late, model.predict_proba(features)[:, 1]))"""
_CELLS = (
    "%pipeline delays --owner ana@example.com",
    "import numpy as np\nimport pandas as pd\nfrom sklearn import linear_model, metrics",
    _LOAD,
    "%%stage train\nmodel = linear_model.LogisticRegression(C={strength}).fit(features, {labels})",
    _MEASURE,
    f"%%stage register --model {MODEL}\nregistered = type(model).__name__",
)

GOOD: Mapping[str, str] = {"strength": "0.01", "labels": "late"}
BETTER: Mapping[str, str] = {"strength": "1.0", "labels": "late"}
WRONG: Mapping[str, str] = {"strength": "1.0", "labels": "~late"}
"""It learnt the opposite: it does worse than chance, and its gate refuses it."""


def cells(chosen: Mapping[str, str]) -> list[str]:
    """The notebook's cells, with one of the models above."""
    return [cell.format(**chosen) if cell.startswith("%%stage train") else cell for cell in _CELLS]


def write_models(folder: Path, chosen: Mapping[str, str]) -> Path:
    """Write the notebook with one of the models above."""
    return write_project(folder, cells(chosen), name="delays.ipynb")
