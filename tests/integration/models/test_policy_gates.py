"""The gates of a policy: over what the run measured and stored, and against the model in production."""

from __future__ import annotations

import pytest

from jupyter_mlpipe.errors import PromotionRefusedError
from tests.integration.models.registry_desk import Desk, estimator, training_frame

BETTER = "improvement(accuracy, candidate, flights, y) > 0"


def shipped_with_truth(desk: Desk, fitted: object) -> int:
    """A version whose run stored the data and the answers, in staging."""
    frame = training_frame(1)
    run = desk.run()
    stored = desk.stage(run, "load", {"flights": frame, "y": frame["dep_delay"] > 0})
    reads = {"flights": ("load", stored.values["flights"])}
    made = desk.stage(run, "train", {"classifier": fitted}, reads)
    desk.stage(
        run, "judge", None, {"classifier": ("train", made.values["classifier"])}, gates_=[("auc >= 0.5", True)],
        numbers={"auc": 0.8},
    )  # fmt: skip
    desk.ask(run, made, name="classifier")
    desk.deliver()
    version = desk.known().versions[0].version
    desk.promote(version, "staging")
    return version


def upside_down() -> object:
    from sklearn.linear_model import LogisticRegression

    frame = training_frame(1)
    return LogisticRegression().fit(frame / 1000, frame["dep_delay"] < 0)


def test_the_first_version_has_nothing_to_beat_and_a_worse_one_is_refused(desk) -> None:
    desk.policy(production={"gates": ["auc >= 0.7", BETTER, "size(candidate) <= 1MB"]})
    first = shipped_with_truth(desk, estimator(1))
    move = desk.promote(first)
    assert {check.gate for check in move.decision.checks} >= {"auc >= 0.7", BETTER, "size(candidate) <= 1MB"}
    worse = shipped_with_truth(desk, upside_down())
    with pytest.raises(PromotionRefusedError, match="in production"):
        desk.promote(worse)
    assert desk.alias() == first


def test_the_same_model_does_not_beat_itself(embedded) -> None:
    desk = embedded
    desk.policy(production={"gates": [BETTER]})
    desk.promote(shipped_with_truth(desk, estimator(1)))
    with pytest.raises(PromotionRefusedError, match="improvement"):
        desk.promote(shipped_with_truth(desk, estimator(2)))


@pytest.mark.parametrize(
    ("gate", "why"), [("auk >= 0.7", "auc"), ("accuracy(nowhere, flights) >= 0", "nowhere"), ("auc >= 0.9", "0.8")]
)
def test_a_gate_that_does_not_hold_or_cannot_be_checked_says_why(embedded, gate: str, why: str) -> None:
    desk = embedded
    desk.policy(production={"gates": [gate]})
    version = shipped_with_truth(desk, estimator(1))
    with pytest.raises(PromotionRefusedError, match=why):
        desk.promote(version)
    assert desk.alias() is None
