"""Which rows of a frame break a schema, and how: pandera's answer, by the position of rows.

Pandera names rows by their labels, which need not be unique, and gathers the value of every failure; here rows are
counted from 0, and values are left where they are. pandas and polars alike. Not for judging what was found
(``contract_hook``), nor for finding frame and schema (``contract_check``).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.data.contract_words import asked_by, shortened, whole_frame, wrong_dtype

if TYPE_CHECKING:
    import numpy as np

PERSONAL = "pii"
"""Key of a column's, or a whole schema's, ``metadata``: true where values must not be shown."""


@dataclass(frozen=True)
class Failure:
    """One thing that a schema asks and that a frame does not keep to."""

    column: str | None
    """None where it is about several columns, or about the frame as a whole."""
    check: str
    """Pandera's name for it."""
    text: str
    """What was asked, in words, with the column's name."""
    rows: np.ndarray | None
    """Positions of the rows that break it, ascending from 0; None where it is the frame itself that does."""
    warns: bool = False
    """The schema itself asks for a warning only (``raise_warning``)."""
    label: Any = None
    """The column as the frame has it."""


def failures(schema: Any, frame: Any) -> list[Failure]:
    """Hold a frame to a schema, with all of its checks.

    The frame is not changed. Values that cannot be converted where the schema says ``coerce`` are failures of their
    rows, and the other rows are held to the rest of the schema as converted.

    Parameters
    ----------
    schema
        A ``DataFrameSchema`` of ``pandera.pandas`` or ``pandera.polars``, as the frame is.
    frame
        A ``pandas.DataFrame`` or a ``polars.DataFrame``.

    Raises
    ------
    Exception
        Pandera, or a parser in the schema, raised anything: schemas hold the user's code.
    """
    import numpy as np

    # To take one of each, pandera groups by labels, and fails where they are not unique.
    few = not is_polars(frame) and frame.index.nlevels == 1 and frame.index.is_unique
    own = _without_shortcuts(schema, 1 if few else None)
    found = _validated(own, frame)
    lost = [item.rows for item in found if item.check.startswith("coerce_dtype") and item.rows is not None]
    if lost:
        # What could not be converted fails every other check of its column as well, and hides them for other rows.
        kept = np.setdiff1d(np.arange(len(frame)), np.concatenate(lost))
        found = [item for item in found if item.check.startswith("coerce_dtype")]
        found += [_moved(item, kept) for item in _validated(own, _rows_of(frame, kept))]
    return [*found, *_repeated(schema, frame)]


def personal_columns(schema: Any) -> frozenset[Any]:
    """Columns whose values must not be shown: those whose metadata says ``{"pii": True}``."""
    if (getattr(schema, "metadata", None) or {}).get(PERSONAL):
        return frozenset(schema.columns)
    return frozenset(name for name, column in schema.columns.items() if (column.metadata or {}).get(PERSONAL))


def is_polars(frame: Any) -> bool:
    """Whether a frame is one of polars', without importing it."""
    return type(frame).__module__.partition(".")[0] == "polars"


# -- asking pandera ---------------------------------------------------------------------------------------------------


def _without_shortcuts(schema: Any, gathered: int | None) -> Any:
    """The schema, made to report every failure: no dropping of rows, no mere warnings.

    Of each failure pandera gathers so many values, or all. It is asked for one where that is safe, which is fast.
    """
    own = copy.deepcopy(schema)
    own.unique = None  # `_repeated` says which rows; pandera's report fails where labels are not unique
    for part in _parts(own):
        if getattr(part, "drop_invalid_rows", False):
            part.drop_invalid_rows = False
        for check in getattr(part, "checks", None) or ():
            # An attribute of the check, since pandera copies checks before it names them in a failure.
            check.only_warns = bool(check.raise_warning)
            check.raise_warning = False
            check.n_failure_cases = gathered
    return own


def _parts(schema: Any) -> Iterator[Any]:
    yield schema
    yield from schema.columns.values()
    index = getattr(schema, "index", None)
    if index is not None:
        yield index
        yield from getattr(index, "indexes", ())


def _validated(schema: Any, frame: Any) -> list[Failure]:
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaError, SchemaErrors

    private = bool(personal_columns(schema))
    try:
        # A contract holds wherever it runs, whatever PANDERA_VALIDATION_ENABLED says there.
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        return _told_apart([_failure(item, error.data, private) for item in error.schema_errors])
    except SchemaError as error:  # some reasons end a lazy validation at once
        return [_failure(error, frame, private)]
    return []


def _failure(error: Any, data: Any, private: bool) -> Failure:
    reason, schema, check = error.reason_code.name, error.schema, error.check
    label = getattr(error, "column_name", None)
    label = schema.name if label is None and _is_part(schema) else label
    column = None if label is None else shortened(label)
    name = shortened(getattr(check, "name", None) or check)
    warns = bool(getattr(check, "only_warns", False))
    subject = column or "each row"
    rows: Any = None
    if reason == "SERIES_CONTAINS_NULLS":
        rows, text = _rows(error, data), f"{subject} must not be null"
    elif reason == "SERIES_CONTAINS_DUPLICATES":
        rows, text = _rows(error, data), f"{subject} must be unique"
    elif reason == "DATATYPE_COERCION":
        label = error.failure_cases.columns[0] if label is None and is_polars(data) else label
        column = None if label is None else shortened(label)
        rows, text = _rows(error, data), f"{column or 'the frame'} must be convertible to the schema's dtype"
    elif reason == "DATAFRAME_CHECK":
        rows = _rows(error, data)
        subject = column or ("the frame" if rows is None else "each row")
        text = f"{subject} {asked_by(check, error.check_index)}"
    elif reason == "CHECK_ERROR":
        # What a check raised may quote values.
        raised = str(error.failure_cases).partition("(")[0] if private else shortened(error.failure_cases)
        text = f"{column or 'the frame'} {asked_by(check, error.check_index)}: the check itself raised {raised}"
    elif reason == "WRONG_DATATYPE":
        text = wrong_dtype(column or "the frame", schema.dtype, _dtype(data, label))
    else:
        text = whole_frame(reason, column, error.failure_cases)
    return Failure(column, reason.lower() if reason in _NAMELESS else name, text, rows, warns, label)


_NAMELESS = frozenset({"CHECK_ERROR", "COLUMN_NOT_IN_DATAFRAME"})
"""Reasons that are told from the checks of which they are about."""


def _told_apart(found: list[Failure]) -> list[Failure]:
    """Without what only follows: a check that raised where its column is missing or has another dtype."""
    missing = any(item.check == "column_not_in_dataframe" for item in found)
    wrong = {item.column for item in found if item.check.startswith("dtype(")}
    unconverted = {item.column for item in found if item.check.startswith("coerce_dtype")}
    return [
        item
        for item in found
        if not (item.check == "check_error" and (item.column in wrong or (item.column is None and missing)))
        and not (item.check.startswith("dtype(") and item.column in unconverted)
    ]


def _is_part(schema: Any) -> bool:
    return not hasattr(schema, "columns")


def _dtype(data: Any, label: Any) -> object:
    try:
        return data[label].dtype
    except (KeyError, AttributeError, TypeError):
        return data.index.dtype if hasattr(data, "index") else "another dtype"


# -- rows -------------------------------------------------------------------------------------------------------------


def _rows(error: Any, data: Any) -> np.ndarray | None:
    """Positions of the rows that an error is about; None where they cannot be told."""
    import numpy as np

    if is_polars(data):
        output: Any = error.check_output
        if output is None or error.failure_cases is None or isinstance(error.failure_cases, bool):
            return None
        if len(output) != len(data):
            return None
        return np.flatnonzero(~output["check_output"].fill_null(value=True).to_numpy())
    reason = error.reason_code.name
    if reason == "DATAFRAME_CHECK":
        return _rows_of_output(error, data)
    values = _values(error, data)
    if values is None:
        return None
    if reason == "SERIES_CONTAINS_NULLS":
        return np.flatnonzero(_any_column(values.isna()))
    if reason == "SERIES_CONTAINS_DUPLICATES":
        return np.flatnonzero(_any_column(values.duplicated(keep=_KEEP[error.schema.report_duplicates])))
    return _unconvertible(error, data, values)


def _rows_of_output(error: Any, data: Any) -> np.ndarray | None:
    import numpy as np
    import pandas as pd

    output = error.check_output
    # Pandera gathers the values of failures only for output that is aligned with what was checked.
    if not isinstance(error.failure_cases, pd.DataFrame) or not isinstance(output, pd.DataFrame | pd.Series):
        return None
    if isinstance(output, pd.DataFrame):
        output = output.fillna(value=True).astype(bool).all(axis="columns")
    broken = ~output.to_numpy(dtype=bool, na_value=True)
    if len(broken) == len(data):
        return np.flatnonzero(broken)
    values = _values(error, data)  # nulls were left out before the check
    if not isinstance(values, pd.Series):
        return None
    present = np.flatnonzero(values.notna())
    return present[broken] if len(present) == len(broken) else None


def _values(error: Any, data: Any) -> Any:
    """The column or index level that an error is about, its rows as in the frame; None where there is none."""
    import pandas as pd

    schema = error.schema
    if not _is_part(schema):
        return None
    kind = type(schema).__name__
    if kind == "MultiIndex":
        return None
    if kind == "Index":
        index = data.index
        if isinstance(index, pd.MultiIndex):
            if schema.name not in index.names:
                return None
            index = index.get_level_values(schema.name)
        return index.to_series(index=range(len(index)))
    return data[schema.name] if schema.name in data.columns else None


def _any_column(broken: Any) -> Any:
    """Columns of one name count as one."""
    return broken if broken.ndim == 1 else broken.any(axis="columns")


def _unconvertible(error: Any, data: Any, values: Any) -> np.ndarray | None:
    import numpy as np
    import pandas as pd
    from pandera.errors import ParserError

    cases = error.failure_cases
    if not isinstance(cases, pd.DataFrame) or not len(cases):
        return None
    if data.index.nlevels == 1 and data.index.is_unique:
        rows = data.index.get_indexer(pd.Index(cases["index"], dtype=data.index.dtype))
    else:  # labels do not tell rows: ask again with positions for labels
        try:
            error.schema.dtype.try_coerce(values.reset_index(drop=True))
            return None
        except ParserError as again:
            rows = again.failure_cases["index"].to_numpy(dtype=np.int64)
    return np.unique(rows) if len(rows) and (rows >= 0).all() else None


_KEEP: Mapping[str, Any] = {"all": False, "exclude_first": "first", "exclude_last": "last"}


def _repeated(schema: Any, frame: Any) -> Iterable[Failure]:
    """Rows that a schema's ``unique`` wants to be different from each other, and that are not."""
    import numpy as np

    names = schema.unique
    if not names:
        return ()
    names = [names] if isinstance(names, str) else list(names)
    if not set(names) <= set(frame.columns):
        return ()
    keep = getattr(schema, "report_duplicates", "all")
    if is_polars(frame):
        import polars as pl

        row = pl.struct(names)
        first = {"exclude_first": row.is_first_distinct(), "exclude_last": row.is_last_distinct()}.get(keep)
        broken = frame.select(row.is_duplicated() if first is None else ~first).to_series().to_numpy()
    else:
        broken = frame.duplicated(names, keep=_KEEP[keep]).to_numpy()
    rows = np.flatnonzero(broken)
    shown = " and ".join(shortened(name) for name in names)
    text = f"{shown} must be unique together" if len(names) > 1 else f"{shown} must be unique"
    return [Failure(None, "unique", text, rows)] if len(rows) else ()


def _rows_of(frame: Any, rows: np.ndarray) -> Any:
    return frame[rows] if is_polars(frame) else frame.iloc[rows]


def _moved(item: Failure, kept: np.ndarray) -> Failure:
    return item if item.rows is None else replace(item, rows=kept[item.rows])
