"""The ledger's facts about runs in the wire's shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.ledger import gates, lineage, runs
from jupyter_mlpipe.ledger.stages import StageRun, stage_runs
from jupyter_mlpipe.notebook.directive import RESERVED_PREFIX
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.runs import ArtifactInfo, RunInfo, StageRunInfo
from jupyter_mlpipe.server.verdict_facts import verdict_infos
from jupyter_mlpipe.workspace import Workspace


def run_info(places: Places, workspace: Workspace, run: runs.Run) -> RunInfo:
    """A run."""
    return RunInfo(
        run=run.id,
        pipeline=run.pipeline,
        notebook=places.shown(workspace, run.notebook),
        status=run.status,  # type: ignore[arg-type]  # the ledger's words are the wire's
        started=run.started,
        ended=run.ended,
        seconds=run.seconds,
        user=run.user,
        host=run.host,
        owner=run.owner,
        team=run.team,
        parameters=run.parameters,
        executed=places.shown(workspace, run.executed),
        door=str(run.options.get("door", "")),
        error=error_info(run.error),
    )


def stage_infos(workspace: Workspace, run: runs.Run) -> tuple[StageRunInfo, ...]:
    """How the stages of a run ended, in the order in which they first did."""
    ledger = workspace.ledger
    verdicts = gates.verdicts(ledger, run.id, with_facts=False)
    ended: dict[str, StageRun] = {fact.stage: fact for fact in stage_runs(ledger, run.id)}
    return tuple(
        StageRunInfo(
            name=fact.stage,
            implicit=fact.stage.startswith(RESERVED_PREFIX),
            status=fact.status,  # type: ignore[arg-type]  # the ledger's words are the wire's
            reason=fact.reason,
            seconds=fact.seconds,
            saved=fact.saved_seconds,
            key=fact.key,
            started=fact.started,
            ended=fact.ended,
            attempt=fact.attempt,
            worker=fact.worker,
            owner=fact.owner,
            numbers=fact.numbers,
            inputs=tuple(
                ArtifactInfo(name=item.name, digest=item.digest, source=item.source)
                for item in lineage.inputs(ledger, fact.id)
            ),
            outputs=tuple(
                ArtifactInfo(name=item.name, digest=item.digest, type=item.type, rows=item.rows, bytes=item.bytes)
                for item in lineage.outputs(ledger, fact.id)
            ),
            gates=verdict_infos(verdict for verdict in verdicts if verdict.stage == fact.stage),
            error=error_info(fact.error),
        )
        for fact in ended.values()
    )


def error_info(error: Mapping[str, Any] | None) -> ErrorInfo | None:
    """An error as facts hold it."""
    if not error:
        return None
    return ErrorInfo(
        str(error.get("code", "")),
        str(error.get("message", "")),
        str(error.get("hint", "")),
        error.get("details") or {},
    )
