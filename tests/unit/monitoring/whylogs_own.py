"""whylogs' own walk over a frame, with a mapper that knows pandas' types of today."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd


def by_whylogs(data: pd.DataFrame) -> Any:
    """The view of ``why.log``, whose telemetry is off."""
    os.environ["WHYLOGS_NO_ANALYTICS"] = "1"
    import whylogs
    from whylogs.core.datatypes import AnyType, Fractional, Integral, String, TypeMapper
    from whylogs.core.schema import DatasetSchema

    class Mapper(TypeMapper):  # type: ignore[misc]
        def __init__(self, custom_types: Any = None) -> None:
            pass

        def __call__(self, kind: Any) -> Any:
            if Integral.match(kind):
                return Integral()
            if Fractional.match(kind):
                return Fractional()
            inner = getattr(kind, "type", kind)
            text = getattr(kind, "name", "") == "object" or (isinstance(inner, type) and issubclass(inner, str))
            return String() if text or isinstance(kind, pd.CategoricalDtype) else AnyType()

    return whylogs.log(data, schema=DatasetSchema(types={}, type_mapper=Mapper())).view()
