"""What viewers see of a cell's outputs while it runs: the same outputs, held to what a ledger and a network can bear.

An output that is too large gives way to a line that says so, a cell that prints without end is cut, and a display that
changes all the time is shown now and then. The executed notebook has all of it. Not for sending (``stage_events``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Output = dict[str, Any]

MOST_OF_OUTPUT = 1_000_000
"""Characters, as JSON, of one output."""
MOST_PRINTED = 1_000_000
"""Characters, as JSON, of what one cell prints."""
MOST_OF_CELL = 4_000_000
"""Characters, as JSON, of all else that one cell shows."""

_SENT_FREELY = 2_000_000
"""Characters that a cell's changing outputs may take up before they are shown less often than they change."""
_SENT_A_SECOND = 8_000
"""Characters a second by which that grows as the cell runs on."""
_ELSEWHERE = "while the run goes on; the executed notebook has {}"


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
        self._bounds = _Bounds()

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
            self._sent += sum(map(_size, shown))
            return [{"output": output} for output in shown]
        bounds = _Bounds()
        shown = bounds.take([*self._whole, *self._added])
        size = sum(map(_size, shown))
        if self._sent + size > _SENT_FREELY + _SENT_A_SECOND * (now - self._started):
            return []
        self._bounds, self._whole, self._added = bounds, None, []
        self._sent += size
        return [{"outputs": shown}]


class _Bounds:
    """How much of a cell's outputs is shown already, and what of the next is."""

    def __init__(self) -> None:
        self.left_out = 0
        self._printed = 0
        self._shown = 0
        self._cut = False
        self._full = False

    def take(self, outputs: Sequence[Mapping[str, Any]]) -> list[Output]:
        """The outputs as they may be shown, neighbouring pieces of one stream joined."""
        shown: list[Output] = []
        pieces: list[str] = []
        for output in outputs:
            for bounded in self._bounded(output):
                last = shown[-1] if shown else {}
                if bounded["output_type"] == last.get("output_type") == "stream" and bounded["name"] == last["name"]:
                    pieces.append(bounded["text"])
                    continue
                _join(shown, pieces)
                shown.append(bounded)
        _join(shown, pieces)
        return shown

    def _bounded(self, output: Mapping[str, Any]) -> Iterator[Output]:
        if output["output_type"] == "stream":
            yield from self._stream(str(output["name"]), "".join(output["text"]))
            return
        bounded = _held(output)
        size = _size(bounded)
        if self._shown + size <= MOST_OF_CELL:
            self._shown += size
            yield bounded
        elif not self._full:
            self._full = True
            yield _line(f"the further outputs of this cell are not shown {_ELSEWHERE.format('them')}")

    def _stream(self, name: str, text: str) -> Iterator[Output]:
        room = 0 if self._cut else MOST_PRINTED - self._printed
        fitting = _fitting(text, room)
        self._printed += _json_size(fitting)
        self.left_out += len(text) - len(fitting)
        if fitting:
            yield {"output_type": "stream", "name": name, "text": fitting}
        if len(fitting) < len(text) and not self._cut:
            self._cut = True
            yield _line(f"the rest of what this cell prints is not shown {_ELSEWHERE.format('it')}", "\n")


def _join(shown: list[Output], pieces: list[str]) -> None:
    if pieces:
        shown[-1]["text"] = "".join([shown[-1]["text"], *pieces])
        pieces.clear()


def _held(output: Mapping[str, Any]) -> Output:
    """The output as plain JSON, or what stands for one that is too large."""
    if _characters(output) <= MOST_OF_OUTPUT:
        text = json.dumps(output, default=str)
        if len(text) <= MOST_OF_OUTPUT:
            plain: Output = json.loads(text)
            return plain
    size = f"{_characters(output) / 1e6:.3g} MB"
    if output["output_type"] == "error":
        told = f"[this traceback of {size} is not shown {_ELSEWHERE.format('it')}]"
        evalue = _fitting(str(output.get("evalue", "")), 1000)
        return {"output_type": "error", "ename": output.get("ename", ""), "evalue": evalue, "traceback": [told]}
    return _line(f"an output of {size} is not shown {_ELSEWHERE.format('it')}")


def _line(text: str, before: str = "") -> Output:
    return {"output_type": "stream", "name": "stderr", "text": f"{before}[{text}]\n"}


def _characters(value: Any) -> int:
    """About how many characters a value has, found without writing it down."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(key)) + _characters(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_characters, value))
    return 8


def _size(output: Output) -> int:
    return len(json.dumps(output))


def _json_size(text: str) -> int:
    return len(json.dumps(text))


def _fitting(text: str, room: int) -> str:
    """As much of the beginning of a text as takes so many characters as JSON, where most others take six."""
    begun = text[: max(room, 0)]
    size = _json_size(begun) - 2
    return begun if size <= room else begun[: len(begun) * room // size]
