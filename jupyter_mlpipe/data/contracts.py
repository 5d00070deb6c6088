"""Starting a contract: a pandera schema drafted from a frame, as code to be edited. Not for checking one.

from jupyter_mlpipe.data.contracts import draft
print(draft(flights, "flights_schema"))
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from jupyter_mlpipe.data.contract_failures import is_polars
from jupyter_mlpipe.errors import UsageError

_FEW = 20
"""So many different values, each seen ten times on average, make a list of what is allowed."""


def draft(frame: Any, name: str = "schema") -> str:
    """Write the schema that a frame shows, as Python code.

    The frame holds to it. Dtypes are those of the frame; columns with nulls may have them; numbers lie between the
    least and the greatest that were seen, and texts of few kinds are of those kinds. All this is what the frame shows,
    not what is possible: the draft is to be edited.

    Parameters
    ----------
    frame
        A ``pandas.DataFrame`` or a ``polars.DataFrame``.
    name
        What the code binds the schema to.

    Returns
    -------
    str
        A module's source, with its imports.

    Raises
    ------
    UsageError
        It is no frame, or its columns' names are no texts or not different from each other.
    """
    polars = is_polars(frame)
    if not hasattr(frame, "columns") or not hasattr(frame, "dtypes") or not hasattr(frame, "shape"):
        kind = type(frame).__name__
        raise UsageError(f"a contract cannot be drafted from a {kind}", hint="give a frame of pandas or polars")
    names = list(frame.columns)
    if not all(isinstance(column, str) for column in names) or len(set(names)) < len(names):
        raise UsageError(
            "a contract needs columns whose names are texts, different from each other",
            hint="name the columns anew: `frame.columns = [...]`",
        )
    if not name.isidentifier():
        raise UsageError(f"{name!r} is no name for a schema", hint="give the name of a variable, as flights_schema")
    columns = "".join(f"        {column!r}: {_column(frame[column], polars)},\n" for column in names)
    imports = "import pandera.polars as pa\nimport polars as pl\n" if polars else "import pandera.pandas as pa\n"
    return (
        f"{imports}\n"
        f"# Drafted from {len(frame):,} rows: limits and lists are what these show. Change them to what is possible.\n"
        f"{name} = pa.DataFrameSchema(\n    {{\n{columns}    }},\n)\n"
    )


def _column(column: Any, polars: bool) -> str:
    parts = [_polars_dtype(column) if polars else _pandas_dtype(column), *_checks(column, polars)]
    missing = column.null_count() if polars else column.isna().any()
    if missing:
        parts.append("nullable=True")
    return f"pa.Column({', '.join(parts)})"


def _pandas_dtype(column: Any) -> str:
    """The dtype as pandera reads it: its own name, where pandera understands that to be the same dtype."""
    from pandera.engines import pandas_engine

    text = str(column.dtype)
    try:
        known = pandas_engine.Engine.dtype(text).check(pandas_engine.Engine.dtype(column.dtype))
    except (TypeError, ValueError):
        known = False
    return repr(text) if known is True else "None"


def _polars_dtype(column: Any) -> str:
    simple = type(column.dtype).__name__
    return f"pl.{simple}" if repr(column.dtype) == simple else "None"


def _checks(column: Any, polars: bool) -> Iterator[str]:
    present = column.drop_nulls() if polars else column.dropna()
    if not len(present):
        return
    kind = _kind(column, polars)
    if kind == "number":
        low, high = (value.item() if hasattr(value, "item") else value for value in (present.min(), present.max()))
        if isinstance(low, int | float) and math.isfinite(low) and math.isfinite(high):
            yield f"pa.Check.in_range({low!r}, {high!r})"
    elif kind == "text":
        values = present.unique()
        if len(values) <= _FEW and len(values) * 10 <= len(present):
            yield f"pa.Check.isin({sorted(str(value) for value in values)!r})"


def _kind(column: Any, polars: bool) -> str:
    if polars:
        import polars as pl

        dtype = column.dtype
        return "text" if dtype == pl.String else "number" if dtype.is_integer() or dtype.is_float() else ""
    import pandas as pd

    types = pd.api.types
    if types.is_bool_dtype(column.dtype):
        return ""
    if types.is_integer_dtype(column.dtype) or types.is_float_dtype(column.dtype):
        return "number"
    return "text" if isinstance(column.dtype, pd.StringDtype) else ""
