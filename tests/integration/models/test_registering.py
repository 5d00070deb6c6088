"""From a stage's value to a version: once each, without pickles, without rows of the data, now or later."""

from __future__ import annotations

import json

import pytest

from jupyter_mlpipe.notebook.model_names import split_reference
from tests.integration.models.conftest import free_port
from tests.integration.models.registry_desk import SECRET, Desk, estimator, training_frame


def test_a_version_says_where_it_comes_from_and_holds_no_row_of_its_data(desk) -> None:
    version = desk.train(1)
    made = desk.known().version(version).registration
    assert made.facts["metrics"] == {"loss": 0.1, "auc": 0.8}
    assert made.facts["parameters"]["depth"] == 3
    assert [item["name"] for item in made.facts["inputs"]] == ["flights"]
    assert made.facts["environment"] == {"scikit-learn": "1.9.1"}
    columns = [column["name"] for column in json.loads(made.facts["signature"]["inputs"])]
    assert columns == ["distance", "dep_delay"]
    files = [path for path in desk.files(version).rglob("*") if path.is_file()]
    assert any(path.suffix == ".skops" for path in files)
    assert not any(path.suffix in (".pkl", ".pickle") for path in files)
    assert all(str(SECRET)[:7].encode() not in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    "kind", ["RandomForestClassifier", "HistGradientBoostingClassifier", "GradientBoostingClassifier"]
)
def test_trees_need_no_pickle(embedded, kind: str) -> None:
    from sklearn import ensemble

    frame = training_frame(1) / 1000
    fitted = getattr(ensemble, kind)(random_state=0).fit(frame, frame["dep_delay"] > 0)
    version = embedded.train(1, value=fitted)
    assert embedded.known().version(version).registration.safe


def test_the_same_model_is_registered_once_and_found_again(desk) -> None:
    version = desk.train(1)
    desk.ask(desk.last_run, desk.last_train)
    desk.deliver()
    assert [item.version for item in desk.known().versions] == [version]
    # Killed after MLflow had made the version and before the ledger knew of it.
    with desk.ledger.write() as connection:
        connection.execute("DELETE FROM registrations WHERE model = :model", model=desk.model)
    desk.ask(desk.last_run, desk.last_train)
    desk.deliver()
    assert desk.known().waiting == ()
    (found,) = desk.known().versions
    assert (found.version, found.registration.safe) == (version, True)
    assert found.registration.digest


@pytest.mark.parametrize(("value", "why"), [("a text", "no model"), (len, "pickle")])
def test_what_cannot_be_registered_is_refused_with_a_way_out(embedded, value: object, why: str) -> None:
    assert embedded.train(1, value=value) == 0
    (refused,) = embedded.known().refused
    assert refused.error is not None
    assert why in refused.error["message"]
    assert refused.error["hint"]
    assert why in embedded.call("models", "list", "--offline").stderr


def test_a_registry_that_does_not_answer_gets_the_model_later(embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    good = embedded
    down = Desk(good.root, f"http://127.0.0.1:{free_port()}", model=good.model)
    assert down.train(1) == 0
    (waiting,) = down.known().waiting
    assert waiting.failures >= 1
    assert "MP601" in (waiting.error or "")
    listed = down.call("models", "list", code=1)
    assert "does not do it" in listed.stderr
    assert "waiting" in listed.stderr
    assert down.call("models", "list", "--json", code=1).json["error"]["code"] == "MP601"
    down.close()
    good.call("track", code=0)
    assert [item.version for item in good.known().versions] == [1]
    assert good.known().waiting == ()


def test_references_are_split_at_the_last_at_sign() -> None:
    assert split_reference("flight-delay@production") == ("flight-delay", "production")
    assert split_reference("flight-delay") == ("flight-delay", None)


def test_python_registers_and_says_what_is_no_metric(embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlpipe import models
    from jupyter_mlpipe.errors import UnregistrableModelError

    for name, value in embedded.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(embedded.root)
    frame = training_frame(1) / 1000
    with pytest.raises(UnregistrableModelError, match="auc"):
        models.register("by-hand", estimator(1), metrics={"auc": "high"})
    made = models.register("by-hand", estimator(1), metrics={"auc": 0.9}, example=frame, data={"flights": frame})
    assert (made.version, made.facts["metrics"]) == (1, {"auc": 0.9})
    assert made.facts["signature"]
    assert models.register("by-hand", estimator(1)).version == 1
    assert models.check("by-hand", 1, "production").outcome == "refused"
    assert models.promote("by-hand", 1, "staging").transition.status == "done"
    assert type(models.load("by-hand@staging")).__name__ == "LogisticRegression"
