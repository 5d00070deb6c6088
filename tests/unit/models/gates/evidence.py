"""Evidence of values in memory, for tests of what gates make of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from jupyter_mlpipe.models.gates import Check, judge


class Bound:
    """Numbers, values and a model in production, as they are given."""

    def __init__(
        self,
        values: Mapping[str, Any] | None = None,
        numbers: Mapping[str, float] | None = None,
        production: Any = None,
        pickled: Collection[str] = (),
    ) -> None:
        self.values = values or {}
        self.numbers: Mapping[str, float] = numbers or {}
        self.loaded: list[str] = []
        self._production = production
        self._pickled = pickled

    def value(self, name: str) -> Any:
        self.loaded.append(name)
        return self.values[name]

    def size(self, name: str) -> int:
        return len(self.values[name]) if isinstance(self.values[name], bytes) else 1000

    def safe(self, name: str) -> bool:
        return name not in self._pickled

    def names(self) -> Iterable[str]:
        return self.values

    def production(self, model_name: str | None) -> Any | None:
        return self._production.get(model_name) if isinstance(self._production, dict) else self._production


def check(gate: str, /, *, numbers: Mapping[str, float] | None = None, **values: Any) -> Check:
    """One gate over these values."""
    return judge([gate], Bound(values, numbers))[0]


def estimate(measure: str, /, **values: Any) -> Mapping[str, Any]:
    """A measure's estimate over these values, with its evidence."""
    found = check(f"{measure} > -1e300", **values)
    assert found.facts["estimates"], found.text
    return {**found.facts["estimates"][0], "evidence": next(iter(found.facts["evidence"].values()), {})}
