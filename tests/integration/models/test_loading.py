"""What is loaded is what was signed: nothing of a model is interpreted before that is known."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import ModelNameError, UnknownModelError, UntrustedModelError
from jupyter_mlpipe.models.loading import load_model
from jupyter_mlpipe.models.registry import FLAVOR_TAG, PICKLE_TAG, passed_tag
from jupyter_mlpipe.notebook.model_names import check_model_name
from jupyter_mlpipe.settings import load_settings
from tests.integration.models.registry_desk import Desk, estimator, training_frame


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_what_is_loaded_predicts_as_what_was_registered(desk) -> None:
    desk.ship(desk.train(1))
    loaded = load_model(desk.settings, f"{desk.model}@production")
    frame = training_frame(1) / 1000
    assert list(loaded.predict(frame)) == list(estimator(1).predict(frame))
    assert type(load_model(desk.settings, f"{desk.model}@1")) is type(loaded)


def test_a_planted_pickle_is_never_run(desk, tmp_path: Path) -> None:
    version = desk.train(1)
    desk.ship(version)
    canary = tmp_path / "canary"
    files = desk.files(version)
    for path in list(files.iterdir()):
        path.unlink() if path.is_file() else shutil.rmtree(path)
    (files / "model.pkl").write_bytes(pickle.dumps(Bomb(canary)))
    (files / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n"
        "  sklearn:\n    pickled_model: model.pkl\n    serialization_format: pickle\n    sklearn_version: 1.9.1\n"
    )
    desk.client.set_model_version_tag(desk.model, str(version), FLAVOR_TAG, "sklearn")
    for allowed in (False, True):
        with pytest.raises(UntrustedModelError, match="not those that were registered"):
            load_model(desk.settings, f"{desk.model}@production", allow_pickle=allowed)
    assert not canary.exists()


def test_a_tag_makes_no_pickle_safe_and_no_other_version_pass(desk) -> None:
    good = desk.train(1)
    desk.ship(good)
    pickled = desk.train(2, value=_Doubling(), namespace={"_Doubling": _Doubling}, pickle=True)
    if pickled != good:  # a class that can be stored outside its notebook
        desk.client.delete_model_version_tag(desk.model, str(pickled), PICKLE_TAG)
        with pytest.raises(UntrustedModelError, match="pickle"):
            load_model(desk.settings, f"{desk.model}@{pickled}")
    other = desk.train(3)
    passed = desk.client.get_model_version(desk.model, str(good)).tags[passed_tag("production")]
    desk.client.set_model_version_tag(desk.model, str(other), passed_tag("production"), passed)
    desk.client.set_registered_model_alias(desk.model, "production", str(other))
    with pytest.raises(UntrustedModelError, match="did not pass"):
        load_model(desk.settings, f"{desk.model}@production")


class _Doubling:
    def predict(self, values: object) -> object:
        return values


def test_a_foreign_key_counts_where_it_is_trusted(embedded, tmp_path: Path) -> None:
    desk = embedded
    desk.ship(desk.train(1))
    key = (desk.root / "key" / "signing.pem.pub").read_text().strip()
    elsewhere = {**desk.variables, "MLPIPE_SIGNING_KEY": str(tmp_path / "other" / "key.pem")}
    with pytest.raises(UntrustedModelError, match="not signed by a key"):
        load_model(load_settings(desk.root, environ=elsewhere), f"{desk.model}@1")
    trusting = load_settings(desk.root, environ={**elsewhere, "MLPIPE_TRUSTED_KEYS": key})
    assert load_model(trusting, f"{desk.model}@production") is not None


def test_unknown_models_versions_and_aliases_are_said_to_be_unknown(embedded) -> None:
    desk: Desk = embedded
    desk.train(1)
    for reference in (f"{desk.model}@production", f"{desk.model}@7", "nowhere@production", f"{desk.model}@champion"):
        with pytest.raises(UnknownModelError):
            load_model(desk.settings, reference)


@pytest.mark.parametrize("name", ["a/b", "..", ".a", "a:b", "", " a", "x" * 300, "-x", "a%b", "a'b", "a\x00b", "a`b"])
def test_names_that_the_registry_cannot_keep_are_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(ModelNameError) as caught:
        check_model_name(name)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["flight-delay", "a.b", "Verspätung", "モデル", "two words", "production"])
def test_names_with_dots_spaces_and_any_script_work(embedded, name: str) -> None:
    desk = embedded
    desk.model = name
    version = desk.train(1)
    desk.ship(version)
    assert desk.alias() == version
    assert load_model(desk.settings, f"{name}@production") is not None
