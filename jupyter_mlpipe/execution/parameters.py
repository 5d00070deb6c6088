"""The values a run was given for the notebook's parameters: declared names and JSON values, nothing else.

Values never become code: they reach a kernel as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.errors import UnknownParameterError
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.suggest import nearest

_DEEPEST = 64


def effective_parameters(pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the run sets: values that papermill injected, then those given, checked.

    Raises
    ------
    UnknownParameterError
        A name that the notebook's parameters cell does not declare, or a value that JSON cannot hold.
    """
    declared = {parameter.name for parameter in pipeline.parameters}
    for name, value in given.items():
        if name not in declared and name not in pipeline.injected:
            raise UnknownParameterError(
                f"the notebook declares no parameter {name!r}",
                hint=nearest(str(name), sorted(declared), "the cell tagged `parameters` declares")
                if declared
                else "tag a cell `parameters` and assign the name a default in it",
                parameter=str(name)[:200],
            )
        _check_json(name, value, 0)
    return {**pipeline.injected, **given}


def _check_json(name: str, value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise _bad(name, f"is nested deeper than {_DEEPEST}")
    if value is None or type(value) in (bool, int):
        return
    if type(value) is float:
        if math.isnan(value) or math.isinf(value):
            raise _bad(name, "is not a finite number")
        return
    if type(value) is str:
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            raise _bad(name, "holds a lone surrogate")
        return
    if type(value) is list:
        for item in value:
            _check_json(name, item, depth + 1)
        return
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise _bad(name, f"has the key {key!r}, which is not a string")
            _check_json(name, item, depth + 1)
        return
    raise _bad(name, f"is a {type(value).__name__}")


def _bad(name: str, what: str) -> UnknownParameterError:
    return UnknownParameterError(
        f"the value of parameter `{name}` {what}",
        hint="give a JSON value: null, true or false, a finite number, a string, a list, an object",
        parameter=name,
    )
