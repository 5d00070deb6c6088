"""People, teams, channels, and whom to tell of what, in which order.

Not for reading them (``reading``), nor for telling anybody (``monitoring.alerts``). Secrets are put into URLs only when
a message is sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from jupyter_mlpipe.errors import ChannelError

FILE = "owners.toml"
SEVERITIES = ("info", "warning", "critical")
ACK_TIMEOUT = 1800.0
"""Seconds after which an alert that nobody acknowledged goes to the next level."""

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


@dataclass(frozen=True)
class Channel:
    """A way to reach somebody."""

    name: str
    """``ana/mail``: stands for the URL wherever one may look."""
    template: str = field(repr=False)
    """apprise's URL, with ``${VARIABLE}``."""
    severity: str = "info"
    """Used for alerts from this severity on."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that the URL needs."""
        return tuple(dict.fromkeys(VARIABLE.findall(self.template)))

    def url(self, environ: Mapping[str, str] | None = None) -> str:
        """Return the URL with its secrets: for sending, never for showing.

        A variable's value is percent-encoded, unless the variable is the whole URL.

        Raises
        ------
        ChannelError
            A variable is not set, or this is no URL. The message holds no secret.
        """
        environ = os.environ if environ is None else environ
        missing = [name for name in self.variables if not environ.get(name)]
        if missing:
            raise ChannelError(
                f"channel {self.name} needs the environment variable {missing[0]}, which is not set",
                hint=f"set {missing[0]} where `mlpipe` runs, also for its watch",
                channel=self.name,
            )
        if VARIABLE.fullmatch(self.template):
            url = environ[self.variables[0]]
        else:
            from urllib.parse import quote

            url = VARIABLE.sub(lambda match: quote(environ[match[1]], safe=""), self.template)
        if not URL.fullmatch(url):
            raise ChannelError(
                f"channel {self.name} is no URL",
                hint="give one as mailto://…, slack://… or json://…",
                channel=self.name,
            )
        return url


@dataclass(frozen=True)
class Recipient:
    """Somebody, or a team, with the channels that reach them."""

    name: str
    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class Answer:
    """Who is told of something, level after level."""

    owner: str | None
    team: str | None
    levels: tuple[Recipient, ...]
    """The owner first; each next one where nobody acknowledged in time."""
    ack_timeout: float
    """Seconds."""
    problems: tuple[str, ...] = ()
    """What kept somebody from being on the list."""


@dataclass(frozen=True)
class Problem:
    """A mistake in the file."""

    where: str
    """``owners.toml, line 7, [teams.ml]``."""
    text: str


@dataclass(frozen=True)
class Rule:
    """What one table says of whom to tell."""

    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] | None = None
    ack_timeout: float | None = None


@dataclass(frozen=True)
class Owners:
    """``owners.toml``, read."""

    exists: bool = False
    channels: Mapping[str, tuple[Channel, ...]] = field(default_factory=dict)
    """By person or team."""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By team."""
    rules: Mapping[str, Mapping[str, Mapping[str, Rule]]] = field(default_factory=dict)
    """Kind of subject, glob, severity (empty for all)."""
    problems: tuple[Problem, ...] = ()

    def knows(self, name: str) -> bool:
        """Whether this is a person or team of the file."""
        return name in self.channels

    def recipient(self, name: str, severity: str = "critical") -> Recipient:
        """A person or team with the channels for a severity; all of theirs where none is for one so low.

        A team is reached by its own channels, or by its members' where it has none.
        """
        found = tuple(dict.fromkeys(self._reach(name, frozenset())))
        wanted = tuple(one for one in found if SEVERITIES.index(one.severity) <= SEVERITIES.index(severity))
        return Recipient(name, wanted or found)

    def _reach(self, name: str, above: frozenset[str]) -> Iterator[Channel]:
        own = self.channels.get(name, ())
        yield from own
        if not own and name not in above:
            for member in self.members.get(name, ()):
                yield from self._reach(member, above | {name})

    def answer(
        self,
        kind: str,
        subject: str,
        severity: str = "warning",
        *,
        owner: str | None = None,
        team: str | None = None,
        escalate: Sequence[str] = (),
    ) -> Answer:
        """Say who is told of an alert.

        Parameters
        ----------
        kind, subject
            ``stage`` and ``flight-delays/train``, ``pipeline`` and ``flight-delays``, ``model`` and its name.
        severity
            Of the alert.
        owner, team, escalate
            What the notebook's lines say; they stand over the file.

        Returns
        -------
        Answer
            Unknown names and those whom no channel reaches are passed over, and said to be; where the owner is one,
            the file's own owners and then the defaults take the place.
        """
        rules = list(self._rules(kind, subject, severity))
        problems: list[str] = []
        said = (owner, *(rule.owner for rule in rules), team, *(rule.team for rule in rules))
        firsts = [name for name in dict.fromkeys(said) if name]
        later = tuple(escalate) or next((rule.escalate for rule in rules if rule.escalate is not None), ())
        first = self._first(firsts, problems)
        levels = [first] if first else []
        levels += self._reachable([name for name in dict.fromkeys(later) if not first or name != first.name], problems)
        if not levels:
            problems.append(
                f"nobody is told of {subject}: neither its lines nor {FILE} name anybody who can be reached"
            )
        levels = [Recipient(one.name, self.recipient(one.name, severity).channels) for one in levels]
        wait = next((rule.ack_timeout for rule in rules if rule.ack_timeout is not None), ACK_TIMEOUT)
        known_team = team or next((rule.team for rule in rules if rule.team), None)
        return Answer(first.name if first else owner, known_team, tuple(levels), wait, tuple(problems))

    def _first(self, names: Iterable[str], problems: list[str]) -> Recipient | None:
        for name in names:
            for found in self._reachable([name], problems):
                return found
        return None

    def _reachable(self, names: Iterable[str], problems: list[str]) -> Iterator[Recipient]:
        for name in names:
            if not self.knows(name):
                problems.append(f"{name} is not in {FILE}" if self.exists else f"{name}: there is no {FILE}")
                continue
            found = self.recipient(name)
            if found.channels:
                yield found
            else:
                problems.append(f"{name} has no channel in {FILE}")

    def _rules(self, kind: str, subject: str, severity: str) -> Iterator[Rule]:
        """What the file says of a subject: the most specific first, the defaults last."""
        tables = {"stage": [("stages", subject), ("pipelines", subject.partition("/")[0])]}
        for table, name in tables.get(kind, [(f"{kind}s", subject)]):
            globs = [glob for glob in self.rules.get(table, {}) if fnmatchcase(name, glob)]
            for glob in sorted(globs, key=lambda glob: (glob != name, -len(glob))):
                yield from self._of_severity(self.rules[table][glob], severity)
        yield from self._of_severity(self.rules.get("defaults", {}).get("", {}), severity)

    @staticmethod
    def _of_severity(rules: Mapping[str, Rule], severity: str) -> Iterator[Rule]:
        yield from (rules[key] for key in (severity, "") if key in rules)
