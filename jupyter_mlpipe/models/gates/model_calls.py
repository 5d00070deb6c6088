"""Predictions of a model, as metrics take them. Not for loading models (``evidence``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates.measures import Taken

if TYPE_CHECKING:
    from jupyter_mlpipe.statistics.metrics import Metric


def predict(model: Taken, rows: Any) -> Any:
    """What the model predicts for these rows.

    Raises
    ------
    UnmeasurableError
        It has no ``predict``, or that fails.
    """
    return _called(model, "predict", rows)


def predictions(model: Taken, rows: Taken, metric: Metric, positive: Any) -> Taken:
    """What a metric compares with the truth: labels, scores of the positive label, or numbers.

    Raises
    ------
    UnmeasurableError
        The model does not give them.
    """
    text = f"what {model.text} predicts"
    if metric.takes != "scores":
        return Taken(text, _called(model, "predict", rows.value))
    if hasattr(model.value, "predict_proba"):
        found = _called(model, "predict_proba", rows.value)
        classes = list(getattr(model.value, "classes_", (0, 1)))
        wanted = positive if positive is not None else classes[-1]
        if wanted not in classes:
            known = ", ".join(map(str, classes))
            raise UnmeasurableError(f"{model.text} knows no label {wanted} (its labels: {known})")
        return Taken(text, found[:, classes.index(wanted)])
    if hasattr(model.value, "decision_function") and metric.name in ("roc_auc", "average_precision"):
        return Taken(text, _called(model, "decision_function", rows.value))
    raise UnmeasurableError(f"{model.text} gives no probabilities, which {metric.name} needs")


def _called(model: Taken, method: str, rows: Any) -> Any:
    function = getattr(model.value, method, None)
    if function is None:
        raise UnmeasurableError(f"{model.text} is {type(model.value).__name__}, which has no {method}")
    try:
        return function(rows)
    except Exception as error:
        raise UnmeasurableError(f"{model.text} cannot predict: {type(error).__name__}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0]
