"""Tables in files, for commands that look at data which no stage made: Parquet, Arrow (Feather) and CSV.

Read as Arrow tables. Not for folders of partitions or databases: make a stage that reads those.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import DataFileError

KINDS = (".parquet", ".pq", ".feather", ".arrow", ".csv", ".csv.gz")


def read_table(path: Path, columns: Sequence[str] | None = None) -> Any:
    """Read a file.

    Parameters
    ----------
    path
        Its kind is told by its ending.
    columns
        Only these; all where None. Columns that the file does not have are left out.

    Returns
    -------
    pyarrow.Table
        Shape ``(rows, columns)``.

    Raises
    ------
    DataFileError
        It is not there, is of no kind that is read, or is damaged.
    """
    kind = next((ending for ending in KINDS if path.name.lower().endswith(ending)), None)
    if kind is None:
        raise DataFileError(f"{path} is of no kind that is read", hint=f"give one of {', '.join(KINDS)}")
    if not path.is_file():
        raise DataFileError(f"there is no file {path}", hint="check the path; it is relative to the working directory")
    try:
        table = _read(path, kind, columns)
    except (OSError, ValueError) as error:  # Arrow's errors are of these kinds
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise DataFileError(
            f"{path} cannot be read: {lines[0]}", hint="is it complete, and what its ending says?"
        ) from None
    return table


def _read(path: Path, kind: str, columns: Sequence[str] | None) -> Any:
    if kind in (".parquet", ".pq"):
        from pyarrow import parquet

        file = parquet.ParquetFile(path)
        return file.read(_there(file.schema_arrow.names, columns))
    if kind in (".feather", ".arrow"):
        from pyarrow import feather

        found = feather.read_table(path)
    else:
        from pyarrow import csv

        found = csv.read_csv(path)
    wanted = _there(found.column_names, columns)
    return found if wanted is None else found.select(wanted)


def _there(names: Sequence[str], columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else [name for name in names if name in set(columns)]
