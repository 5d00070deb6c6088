"""How models are named: on stage lines, in commands and in Python. Not for which models there are (``models``)."""

from __future__ import annotations

import unicodedata

from jupyter_mlpipe.errors import ModelNameError

_LONGEST = 200
_FORBIDDEN = frozenset("/\\:%'\"`@#?*<>|")


def check_model_name(name: str) -> str:
    """Return a name that the registry can keep, normalised (NFC).

    Raises
    ------
    ModelNameError
        It is empty, too long, or holds what would be read as a path, a quote or an alias.
    """
    name = unicodedata.normalize("NFC", name)
    wrong = ""
    if not name or name != name.strip():
        wrong = "is empty or begins or ends with a space"
    elif len(name) > _LONGEST:
        wrong = f"has {len(name)} characters, more than {_LONGEST}"
    elif name.startswith(("-", ".")):
        wrong = f"begins with {name[0]!r}"
    else:
        bad = [c for c in name if c in _FORBIDDEN or unicodedata.category(c)[0] == "C"]
        wrong = f"holds {bad[0]!r}" if bad else ""
    if wrong:
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        raise ModelNameError(
            f"{shown!r} is no name for a model: it {wrong}",
            hint="use letters of any script, digits, spaces, - _ and ., such as flight-delay",
            model=name[:_LONGEST],
        )
    return name


def version_number(text: str) -> int | None:
    """The number of a version where the text is one, else None: it is an alias then."""
    return int(text[:20]) if text.isascii() and text.isdigit() else None


def split_reference(text: str) -> tuple[str, str | None]:
    """Split ``flight-delay@production`` or ``flight-delay@3`` into the model and what names its version."""
    model, separator, version = text.rpartition("@")
    return (check_model_name(model), version) if separator else (check_model_name(text), None)
