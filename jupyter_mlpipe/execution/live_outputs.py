"""What viewers see of a cell's outputs while it runs: the same outputs, held to what a ledger and a network can bear.

An output that is too large gives way to a line that says so, a cell that prints without end is cut, and a display that
changes all the time is shown now and then. The executed notebook has all of it. Not for sending (``stage_events``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlpipe.notebook.shown_outputs import Bounds, size_of

_SENT_FREELY = 2_000_000
"""Characters that a cell's changing outputs may take up before they are shown less often than they change."""
_SENT_A_SECOND = 8_000
"""Characters a second by which that grows as the cell runs on."""


class LiveOutputs:
    """The outputs of one running cell: given as they come, drawn some times a second.

    Parameters
    ----------
    started
        When the cell started, in seconds on any clock; :meth:`draw` is given the same clock's time.
    """

    def __init__(self, started: float) -> None:
        self._started = started
        self._sent = 0
        self._added: list[Mapping[str, Any]] = []
        self._whole: Sequence[Mapping[str, Any]] | None = None
        self._bounds = Bounds()

    @property
    def left_out(self) -> int:
        """Characters that the cell printed and that were not shown."""
        return self._bounds.left_out

    @property
    def waiting(self) -> bool:
        """Whether something is to be drawn."""
        return bool(self._added) or self._whole is not None

    def add(self, output: Mapping[str, Any]) -> None:
        """Take an output that was appended to the cell's."""
        self._added.append(output)

    def replace(self, outputs: Sequence[Mapping[str, Any]]) -> None:
        """Take all outputs of the cell, in the place of those it had."""
        self._whole, self._added = outputs, []

    def draw(self, now: float = math.inf) -> list[dict[str, Any]]:
        """What changed since it was last drawn.

        Parameters
        ----------
        now
            The time. Where outputs were replaced often already, nothing may be drawn yet; without a time all is drawn.

        Returns
        -------
        list of dict
            Each ``{"output": …}``, to be added to the cell's outputs, or ``{"outputs": […]}``, in their place.
        """
        if self._whole is None:
            shown = self._bounds.take(self._added)
            self._added = []
            self._sent += sum(map(size_of, shown))
            return [{"output": output} for output in shown]
        bounds = Bounds()
        shown = bounds.take([*self._whole, *self._added])
        size = sum(map(size_of, shown))
        if self._sent + size > _SENT_FREELY + _SENT_A_SECOND * (now - self._started):
            return []
        self._bounds, self._whole, self._added = bounds, None, []
        self._sent += size
        return [{"outputs": shown}]
