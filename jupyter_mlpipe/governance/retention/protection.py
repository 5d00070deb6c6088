"""What must stay whatever the rules say, and why: what models in use, runs in progress and holds refer to.

A model version with an alias refers to all that its run used and made. A run in progress refers to what its stages used
so far, and to whatever was made or used since it began.

Not for what the rules say (``policy``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jupyter_mlpipe.errors import RetentionError
from jupyter_mlpipe.governance.retention.aliases import aliases_of_versions
from jupyter_mlpipe.ledger.holds import Hold, holds
from jupyter_mlpipe.ledger.registrations import registrations
from jupyter_mlpipe.ledger.runs import runs as all_runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jupyter_mlpipe.governance.retention.items import Item
    from jupyter_mlpipe.ledger import Ledger

_SLACK = 60.0
"""Seconds by which clocks may differ."""
_MOST_RUNS = 10_000


@dataclass(frozen=True)
class Protection:
    """Answers why something must stay."""

    runs: Mapping[str, str] = field(default_factory=dict)
    """By run, why."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """By a result's key, why."""
    versions: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """By model and version, why."""
    places: tuple[tuple[str, str, str], ...] = ()
    """Globs of pipelines and stages, and why."""
    since: float | None = None
    """What was made or used after that belongs to a run in progress; None where none is."""
    run_in_progress: str = ""
    profiles: Mapping[str, str] = field(default_factory=dict)
    """By a profile's digest, why."""

    def why(self, item: Item) -> str:
        """Why an item must stay; empty where it need not."""
        if self.since is not None and max(item.created, item.used) >= self.since:
            return f"run {self.run_in_progress} is in progress"
        if item.kind == "profile" and item.name in self.profiles:
            return self.profiles[item.name]
        for names, name in ((self.runs, item.run), (self.keys, item.key)):
            if name is not None and name in names:
                return names[name]
        for pipeline, stage, reason in self.places:
            if fnmatchcase(item.pipeline or "", pipeline) and fnmatchcase(item.stage or "", stage):
                return reason
        return ""


def protection(ledger: Ledger) -> Protection:
    """Find out what must stay now.

    Raises
    ------
    RetentionError
        A hold cannot be understood any more.
    """
    made = [item for item in registrations(ledger) if item.version is not None]
    versions: dict[tuple[str, int], str] = {}
    runs: dict[str, str] = {}
    places: list[tuple[str, str, str]] = []
    for (model, version), aliases in aliases_of_versions(ledger).items():
        if aliases:
            versions[model, version] = f"{model} version {version} is in {', '.join(aliases)}"
    for hold in holds(ledger):
        if hold.released is None:
            _hold(hold, runs, versions, places, [(item.model, item.version or 0) for item in made])
    for item in made:
        reason = versions.get((item.model, item.version or 0))
        if reason and item.run:
            runs.setdefault(item.run, reason)
    going_on = all_runs(ledger, status="running", limit=_MOST_RUNS)
    for run in going_on:
        runs.setdefault(run.id, f"run {run.id} is in progress")
    oldest = min(going_on, key=lambda run: run.started, default=None)
    return Protection(
        runs=runs,
        keys=_keys(ledger, runs, made, versions),
        versions=versions,
        places=tuple(places),
        since=None if oldest is None else oldest.started - _SLACK,
        run_in_progress="" if oldest is None else oldest.id,
        profiles=_profiles(ledger, runs, versions),
    )


def checked_subject(subject: str) -> str:
    """A hold's subject, where it means something. Raises `RetentionError`."""
    kind, _, name = subject.partition(":")
    known = kind in ("run", "pipeline") or (kind == "stage" and "/" in name) or kind == "model"
    if not known or not name:
        raise RetentionError(
            f"nothing can be held as {subject!r}",
            hint="give run:RUN, model:MODEL, model:MODEL@3, pipeline:NAME or stage:PIPELINE/STAGE; names may be globs",
        )
    if kind == "model" and "@" in name and not name.rpartition("@")[2].isdigit():
        raise RetentionError(
            f"{subject!r} names no version", hint="give its number: an alias may move to another one any day"
        )
    return subject


def _hold(
    hold: Hold,
    runs: dict[str, str],
    versions: dict[tuple[str, int], str],
    places: list[tuple[str, str, str]],
    known: list[tuple[str, int]],
) -> None:
    kind, _, name = checked_subject(hold.subject).partition(":")
    reason = f"hold {hold.id} of {hold.user}: {hold.reason}"
    if kind == "run":
        runs.setdefault(name, reason)
    elif kind == "pipeline":
        places.append((name, "*", reason))
    elif kind == "stage":
        pipeline, _, stage = name.partition("/")
        places.append((pipeline, stage, reason))
    else:
        model, _, number = name.partition("@")
        for each in known:
            if fnmatchcase(each[0], model) and (not number or each[1] == int(number)):
                versions.setdefault(each, reason)


def _keys(
    ledger: Ledger, runs: Mapping[str, str], made: Iterable[object], versions: Mapping[tuple[str, int], str]
) -> dict[str, str]:
    """Keys of all results that these runs used or made; and of the stages that made these versions."""
    found: dict[str, str] = {}
    names = sorted(runs)
    with ledger.read() as connection:
        for start in range(0, len(names), 500):
            query = "SELECT DISTINCT run, key FROM stage_runs WHERE run IN :runs AND key IS NOT NULL"
            for row in connection.rows(query, runs=names[start : start + 500]):
                found.setdefault(row["key"], runs[row["run"]])
    for item in made:
        model, version, key = (getattr(item, name) for name in ("model", "version", "key"))
        reason = versions.get((model, version or 0))
        if reason and key:
            found.setdefault(key, reason)
    return found


def _profiles(ledger: Ledger, runs: Mapping[str, str], versions: Mapping[tuple[str, int], str]) -> dict[str, str]:
    """Digests of the profiles of these runs, and of the references of these versions."""
    with ledger.read() as connection:
        rows = connection.rows("SELECT blob, run, model, version FROM profiles WHERE blob <> ''")
    found: dict[str, str] = {}
    for row in rows:
        reason = versions.get((row["model"], row["version"])) or runs.get(row["run"])
        if reason:
            found.setdefault(row["blob"], reason)
    return found
