"""What a stage in a live kernel sees, as a run would see it: its slice, its inputs, its key.

A run's key says: this code, after this setup, with these inputs. A live kernel may hold something else, since cells can
be run in any order and more than once. So everything that the key claims is checked against the kernel: values are
digested as they are now, definitions are made again and compared, ambient states are compared with what the cells above
left. Where that fails, there is an *obstacle*: the stage runs as plain Python would, and nothing is kept.

Nothing is executed for its effect and nothing is published here.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_mlpipe.errors import UnstorableError
from jupyter_mlpipe.execution.board import View, effects_of
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.definitions import unchanged_definitions
from jupyter_mlpipe.execution.findings import code_digest
from jupyter_mlpipe.execution.name_changes import user_names
from jupyter_mlpipe.execution.parameters import effective_parameters
from jupyter_mlpipe.execution.recipe import InputValue, Surroundings, components
from jupyter_mlpipe.ledger.findings import recall
from jupyter_mlpipe.magics.live_ambient import ambient_above, changed_elsewhere
from jupyter_mlpipe.magics.live_notebook import LivePipeline
from jupyter_mlpipe.notebook.effects import Effects
from jupyter_mlpipe.notebook.pipeline import STAR, Kind, Stage, Statement
from jupyter_mlpipe.notebook.slicing import PROVIDED, Load, Replay, SetParameter, Slice, Slicer
from jupyter_mlpipe.store.artifacts import Artifact, StageManifest
from jupyter_mlpipe.store.keys import stage_key
from jupyter_mlpipe.store.sharing import bundles

_ROUNDS = 5


@dataclass(frozen=True)
class LiveView:
    """A stage with everything that its key needs."""

    live: LivePipeline
    stage: Stage
    slicer: Slicer
    view: View
    parts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    obstacle: str = ""
    """Why its result cannot be kept, as the rest of a sentence; then there is no key."""

    @property
    def provided(self) -> frozenset[str]:
        """Names that its slice gives it."""
        return frozenset(_provided(self.view.slice))

    @property
    def bound(self) -> frozenset[str]:
        """Names that its own statements bind."""
        return frozenset({name for s in self.stage.statements for name in s.binds} - {STAR})

    @property
    def wanted_below(self) -> frozenset[str] | None:
        """Names that cells below read; None where the file is not known, so that any may be."""
        return self.slicer.wanted(self.stage) if self.live.complete else None


def look(
    live: LivePipeline,
    stage: Stage,
    namespace: MutableMapping[str, object],
    context: RunContext,
    *,
    surroundings: Surroundings,
    now: Mapping[str, Any],
) -> LiveView:
    """What a stage sees now.

    Parameters
    ----------
    live, stage
        The notebook and the stage of the current cell.
    namespace
        The user's.
    context, surroundings
        The workspace and the place of the project's modules.
    now
        Ambient states as they are.
    """
    parameters = effective_parameters(live.pipeline, {})
    slicer = Slicer(live.pipeline, parameters)
    found = recall(context.ledger, [code_digest(stage)])
    extra = {name for findings in found.values() for finding in findings for name in finding.get("reads", ())}
    inputs = _Inputs(live, slicer, namespace, context)
    try:
        piece, artifacts = inputs.settle(stage, extra)
    except _ObstacleError as reason:
        piece = slicer.slice(stage, inputs.effects, extra)
        return LiveView(live, stage, slicer, View(piece, {}, {}), obstacle=str(reason))
    view = View(piece, artifacts, ambient_above(live, stage, context.store, namespace, context.root))
    obstacle = (
        _unexplained(stage, piece, namespace)
        or _changed_definition(piece, namespace, context)
        or changed_elsewhere(live, stage, now)
    )
    if obstacle:
        return LiveView(live, stage, slicer, view, obstacle=obstacle)
    parts = components(
        live.pipeline,
        stage,
        piece,
        inputs=[InputValue.of(*value) for value in view.inputs()],
        ambient=view.ambient,
        parameters=parameters,
        surroundings=surroundings,
    )
    return LiveView(live, stage, slicer, view, parts, stage_key(parts))


class _ObstacleError(Exception):
    """A value that the key needs is not to be had."""


class _Inputs:
    """The stored values that a stage reads, made from the kernel's own."""

    def __init__(
        self, live: LivePipeline, slicer: Slicer, namespace: MutableMapping[str, object], context: RunContext
    ) -> None:
        self.live = live
        self.slicer = slicer
        self.namespace = namespace
        self.store = context.store
        self.names = set(user_names(namespace))
        self.effects: dict[str, Effects] = {}
        self.known: dict[tuple[str, str], Artifact] = {}
        for unit in live.pipeline.stages:
            records = [live.records.get(cell) for cell in unit.cells]
            manifest = records[-1].manifest if records and records[-1] is not None else None
            if manifest is not None:
                self.effects[unit.name] = effects_of(manifest)
                self._take(unit.name, [artifact for artifact in manifest.artifacts if self._is_now(artifact)])
            else:
                self.effects[unit.name] = replace(slicer.predicted[unit.name], final=True, wild=False)
            slicer.learn(unit.name, self.effects[unit.name].writes)
        slicer.wild.clear()

    def settle(self, stage: Stage, extra: set[str]) -> tuple[Slice, dict[tuple[str, tuple[str, ...]], Artifact]]:
        """The slice with an artifact for each load."""
        for _ in range(_ROUNDS):
            piece = self.slicer.slice(stage, self.effects, extra)
            missing = {
                load.stage: name for load in piece.loads for name in load.names if (load.stage, name) not in self.known
            }
            if not missing:
                artifacts = {(load.stage, load.names): self.known[load.stage, load.names[0]] for load in piece.loads}
                return piece, artifacts
            self._one_version_each(piece)
            for writer in missing:
                self._describe(writer, {name for load in piece.loads if load.stage == writer for name in load.names})
        raise _ObstacleError("what its inputs need cannot be settled")

    def _one_version_each(self, piece: Slice) -> None:
        seen: dict[str, str] = {}
        for load in piece.loads:
            for name in load.names:
                if seen.setdefault(name, load.stage) != load.stage:
                    raise _ObstacleError(f"it needs `{name}` as it was before `{load.stage}` changed it")

    def _describe(self, writer: str, needed: set[str]) -> None:
        """Store what a unit left, as a run would have."""
        gone = sorted(needed - self.names)
        if gone:
            raise _ObstacleError(f"`{gone[0]}`, which `{writer}` makes, is not in this kernel: run its cell first")
        unit = self.live.pipeline.stage(writer)
        own = _provided(self.slicer.slice(unit, self.effects)) | set(self.effects[writer].writes)
        own |= {name for statement in unit.statements for name in statement.binds}
        wanted = self.slicer.wanted(unit)
        asked = (own if wanted is None else own & wanted) & self.names | needed
        values = {name: self.namespace[name] for name in sorted(asked)}
        together = {name for group in bundles(values, self.namespace) if needed & set(group) for name in group}
        kept, refused = self.store.save_values({name: values[name] for name in sorted(together)}, self.namespace)
        for name in sorted(needed & refused.keys()):
            raise _ObstacleError(_cannot_store(name, refused[name]))
        self._take(writer, kept)
        left = StageManifest(
            key="",
            stage=writer,
            pipeline=self.live.pipeline.name,
            components={},
            artifacts=tuple(kept),
            changed=tuple(sorted({*self.effects[writer].writes, *together})),
        )
        known = self.effects[writer].writes
        self.effects[writer] = replace(self.effects[writer], writes={**known, **effects_of(left).writes})
        self.slicer.learn(writer, together)

    def _take(self, writer: str, artifacts: Sequence[Artifact]) -> None:
        self.known.update({(writer, name): artifact for artifact in artifacts for name in artifact.names})

    def _is_now(self, artifact: Artifact) -> bool:
        """Whether the kernel's values are still what the artifact holds."""
        if not set(artifact.names) <= self.names:
            return False
        values = {name: self.namespace[name] for name in artifact.names}
        try:
            if len(values) == 1:
                name, value = next(iter(values.items()))
                return self.store.content_digest(name, value, self.namespace) == artifact.content
            again, refused = self.store.save_values(values, self.namespace)
        except UnstorableError:
            return False
        return not refused and len(again) == 1 and again[0].content == artifact.content


def _provided(piece: Slice) -> set[str]:
    names: set[str] = set()
    for step in piece.steps:
        if isinstance(step, Replay):
            names |= step.statement.binds | step.statement.mutates
        elif isinstance(step, Load):
            names |= set(step.names)
        else:
            names.add(step.name)
    return names


def _unexplained(stage: Stage, piece: Slice, namespace: Mapping[str, object]) -> str:
    """A name that the stage would read from this kernel although no cell above makes it."""
    here = set(user_names(namespace)) - PROVIDED
    for name in piece.undefined:
        if name in here:
            return f"it reads `{name}`, which no cell above makes"
    provided = _provided(piece)
    if STAR in provided:
        return ""
    bound = {name for s in stage.statements for name in s.binds}
    read: set[str] = set()
    for statement in (*stage.statements, *piece.statements):
        read |= statement.reads | statement.deferred | statement.mutates
    loose = sorted((read & here) - provided - bound)
    return f"it reads `{loose[0]}`, which no cell above makes" if loose else ""


def _changed_definition(piece: Slice, namespace: MutableMapping[str, object], context: RunContext) -> str:
    """A function, class or constant that is not what the cells above make."""
    last: dict[str, Statement | None] = {}
    definitions: list[dict[str, Any]] = []
    for step in piece.steps:
        if isinstance(step, Replay):
            statement = step.statement
            last.update(dict.fromkeys(statement.binds, statement))
            if statement.kind is not Kind.CONFIGURE and not statement.seeds and STAR not in statement.binds:
                definitions.append({"run": statement.source, "binds": sorted(statement.binds)})
        elif isinstance(step, SetParameter):
            last[step.name] = None
        else:
            last.update(dict.fromkeys(step.names, None))
    checked = {name: s for name, s in last.items() if s is not None and name != STAR}
    checked = {name: s for name, s in checked.items() if s.kind is not Kind.CONFIGURE and not s.seeds}
    same = unchanged_definitions(definitions, namespace, context.store) if checked else set()
    for name, statement in checked.items():
        if name not in same:
            what = "is not in this kernel" if name not in namespace else "is not what the cell above makes"
            return f"`{name}` {what} ({statement.label}): run that cell again"
    return ""


def _cannot_store(name: str, error: UnstorableError) -> str:
    text = error.message
    return text if f"`{name}`" in text else f"`{name}` cannot be stored: {text}"
