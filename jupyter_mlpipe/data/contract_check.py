"""Holding a stage's frames to their contracts, in the stage's kernel.

Finds frame and schema among the notebook's names, asks pandera, and says in JSON what was found: how many rows break
what, and a few of them. Whether that stops anything is not decided here (``contract_hook``), so that a limit or a
severity that was changed does not run the stage again.

A contract only looks. A schema that converts, drops or adds something (``coerce``, parsers, defaults,
``strict="filter"``) is checked on what it makes of the frame, and the stage's frame stays as the cells left it: what
flows on is what the notebook says. Only a quarantine changes it, by taking rows out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.data.contract_failures import Failure, failures, is_polars, personal_columns
from jupyter_mlpipe.data.contract_words import shortened
from jupyter_mlpipe.data.quarantine import quarantined_name, split

SCHEMA_FILES = (".yaml", ".yml", ".json")
MOST_SAMPLED = 20
_MOST_FAILURES = 50


class _Unanswerable(Exception):  # noqa: N818 - a sentence for the user, which no other module sees
    """There is nothing that could be checked, or pandera could not check it."""


def check(namespace: MutableMapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Hold frames of a namespace to their contracts.

    Parameters
    ----------
    namespace
        The notebook's names. Where rows are quarantined, the frame is bound to its good rows, and
        ``FRAME_quarantine`` to the others.
    given
        ``contracts``: a list of ``{"schema": name or path, "frame": name}``; ``quarantine``: whether bad rows are taken
        out.

    Returns
    -------
    dict
        ``contracts``, as JSON: of each what was ``given``, and the number of ``rows``, how many of them are ``bad``,
        the ``failures``, and a ``sample`` of bad rows with values as text; or a ``problem``, a sentence, where it could
        not be checked.
    """
    documents: list[dict[str, Any]] = []
    found: dict[str, list[Failure]] = {}
    for contract in given["contracts"]:
        document = {"schema": contract["schema"], "frame": contract["frame"], "problem": None}
        try:
            schema = _schema(contract["schema"], namespace)
            frame = _frame(contract["frame"], contract["schema"], schema, namespace)
            broken = _asked(contract["schema"], schema, frame)
        except _Unanswerable as problem:
            documents.append({**document, "problem": str(problem)})
            continue
        found.setdefault(contract["frame"], []).extend(broken)
        documents.append({**document, **_told(schema, frame, broken)})
    if given.get("quarantine"):
        for name, broken in found.items():
            good, bad = split(namespace[name], broken)
            namespace[quarantined_name(name)] = bad
            if good is not namespace[name]:
                namespace[name] = good
    return {"contracts": documents}


# -- what is checked --------------------------------------------------------------------------------------------------


def _schema(name: str, namespace: Mapping[str, Any]) -> Any:
    if name.endswith(SCHEMA_FILES):
        return _schema_of_file(name)
    if name not in namespace:
        raise _Unanswerable(f"there is no {name}: define the schema in a cell above, or import it")
    value = namespace[name]
    libraries = {f"pandera.{library}" for library in ("pandas", "polars")}
    if isinstance(value, type) and _comes_from_pandera(value) and hasattr(value, "to_schema"):
        try:
            value = value.to_schema()
        except Exception as error:
            raise _Unanswerable(f"{name} is no complete schema: {_shown(error)}") from error
    if not (_comes_from_pandera(type(value)) and hasattr(value, "columns") and hasattr(value, "validate")):
        wanted = "a DataFrameSchema or a DataFrameModel of " + " or ".join(sorted(libraries))
        raise _Unanswerable(f"{name} is {_a(value)}, not {wanted}")
    return value


def _schema_of_file(path: str) -> Any:
    # Opened as any file that the stage reads, so that the watch around it sees which content was read.
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise _Unanswerable(f"{path} cannot be read: {why}; paths are relative to the notebook") from error
    from pandera.pandas import DataFrameSchema

    read = DataFrameSchema.from_json if path.endswith(".json") else DataFrameSchema.from_yaml
    try:
        schema = read(text)
    except Exception as error:
        raise _Unanswerable(f"{path} is no schema as pandera writes it: {_shown(error)}") from error
    return schema


def _frame(name: str, written: str, schema: Any, namespace: Mapping[str, Any]) -> Any:
    if name not in namespace:
        raise _Unanswerable(f"there is no {name} for {written}: name the frame on the line, --contract FRAME={written}")
    frame = namespace[name]
    if not _is_frame(frame):
        library = type(frame).__module__.partition(".")[0]
        if library.startswith("dask"):
            way = f"check it where it is computed, or bind {name}.compute()"
        elif type(frame).__name__ == "LazyFrame":
            way = f"bind {name}.collect()"
        else:
            way = "a contract is for a frame of pandas or polars"
        raise _Unanswerable(f"{name} is {_a(frame)}, not a frame: {way}")
    wanted, has = ("polars" if ".polars." in type(schema).__module__ else "pandas"), _library(frame)
    if wanted != has:
        raise _Unanswerable(f"{written} is a schema for {wanted}, and {name} is a frame of {has}: use pandera.{has}")
    return frame


def _asked(written: str, schema: Any, frame: Any) -> list[Failure]:
    try:
        return failures(schema, frame)
    except Exception as error:
        # The message may quote values, which are not shown where a schema has personal columns.
        why = type(error).__name__ if personal_columns(schema) else _shown(error)
        raise _Unanswerable(f"{written} could not be checked: {why}") from error


def _comes_from_pandera(cls: type) -> bool:
    return any(base.__module__.partition(".")[0] == "pandera" for base in cls.__mro__)


def _is_frame(value: Any) -> bool:
    modules = [sys.modules.get(name) for name in ("pandas", "polars")]
    return any(isinstance(value, module.DataFrame) for module in modules if module is not None)


def _library(frame: Any) -> str:
    return "polars" if is_polars(frame) else "pandas"


def _a(value: object) -> str:
    what = f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
    return "None" if value is None else what


def _shown(error: BaseException) -> str:
    return shortened(f"{type(error).__name__}: {error}", 200)


# -- what is told -----------------------------------------------------------------------------------------------------


def _told(schema: Any, frame: Any, broken: Sequence[Failure]) -> dict[str, Any]:
    import numpy as np

    bad = [item.rows for item in broken if item.rows is not None and not item.warns]
    ordered = sorted(broken, key=lambda item: (item.rows is not None, 0 if item.rows is None else -len(item.rows)))
    return {
        "rows": len(frame),
        "bad": len(np.unique(np.concatenate(bad))) if bad else 0,
        "failures": [
            {
                "column": item.column,
                "check": item.check,
                "text": item.text,
                "rows": None if item.rows is None else len(item.rows),
                "warns": item.warns,
            }
            for item in ordered[:_MOST_FAILURES]
        ],
        "failures_left_out": max(0, len(ordered) - _MOST_FAILURES),
        "frame_is_wrong": any(item.rows is None and not item.warns for item in broken),
        "sample": _sample(schema, frame, [item for item in ordered if item.rows is not None]),
    }


def _sample(schema: Any, frame: Any, broken: Sequence[Failure]) -> list[dict[str, Any]]:
    """Some rows of each failure."""
    each = max(1, MOST_SAMPLED // max(1, len(broken)))
    shown = [(item, int(row)) for item in broken for row in item.rows[:each]][:MOST_SAMPLED]  # type: ignore[index]
    hidden = personal_columns(schema)
    return [
        {"row": row, "column": item.column, "check": item.check, "value": _value(schema, frame, item, row, hidden)}
        for item, row in shown
    ]


def _value(schema: Any, frame: Any, item: Failure, row: int, hidden: frozenset[Any]) -> str | None:
    """The value that broke the check, as text; None where it must not be shown, or is of an index."""
    columns = list(frame.columns)
    if item.label is not None:
        # A column that was found by a pattern has its metadata under the pattern.
        if columns.count(item.label) != 1 or item.label in hidden or (hidden and item.label not in schema.columns):
            return None
        return shortened(_cell(frame, columns.index(item.label), row))
    open_to_all = [name for name in schema.columns if name not in hidden and columns.count(name) == 1]
    return shortened(", ".join(f"{name}={_cell(frame, columns.index(name), row)}" for name in open_to_all)) or None


def _cell(frame: Any, column: int, row: int) -> object:
    return frame[row, column] if is_polars(frame) else frame.iat[row, column]
