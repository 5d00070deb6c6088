"""A notebook that stands where a stage of a run failed.

Not for how it is laid out (``notebook.debug_copy``), nor for where it is written: that is the caller's matter.
"""

from __future__ import annotations

from typing import Any

from jupyter_mlpipe.errors import UnknownStageError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.recorded_notebook import recorded_pipeline
from jupyter_mlpipe.execution.run_facts import find_run, latest_by_stage
from jupyter_mlpipe.notebook.debug_copy import debug_copy
from jupyter_mlpipe.notebook.suggest import nearest


def debug_notebook(context: RunContext, run_id: str, stage: str) -> dict[str, Any]:
    """A notebook to step through a stage as it was in a run, with its inputs; to be put beside the source.

    Parameters
    ----------
    context
        The workspace.
    run_id
        The run's id, the beginning of one, or ``latest``.
    stage
        A stage that ended in it; also a plain cell's, ``cell-N``.

    Returns
    -------
    dict
        JSON of nbformat 4.5.

    Raises
    ------
    UnknownRunError
        There is no such run.
    UnknownStageError
        The stage did not start in it.
    BrokenNotebookError
        Neither the executed notebook nor the source is there as the run had it.
    """
    run = find_run(context.ledger, run_id)
    facts = latest_by_stage(context.ledger, run.id)
    fact = facts.get(stage)
    if fact is None or not fact.components:
        raise UnknownStageError(
            f"stage `{stage}` did not start in run {run.id}",
            hint=nearest(stage, [name for name, found in facts.items() if found.components], "stages that did are"),
            stage=stage,
            run=run.id,
        )
    pipeline = recorded_pipeline(context, run, stage)
    return debug_copy(
        pipeline,
        pipeline.stage(stage),
        name=run.pipeline,
        run=run.id,
        source=run.notebook,
        parameters={**pipeline.injected, **run.parameters},
        error=fact.error,
    )
