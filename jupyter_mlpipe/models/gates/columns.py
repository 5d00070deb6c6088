"""Columns that a gate names. Not for what they hold (``statistics.columns``)."""

from __future__ import annotations

from typing import Any

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.notebook.suggest import nearest


def column_of(frame: Any, name: str, column: str) -> Any:
    """A column of a frame of pandas, Polars or Arrow, or a value of a dictionary.

    Raises
    ------
    UnmeasurableError
        It has no such column, or is no frame.
    """
    columns = getattr(frame, "column_names", None)
    if columns is None:
        columns = getattr(frame, "columns", frame if isinstance(frame, dict) else None)
    if columns is None or callable(columns):
        raise UnmeasurableError(f"{name} is {type(frame).__name__}, which has no columns")
    names = [str(item) for item in columns]
    if column not in names:
        raise UnmeasurableError(f"{name} has no column {column}; {nearest(column, names, 'columns are')}")
    return frame[list(columns)[names.index(column)]]
