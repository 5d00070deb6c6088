"""Checks stages that are spread over several cells.

Such a stage runs in one kernel, all its cells after one another. That equals the notebook only while no stage that
stands between its cells changes what it uses, or reads what it changes again later.
"""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlpipe.errors import SplitStageError
from jupyter_mlpipe.notebook.effects import Effects
from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
from jupyter_mlpipe.notebook.slicing import Slicer


def check_split(pipeline: Pipeline, slicer: Slicer, effects: Mapping[str, Effects], only: str | None = None) -> None:
    """Refuse a spread stage that cannot run as one.

    Parameters
    ----------
    pipeline, slicer
        The notebook.
    effects
        What is known of what stages did.
    only
        Check only against this stage, which has just become known.

    Raises
    ------
    SplitStageError
        Naming the stage, the one between its cells, and the variable.
    """
    for stage in slicer.spread:
        for other in pipeline.stages:
            between = other is not stage and stage.start < other.start < stage.end
            if between and (only is None or only in (stage.name, other.name)):
                _check_pair(stage, other, slicer, effects)


def _check_pair(stage: Stage, other: Stage, slicer: Slicer, effects: Mapping[str, Effects]) -> None:
    wrote = effects.get(other.name) or slicer.predicted[other.name]
    above = [s for s in stage.statements if s.position < other.start]
    below = [s for s in stage.statements if s.position > other.end]
    used_above = {name for s in above for name in s.reads | s.binds | s.mutates}
    used_below = {name for s in below for name in s.reads | s.mutates | s.deferred}
    changed = (set(wrote.writes) | wrote.deletes) & used_above & used_below
    if changed:
        raise _error(stage, other, min(changed), "changes")
    bound_below = {name for s in below for name in s.binds | s.mutates | s.deletes}
    reads = {name for s in other.statements for name in s.reads | s.deferred}
    bound_above = {name for s in above for name in s.binds | s.mutates}
    both = reads & bound_below & bound_above
    if both:
        raise _error(stage, other, min(both), "reads")


def _error(stage: Stage, other: Stage, name: str, verb: str) -> SplitStageError:
    return SplitStageError(
        f"stage `{stage.name}` stands on both sides of `{other.name}`, which {verb} `{name}` in between",
        stage=stage.name,
        between=other.name,
        name=name,
    )
