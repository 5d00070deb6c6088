"""A cell's outputs cut to what a notebook that is open in a browser can bear, with a note where something was cut.

Executed notebooks hold outputs whole; this is for looking at a run while it goes on, or at its outputs elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

CELL_CHARACTERS = 1_000_000
"""What the outputs of one cell may hold together."""


class Budget:
    """How much of one cell's outputs may still be shown.

    Parameters
    ----------
    whole
        Where all of it is, for the note.
    characters
        How much may be shown.
    """

    def __init__(self, whole: str, characters: int = CELL_CHARACTERS) -> None:
        self._whole = whole
        self._left = characters

    def of(self, outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Outputs in nbformat's shape, as far as they may be shown; what is cut has a note in its place."""
        return [shown for output in outputs for shown in self._one(output)]

    def _one(self, output: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        if output["output_type"] == "stream":
            text = output["text"]
            shown, self._left = text[: self._left], max(0, self._left - len(text))
            if shown:
                yield {**output, "text": shown}
            if len(shown) < len(text):
                yield self._note(f"{_size(len(text) - len(shown))} more of this text")
            return
        size = len(json.dumps(output, default=str))
        if size <= self._left:
            self._left -= size
            yield output
        else:
            yield self._note(f"an output of {_size(size)}")

    def _note(self, what: str) -> dict[str, Any]:
        return {
            "output_type": "stream",
            "name": "stderr",
            "text": f"[{what} is not shown here; {self._whole} has it]\n",
        }


def _size(characters: int) -> str:
    return f"{characters / 1e6:.1f} MB" if characters >= 100_000 else f"{characters / 1e3:.1f} kB"


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
