"""What a contract asks, in a user's words: "must be greater than 0". Not for finding out whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

LONGEST = 100
"""Characters of a value, or of a piece of text of the user's, that are shown."""

_BUILT_IN: Mapping[str, str] = {
    "equal_to": "must be {value}",
    "not_equal_to": "must not be {value}",
    "greater_than": "must be greater than {min_value}",
    "greater_than_or_equal_to": "must be at least {min_value}",
    "less_than": "must be less than {max_value}",
    "less_than_or_equal_to": "must be at most {max_value}",
    "isin": "must be one of {allowed_values}",
    "notin": "must be none of {forbidden_values}",
    "str_matches": "must match {pattern} from its beginning",
    "str_contains": "must contain a match of {pattern}",
    "str_startswith": "must begin with {string}",
    "str_endswith": "must end with {string}",
    "unique_values_eq": "must hold exactly the values {values}",
}
"""Pandera's own checks, by name, over their statistics."""

_WHOLE: Mapping[str, str] = {
    "COLUMN_NOT_IN_DATAFRAME": "column {case} is missing",
    "COLUMN_NOT_IN_SCHEMA": "column {case} is not in the schema",
    "COLUMN_NOT_ORDERED": "column {case} is not where the schema has it",
    "DUPLICATE_COLUMN_LABELS": "several columns have one name",
    "INVALID_COLUMN_NAME": "no column has a name like {column}",
    "ADD_MISSING_COLUMN_NO_DEFAULT": "column {case} is missing and has no default",
    "MISMATCH_INDEX": "the index does not have the levels of the schema",
    "WRONG_FIELD_NAME": "{column} has another name than in the schema",
}
"""Violations of a frame as a whole, by pandera's reason."""


def asked_by(check: Any, place: int | None) -> str:
    """What a check of pandera's asks of its column.

    Parameters
    ----------
    check
        A ``pandera.Check``.
    place
        Its place among the checks of its column, from 0; names a check that has nothing else to be known by.
    """
    statistics: Mapping[str, Any] = getattr(check, "statistics", None) or {}
    name = str(getattr(check, "name", None) or "")
    words = _in_words(name, statistics)
    said = getattr(check, "error", None)
    # Pandera sets `error` of its own checks to their name and limits; anything else is the user's.
    if words and (not said or str(said).startswith(f"{name}(")):
        return words
    for text in (said, getattr(check, "title", None), getattr(check, "description", None)):
        if text:
            return f"must satisfy “{shortened(text)}”"
    if name and name.isidentifier():
        return f"must satisfy {name}"
    return f"must satisfy check {(place or 0) + 1}, a function without a name"


def whole_frame(reason: str, column: str | None, case: object) -> str:
    """What is wrong with a frame as a whole, by the name of pandera's reason.

    Never shows more of a value than the names of columns.
    """
    words = _WHOLE.get(reason)
    if words is None:
        return f"{column or 'the frame'}: {reason.lower().replace('_', ' ')}"
    return words.format(case=shortened(case), column=column)


def wrong_dtype(column: str, expected: object, actual: object) -> str:
    """A column's dtype is not the schema's."""
    if str(expected) == str(actual):  # two categoricals, for one
        return f"{column} must be {shortened(expected)} as in the schema"
    return f"{column} must be {shortened(expected)}, but is {shortened(actual)}"


def listed(items: Sequence[str], most: int = 5) -> str:
    """``a, b and 3 more``."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most:,} more"


def counted(number: int, what: str) -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def shortened(value: object, longest: int = LONGEST) -> str:
    """A value as text of one line, not longer than that."""
    text = " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _in_words(name: str, statistics: Mapping[str, Any]) -> str | None:
    own = _OWN_FORM.get(name)
    try:
        if own is not None:
            return own(statistics)
        words = _BUILT_IN.get(name)
        return words.format(**{key: _limit(value) for key, value in statistics.items()}) if words else None
    except KeyError:  # a user's check that has the name of one of pandera's
        return None


def _range(statistics: Mapping[str, Any]) -> str:
    low, high = _limit(statistics["min_value"]), _limit(statistics["max_value"])
    below = "" if statistics.get("include_max", True) else "less than "
    above = "" if statistics.get("include_min", True) else "more than "
    if not above and not below:
        return f"must be between {low} and {high}"
    return f"must be {above or 'at least '}{low} and {below or 'at most '}{high}"


def _length(statistics: Mapping[str, Any]) -> str:
    low, high = statistics.get("min_value"), statistics.get("max_value")
    exact = statistics.get("exact_value")
    if exact is not None or low == high:
        return f"must have {exact if exact is not None else low} characters"
    if low is None or high is None:
        return f"must have at {'most' if low is None else 'least'} {high if low is None else low} characters"
    return f"must have {low} to {high} characters"


_OWN_FORM: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"in_range": _range, "str_length": _length}


def _limit(value: object) -> str:
    if isinstance(value, str):
        return shortened(repr(value))
    if isinstance(value, Iterable):
        items = [shortened(repr(item), 30) for item in value]
        return listed(sorted(items) if isinstance(value, set | frozenset) else items, most=8)
    return shortened(value)
