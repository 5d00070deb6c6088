"""Puts the values of an earlier result of a stage into the live kernel: ``%restore``.

Values only: what that run of the stage wrote to files or changed in settings stays as it is now. What stages below make
of the values is kept under what these hold, as always in a live kernel (``live_view``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from jupyter_mlpipe.errors import StoreError, UnknownStageError, UnknownVersionError
from jupyter_mlpipe.execution.prologue import statement_step, take_steps_at_once
from jupyter_mlpipe.execution.run_facts import find_run, latest_by_stage
from jupyter_mlpipe.execution.session import apply
from jupyter_mlpipe.ledger.stages import StageResult, stage_results
from jupyter_mlpipe.magics.telling import tell, version
from jupyter_mlpipe.notebook.effects import is_definition
from jupyter_mlpipe.notebook.slicing import Replay, Slicer
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.store.artifacts import StageManifest

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live import LiveKernel
    from jupyter_mlpipe.notebook.pipeline import Pipeline


def restore_version(
    kernel: LiveKernel, name: str, *, key: str | None = None, run: str | None = None
) -> tuple[str, ...]:
    """Bind what a stage made in an earlier version of it; the names bound, sorted, are also shown.

    Parameters
    ----------
    kernel
        The live kernel.
    name
        The stage, as the notebook or the ledger knows it.
    key, run
        The beginning of the result's key, or the run that made or restored it; the newest stored result by default.

    Raises
    ------
    UnknownStageError
        Neither the notebook nor the ledger knows the stage, or it made nothing in that run.
    UnknownRunError
        No run has this id.
    UnknownVersionError
        No result has this key, several have it, or it is not stored any more.
    StoreError
        A value cannot be loaded; then nothing has changed.
    """
    pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
    result, manifest = _find(kernel, pipeline, name, key, run)
    # Only names are put in place, and so only they may count as what the stage left here.
    values = replace(manifest, files_written={}, ambient={}, deleted=())
    fresh = name in {stage.name for stage in pipeline.stages} and not kernel.notebook.has_executed(
        kernel.path, pipeline.stage(name).cells
    )
    _define(kernel, pipeline, name, values, own=fresh)
    bound = tuple(sorted(apply(values, kernel.workspace.store, kernel.shell.user_ns, project=kernel.workspace.root)))
    if fresh:
        kernel.notebook.stand_in(kernel.path, pipeline.stage(name).cells, values)
    tell(kernel.shell, _line(name, result, values, bound), stage=name, status="version", key=result.key, run=result.run)
    return bound


def _find(
    kernel: LiveKernel, pipeline: Pipeline, name: str, key: str | None, run: str | None
) -> tuple[StageResult, StageManifest]:
    ledger, store = kernel.workspace.ledger, kernel.workspace.store
    if run is not None:
        results = [_of_run(kernel, name, run)]
    else:
        results = stage_results(ledger, pipeline.name, name, key or "")
        if not results:
            raise _nothing(kernel, pipeline, name, key)
        if key and len(results) > 1:
            raise UnknownVersionError(f"more than one result of `{name}` has a key that begins with {key!r}")
    for result in results:
        manifests = store.find(result.key)
        if manifests:
            return result, manifests[0]
    strange = next((result for result in results if store.untrusted(result.key)), None)
    if strange is not None:
        raise StoreError(
            f"{version(strange.key)} of `{name}` is signed by a key that this workspace does not trust",
            hint="add the key's id to `trusted-keys` if you know whose it is",
            stage=name,
            key=strange.key,
        )
    newest = results[0]
    raise UnknownVersionError(
        f"{version(newest.key)} of `{name}`, from run {newest.run}, is not stored any more", stage=name, key=newest.key
    )


def _of_run(kernel: LiveKernel, name: str, run: str) -> StageResult:
    found = find_run(kernel.workspace.ledger, run)
    fact = latest_by_stage(kernel.workspace.ledger, found.id).get(name)
    if fact is None or not fact.key or fact.status not in ("done", "hit", "refused"):
        why = f"made nothing in run {found.id}" + (f": {fact.status}" if fact is not None else "")
        raise UnknownStageError(
            f"stage `{name}` {why}", hint="`mlpipe show RUN` lists the stages of a run", stage=name, run=found.id
        )
    return StageResult(fact.key, found.id, fact.status, fact.ended)


def _nothing(kernel: LiveKernel, pipeline: Pipeline, name: str, key: str | None) -> UnknownStageError | StoreError:
    known = [stage.name for stage in pipeline.stages]
    if key and stage_results(kernel.workspace.ledger, pipeline.name, name):
        return UnknownVersionError(f"no result of `{name}` has a key that begins with {key!r}", stage=name, key=key)
    if name in known:
        return UnknownVersionError(f"stage `{name}` has made nothing yet", hint="run its cell", stage=name)
    return UnknownStageError(
        f"neither this notebook nor a run of `{pipeline.name}` has a stage `{name}`",
        hint=nearest(name, known, "stages are"),
        stage=name,
    )


def _define(kernel: LiveKernel, pipeline: Pipeline, name: str, manifest: StageManifest, *, own: bool) -> None:
    """Run the definitions that the values need and that are not here, with those of the stage's own cells.

    Parameters
    ----------
    own
        Whether the stage's cells were not executed, so that what they define is not here.
    """
    if name not in {stage.name for stage in pipeline.stages}:
        return
    namespace, stage = kernel.shell.user_ns, pipeline.stage(name)
    made = {other for artifact in manifest.artifacts for other in artifact.names}
    missing = {needed for artifact in manifest.artifacts for needed in artifact.requires} - made - namespace.keys()
    steps = []
    if missing:
        steps += [statement_step(s.statement) for s in Slicer(pipeline).slice(stage, {}).steps if isinstance(s, Replay)]
    if own or missing:
        steps += [statement_step(statement) for statement in stage.statements if is_definition(pipeline, statement)]
    take_steps_at_once(steps, namespace, kernel.workspace.store, name)


def _line(name: str, result: StageResult, manifest: StageManifest, bound: Sequence[str]) -> str:
    when = datetime.fromtimestamp(result.ended).astimezone().strftime("%Y-%m-%d %H:%M")
    line = f"{name}: loaded {_listed(bound) or 'nothing'} of {version(result.key)}, from run {result.run} of {when}"
    lost = sorted(set(manifest.changed) - set(bound))
    return f"{line}; {_listed(lost)} {'was' if len(lost) == 1 else 'were'} not kept" if lost else line


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
