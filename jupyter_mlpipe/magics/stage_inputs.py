"""Loads what a stage read in a run into the live kernel, to step here through a stage that failed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import MissingBlobError, UnknownStageError
from jupyter_mlpipe.execution.board import effects_of
from jupyter_mlpipe.execution.prologue import statement_step, take_steps_at_once
from jupyter_mlpipe.execution.recipe import InputValue
from jupyter_mlpipe.execution.recorded_notebook import recorded_pipeline
from jupyter_mlpipe.ledger.runs import run as find_run
from jupyter_mlpipe.ledger.stages import StageRun, stage_history, stage_runs
from jupyter_mlpipe.notebook.slicing import Replay, Slicer
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.store.artifacts import Artifact, StageManifest

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
        Neither the notebook nor the run has such a stage, or it did not start in the run.
    UnknownRunError
        No run has this id.
    MissingBlobError
        An input is not in the store any more.
    BrokenNotebookError
        The stage is of another notebook, which is not there any more as the run had it.
    """
    workspace = kernel.workspace
    pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
    known = [stage.name for stage in pipeline.stages]
    if name in known:
        fact = _fact(workspace, pipeline, name, run_id)
    else:
        # A copy in which one steps through the stage holds its cells without the stage line (``debug_copy``).
        try:
            fact = _fact(workspace, pipeline, name, run_id)
        except UnknownStageError:
            hint = nearest(name, known, "stages are")
            raise UnknownStageError(f"the notebook has no stage `{name}`", hint=hint, stage=name) from None
        pipeline = recorded_pipeline(workspace, find_run(workspace.ledger, fact.run), name)
    parts = fact.components or {}
    made = _manifests(workspace, fact)
    steps = list(_definitions(pipeline, pipeline.stage(name), made))
    steps.append({"set": dict(parts.get("parameters", {}))})
    loads: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    found = _artifacts(made)
    for label, about in parts.get("inputs", {}).items():
        bound = label.partition("@")[0]
        artifact = found.get((bound, about["digest"]))
        if artifact is None:
            raise MissingBlobError(f"`{bound}`, as stage `{name}` read it in run {fact.run}, is not in the store")
        names = loads.setdefault((artifact.content, artifact.names), [])
        if not names:  # what shares objects is loaded at once
            steps.append({"load": artifact.to_json(), "names": names})
        names.append(bound)
    take_steps_at_once(steps, kernel.shell.user_ns, workspace.store, name)
    bound_now = sorted({bound for step in steps for bound in (*step.get("names", ()), *step.get("set", ()))})
    shown = ", ".join(f"`{bound}`" for bound in bound_now) or "nothing: it reads no values"
    kernel.shell.display_pub.publish({"text/plain": f"{name} in run {fact.run}: loaded {shown}"})
    return tuple(bound_now)


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


def _manifests(workspace: Workspace, fact: StageRun) -> dict[str, list[StageManifest]]:
    """What the stages of the same run left, by their names."""
    facts = stage_runs(workspace.ledger, fact.run)
    keys = {other.stage: other.key for other in facts if other.key and other.status in ("done", "hit", "refused")}
    return {stage: workspace.store.find(key) for stage, key in keys.items()}


def _artifacts(made: Mapping[str, Sequence[StageManifest]]) -> dict[tuple[str, str], Artifact]:
    """Stored values by name and digest."""
    found: dict[tuple[str, str], Artifact] = {}
    for manifest in (manifest for manifests in made.values() for manifest in manifests):
        for artifact in manifest.artifacts:
            for name in artifact.names:
                found.setdefault((name, InputValue.of(name, name, artifact).content), artifact)
    return found


def _definitions(
    pipeline: Pipeline, stage: Stage, made: Mapping[str, Sequence[StageManifest]]
) -> Iterator[dict[str, Any]]:
    """What the stage and the values that it reads need as code."""
    slicer = Slicer(pipeline)
    known = {other.name for other in pipeline.stages}
    effects = {name: effects_of(manifests[0]) for name, manifests in made.items() if manifests and name in known}
    for name, left in effects.items():
        slicer.learn(name, left.writes)
        slicer.learn(name, left.deletes)
    for step in slicer.slice(stage, effects).steps:
        if isinstance(step, Replay):
            yield statement_step(step.statement)
