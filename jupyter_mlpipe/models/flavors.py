"""A model's value into MLflow's format: scikit-learn by skops, boosters by their own, all else by a pickle if asked.

No pickle is written unless the user asked for it, and then the version is marked. Not for uploading (``registry``).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import UnregistrableModelError


@dataclass(frozen=True)
class Written:
    """A model's files."""

    flavor: str
    """MLflow's name: ``sklearn``, ``xgboost``, ``lightgbm``, ``pytorch``, ``python_function``."""
    safe: bool
    """Whether loading them runs no code of the model's maker."""


def write_model(
    value: Any,
    folder: Path,
    *,
    requirements: Sequence[str],
    signature: Any = None,
    example: Any = None,
    pickle: bool = False,
) -> Written:
    """Write a model's files into a new folder.

    Parameters
    ----------
    value
        The model.
    folder
        Does not exist yet.
    requirements
        Distributions that loading and calling it needs, as ``name==version``; empty lets MLflow find out, slowly.
    signature, example
        MLflow's signature and an input example; None where they are not known.
    pickle
        Write a pickle where there is no safe format.

    Raises
    ------
    UnregistrableModelError
        There is no safe format for it, or it is no model; says what to do.
    """
    about: dict[str, Any] = {"signature": signature, "pip_requirements": list(requirements) or None}
    if example is not None:
        about["input_example"] = example
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's on formats and versions, which its user has not chosen
        if package in ("xgboost", "lightgbm"):
            return _booster(package, value, folder, about)
        if _is_estimator(value):
            types, untrusted = _types(value)
            if not untrusted:
                import mlflow.sklearn

                about["skops_trusted_types"] = types
                mlflow.sklearn.save_model(value, str(folder), serialization_format="skops", **about)
                return Written("sklearn", safe=True)
            if not pickle:
                raise UnregistrableModelError(
                    f"the {kind.__name__} cannot be kept without a pickle: skops does not trust {', '.join(untrusted)}",
                    hint="use scikit-learn's own types, or allow a pickle with --allow-pickle; the version is marked",
                    types=list(untrusted),
                )
            import mlflow.sklearn

            mlflow.sklearn.save_model(value, str(folder), serialization_format="cloudpickle", **about)
            return Written("sklearn", safe=False)
        return _pickled(package, value, folder, about, pickle=pickle)


def _is_estimator(value: Any) -> bool:
    try:
        from sklearn.base import BaseEstimator
    except ImportError:
        return False
    return isinstance(value, BaseEstimator)


def _types(value: Any) -> tuple[list[str], list[str]]:
    """Types in an estimator that skops must be told to trust, and those that we do not tell it.

    A type that it cannot write counts among the latter.
    """
    import skops.io

    from jupyter_mlpipe.store.codecs.skops_models import foreign_types

    try:
        types = skops.io.get_untrusted_types(data=skops.io.dumps(value))
    except Exception as error:  # noqa: BLE001 - skops raises what the types in the estimator raise
        return [], [f"{type(error).__name__}: {error}"[:200]]
    return list(types), foreign_types(types)


def _booster(package: str, value: Any, folder: Path, about: Mapping[str, Any]) -> Written:
    from importlib import import_module

    flavor = import_module(f"mlflow.{package}")
    flavor.save_model(value, str(folder), **about)
    return Written(package, safe=True)


def _pickled(package: str, value: Any, folder: Path, about: Mapping[str, Any], *, pickle: bool) -> Written:
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    callable_model = callable(value) or hasattr(value, "predict")
    if not callable_model:
        raise UnregistrableModelError(
            f"a {name} is no model: it has no `predict` and cannot be called",
            hint="name the model's variable: --model NAME=VARIABLE",
            type=name,
        )
    if not pickle:
        raise UnregistrableModelError(
            f"there is no format without a pickle for a {name}",
            hint="allow a pickle with --allow-pickle; the version is marked, and a policy may refuse it",
            type=name,
        )
    if package == "torch" or _is_module(value):
        import mlflow.pytorch

        mlflow.pytorch.save_model(value, str(folder), **about)
        return Written("pytorch", safe=False)
    import mlflow.pyfunc

    mlflow.pyfunc.save_model(str(folder), python_model=_Calling.of(value), **about)
    return Written("python_function", safe=False)


def _is_module(value: Any) -> bool:
    return any(
        f"{base.__module__}.{base.__qualname__}" == "torch.nn.modules.module.Module" for base in type(value).__mro__
    )


class _Calling:
    """Makes any model one of MLflow's Python models."""

    @staticmethod
    def of(value: Any) -> Any:
        from mlflow.pyfunc import PythonModel

        class Model(PythonModel):  # type: ignore[misc,unused-ignore]  # a class of MLflow, which has no types
            def __init__(self, model: Any) -> None:
                self.model = model

            # MLflow would read annotations here as the model's signature.
            def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ARG002
                return self.model.predict(model_input) if hasattr(self.model, "predict") else self.model(model_input)

        return Model(value)
