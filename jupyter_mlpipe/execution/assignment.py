"""From a decision to a worker's task, and from what the kernel reports to a manifest.

Values in, values out: nothing is submitted, stored or recorded here.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe import STAGE_KERNEL
from jupyter_mlpipe.execution.board import State, Unit
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.execution.stage_spec import stage_spec
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, Stage, StageOptions
from jupyter_mlpipe.notebook.slicing import Load, Replay
from jupyter_mlpipe.notebook.writer import stage_cells
from jupyter_mlpipe.store.artifacts import Artifact, StageManifest

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_task import StageOutcome, StageTask

KERNEL_ENVIRONMENT = {
    STAGE_KERNEL: "1",
    # Several kernels share the cores: threads that wait must not keep them busy.
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""For every kernel of a run."""

_QUIET_PROGRAMS = frozenset(
    {
        "fc-list",
        "fc-cache",
        "uname",
        "lscpu",
        "ldconfig",
        "nvidia-smi",
        "gcc",
        "cc",
        "ld",
        "sysctl",
        "getconf",
        "lsb_release",
    }
)
"""Programs that libraries start to learn about the machine. What they say is not the stage's input."""


def make_task(
    oracle: Oracle,
    unit: Unit,
    verdict: Verdict,
    *,
    options: StageOptions,
    run_id: str,
    attempt: int,
    topic: str,
    kernel_name: str,
    ahead: Sequence[str] | None = None,
    more_follow: bool = False,
) -> StageTask:
    """What a worker needs to run one attempt at a stage whose verdict has a view, with these options."""
    from jupyter_mlpipe.execution.stage_task import StageTask

    pipeline, stage, view = oracle.pipeline, unit.stage, verdict.ready
    wanted = oracle.wanted(unit)
    settings = oracle.context.settings
    spec = {
        **stage_spec(pipeline, stage, view, root=oracle.context.root, folder=oracle.surroundings.folder),
        "run": run_id,
        "pipeline": pipeline.name,
        "store": {
            "url": settings.store_url,
            "cache_dir": str(oracle.context.root / ".mlpipe" / "cache" / "blobs"),
            "signing_key": str(settings.signing_key),
            "trusted": list(settings.trusted_keys),
        },
        "steps": [_step(oracle, step, view.artifacts) for step in view.slice.steps],
        "files": oracle.board.files_before(unit),
        "wanted": None if wanted is None else sorted(wanted),
    }
    return StageTask(
        run=run_id,
        stage=stage.name,
        cells=stage_cells(pipeline, stage),
        spec=spec,
        kernel_name=kernel_name,
        folder=str(oracle.surroundings.folder),
        attempt=attempt,
        timeout=options.timeout,
        environment=KERNEL_ENVIRONMENT,
        energy=settings.energy,
        ahead=ahead,
        # The CUDA driver maps private memory of its own, as much as it likes.
        memory=None if options.gpus else options.memory or None,
        topic=topic,
        # A kernel that waits for the next stage is work for nothing where none follows.
        standby=more_follow or any(other.state is State.PENDING for other in oracle.board.units if other is not unit),
    )


def make_manifest(
    pipeline: Pipeline, stage: Stage, verdict: Verdict, outcome: StageOutcome, outputs: str | None
) -> StageManifest:
    """What a finished attempt proved, ready to be published.

    Parameters
    ----------
    pipeline, stage, verdict
        What ran, and as what.
    outcome
        Of status ``done``.
    outputs
        Digest of the blob that holds the cells' outputs.
    """
    view = verdict.ready
    result = outcome.result or {}
    ambient: dict[str, Any] = dict(result.get("ambient", {}))
    drawn = {name: view.ambient.get(name, {}).get("digest", "") for name in result.get("drawn", ())}
    reads = {label: artifact.content for label, _, artifact in view.inputs()}
    seeds_first = _seeds_first(stage)
    return StageManifest(
        key=verdict.key,
        stage=stage.name,
        pipeline=pipeline.name,
        components=verdict.parts,
        artifacts=tuple(Artifact.from_json(item) for item in result.get("artifacts", ())),
        deleted=tuple(result.get("deleted", ())),
        changed=tuple(result.get("changed", ())),
        unstorable=dict(result.get("unstorable", {})),
        ambient=ambient,
        outputs=outputs,
        files_read=dict(result.get("files_read", {})),
        files_written=dict(result.get("files_written", {})),
        numbers=dict(result.get("numbers", {})),
        reads={**reads, **({} if seeds_first else drawn)},
        hooks=dict(result.get("hooks", {})),
        spawned=tuple(name for name in result.get("spawned", ()) if not _harmless(name)),
        seconds=outcome.seconds,
        created=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
        versions={"python": sys.version.split()[0]},
    )


def _seeds_first(stage: Stage) -> bool:
    """Whether a stage seeds before anything else of it could draw: then the state it found does not count."""
    for statement in stage.statements:
        if statement.seeds and statement.certain:
            return True
        if statement.kind not in (Kind.IMPORT, Kind.DEFINE, Kind.DIRECTIVE, Kind.CONFIGURE):
            return False
    return False


def _harmless(program: str) -> bool:
    name = program.rsplit("/", 1)[-1]
    return name in _QUIET_PROGRAMS or program == sys.executable


def _step(oracle: Oracle, step: Any, artifacts: Mapping[tuple[str, tuple[str, ...]], Artifact]) -> dict[str, Any]:
    if isinstance(step, Replay):
        statement = step.statement
        return {"run": statement.source, "binds": sorted(statement.binds), "label": statement.label}
    if isinstance(step, Load):
        return {"load": artifacts[step.stage, step.names].to_json(), "names": list(step.names)}
    return {"set": {step.name: oracle.parameters[step.name]}}
