"""Operations on what stages read and made."""

from __future__ import annotations

from jupyter_mlpipe.execution import stage_values as found_values
from jupyter_mlpipe.execution.stage_values import StageValue, stage_run_of
from jupyter_mlpipe.ledger import runs
from jupyter_mlpipe.ledger.stages import stage_history
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.previews import Preview, preview
from jupyter_mlpipe.server.shapes.values import StageValues, StageVersion, StageVersions, ValueInfo
from jupyter_mlpipe.workspace import Workspace

_GONE = Preview(note="not in the store any more")


def stage_values(desk: Desk, *, run: str, stage: str, path: str) -> StageValues:
    """Show what a stage read and made in a run, with a preview of each value that can be opened safely."""
    workspace = desk.workspace(path)
    found = runs.run(workspace.ledger, run)
    fact = stage_run_of(workspace, found.id, stage)
    return StageValues(
        found.id, stage, tuple(_value(workspace, value) for value in found_values.stage_values(workspace, fact))
    )


def stage_versions(
    desk: Desk, *, stage: str, path: str, pipeline: str, key: str = "", limit: int = 30
) -> StageVersions:
    """List the results of a stage, newest first; `key` is that of the notebook as it is now."""
    workspace = desk.workspace(path)
    versions: dict[str, StageVersion] = {}
    for fact in stage_history(workspace.ledger, pipeline, stage, limit=limit * 10):
        # A hit is the version that it restored, which an older row tells of; a failure is a version of its own.
        identity = fact.key if fact.key and fact.status in ("done", "hit", "refused") else f"{fact.run} {fact.id}"
        known = versions.get(identity)
        if fact.status in ("skipped", "cancelled") or (known is not None and known.status != "hit"):
            continue
        if known is None and len(versions) == limit:
            break
        versions[identity] = StageVersion(
            run=fact.run,
            key=fact.key,
            status=fact.status,  # type: ignore[arg-type]  # the ledger's words are the wire's
            started=fact.started,
            seconds=fact.seconds,
            user=runs.run(workspace.ledger, fact.run).user,
            numbers=fact.numbers,
            reason=fact.reason,
            stored=bool(fact.key and workspace.store.find(fact.key)),
            current=bool(key) and fact.key == key,
        )
    return StageVersions(stage, tuple(versions.values()))


def _value(workspace: Workspace, value: StageValue) -> ValueInfo:
    artifact = value.artifact
    drawn = preview(workspace.store, artifact) if artifact is not None else _GONE
    return ValueInfo(
        name=value.name,
        role=value.role,
        type=artifact.type if artifact is not None else "",
        digest=value.digest,
        bytes=artifact.size if artifact is not None else None,
        rows=artifact.meta.get("rows") if artifact is not None else None,
        source=value.source,
        columns=drawn.columns,
        preview=drawn.data,
        note=drawn.note,
    )
