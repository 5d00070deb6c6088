"""The model registry: what ``--model`` adds to a run, and how long a thousand versions take to list."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.transitions import Transition, begin_transition, end_transition
from jupyter_mlpipe.models.catalogue import known_model, known_models
from jupyter_mlpipe.models.evidence import stage_verdicts
from jupyter_mlpipe.models.promotion import look
from jupyter_mlpipe.workspace import Workspace, run_notebook
from tests.benchmarks.timing import Contestant, Table, interleave

VERSIONS = 1000


def registering(place: Path, rounds: int = 5) -> Table:
    """A run of one stage that fits a model, with and without ``--model``."""
    count = 0

    def run(line: str) -> None:
        nonlocal count
        count += 1  # a new stage each time, so that none is a hit
        path = place / f"{count}.ipynb"
        path.write_text(json.dumps(_notebook(f"%%stage train{line}\n{_FIT}\nround_ = {count}")))
        run_notebook(json.loads(path.read_text()), path=str(path))

    return interleave(
        "one stage that fits a model",
        [Contestant("without --model", lambda: run("")), Contestant("with --model", lambda: run(" --model speed"))],
        rounds,
    )


def listing(place: Path, rounds: int = 5) -> Table:
    """A thousand versions of ten models, after the imports."""
    workspace = Workspace.open(place, {"signing_key": str(place / "key")}, environ={})
    for number in range(VERSIONS):
        model, version = f"model-{number % 10}", number // 10 + 1
        facts = {
            "metrics": {f"m{i}": i / 7 for i in range(10)},
            "environment": {f"package-{i}": "1.0" for i in range(40)},
        }
        record_registration(
            workspace.ledger,
            Registration(
                model=model, version=version, name="model", content=f"{number:064}", facts=facts, run=f"r{number}"
            ),
        )
        if version % 10 == 0:
            move = Transition(model=model, version=version, action="promote", target="staging")
            end_transition(workspace.ledger, begin_transition(workspace.ledger, move), "done", model=model, seen={})
    look(workspace)  # MLflow's imports and its database
    newest = known_model(workspace.ledger, "model-0").versions[0]
    table = interleave(
        f"{VERSIONS:,} versions of ten models",
        [
            Contestant("all, from the ledger", lambda: known_models(workspace.ledger)),
            Contestant("all, and a look into MLflow", lambda: (look(workspace), known_models(workspace.ledger))),
            Contestant("one model's 100", lambda: known_model(workspace.ledger, "model-0")),
            Contestant("one version's verdicts", lambda: stage_verdicts(workspace.ledger, newest.registration)),
        ],
        rounds,
    )
    workspace.close()
    return table


_FIT = (
    "import numpy as np\nfrom sklearn.linear_model import LogisticRegression\n"
    "X = np.arange(200.0).reshape(100, 2)\nmodel = LogisticRegression().fit(X, X[:, 0] > 90)"
)


def _notebook(source: str) -> dict[str, object]:
    cell = {"cell_type": "code", "id": "a", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": [cell]}
