"""Gates with intervals: resampled counts and sorted rows against fairlearn and scikit-learn, in one process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fairlearn.metrics import MetricFrame, demographic_parity_difference, selection_rate
from sklearn.metrics import roc_auc_score

from jupyter_mlpipe.models.gates import judge
from tests.benchmarks.timing import Contestant, Table, interleave
from tests.unit.models.gates.evidence import Bound

ROWS = 50_000
RESAMPLES = 1000
THEIRS = 50
"""Resamples of the peers, which would take minutes for a thousand."""


def fairness(place: Path, rounds: int = 3) -> Table:
    """The demographic parity difference of six groups."""
    del place
    values = _rows()
    groups = np.char.add(values["sex"], values["age"])

    def fairlearn() -> None:
        frame = MetricFrame(
            metrics=selection_rate,
            y_true=values["y"],
            y_pred=values["chosen"],
            sensitive_features=groups,
            n_boot=THEIRS,
            ci_quantiles=[0.025, 0.975],
            random_state=1,
        )
        frame.difference_ci()

    def plain() -> None:
        demographic_parity_difference(values["y"], values["chosen"], sensitive_features=groups)

    return interleave(
        f"demographic parity of {ROWS:,} rows with an interval",
        [
            Contestant(f"fairlearn, {THEIRS} resamples", fairlearn),
            Contestant("fairlearn, no interval", plain),
            Contestant(
                f"our gate, {RESAMPLES:,} resamples",
                lambda: _gate("demographic_parity_difference(y, chosen, by=(sex, age)) <= 1"),
            ),
        ],
        rounds,
    )


def ranking(place: Path, rounds: int = 3) -> Table:
    """The area under the ROC curve."""
    del place
    values = _rows()

    def resampled() -> None:
        generator = np.random.default_rng(1)
        for _ in range(THEIRS):
            rows = generator.integers(0, ROWS, ROWS)
            roc_auc_score(values["y"][rows], values["score"][rows])

    return interleave(
        f"ROC AUC of {ROWS:,} rows with an interval",
        [
            Contestant(f"scikit-learn, {THEIRS} resamples", resampled),
            Contestant(f"our gate, {RESAMPLES:,} resamples", lambda: _gate("roc_auc(y, score) >= 0")),
        ],
        rounds,
    )


def _rows() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, ROWS)
    score = generator.normal(size=ROWS) + truth
    return {
        "y": truth,
        "score": score,
        "chosen": (score > 0.5).astype(int),
        "sex": generator.choice(["female", "male"], ROWS),
        "age": generator.choice(["young", "middle", "old"], ROWS),
    }


def _gate(gate: str) -> None:
    (found,) = judge([gate], Bound(_rows()))
    assert found.passed, found.text
