"""Hints that name the nearest of the words that would have been right."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def nearest(word: str, known: Sequence[str], introduction: str) -> str:
    """A hint: did you mean the nearest known word, else the list of them.

    Parameters
    ----------
    word
        What was written.
    known
        What could have been.
    introduction
        Says what the known words are: ``"stages are"``.
    """
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"{introduction} {', '.join(known)}" if known else f"there are none ({introduction.rsplit(' ', 1)[0]})"
