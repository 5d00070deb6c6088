"""Why a run's data is not what another run's was: the drift of each frame, and what changed in the stage it came from.

Puts together what the ledger knows: profiles, who made what of what, and the parts of keys. Not for what is drift
(``drift.compare``), nor for where a column's drift began (``drift.why``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_mlpipe.errors import NotProfiledError
from jupyter_mlpipe.execution.run_diff import GROUPS, compare_runs
from jupyter_mlpipe.execution.run_facts import find_run
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.profiles import ProfileFact, profiles_of_run
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.ledger.stage_lineage import StageLineage, stage_lineages
from jupyter_mlpipe.monitoring.drift.compare import compare
from jupyter_mlpipe.monitoring.drift.report import ColumnDrift, DriftOptions, DriftReport
from jupyter_mlpipe.monitoring.drift.why import FrameName, Origin, origin, ranked
from jupyter_mlpipe.monitoring.profile_store import ProfileStore
from jupyter_mlpipe.settings import Settings

OUTSIDE = "(outside)"
"""The stage of a frame that no stage made."""


@dataclass(frozen=True)
class Cause:
    """A column that drifted, and where that came from."""

    stage: str
    frame: str
    """Where it was seen."""
    drift: ColumnDrift
    origin: Origin
    changes: tuple[str, ...]
    """What changed between the runs in the stage it came from, other than what that stage got from stages before it."""

    @property
    def text(self) -> str:
        """For people, one sentence."""
        what = self.drift.reasons[0] if self.drift.reasons else f"{self.drift.column} drifted"
        if self.origin.stage == OUTSIDE:
            return f"{what}; it came into the run with {self.origin.frame}"
        place = f"{self.origin.frame} of stage {self.origin.stage}"
        if self.changes:
            return f"{what}; it is first in {place}, where {', '.join(self.changes)}"
        if self.origin.from_columns:
            return f"{what}; it is first in {place}, which used {', '.join(self.origin.from_columns[:3])}"
        return f"{what}; it is first in {place}, which did not change: look at what it reads"


@dataclass(frozen=True)
class RunDrift:
    """A run's frames against those of an earlier run."""

    before: str
    after: str
    """Ids of the runs."""
    reports: Mapping[FrameName, DriftReport]
    """Of each frame that both runs have a profile of, by stage and name, the most upstream first."""
    causes: tuple[Cause, ...]
    """Each column once, where it was seen furthest downstream, the greatest effect first."""

    @property
    def drifted(self) -> bool:
        """Whether any frame has."""
        return any(report.drifted for report in self.reports.values())

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "drifted": self.drifted,
            "frames": [
                {"stage": stage, "name": name, "report": report.to_json()}
                for (stage, name), report in self.reports.items()
            ],
            "causes": [asdict(cause) | {"text": cause.text} for cause in self.causes],
        }


def explain_runs(
    settings: Settings,
    ledger: Ledger,
    before_run: str,
    after_run: str,
    options: DriftOptions | None = None,
) -> RunDrift:
    """Say what drifted between two runs, in which stage that began, and what changed there.

    Parameters
    ----------
    settings, ledger
        Of the workspace.
    before_run, after_run
        Ids of runs, beginnings of them, or ``latest``.
    options
        What to compare, and when it is drift.

    Raises
    ------
    UnknownRunError
        There is no such run.
    NotProfiledError
        There is no frame that both runs kept a profile of.
    StoreError, ProfileError
        A profile is gone or damaged.
    """
    before, after = find_run(ledger, before_run), find_run(ledger, after_run)
    lineages = stage_lineages(ledger, [before.id, after.id])
    stages = {stage.stage: stage for stage in lineages.get(after.id, [])}
    used = {name: _used(stage) for name, stage in stages.items()}
    old, new = (
        _frames(profiles_of_run(ledger, run.id), {stage.stage: stage for stage in lineages.get(run.id, [])})
        for run in (before, after)
    )
    both = sorted(set(old) & set(new), key=lambda name: (_depth(name[0], used), name))
    if not both:
        raise NotProfiledError(
            f"runs {before.id} and {after.id} have no frame that was profiled in both",
            hint="write `%%stage NAME --profile` on the stages that make frames, and run them",
            before=before.id,
            after=after.id,
        )
    profiles = ProfileStore(settings)
    reports = {
        name: compare(profiles.get(old[name].blob), profiles.get(new[name].blob), options, name=name[1])
        for name in both
    }
    changes = _changes(ledger, before, after, lineages)
    return RunDrift(before.id, after.id, reports, _causes(reports, used, changes))


def _causes(
    reports: Mapping[FrameName, DriftReport],
    used: Mapping[str, Sequence[FrameName]],
    changes: Mapping[str, Sequence[str]],
) -> tuple[Cause, ...]:
    found: dict[tuple[str, str, str], Cause] = {}
    for name in reversed(list(reports)):
        for column in ranked(reports[name]):
            began = origin(column.column, name, reports, used)
            if began is not None:
                cause = Cause(*name, column, began, tuple(changes.get(began.stage, ())))
                found.setdefault((column.column, began.stage, began.frame), cause)
    return tuple(sorted(found.values(), key=lambda cause: -cause.drift.effect * (cause.drift.importance or 1.0)))


def _frames(facts: Sequence[ProfileFact], stages: Mapping[str, StageLineage]) -> dict[FrameName, ProfileFact]:
    """The newest profile of each frame, by the stage that made it: what a stage used is what another one made."""
    found: dict[FrameName, ProfileFact] = {}
    for fact in facts:
        if fact.stage is None or fact.role not in ("input", "output"):
            continue
        maker = fact.stage
        if fact.role == "input" and fact.stage in stages:
            sources = {item.name: item.source for item in stages[fact.stage].inputs}
            maker = sources.get(fact.name) or OUTSIDE
        if fact.role == "output" or (maker, fact.name) not in found:
            found[maker, fact.name] = fact
    return found


def _used(stage: StageLineage) -> list[FrameName]:
    return [(item.source or OUTSIDE, item.name) for item in stage.inputs]


def _depth(stage: str, used: Mapping[str, Sequence[FrameName]]) -> int:
    """How many stages come before it, one after another, at most."""
    depth, level, seen = 0, {stage}, {stage}
    while level := {name for item in level for name, _ in used.get(item, ())} - seen:
        depth, seen = depth + 1, seen | level
    return depth


def _changes(
    ledger: Ledger, before: Run, after: Run, lineages: Mapping[str, Sequence[StageLineage]]
) -> dict[str, list[str]]:
    """What changed in each stage; of what it used only what came from outside."""
    sources = {stage.stage: {item.name: item.source for item in stage.inputs} for stage in lineages.get(after.id, ())}
    found: dict[str, list[str]] = {}
    for stage in compare_runs(ledger, before, after)["stages"]:
        own = sources.get(stage["name"], {})
        found[stage["name"]] = [
            item["text"]
            for group in GROUPS
            for item in stage[group]
            if group != "inputs" or own.get(item["name"], None) is None
        ]
    # What a stage reads while it runs is in no key.
    old_files, new_files = (
        {stage.stage: {use.path: use.digest for use in stage.files if not use.written} for stage in of_run}
        for of_run in (lineages.get(before.id, ()), lineages.get(after.id, ()))
    )
    for name, files in new_files.items():
        old = old_files.get(name, {})
        for path, digest in files.items():
            text = f"it reads {path}, which it did not before" if path not in old else f"the file {path} changed"
            if old.get(path) != digest and not any(path in said for said in found.get(name, ())):
                found.setdefault(name, []).append(text)
    return found
