"""What a model said of some rows, and what was true of them, read from a frame of pandas, Polars or Arrow.

Not for measuring anything with it (``measures``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jupyter_mlpipe.errors import QualityError
from jupyter_mlpipe.monitoring.windows import seconds
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.statistics.arrays import Array
from jupyter_mlpipe.statistics.columns import MOST_LABELS, codes

Task = Literal["binary", "multiclass", "regression"]
UNKNOWN = -1
"""Number of the label of a row that has none."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a frame hold what."""

    target: str
    prediction: str | None = None
    """Predicted labels or numbers. Of two classes it may be missing: those whose score is over `cut`."""
    score: str | Mapping[str, str] | None = None
    """Of two classes the probability of the positive label; of more, for each label (as text) its column."""
    time: str | None = None
    positive: Any = None
    """The label that counts as positive, where it is not 1 or True."""
    cut: float = 0.5
    groups: tuple[str, ...] = ()
    """Columns by which fairness and segments are asked."""
    features: tuple[str, ...] = ()
    """What errors of a regression are estimated from, beside the prediction."""
    task: Task | None = None
    """What is predicted, where columns leave it open: few whole numbers may be labels or counts."""


@dataclass(frozen=True)
class Predictions:
    """Rows of a model's predictions."""

    task: Task
    labels: tuple[Any, ...]
    """Of classes, in the order of their numbers; of two, the positive one last."""
    truth: Array | None
    """Numbers of labels, `UNKNOWN` where not known; or numbers, NaN where not known. Shape (rows,)."""
    predicted: Array
    """Numbers of labels, or numbers. Shape (rows,)."""
    scores: Array | None
    """Probabilities: of the positive label, shape (rows,), or of each label, shape (rows, labels)."""
    time: Array | None
    groups: Mapping[str, tuple[tuple[str, ...], Array]] = field(default_factory=dict)
    """For each column its values as text, and for each row the value's position."""
    features: Mapping[str, Array] = field(default_factory=dict)
    missing: int = 0
    """Rows of the frame that were left out, since they have no prediction or score."""

    def __len__(self) -> int:
        return len(self.predicted)

    @property
    def known(self) -> Array:
        """Which rows have a label, shape (rows,)."""
        import numpy as np

        if self.truth is None:
            return np.zeros(len(self), dtype=bool)
        return np.isfinite(self.truth) if self.task == "regression" else self.truth != UNKNOWN

    def take(self, rows: Array) -> Predictions:
        """Some of the rows, by position or by mask."""
        return Predictions(
            self.task,
            self.labels,
            None if self.truth is None else self.truth[rows],
            self.predicted[rows],
            None if self.scores is None else self.scores[rows],
            None if self.time is None else self.time[rows],
            {name: (values, at[rows]) for name, (values, at) in self.groups.items()},
            {name: values[rows] for name, values in self.features.items()},
            self.missing,
        )


def read(frame: Any, columns: Columns, *, like: Predictions | None = None, text: str = "the data") -> Predictions:
    """Read predictions from a frame.

    Parameters
    ----------
    frame
        Of pandas, Polars or Arrow, or a mapping of columns.
    columns
        Which hold what. The target may be missing, or empty in some rows.
    like
        Predictions of the reference, whose task and labels these have; None for the reference itself.
    text
        What people call the frame.

    Raises
    ------
    QualityError
        It has no such column; a column does not hold what it should.
    """
    reader = _Reader(frame, text)
    truth = reader.column(columns.target, optional=like is not None)
    prediction = None if columns.prediction is None else reader.column(columns.prediction)
    if isinstance(columns.score, Mapping):
        scores = {str(label): reader.numbers(name) for label, name in columns.score.items()}
    else:
        scores = {} if columns.score is None else {"": reader.numbers(columns.score)}
    task, labels = (like.task, like.labels) if like else _task(columns, truth, prediction, list(scores))
    if task == "regression":
        if columns.prediction is None:
            raise QualityError("numbers that were predicted are needed", hint="name the column of predictions")
        predicted = reader.numbers(columns.prediction)
        known = None if truth is None else reader.numbers(columns.target)
        kept, stacked = _finite(predicted), None
    else:
        stacked = _stacked(scores, labels, columns)
        kept = _whole(stacked, prediction, reader.rows)
        if stacked is not None:
            _probabilities(stacked[kept], columns, text)
        predicted = _chosen(columns, prediction, stacked, labels, kept)
        known = None if truth is None else _numbered(truth, labels, columns.target)
    time = None if columns.time is None else seconds(reader.column(columns.time, raw=True), columns.time)
    groups = {name: reader.group(name) for name in columns.groups}
    features = {name: reader.column(name) for name in columns.features}
    found = Predictions(task, labels, known, predicted, stacked, time, groups, features)
    return found if kept.all() else _kept(found, kept)


def _kept(found: Predictions, kept: Array) -> Predictions:
    from dataclasses import replace

    return replace(found.take(kept), missing=int((~kept).sum()))


class _Reader:
    """Columns of one frame."""

    def __init__(self, frame: Any, text: str) -> None:
        collected = frame.collect() if type(frame).__name__ == "LazyFrame" else frame
        names = getattr(collected, "column_names", None)
        names = (
            getattr(collected, "columns", collected if isinstance(collected, Mapping) else None)
            if names is None
            else names
        )
        if names is None or callable(names):
            raise QualityError(f"{text} is {type(frame).__name__}, which has no columns", hint="give a frame")
        self.frame, self.text = collected, text
        self.names = {str(name): name for name in names}
        self.rows = next((len(collected[name]) for name in names), 0)

    def column(self, name: str, *, optional: bool = False, raw: bool = False) -> Any:
        """A column, as an array of numbers, of booleans or of objects; None where it may be missing and is."""
        import numpy as np

        if name not in self.names:
            if optional:
                return None
            raise QualityError(
                f"{self.text} has no column {name!r}", hint=nearest(name, list(self.names), "its columns are")
            )
        values = self.frame[self.names[name]]
        if raw:
            return values
        if type(values).__module__.startswith("pyarrow"):
            return np.asarray(values.to_pylist() if values.null_count else values.to_numpy(zero_copy_only=False))
        array = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
        return array if array.dtype.kind in "biufO" else array.astype(object)

    def numbers(self, name: str) -> Array:
        """A column of numbers, NaN where there is none."""
        import numpy as np

        array = self.column(name)
        if array.dtype != object:
            return array.astype(float)
        try:
            return np.array([np.nan if _missing(item) else float(item) for item in array.tolist()])
        except (TypeError, ValueError):
            odd = next(item for item in array.tolist() if not isinstance(item, int | float) and not _missing(item))
            raise QualityError(
                f"{name} of {self.text} holds {odd!r}, which is no number", hint="name a column of numbers"
            ) from None

    def group(self, name: str) -> tuple[tuple[str, ...], Array]:
        """A column's values as text, and where each row has them."""
        array = self.column(name)
        absent = _absent(array)
        if absent.any():
            array = array.astype(object)
            array[absent] = None
        labels, (at,) = codes(array)
        return tuple("missing" if label is None else str(label) for label in labels), at


def _task(columns: Columns, truth: Any, prediction: Any, scored: Sequence[str]) -> tuple[Task, tuple[Any, ...]]:
    """What is predicted, and its labels, as the reference has them."""
    values = [array for array in (truth, prediction) if array is not None]
    distinct = {item for array in values for item in _distinct(array)}
    if scored and scored != [""]:
        known = {str(item): item for item in distinct}
        if set(known) - set(scored):
            raise QualityError(
                f"there are labels without a column of scores: {', '.join(sorted(set(known) - set(scored)))}",
                hint="name a column for each label",
            )
        return "multiclass", tuple(known.get(name, name) for name in scored)
    if columns.task == "regression" or (columns.task is None and columns.features and not scored):
        return "regression", ()
    many = len(distinct) > MOST_LABELS or any(isinstance(item, float) and not item.is_integer() for item in distinct)
    if many and not scored and columns.task is None:
        return "regression", ()
    if many:
        raise QualityError(
            f"{columns.target} has {len(distinct):,} distinct values or more: these are no labels",
            hint="of a regression name the prediction and no score",
        )
    try:
        labels = sorted(distinct)
    except TypeError:
        labels = sorted(distinct, key=str)
    if columns.positive is not None:
        if columns.positive not in labels:
            shown = ", ".join(map(str, labels)) or "none"
            raise QualityError(
                f"no row of the reference has the positive label {columns.positive!r}", hint=f"its labels are {shown}"
            )
        others = [label for label in labels if label != columns.positive]
        return "binary", (others[0] if others else None, columns.positive)
    if set(labels) <= {0, 1} or set(labels) <= {-1, 1}:
        return "binary", (-1, 1) if -1 in labels else (0, 1)
    if scored or columns.task == "binary":
        raise QualityError(
            f"which label of {columns.target} the score is for is not known (labels: {', '.join(map(str, labels))})",
            hint=f"say it, as in positive={labels[-1]!r}; of more than two labels, name a column of scores for each",
        )
    return "multiclass", tuple(labels)


def _stacked(scores: Mapping[str, Array], labels: tuple[Any, ...], columns: Columns) -> Array | None:
    import numpy as np

    if not scores:
        return None
    if not isinstance(columns.score, Mapping):
        return scores[""]
    return np.column_stack([scores[str(label)] for label in labels])


def _whole(scores: Array | None, prediction: Array | None, rows: int) -> Array:
    """Rows that have a prediction and all scores."""
    import numpy as np

    kept: Array = np.ones(rows, dtype=bool)
    if scores is not None:
        kept &= np.isfinite(scores) if scores.ndim == 1 else np.isfinite(scores).all(axis=1)
    if prediction is not None:
        kept &= ~_absent(prediction)
    return kept


def _probabilities(scores: Array, columns: Columns, text: str) -> None:
    if scores.size and (scores.min() < 0 or scores.max() > 1):
        name = columns.score if isinstance(columns.score, str) else "the scores"
        raise QualityError(
            f"{name} of {text} goes from {scores.min():.3g} to {scores.max():.3g}: these are no probabilities",
            hint="give what predict_proba gives",
        )


def _chosen(columns: Columns, prediction: Any, scores: Array | None, labels: tuple[Any, ...], kept: Array) -> Array:
    """Numbers of the predicted labels."""
    import numpy as np

    if prediction is not None:
        found = _numbered(prediction, labels, str(columns.prediction))
        return np.where(kept, found, 0)
    if scores is None:
        raise QualityError("what was predicted is not known", hint="name the column of predictions, or of scores")
    if scores.ndim == 1:
        return (np.nan_to_num(scores) >= columns.cut).astype(np.intp)
    return np.nan_to_num(scores, nan=-1).argmax(axis=1)


def _numbered(array: Array, labels: tuple[Any, ...], text: str) -> Array:
    """Numbers of labels, `UNKNOWN` where there is none."""
    import numpy as np

    if array.dtype != object:
        found: Array = np.full(len(array), UNKNOWN, dtype=np.intp)
        for number, label in enumerate(labels):
            if isinstance(label, bool | int | float | np.number):
                found[array == label] = number
        odd = array[(found == UNKNOWN) & ~_absent(array)].tolist()
    else:
        numbers = {label: index for index, label in enumerate(labels)}
        items = array.tolist()
        found = np.fromiter((numbers.get(item, UNKNOWN) for item in items), dtype=np.intp, count=len(items))
        odd = [item for item, at in zip(items, found, strict=True) if at == UNKNOWN and not _missing(item)]
    if odd:
        shown = ", ".join(map(str, labels))
        raise QualityError(
            f"{text} has the label {odd[0]!r}, which the reference does not have (labels: {shown})",
            hint="give a reference with all labels; if these are numbers and no labels, say task regression",
        )
    return found


def _distinct(array: Array) -> list[Any]:
    import numpy as np

    if array.dtype != object:
        found = np.unique(array[~_absent(array)])
        return [item.item() for item in found[: MOST_LABELS + 1]]
    return [item for item in dict.fromkeys(array.tolist()) if not _missing(item)]


def _absent(array: Array) -> Array:
    import numpy as np

    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype == object:
        return np.fromiter((_missing(item) for item in array.tolist()), dtype=bool, count=len(array))
    return np.zeros(len(array), dtype=bool)


def _finite(array: Array) -> Array:
    import numpy as np

    return np.isfinite(array)


def _missing(item: Any) -> bool:
    return item is None or type(item).__name__ in ("NAType", "NaTType") or (isinstance(item, float) and item != item)  # noqa: PLR0124
