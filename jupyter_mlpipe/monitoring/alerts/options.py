"""``[tool.mlpipe.alerts]``, read: which rules hold, how severe they are, and how alerts go out.

Not for whom to tell (``owners``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import SettingsError
from jupyter_mlpipe.ledger.alerts import SEVERITIES, Severity
from jupyter_mlpipe.settings import Settings

TABLE = "[tool.mlpipe.alerts]"


@dataclass(frozen=True)
class Cost:
    """How much worker time something may take."""

    seconds: float
    per: float
    """The period in seconds; periods begin at midnight UTC where they divide a day."""


@dataclass(frozen=True)
class QuietHours:
    """A part of the day, in local time, in which only the worst is told."""

    begin: int
    """Minutes since midnight."""
    end: int
    below: Severity
    """Alerts below this severity wait until it is over."""

    def holds(self, clock: float, severity: Severity) -> bool:
        """Whether an alert has to wait at a moment in epoch seconds."""
        moment = datetime.fromtimestamp(clock).astimezone()
        minute = moment.hour * 60 + moment.minute
        inside = self.begin <= minute < self.end if self.begin < self.end else minute >= self.begin or minute < self.end
        return inside and SEVERITIES.index(severity) < SEVERITIES.index(self.below)


@dataclass(frozen=True)
class AlertOptions:
    """How alerts work in a workspace."""

    enabled: bool = True
    off: frozenset[str] = frozenset()
    """Rules that are not asked."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """By rule, where it is another than the rule's own."""
    group_window: float = 10.0
    """Seconds for which an alert waits for others of its run or subject."""
    reopen: float = 3600.0
    """Seconds within which a finding reopens the resolved alert that it equals."""
    failures: int = 5
    """After so many failures in a row, a channel that takes no messages is an alert of its own."""
    give_up: float = 86400.0
    """Seconds after which a message that no channel takes is tried no more."""
    link: str | None = None
    """Where an alert is shown, with ``{id}``; added to messages."""
    freshness: Mapping[str, float] = field(default_factory=dict)
    """By subject, how old the newest success may be, in seconds."""
    cost: Mapping[str, Cost] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None


def alert_options(settings: Settings) -> AlertOptions:
    """Read the settings of alerts.

    Raises
    ------
    SettingsError
        A name is unknown or a value is none; says which.
    """
    known = {item.name for item in fields(AlertOptions)}
    values: dict[str, Any] = {}
    for written, value in settings.alerts.items():
        name = written.replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0].replace("_", "-")
            raise SettingsError(f"{written} in {TABLE} is not a setting", hint=f"did you mean {near}?", name=written)
        try:
            values[name] = _READERS[name](value)
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{written} in {TABLE} is {value!r}", hint=f"give {error}", name=written) from error
    return AlertOptions(**values)


# -- types --------------------------------------------------------------------------------------------------------


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 (shown as a bad value)
    return value


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of rules")
    return frozenset(value)


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("a table")  # noqa: TRY004 (shown as a bad value)
    return value


def _severity(value: Any) -> Severity:
    for severity in SEVERITIES:
        if value == severity:
            return severity
    raise ValueError(f"severities as one of {', '.join(SEVERITIES)}")


def _duration(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a duration such as 90s, 30m or 26h")  # noqa: TRY004 (shown as a bad value)
    try:
        return parse_duration(str(value))
    except ValueError as error:
        raise ValueError("a duration such as 90s, 30m or 26h") from error


def _some_time(value: Any) -> float:
    seconds = _duration(value)
    if seconds <= 0:
        raise ValueError("a duration above 0")
    return seconds


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number, 1 or more")
    return value


def _link(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ValueError("an http(s) URL, with {id} where the alert's id belongs")
    return value


def _costs(value: Any) -> dict[str, Cost]:
    found = {}
    for subject, given in _table(value).items():
        table = _table(given)
        if table.keys() != {"seconds", "per"}:
            raise ValueError('for each subject {seconds = "10h", per = "1d"}')
        found[subject] = Cost(_some_time(table["seconds"]), _some_time(table["per"]))
    return found


def _quiet_hours(value: Any) -> QuietHours:
    table = dict(_table(value))
    begin, end, below = table.pop("from", None), table.pop("to", None), table.pop("below", "critical")
    if table:
        raise ValueError('{from = "22:00", to = "07:00", below = "critical"}')
    return QuietHours(_minute(begin), _minute(end), _severity(below))


def _minute(value: Any) -> int:
    try:
        moment = datetime.strptime(str(value), "%H:%M")  # noqa: DTZ007 - a time of day, in local time
    except ValueError as error:
        raise ValueError('times as "22:00"') from error
    return moment.hour * 60 + moment.minute


_READERS: Mapping[str, Any] = {
    "enabled": _boolean,
    "off": _names,
    "severity": lambda value: {rule: _severity(one) for rule, one in _table(value).items()},
    "group_window": _duration,
    "reopen": _duration,
    "failures": _count,
    "give_up": _some_time,
    "link": _link,
    "freshness": lambda value: {subject: _some_time(one) for subject, one in _table(value).items()},
    "cost": _costs,
    "quiet_hours": _quiet_hours,
}
