"""Loads what a stage read in a run into the live kernel, to step here through a stage that failed there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import MissingBlobError, UnknownStageError
from jupyter_mlpipe.execution.prologue import take_steps
from jupyter_mlpipe.execution.recipe import InputValue
from jupyter_mlpipe.ledger.runs import run as find_run
from jupyter_mlpipe.ledger.stages import StageRun, stage_history, stage_runs
from jupyter_mlpipe.notebook.slicing import Replay, Slicer
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.store.artifacts import Artifact

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live import LiveKernel
    from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
    from jupyter_mlpipe.workspace import Workspace


def load_inputs(kernel: LiveKernel, name: str, run_id: str | None = None) -> tuple[str, ...]:
    """Put a stage's definitions, parameters and inputs in place as they were in a run.

    Returns
    -------
    tuple of str
        The names bound, sorted; also shown.

    Raises
    ------
    UnknownStageError
        The notebook has no such stage, or it took no part in the run.
    UnknownRunError
        No run has this id.
    MissingBlobError
        An input is not in the store any more.
    """
    workspace = kernel.workspace
    pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
    known = [stage.name for stage in pipeline.stages]
    if name not in known:
        raise UnknownStageError(f"the notebook has no stage `{name}`", hint=nearest(name, known, "stages are"))
    fact = _fact(workspace, pipeline, name, run_id)
    parts = fact.components or {}
    steps = list(_definitions(pipeline, pipeline.stage(name)))
    steps.append({"set": dict(parts.get("parameters", {}))})
    found = _artifacts(workspace, fact)
    for label, about in parts.get("inputs", {}).items():
        bound = label.partition("@")[0]
        artifact = found.get((bound, about["digest"]))
        if artifact is None:
            raise MissingBlobError(f"`{bound}`, as stage `{name}` read it in run {fact.run}, is not in the store")
        steps.append({"load": artifact.to_json(), "names": [bound]})
    work = take_steps(steps, kernel.shell.user_ns, workspace.store, name)
    try:
        work.send(None)
    except StopIteration:
        names = {bound for step in steps for bound in (*step.get("names", ()), *step.get("set", ()))}
    else:
        work.close()
        names = set()
    shown = ", ".join(f"`{bound}`" for bound in sorted(names)) or "nothing: it reads no values"
    kernel.shell.display_pub.publish({"text/plain": f"{name} in run {fact.run}: loaded {shown}"})
    return tuple(sorted(names))


def _fact(workspace: Workspace, pipeline: Pipeline, name: str, run_id: str | None) -> StageRun:
    if run_id is None:
        history = [fact for fact in stage_history(workspace.ledger, pipeline.name, name) if fact.components]
        if not history:
            raise UnknownStageError(f"stage `{name}` has not run yet", hint="run the notebook first: `mlpipe run`")
        return history[0]
    found = find_run(workspace.ledger, run_id)
    facts = [fact for fact in stage_runs(workspace.ledger, found.id) if fact.stage == name and fact.components]
    if not facts:
        raise UnknownStageError(
            f"stage `{name}` did not start in run {run_id}", hint="`mlpipe show RUN` lists the stages of a run"
        )
    return facts[-1]


def _artifacts(workspace: Workspace, fact: StageRun) -> dict[tuple[str, str], Artifact]:
    """Stored values by name and digest: those of the same run first, then of the pipeline's other runs."""
    facts = stage_runs(workspace.ledger, fact.run)
    keys = list(dict.fromkeys(other.key for other in facts if other.key and other.status in ("done", "hit")))
    found: dict[tuple[str, str], Artifact] = {}
    for key in keys:
        for manifest in workspace.store.find(key):
            for artifact in manifest.artifacts:
                for name in artifact.names:
                    found.setdefault((name, InputValue.of(name, name, artifact).content), artifact)
    return found


def _definitions(pipeline: Pipeline, stage: Stage) -> Iterator[dict[str, Any]]:
    for step in Slicer(pipeline).slice(stage, {}).steps:
        if isinstance(step, Replay):
            statement = step.statement
            yield {"run": statement.source, "binds": sorted(statement.binds), "label": statement.label}
