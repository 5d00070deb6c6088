"""A cell's outputs held to what an open notebook, a ledger and a network can bear; what is cut says so.

Executed notebooks hold outputs whole: this is for looking at a run while it goes on, and at its outputs elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Output = dict[str, Any]

MOST_OF_OUTPUT = 1_000_000
"""Characters, as JSON, of one output."""
MOST_PRINTED = 1_000_000
"""Characters, as JSON, of what one cell prints."""
MOST_OF_CELL = 4_000_000
"""Characters, as JSON, of all else that one cell shows."""


_ELSEWHERE = "here; the executed notebook has {}"


class Bounds:
    """How much of one cell's outputs is shown already, and what of the next is."""

    def __init__(self) -> None:
        self.left_out = 0
        """Characters that the cell printed and that were not shown."""
        self._printed = 0
        self._shown = 0
        self._cut = False
        self._full = False

    def take(self, outputs: Iterable[Mapping[str, Any]]) -> list[Output]:
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
        size = size_of(bounded)
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


def _join(shown: list[Output], pieces: list[str]) -> None:
    if pieces:
        shown[-1]["text"] = "".join([shown[-1]["text"], *pieces])
        pieces.clear()


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


def size_of(output: Mapping[str, Any]) -> int:
    """Characters of an output as JSON."""
    return len(json.dumps(output))


def _json_size(text: str) -> int:
    return len(json.dumps(text))


def _fitting(text: str, room: int) -> str:
    """As much of the beginning of a text as takes so many characters as JSON, where most others take six."""
    begun = text[: max(room, 0)]
    size = _json_size(begun) - 2
    return begun if size <= room else begun[: len(begun) * room // size]


def whole_texts(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Outputs as a file has them, with the texts whole that it may hold as lists of lines."""

    def whole(value: Any) -> Any:
        return "".join(value) if isinstance(value, list) and all(isinstance(line, str) for line in value) else value

    joined: list[Mapping[str, Any]] = []
    for output in outputs:
        copy = dict(output)
        if "text" in copy:
            copy["text"] = whole(copy["text"])
        if "data" in copy:
            # JSON MIME types hold values, whose lists are lists.
            copy["data"] = {mime: item if mime.endswith("json") else whole(item) for mime, item in copy["data"].items()}
        joined.append(copy)
    return joined
