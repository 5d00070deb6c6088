"""What a session must know of a stage to watch it: the same for a run's kernel and for a live one.

How the stage's surroundings are put in place (steps, files, the store) is added by ``assignment``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.board import View
from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.notebook.effects import defined_names, is_definition
from jupyter_mlpipe.notebook.pipeline import Kind, Pipeline, Stage
from jupyter_mlpipe.notebook.slicing import Load, SetParameter, Step


def stage_spec(pipeline: Pipeline, stage: Stage, view: View, *, root: Path, folder: Path) -> dict[str, Any]:
    """The part of a session's document that says what to look at, as JSON values.

    Parameters
    ----------
    pipeline, stage, view
        The notebook, the stage, and what it sees.
    root, folder
        The workspace's folder, and the one in which the kernel starts.
    """
    statements = (*stage.statements, *view.slice.statements)
    return {
        "stage": stage.name,
        "project": str(root),
        "folder": str(folder),
        "ambient": {name: dict(state) for name, state in view.ambient.items()},
        "checked": sorted(_checked(view.slice.steps)),
        "defined": _definitions(pipeline, stage),
        "replayed": sorted({name for s in view.slice.statements if s.kind is Kind.DEFINE for name in s.binds}),
        "in_kernel": dict(stage.in_kernel),
        "pinned": list(stage.options.outputs),
        "body_names": sorted({name for s in stage.statements for name in s.binds if s.kind is not Kind.IMPORT}),
        "seeds": any(s.seeds for s in statements),
        "seeded": {name: name in view.ambient for name in sorted(RANDOM_STATES)},
        "paths": sorted({path for s in statements for path in s.paths}),
    }


def _definitions(pipeline: Pipeline, stage: Stage) -> list[dict[str, Any]]:
    """Statements of the stage that later stages get as code, unless the kernel finds that their result changed."""
    names = defined_names(pipeline, stage)
    return [
        {
            "run": statement.source,
            "binds": sorted(statement.binds & names),
            # One that changes another object as well (it registers itself) must not run twice.
            "again": not statement.mutates - statement.binds,
        }
        for statement in stage.statements
        if statement.binds & names and is_definition(pipeline, statement)
    ]


def _checked(steps: Sequence[Step]) -> set[str]:
    """Names of the prologue whose values may turn out to be changed."""
    names: set[str] = set()
    for step in steps:
        if isinstance(step, Load):
            names |= set(step.names)
        elif isinstance(step, SetParameter):
            names.add(step.name)
        elif step.statement.kind is not Kind.IMPORT:
            names |= step.statement.binds
    return names
