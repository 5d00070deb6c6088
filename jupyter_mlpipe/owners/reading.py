"""Reading ``owners.toml``, and saying what is wrong with it.

A mistake is a `Problem`, and never keeps anybody else from being told. Not for what the file means (``answers``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import OwnersError
from jupyter_mlpipe.owners.answers import FILE, SEVERITIES, URL, VARIABLE, Channel, Owners, Problem, Rule

_TABLES = ("defaults", "people", "teams", "pipelines", "stages", "models")
_RULE_KEYS = ("owner", "team", "escalate", "ack_timeout")


def load_owners(root: Path) -> Owners:
    """Read ``owners.toml`` of a workspace; without one, nobody is known.

    Raises
    ------
    OwnersError
        It cannot be read, or is not TOML. Other mistakes are in ``problems``.
    """
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Owners()
    except (OSError, UnicodeDecodeError) as error:
        raise OwnersError(f"{FILE} cannot be read: {error}", hint="correct the file", path=str(path)) from error
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OwnersError(f"{FILE} is not TOML: {error}", hint="correct that line", path=str(path)) from error
    return _Reading(text).owners(document)


class _Reading:
    """One reading of the file, with the mistakes it found."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._problems: list[Problem] = []

    def owners(self, document: Mapping[str, Any]) -> Owners:
        self._unknown((), document, _TABLES)
        people, teams = self._table(("people",), document), self._table(("teams",), document)
        channels: dict[str, tuple[Channel, ...]] = {}
        for table, found, known in (("people", people, ("name",)), ("teams", teams, ("members",))):
            for name in found:
                given = self._table((table, name), found)
                self._unknown((table, name), given, (*known, "channels"))
                if name in channels:
                    self._note((table, name), f"{name} is a person and a team: give one of them another name")
                channels[name] = channels.get(name, ()) + self._channels((table, name), name, given)
        members = {name: self._names(("teams", name), given, "members") or () for name, given in _tables(teams)}
        for team, names in members.items():
            self._known(("teams", team), names, channels)
            if team in _members(team, members):
                self._note(("teams", team), f"{team} is, through its members, a member of itself")
        rules: dict[str, dict[str, dict[str, Rule]]] = {
            "defaults": {"": self._by_severity(("defaults",), self._table(("defaults",), document), channels)}
        }
        for kind in ("pipelines", "stages", "models"):
            of_kind = self._table((kind,), document)
            rules[kind] = {glob: self._by_severity((kind, glob), given, channels) for glob, given in _tables(of_kind)}
        owners = Owners(True, channels, members, rules, ())
        for name in channels:
            if not owners.recipient(name).channels:
                self._note(("teams" if name in members else "people", name), f"no channel reaches {name}")
        return Owners(True, channels, members, rules, tuple(self._problems))

    def _by_severity(self, at: tuple[str, ...], given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Rule]:
        self._unknown(at, given, (*_RULE_KEYS, *SEVERITIES))
        found = {"": self._rule(at, given, known)}
        for severity in SEVERITIES:
            if severity in given:
                inner = self._table((*at, severity), given)
                self._unknown((*at, severity), inner, _RULE_KEYS)
                found[severity] = self._rule((*at, severity), inner, known)
        return found

    def _rule(self, at: tuple[str, ...], given: Mapping[str, Any], known: Mapping[str, Any]) -> Rule:
        names: dict[str, str | None] = {}
        for key in ("owner", "team"):
            value = given.get(key)
            if value is not None and (not isinstance(value, str) or not value):
                self._note(at, f"{key} is {value!r}, not a name", key)
                value = None
            names[key] = value
        escalate = self._names(at, given, "escalate")
        self._known(at, [*(name for name in (names["owner"],) if name), *(escalate or ())], known)
        wait = None
        if "ack_timeout" in given:
            try:
                wait = parse_duration(str(given["ack_timeout"]))
            except ValueError as error:
                self._note(at, f"ack_timeout: {error}", "ack_timeout")
        return Rule(names["owner"], names["team"], escalate, wait or None)

    def _channels(self, at: tuple[str, ...], name: str, given: Mapping[str, Any]) -> tuple[Channel, ...]:
        written = given.get("channels", [])
        if isinstance(written, str):
            written = [written]
        if isinstance(written, list):
            written = _named(written)
        if not isinstance(written, Mapping):
            self._note(at, "channels must be a list of URLs, or a table of them by name", "channels")
            return ()
        found = []
        for key, value in written.items():
            one = value if isinstance(value, Mapping) else {"url": value}
            url, severity = one.get("url"), one.get("severity", "info")
            if not isinstance(url, str) or not (URL.fullmatch(url) or VARIABLE.fullmatch(url)):
                self._note(
                    at, f"channel {key} is no URL: give one as mailto://…, slack://… or ${{VARIABLE}}", "channels"
                )
            elif severity not in SEVERITIES or one.keys() - {"url", "severity"}:
                self._note(at, f"channel {key}: give url, and severity as one of {', '.join(SEVERITIES)}", "channels")
            else:
                found.append(Channel(f"{name}/{key}", url, severity))
        return tuple(found)

    def _names(self, at: tuple[str, ...], given: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
        value = given.get(key)
        if isinstance(value, str):
            value = [value]
        if value is None or (isinstance(value, list) and all(isinstance(item, str) and item for item in value)):
            return None if value is None else tuple(value)
        self._note(at, f"{key} must be a list of names", key)
        return None

    def _known(self, at: tuple[str, ...], names: Iterable[str], known: Mapping[str, Any]) -> None:
        for name in names:
            if name not in known:
                self._note(at, f"{name} is neither under [people] nor under [teams]{_near(name, known)}")

    def _table(self, at: tuple[str, ...], above: Mapping[str, Any]) -> Mapping[str, Any]:
        found = above.get(at[-1], {})
        if isinstance(found, Mapping):
            return found
        self._note(at[:-1], f"{at[-1]} must be a table", at[-1])
        return {}

    def _unknown(self, at: tuple[str, ...], given: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in given.keys() - set(known):
            self._note(at, f"{key} means nothing here{_near(key, known)}", key)

    def _note(self, at: tuple[str, ...], text: str, key: str = "") -> None:
        shown = ".".join(part if re.fullmatch(r"[\w-]+", part) else f'"{part}"' for part in at)
        line = self._line(shown, key)
        where = ", ".join(filter(None, (FILE, f"line {line}" if line else "", f"[{shown}]" if shown else "")))
        self._problems.append(Problem(where, text))

    def _line(self, table: str, key: str) -> int | None:
        """Where a table, or a key of it, is written; None where it is written in another way."""
        inside, found = not table, None
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("["):
                inside = text.partition("]")[0].strip("[ ").replace("'", '"') == table
                found = number if inside else found
            elif inside and key and re.match(rf'"?{re.escape(key)}"?\s*[.=]', text):
                return number
        return found


def _tables(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, given) for name, given in found.items() if isinstance(given, Mapping))


def _members(team: str, members: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All that a team holds, through other teams too."""
    found: set[str] = set()
    waiting = list(members.get(team, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += members.get(name, ())
    return found


def _named(urls: Sequence[Any]) -> dict[str, Any]:
    """Name the URLs of a list by their schemes: ``mailto``, ``slack``, ``slack-2``."""
    named: dict[str, Any] = {}
    for url in urls:
        # What is no URL may be a secret by itself.
        scheme, separator, _ = str(url.get("url") if isinstance(url, Mapping) else url).partition("://")
        base = scheme if separator and re.fullmatch(r"[\w+.-]+", scheme) else "channel"
        name, number = base, 1
        while name in named:
            number += 1
            name = f"{base}-{number}"
        named[name] = url
    return named


def _near(name: str, known: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1)
    return f": did you mean {near[0]}?" if near else ""
