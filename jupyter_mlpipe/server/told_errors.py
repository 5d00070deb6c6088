"""Errors that a command told in its JSON, as the errors that they were.

Not for replies to a browser (``http_errors``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlpipe.errors import MlpipeError


def told_error(answer: Any) -> MlpipeError | None:
    """The error in what a command printed; None where it tells of none that is known here."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if not isinstance(error, Mapping):
        return None
    kind = next((cls for cls in _errors(MlpipeError) if cls.code == error.get("code")), None)
    if kind is None:
        return None
    return kind(str(error.get("message", "")), hint=str(error.get("hint", "")), **dict(error.get("details") or {}))


def _errors(cls: type[MlpipeError]) -> Iterator[type[MlpipeError]]:
    yield cls
    for below in cls.__subclasses__():
        yield from _errors(below)
