"""Errors as a notebook shows them: what happened and what to do, without a traceback of ours.

Not for the user's own errors, which IPython shows as always.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.error import InputRejected

from jupyter_mlpipe.errors import MlpipeError


class ShownError(InputRejected):  # type: ignore[misc]  # IPython is not read for types
    """An error of ours, rendered as its message alone. Raised from a transformer, it keeps the cell from running."""

    def __init__(self, error: MlpipeError) -> None:
        super().__init__(str(error))
        self.error = error

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this before it formats a traceback.
        return [f"{type(self.error).__name__}: {self.error}"]


def shown_error(error: MlpipeError) -> ShownError:
    """The error as it is raised into IPython, under its own class's name."""
    name = type(error).__name__
    made: ShownError = type(name, (ShownError,), {"__module__": type(error).__module__})(error)
    return made


@contextmanager
def shown() -> Iterator[None]:
    """Within it, our errors leave as a `ShownError`."""
    try:
        yield
    except MlpipeError as error:
        raise shown_error(error) from None
