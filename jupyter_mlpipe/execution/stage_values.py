"""Which stored values a stage read and made in a run. Not for loading them (``store``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from jupyter_mlpipe.errors import UnknownStageError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.ledger import lineage
from jupyter_mlpipe.ledger.stages import StageRun, stage_runs
from jupyter_mlpipe.store.artifacts import Artifact


@dataclass(frozen=True)
class StageValue:
    """A value that a stage read or made."""

    name: str
    role: Literal["input", "output"]
    digest: str
    """Of its content."""
    artifact: Artifact | None
    """None where it is not in the store any more."""
    source: str | None = None
    """The stage that made it, for an input."""


def stage_values(context: RunContext, fact: StageRun) -> list[StageValue]:
    """What a stage read, then what it made."""
    made = stored_values(context, fact.run)
    found = [
        StageValue(item.name, "input", item.digest, made.get((item.name, item.digest)), item.source)
        for item in lineage.inputs(context.ledger, fact.id)
    ]
    manifest = next(iter(context.store.find(fact.key)), None) if fact.key else None
    for artifact in manifest.artifacts if manifest is not None and fact.status in ("done", "hit", "refused") else ():
        found += [StageValue(name, "output", artifact.content, artifact) for name in artifact.names]
    return found


def stage_run_of(context: RunContext, run_id: str, stage: str) -> StageRun:
    """How a stage ended in a run.

    Raises
    ------
    UnknownStageError
        It took no part in the run, or has not ended.
    """
    facts = [fact for fact in stage_runs(context.ledger, run_id) if fact.stage == stage]
    if not facts:
        raise UnknownStageError(
            f"stage `{stage}` has not ended in run {run_id}", hint="`mlpipe show RUN` lists the stages of a run"
        )
    return facts[-1]


def stored_values(context: RunContext, run_id: str) -> dict[tuple[str, str], Artifact]:
    """Values that the stages of a run made or restored and that are in the store, by name and content digest."""
    facts = stage_runs(context.ledger, run_id)
    keys = dict.fromkeys(fact.key for fact in facts if fact.key and fact.status in ("done", "hit", "refused"))
    found: dict[tuple[str, str], Artifact] = {}
    for key in keys:
        for manifest in context.store.find(key):
            for artifact in manifest.artifacts:
                for name in artifact.names:
                    found.setdefault((name, artifact.content), artifact)
    return found
