"""Signature: whether a model takes a frame as it is: its columns, their order and their types.

What the model was fitted on comes from scikit-learn's ``feature_names_in_`` and ``n_features_in_``, the signature of
an MLflow model, or from the frame that is given as ``like``. Not for the values in the columns: a contract does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken
from jupyter_mlpipe.models.gates.model_calls import predict
from jupyter_mlpipe.models.gates.serving_cost import single_rows

if TYPE_CHECKING:
    from jupyter_mlpipe.models.gates.evidence import GateEvidence

_ROWS = 5
_LISTED = 5


def _accepts(taken: Mapping[str, Taken], evidence: GateEvidence) -> Estimate:
    del evidence
    model, frame, like = taken["model"], taken["X"], taken["like"]
    single_rows(frame, 1)
    there = columns(frame.value)
    wanted = fitted_on(model.value)
    if wanted is None and like.value is not None:
        wanted = columns(like.value)
    facts: dict[str, Any] = {}
    if wanted is not None and there is not None:
        facts["missing"] = [name for name in wanted if name not in there]
        facts["extra"] = [name for name in there if name not in wanted]
        if not facts["missing"] and not facts["extra"] and list(there) != list(wanted):
            facts["reordered"] = list(there)
        changed = {**_types(like.value), **_mlflow_types(model.value)}
        actual = _types(frame.value)
        facts["changed"] = {
            name: {"fitted": kind, "given": actual[name]}
            for name, kind in changed.items()
            if name in actual and actual[name] != kind
        }
    else:
        width, expected = _width(frame.value), getattr(model.value, "n_features_in_", None)
        if width is not None and expected is not None and width != int(expected):
            facts["features"] = {"fitted": int(expected), "given": width}
    wrong = _said(facts)
    try:
        predict(model, _head(frame.value))
    except UnmeasurableError as error:
        facts["error"] = error.message
        wrong = wrong or [error.message]
    evidence_of = {key: value for key, value in facts.items() if value}
    if wrong:
        return Estimate(0.0, evidence=evidence_of, note=f"{model.text} does not take {frame.text}: {'; '.join(wrong)}")
    return Estimate(1.0, evidence=evidence_of, note=f"{model.text} takes {frame.text}")


def columns(frame: Any) -> list[str] | None:
    """Names of the frame's columns; None where it has none."""
    names = getattr(frame, "column_names", None)
    if names is None:
        names = getattr(frame, "columns", None)
    return None if names is None or callable(names) else [str(name) for name in names]


def fitted_on(model: Any) -> list[str] | None:
    """Names of the columns that the model was fitted on; None where it does not know them."""
    names = getattr(model, "feature_names_in_", None)
    if names is not None:
        return [str(name) for name in names]
    schema = _schema(model)
    return list(schema.input_names()) if schema is not None and schema.has_input_names() else None


def _schema(model: Any) -> Any:
    read = getattr(getattr(model, "metadata", None), "get_input_schema", None)
    return read() if callable(read) else None


def _mlflow_types(model: Any) -> dict[str, str]:
    schema = _schema(model)
    if schema is None or not schema.has_input_names() or schema.is_tensor_spec():
        return {}
    kinds = zip(schema.input_names(), schema.pandas_types(), strict=True)
    return {str(name): str(kind) for name, kind in kinds if str(kind) != "object"}


def _types(frame: Any) -> dict[str, str]:
    if frame is None:
        return {}
    if hasattr(frame, "schema") and hasattr(frame.schema, "types"):
        return {name: str(kind) for name, kind in zip(frame.schema.names, frame.schema.types, strict=True)}
    kinds: Sequence[Any] = list(getattr(frame, "dtypes", ()))
    return {name: str(kind) for name, kind in zip(columns(frame) or (), kinds, strict=False)}


def _width(frame: Any) -> int | None:
    shape: Sequence[Any] = getattr(frame, "shape", ())
    return int(shape[1]) if len(shape) == 2 else None


def _head(frame: Any) -> Any:
    return getattr(frame, "iloc", frame)[:_ROWS]


def _said(facts: Mapping[str, Any]) -> list[str]:
    """What is wrong, as ends of a sentence."""
    said = []
    for key, one, many in (("missing", "the column", "the columns"), ("extra", "the column", "the columns")):
        names = facts.get(key) or ()
        if names:
            verb = {"missing": "missing", "extra": "not what it was fitted on"}[key]
            shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
            said.append(f"{one if len(names) == 1 else many} {shown} {'is' if len(names) == 1 else 'are'} {verb}")
    if facts.get("reordered"):
        said.append("the columns are in another order")
    for name, kinds in (facts.get("changed") or {}).items():
        said.append(f"{name} is {kinds['given']}, and was {kinds['fitted']}")
    if facts.get("features"):
        said.append(f"it has {facts['features']['given']} columns, not {facts['features']['fitted']}")
    return said


MEASURES = (
    Measure(
        "accepts",
        "whether the model predicts from a frame as it is",
        (
            Parameter("model", "value", "has predict"),
            Parameter("X", "value", "the frame to predict from"),
            Parameter("like", "value", "the frame that it was fitted on, for the columns' types", default=None),
        ),
        _accepts,
        predicate=True,
    ),
)
