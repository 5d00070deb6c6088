"""A gate's text cut into words, numbers, strings and signs. Not for what they mean together (``parser``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jupyter_mlpipe.errors import GateSyntaxError

LONGEST = 2000
EXAMPLE = 'write it as "auc >= 0.75", several joined by and'

Kind = Literal["number", "word", "text", "sign", "end"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<text>"[^"\n]*"|'[^'\n]*')
    | (?P<sign>>=|<=|==|!=|[-+*/%<>()\[\],.=])
    )""",
    re.VERBOSE,
)
_HINTS = {
    "=>": "write >=",
    "=<": "write <=",
    "<>": "write !=",
    "&&": "write and",
    "||": "write or",
    "!": "write not, or !=",
    "**": "write x * x",
}


@dataclass(frozen=True)
class Token:
    """A piece of the text, and where it stands."""

    kind: Kind
    text: str
    start: int
    end: int


def refusal(text: str, at: int, what: str) -> GateSyntaxError:
    """The error for what stands at index `at`: says the column, counted from 1."""
    return GateSyntaxError(f"column {at + 1} of the gate {quoted(text)}: {what}", column=at + 1)


def quoted(text: str) -> str:
    """The text in quotation marks, cut where it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def tokens(text: str) -> list[Token]:
    """Cut the text; the last token is of the kind ``end``.

    Raises
    ------
    GateSyntaxError
        A character belongs to nothing, or the text is longer than 2,000 characters.
    """
    if len(text) > LONGEST:
        raise GateSyntaxError(f"a gate of {len(text):,} characters is too long; a gate has at most {LONGEST:,}")
    found: list[Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise refusal(text, start, _unknown(text[start:]))
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        token = Token(kind, match[kind], match.start(kind), match.end(kind))
        pair = text[token.start : token.start + 2]
        if pair in _HINTS:
            raise refusal(text, token.start, f"{pair!r} is no operator; {_HINTS[pair]}")
        if kind == "number" and re.match(r"[0-9_]|[^\W\d]\w*\d", text[token.end :]):
            word = re.match(r"\w+", text[token.start :])
            raise refusal(text, token.start, f"{quoted(word[0] if word else token.text)} is no number")
        found.append(token)
        at = token.end
    found.append(Token("end", "", end, end))
    return found


def _unknown(rest: str) -> str:
    for wrong, hint in _HINTS.items():
        if rest.startswith(wrong):
            return f"{wrong!r} is no operator; {hint}"
    if rest[0] in "\"'":
        return f"the text that begins with {rest[0]} has no end"
    return f"{rest[0]!r} belongs to nothing that a gate may hold; {EXAMPLE}"
