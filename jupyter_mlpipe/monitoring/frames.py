"""Frames of any library, by columns: pandas, Polars, Arrow. Not for what is in a column (``column_values``)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.errors import UnprofilableError
from jupyter_mlpipe.notebook.suggest import nearest


@dataclass(frozen=True)
class Frame:
    """A frame, by columns."""

    names: tuple[str, ...]
    rows: int
    personal: frozenset[str]
    """Columns whose values are personal."""
    column: Callable[[str], Any]
    """A column as a NumPy or Arrow array, or as objects; shape ``(rows,)``."""
    dtype: Callable[[str], str]
    """What its library calls the column's type."""
    table: Callable[[Sequence[str]], Any]
    """Some columns as an Arrow table."""

    @classmethod
    def of(cls, frame: Any, personal: Collection[str] = ()) -> Frame:
        """Look at a frame.

        Raises
        ------
        UnprofilableError
            It is none, or two of its columns have one name.
        """
        import pandas as pd
        import pyarrow as pa

        if isinstance(frame, pd.Series):
            frame = frame.to_frame(frame.name if frame.name is not None else "value")
        if type(frame).__module__.partition(".")[0] == "polars":
            frame = frame.collect() if hasattr(frame, "collect") else frame
            frame = (frame if hasattr(frame, "columns") else frame.to_frame()).to_arrow()
        if isinstance(frame, pa.RecordBatch):
            frame = pa.Table.from_batches([frame])
        if isinstance(frame, pd.DataFrame):
            found = _of_pandas(frame, personal)
        elif isinstance(frame, pa.Table):
            found = _of_arrow(frame, personal)
        else:
            raise UnprofilableError(
                f"a {type(frame).__module__}.{type(frame).__qualname__} is no frame",
                hint="give a pandas, Polars or Dask frame, or an Arrow table",
            )
        if len(set(found.names)) < len(found.names):
            twice = next(name for name in found.names if found.names.count(name) > 1)
            raise UnprofilableError(f"the frame has two columns with the name {twice!r}", hint="rename one of them")
        return found

    def must_have(self, name: str) -> None:
        """Raise `UnprofilableError` where there is no such column."""
        if name not in self.names:
            raise UnprofilableError(
                f"the frame has no column {name!r}", hint=nearest(name, self.names, "its columns are"), column=name
            )


def is_dask(frame: Any) -> bool:
    """Whether it is one of Dask's frames, of whatever generation."""
    return hasattr(frame, "map_partitions") and hasattr(frame, "to_delayed")


def _of_pandas(frame: Any, personal: Collection[str]) -> Frame:
    import pyarrow as pa

    names = tuple(str(name) for name in frame.columns)
    places = {name: place for place, name in enumerate(names)}
    dtypes = [str(kind) for kind in frame.dtypes]

    def column(name: str) -> Any:
        series = frame.iloc[:, places[name]]
        kind = series.dtype
        if type(kind).__module__.startswith("numpy") and kind.kind in "fiubmM":
            return series.to_numpy()
        if str(kind).startswith("datetime64"):  # with a time zone
            return series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        if str(kind) == "object":
            return series.array
        try:
            return _to_arrow(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            return list(series)  # complex numbers, intervals, an extension's own type

    def table(wanted: Sequence[str]) -> Any:
        return pa.table([_as_arrow(column(name)) for name in wanted], names=list(wanted))

    tagged = frame.attrs.get("pii") or ()
    return Frame(
        names, len(frame), frozenset(personal) | frozenset(tagged), column, lambda name: dtypes[places[name]], table
    )


def _of_arrow(table: Any, personal: Collection[str]) -> Frame:
    tagged = [field.name for field in table.schema if (field.metadata or {}).get(b"pii")]
    return Frame(
        tuple(table.column_names),
        table.num_rows,
        frozenset(personal) | frozenset(tagged),
        table.column,
        lambda name: str(table.schema.field(name).type),
        lambda wanted: table.select(list(wanted)),
    )


def _to_arrow(values: Any) -> Any:
    import pyarrow as pa

    return pa.array(values, from_pandas=True)


def _as_arrow(values: Any) -> Any:
    """An array that can be cut; of mixed objects their texts."""
    import pyarrow as pa

    try:
        return _to_arrow(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, ValueError, TypeError):
        return pa.array([None if value is None or value != value else str(value) for value in values])  # noqa: PLR0124
