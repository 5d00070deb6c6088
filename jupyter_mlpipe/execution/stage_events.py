"""Events of a running stage on their way to the runner: some times a second, outputs held to what viewers can bear.

Not for how much of an output is shown (``live_outputs``), nor for writing events down (``record``).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlpipe.execution.live_outputs import LiveOutputs

Event = dict[str, Any]

_BATCH_SECONDS = 0.05
_HELD_SECONDS = 1.0
"""Until outputs that change too often are looked at again."""


class StageEvents:
    """Takes the ``cell_*`` events of one attempt at a stage. From one thread.

    Parameters
    ----------
    about
        Added to each event.
    send
        Called with each batch, from this thread or another, one at a time and in order; None where nobody listens.
    at_once
        Send each event as it comes, instead of gathering for 50 ms.
    """

    def __init__(
        self, about: Mapping[str, Any], send: Callable[[list[Event]], None] | None, *, at_once: bool = False
    ) -> None:
        self._about = dict(about)
        self._send = send
        self._at_once = at_once
        self._waiting: list[Event] = []
        self._cells: dict[Any, LiveOutputs] = {}
        self._times: dict[Any, float] = {}
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None

    def __call__(self, event: Event) -> None:
        """Take an event: ``cell_started``, ``cell_output`` or ``cell_finished``, with the ``cell`` that it is of."""
        if self._send is None:
            return
        with self._lock:
            cell = event["cell"]
            if event["type"] == "cell_output":
                self._output(cell, event)
            else:
                if event["type"] == "cell_finished":
                    event = {**event, **self._left_out(cell)}
                self._waiting.append({**event, **self._about})
            if self._at_once:
                self.flush()
            elif self._timer is None:
                self._flush_in(_BATCH_SECONDS)

    def flush(self) -> None:
        """Send all that has come."""
        self._flush(math.inf)

    def _output(self, cell: Any, event: Event) -> None:
        outputs = self._cells.setdefault(cell, LiveOutputs(time.monotonic()))
        self._times[cell] = event["time"]
        if "output" in event:
            outputs.add(event["output"])
        else:
            outputs.replace(event["outputs"])

    def _left_out(self, cell: Any) -> dict[str, int]:
        self._draw(math.inf, only=cell)
        outputs = self._cells.get(cell)
        return {"left_out": outputs.left_out} if outputs is not None and outputs.left_out else {}

    def _flush_in(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, lambda: self._flush(time.monotonic()))
        self._timer.daemon = True
        self._timer.start()

    def _flush(self, now: float) -> None:
        with self._lock:
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            self._draw(now)
            batch, self._waiting = self._waiting, []
            if batch and self._send is not None:
                self._send(batch)
            if any(outputs.waiting for outputs in self._cells.values()):
                self._flush_in(_HELD_SECONDS)

    def _draw(self, now: float, only: Any = None) -> None:
        for cell, outputs in self._cells.items():
            if only in (None, cell) and outputs.waiting:
                about = {"type": "cell_output", "cell": cell, "time": self._times[cell], **self._about}
                self._waiting += ({**about, **drawn} for drawn in outputs.draw(now))
