"""What stages do to the notebook's names: predicted from the source, later known from what a run proved.

Nothing here runs code or decides what a stage needs; ``slicing`` does the latter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_mlpipe.notebook.pipeline import STAR, Pipeline, Stage, Statement


@dataclass(frozen=True, slots=True)
class Written:
    """A value that a stage leaves under a name."""

    bundle: frozenset[str] = frozenset()
    """Names stored together with it, because they share memory or identity."""
    requires: tuple[str, ...] = ()
    """Names of the notebook that must stand before the value is loaded."""
    uses: tuple[str, ...] = ()
    """Names of the notebook that the value's functions read when they are called."""
    patch: bool = False
    """Only the state of a class, whose statement must run first."""
    rank: int = 0
    """Among the values of its stage: the order in which they can be loaded."""


@dataclass(frozen=True)
class Effects:
    """What a stage does to the notebook's names."""

    final: bool
    """False while only predicted."""
    writes: Mapping[str, Written] = field(default_factory=dict)
    deletes: frozenset[str] = frozenset()
    wild: bool = False
    """Predicted to write any name (``exec``, ``%run``)."""


def is_definition(pipeline: Pipeline, statement: Statement) -> bool:
    """Whether later stages get this statement as code, not its result as a value."""
    return statement.position in pipeline.definitions


def defined_names(pipeline: Pipeline, stage: Stage) -> frozenset[str]:
    """Names of a stage that later stages get as code: bound by definitions and by nothing else in the stage."""
    defined: set[str] = set()
    other: set[str] = set()
    for statement in stage.statements:
        if is_definition(pipeline, statement):
            defined |= statement.binds
        else:
            other |= statement.binds | statement.mutates
    return frozenset(defined - other - {STAR})


def predict(pipeline: Pipeline, stage: Stage, assigned_by_calls: Mapping[str, frozenset[str]]) -> Effects:
    """What the source of a stage says it will do.

    Parameters
    ----------
    pipeline, stage
        The notebook and the stage.
    assigned_by_calls
        Globals that calling a function may assign, from :func:`assigned_by_calls`.
    """
    writes: set[str] = set()
    deletes: set[str] = set()
    for statement in stage.statements:
        if not is_definition(pipeline, statement):
            writes |= statement.binds | statement.mutates
            writes -= statement.deletes
            deletes |= statement.deletes
        for name in statement.reads | statement.deferred:
            writes |= assigned_by_calls.get(name, frozenset())
    writes |= set(stage.options.outputs)
    return Effects(
        final=False,
        writes={name: Written() for name in writes - defined_names(pipeline, stage) - {STAR}},
        deletes=frozenset(deletes - writes),
        wild=any(statement.opaque for statement in stage.statements),
    )


def assigned_by_calls(pipeline: Pipeline) -> dict[str, frozenset[str]]:
    """For each name of a function: the globals that calling it may assign, through what it calls too."""
    direct: dict[str, set[str]] = defaultdict(set)
    calls: dict[str, set[str]] = defaultdict(set)
    for statement in pipeline.statements:
        for name in statement.binds:
            direct[name] |= statement.deferred_binds
            calls[name] |= statement.deferred
    if not any(direct.values()):
        return {}
    result: dict[str, frozenset[str]] = {}
    for name in direct:
        seen, todo, binds = {name}, [name], set()
        while todo:
            current = todo.pop()
            binds |= direct.get(current, set())
            for callee in calls.get(current, ()):
                if callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
        if binds:
            result[name] = frozenset(binds)
    return result
