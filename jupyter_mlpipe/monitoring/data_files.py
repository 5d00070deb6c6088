"""Tables in files, for commands that look at data which no stage made: Parquet, Arrow (Feather) and CSV.

Read as Arrow tables. Not for folders of partitions or databases: make a stage that reads those.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import DataFileError

KINDS = (".parquet", ".pq", ".feather", ".arrow", ".csv", ".csv.gz")


def read_table(path: Path) -> Any:
    """Read a file.

    Parameters
    ----------
    path
        Its kind is told by its ending.

    Returns
    -------
    pyarrow.Table
        Shape ``(rows, columns)``, without the unnamed index that pandas keeps as a column.

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
        table = _read(path, kind)
    except (OSError, ValueError) as error:  # Arrow's errors are of these kinds
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise DataFileError(
            f"{path} cannot be read: {lines[0]}", hint="is it complete, and what its ending says?"
        ) from None
    return table.select([name for name in table.column_names if not _INDEX.fullmatch(name)])


_INDEX = re.compile(r"__index_level_\d+__")


def _read(path: Path, kind: str) -> Any:
    if kind in (".parquet", ".pq"):
        from pyarrow import parquet

        return parquet.ParquetFile(path).read()
    if kind in (".feather", ".arrow"):
        from pyarrow import feather

        return feather.read_table(path)
    from pyarrow import csv

    return csv.read_csv(path)
