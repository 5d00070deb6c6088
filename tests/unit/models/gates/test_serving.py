"""What a model costs to serve, and whether it takes a frame as it is; values of a stage's result."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.execution.hooks import StageContext, StoredValues
from jupyter_mlpipe.models.gates import GateHook, StageEvidence, judge
from jupyter_mlpipe.models.gates.serving_cost import fewest_calls, quantile_ends
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer
from tests.unit.models.gates.evidence import check, estimate

X = pd.DataFrame({"a": np.linspace(-1, 1, 50), "b": np.linspace(1, 2, 50), "n": range(50)})
Y = (X["a"] > 0).astype(int)
MODEL = LogisticRegression().fit(X, Y)


class Slow:
    calls = 0

    def predict(self, rows: object) -> list[int]:
        self.calls += 1
        assert len(rows) == 1  # type: ignore[arg-type]
        time.sleep(0.002)
        return [1]


@pytest.mark.parametrize("frame", [X, X.to_numpy(), pl.from_pandas(X), pl.from_pandas(X).to_arrow(), [[1], [2]]])
def test_latency_is_that_of_single_rows(frame: object) -> None:
    model = Slow()
    found = check("latency(m, X, quantile=0.5, rows=20) in [1ms, 1s]", m=model, X=frame)
    assert found.passed, found.text
    assert model.calls > 20
    assert found.facts["estimates"][0]["unit"] == "s"
    assert "ms" in found.text


def test_a_quantile_needs_calls_enough_to_be_bounded() -> None:
    found = check("latency(m, X, quantile=0.99, rows=50) <= 1h", m=Slow(), X=X)
    assert not found.passed
    assert "50 calls are too few to bound this quantile from above" in found.text
    assert fewest_calls(0.95, 0.95) == 72
    assert quantile_ends(72, 0.95, 0.95)[1] == 71
    assert quantile_ends(71, 0.95, 0.95)[1] is None


def test_order_statistics_hold_the_quantile_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    low, high = quantile_ends(200, 0.9, 0.95)
    assert low is not None
    assert high is not None
    sorted_rows = np.sort(generator.random((4000, 200)), axis=1)
    held = ((sorted_rows[:, low] <= 0.9) & (sorted_rows[:, high] >= 0.9)).mean()
    assert 0.94 <= held <= 0.985


def test_no_rows_and_no_model() -> None:
    assert "X has no rows" in check("latency(m, X) < 1s", m=MODEL, X=X[:0]).text
    assert "m is int, which has no predict" in check("latency(m, X) < 1s", m=3, X=X).text
    assert "X is int, which has no rows" in check("latency(m, X) < 1s", m=MODEL, X=3).text


def test_size_is_that_in_the_store_and_loads_nothing() -> None:
    assert check("size(m) <= 20MB", m=b"x" * 1000).text == "size is 1 kB, at most 20MB asked"
    assert not check("size(m) <= 1kB", m=b"x" * 1001).passed


# -- signature --------------------------------------------------------------------------------------------------------


def test_a_model_takes_the_frame_that_it_was_fitted_on() -> None:
    found = check("accepts(m, X)", m=MODEL, X=X)
    assert (found.passed, found.text) == (True, "m takes X")
    assert not check("not accepts(m, X)", m=MODEL, X=X).passed


@pytest.mark.parametrize(
    ("frame", "said", "facts"),
    [
        (X.drop(columns="b"), "the column b is missing", {"missing": ["b"]}),
        (X.assign(z=1), "the column z is not what it was fitted on", {"extra": ["z"]}),
        (X[["b", "a", "n"]], "the columns are in another order", {"reordered": ["b", "a", "n"]}),
        (X.rename(columns={"a": "A"}), "the column a is missing; the column A is not what it was", {"missing": ["a"]}),
        (X.astype({"n": str}), "n is str, and was int64", {"changed": {"n": {"fitted": "int64", "given": "str"}}}),
    ],
)
def test_what_differs_is_named(frame: pd.DataFrame, said: str, facts: dict[str, object]) -> None:
    found = check("accepts(m, new, like=X)", m=MODEL, new=frame, X=X)
    assert not found.passed
    assert said in found.reasons[0]
    (evidence,) = found.facts["evidence"].values()
    assert evidence.items() >= facts.items()


def test_without_names_the_width_counts_and_the_prediction_itself() -> None:
    bare = LogisticRegression().fit(X.to_numpy(), Y)
    assert check("accepts(m, X)", m=bare, X=X.to_numpy()).passed
    assert "it has 2 columns, not 3" in check("accepts(m, X)", m=bare, X=X.to_numpy()[:, :2]).text
    holes = X.assign(a=np.nan)
    assert "m cannot predict: ValueError: Input X contains NaN" in check("accepts(m, X)", m=MODEL, X=holes).text


# -- a stage's values -------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    signer = (
        Signer.load_or_create(tmp_path / "keys") if hasattr(Signer, "load_or_create") else Signer(tmp_path / "keys")
    )
    return ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=signer)


def context_of(
    store: ArtifactStore, made: dict[str, object], read: dict[str, object], gates: list[str]
) -> StageContext:
    stage = Stage("evaluate", (3,), (), StageOptions(extra={"gate": gates}))
    artifacts, inputs = (StoredValues(store.save_values(values, {})[0], store) for values in (made, read))
    return StageContext(stage, {"auc": 0.8}, artifacts, inputs)


def test_a_stages_gates_see_what_it_made_and_read(store: ArtifactStore) -> None:
    gates = ["accepts(model, X)", "size(model) <= 1MB", "accuracy(y, chosen) >= 0.5", "auc >= 0.7"]
    made = {"model": MODEL, "chosen": MODEL.predict(X)}
    verdict = GateHook().after_stage(context_of(store, made, {"X": X, "y": Y, "model": 3}, gates))
    assert verdict is not None
    assert verdict.passed, verdict.reasons
    assert [check["gate"] for check in verdict.facts["checks"]] == gates


def test_a_pickle_is_not_loaded(store: ArtifactStore) -> None:
    context = context_of(store, {"model": Slow()}, {"X": X}, ["latency(model, X) < 1s", "size(model) < 1MB"])
    verdict = GateHook().after_stage(context)
    assert verdict is not None
    latency, size = verdict.facts["checks"]
    assert "model is stored as a pickle" in latency["text"]
    assert "bind its predictions in the stage and gate on those" in latency["text"]
    assert size["passed"]


def test_a_stage_does_not_know_the_model_in_production_unless_it_is_told(store: ArtifactStore) -> None:
    gate = "improvement(accuracy, model, X, y) >= 0"
    context = context_of(store, {"model": MODEL}, {"X": X, "y": Y}, [gate])
    refused = GateHook().after_stage(context)
    assert refused is not None
    assert "which model is meant is not said" in refused.reasons[0]
    allowed = GateHook(production=lambda name: MODEL).after_stage(context)
    assert allowed is not None
    assert allowed.passed
    with pytest.raises(UnmeasurableError):
        StageEvidence(context).production(None)
    assert judge([gate], StageEvidence(context, lambda name: None))[0].passed


def test_figures_do_not_change_what_they_look_at() -> None:
    frame = X.copy()
    estimate("latency(m, X, rows=10, quantile=0.5)", m=MODEL, X=frame)
    pd.testing.assert_frame_equal(frame, X)
