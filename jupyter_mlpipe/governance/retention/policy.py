"""The rules of retention as the settings have them.

``[tool.mlpipe.retention]`` in ``pyproject.toml``: the first rule that fits an item says what becomes of it; what no
rule fits is kept. Not for asking them (``planning``).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, cast

from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import RetentionRuleError
from jupyter_mlpipe.governance.retention.items import KINDS, Item

Outcome = Literal["keep", "archive", "delete"]
OUTCOMES = ("keep", "archive", "delete")
ANY = "*"

_TOP = ("undo", "archive", "rules")
_GLOBS = ("pipeline", "stage", "model", "alias")
_RULE = ("name", "kind", "action", "older-than", "unused-for", "keep-last", "label", "tag", "referenced", *_GLOBS)
_UNDO = 7 * 86400.0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What becomes of items that fit all that it says."""

    name: str
    action: Outcome
    kinds: frozenset[str]
    older_than: float = 0.0
    """Seconds since it was made."""
    unused_for: float = 0.0
    """Seconds since a run used it last."""
    keep_last: int = 0
    """So many of the newest of each pipeline and stage do not fit."""
    globs: Mapping[str, str] = field(default_factory=dict)
    """By ``pipeline``, ``stage``, ``model`` and ``alias``: of the versions that it made."""
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of runs in MLflow."""
    referenced: bool | None = None
    """Whether a newer run may refer to it; None: either."""

    def fits(self, item: Item, clock: float) -> bool:
        """Whether it speaks of an item, but for how many are kept."""
        if item.kind not in self.kinds:
            return False
        if clock - item.created < self.older_than or clock - item.used < self.unused_for:
            return False
        if self.referenced is not None and item.referenced is not self.referenced:
            return False
        for name, glob in self.globs.items():
            values = item.aliases if name == "alias" else (getattr(item, name),)
            if not any(value is not None and fnmatchcase(value, glob) for value in values):
                return False
        said = ((item.labels, self.labels), (item.tags, self.tags))
        return all(key in has and fnmatchcase(has[key], glob) for has, wanted in said for key, glob in wanted.items())


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All rules."""

    rules: tuple[Rule, ...] = ()
    undo: float = _UNDO
    """Seconds for which what was done can be undone."""
    archive: str | None = None
    """Where archived things go: a folder or an fsspec URL."""


def read_policy(settings: Mapping[str, Any]) -> Policy:
    """Read the setting ``retention``.

    Raises
    ------
    RetentionRuleError
        Something in it is wrong; says all that is.
    """
    problems: list[str] = []
    _unknown("", settings, _TOP, problems)
    rules = []
    given = settings.get("rules", [])
    if not isinstance(given, list) or not all(isinstance(rule, Mapping) for rule in given):
        problems.append("rules must be tables: [[tool.mlpipe.retention.rules]]")
        given = []
    for number, each in enumerate(given, 1):
        name = str(each.get("name", f"rule {number}"))
        before = len(problems)
        problems += [f"{name}: {problem}" for problem in _problems(each)]
        if len(problems) == before:
            rules.append(_rule(name, each))
    archive = settings.get("archive")
    if archive is not None and (not isinstance(archive, str) or not archive.strip()):
        problems.append(f"archive is {archive!r}: give a folder or a URL such as s3://bucket/prefix")
    if archive is None and any(rule.action == "archive" for rule in rules):
        problems.append("a rule archives, and nothing says where to: give archive, a folder or a URL")
    undo = _seconds(settings.get("undo", "7d"))
    if undo is None:
        problems.append(f"undo is {settings['undo']!r}: give a duration such as 7d, or 0s")
    if len({rule.name for rule in rules}) < len(rules):
        problems.append("two rules have the same name")
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise RetentionRuleError(
            f"the rules of retention cannot be used:\n{told}",
            hint="[tool.mlpipe.retention] of pyproject.toml; docs/how-to/keep-and-delete.md shows what may stand there",
            problems=problems,
        )
    return Policy(rules=tuple(rules), undo=undo or 0.0, archive=archive)


def _problems(given: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    _unknown("", given, _RULE, found)
    if given.get("action") not in OUTCOMES:
        found.append(f"action is {given.get('action')!r}: give one of {', '.join(OUTCOMES)}")
    for kind in _kinds(given.get("kind", ANY)):
        if kind not in KINDS and kind != ANY:
            near = difflib.get_close_matches(kind, KINDS, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            found.append(f"kind is {kind!r}: {hint}There are {', '.join(KINDS)}")
    found += [
        f"{key} is {given[key]!r}: give a duration such as 90d"
        for key in ("older-than", "unused-for")
        if key in given and _seconds(given[key]) is None
    ]
    last = given.get("keep-last", 0)
    if isinstance(last, bool) or not isinstance(last, int) or last < 0:
        found.append(f"keep-last is {last!r}: give a whole number, 0 or more")
    found += [f"{key} is {given[key]!r}: give a glob" for key in _GLOBS if not isinstance(given.get(key, ""), str)]
    for key in ("label", "tag"):
        table = given.get(key, {})
        if not isinstance(table, Mapping) or not all(isinstance(value, str) for value in table.values()):
            found.append(f'{key} must be a table of globs: {key} = {{team = "ops*"}}')
    if not isinstance(given.get("referenced", False), bool):
        found.append("referenced must be true or false")
    limits = ("older-than", "unused-for", "keep-last")
    if given.get("action") in ("archive", "delete") and not any(given.get(key) for key in limits):
        found.append(f"it would take away what was made just now: give one of {', '.join(limits)}")
    return found


def _rule(name: str, given: Mapping[str, Any]) -> Rule:
    kinds = _kinds(given.get("kind", ANY))
    return Rule(
        name=name,
        action=cast(Outcome, given["action"]),
        kinds=frozenset(KINDS if ANY in kinds else kinds),
        older_than=_seconds(given.get("older-than", 0)) or 0.0,
        unused_for=_seconds(given.get("unused-for", 0)) or 0.0,
        keep_last=given.get("keep-last", 0),
        globs={key: given[key] for key in _GLOBS if key in given},
        labels=dict(given.get("label", {})),
        tags=dict(given.get("tag", {})),
        referenced=given.get("referenced"),
    )


def _kinds(given: Any) -> tuple[str, ...]:
    return tuple(str(kind) for kind in given) if isinstance(given, list | tuple) else (str(given),)


def _seconds(given: Any) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given) if given >= 0 else None
    try:
        return parse_duration(given) if isinstance(given, str) else None
    except ValueError:
        return None


def _unknown(at: str, given: Mapping[str, Any], known: tuple[str, ...], problems: list[str]) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            problems.append(f"{at}{key} means nothing here{f': did you mean {near[0]}?' if near else ''}")
