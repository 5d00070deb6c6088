"""The state of a run as transactions over the notebook's names, ambient states and files.

Each stage reads the versions that the last stage above it wrote. The board holds what every stage has done so far,
answers which version a stage must see, and notices when one that has run, or is running, saw another. It starts
nothing, stores nothing and waits for nothing: the plan and the runner ask it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from jupyter_mlpipe.errors import CycleError
from jupyter_mlpipe.execution.order import order_edges
from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.notebook.effects import Effects, Written
from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
from jupyter_mlpipe.notebook.slicing import Slice, Slicer
from jupyter_mlpipe.notebook.split import check_split
from jupyter_mlpipe.store.artifacts import Artifact, StageManifest


class State(StrEnum):
    """Where a stage of a run stands."""

    PENDING = "pending"
    """Not started; what it needs may not be known yet."""
    DOUBTFUL = "doubtful"
    """It failed, but a stage above may still change what it read."""
    LEASED_ELSEWHERE = "leased elsewhere"
    """Another run computes the very same stage now."""
    RUNNING = "running"
    DONE = "done"
    """Its result is known and, as far as the board knows, right."""
    FAILED = "failed"
    REFUSED = "refused"
    """It ran, and a gate or a check stops what follows."""
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


SETTLED = frozenset({State.DONE, State.FAILED, State.REFUSED, State.SKIPPED, State.CANCELLED})


@dataclass
class Unit:
    """A stage and how far the run got with it."""

    stage: Stage
    index: int
    state: State = State.PENDING
    manifest: StageManifest | None = None
    key: str = ""
    hit: bool = False
    seen_reads: set[str] = field(default_factory=set)
    """Names that it turned out to read, though its source does not show it."""
    draws: set[str] = field(default_factory=set)
    """Random states that it is known to draw from."""
    also_wanted: set[str] = field(default_factory=set)
    """Names that it must keep because a stage below turned out to read them."""
    waits: frozenset[str] = frozenset()
    """Stages it waited for when last looked at."""
    runs: int = 0
    """How often it was started in this run, retries not counted."""

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.stage.name

    @property
    def done(self) -> bool:
        """Whether its result is known."""
        return self.state in (State.DONE, State.REFUSED) and self.manifest is not None


@dataclass(frozen=True)
class View:
    """What a stage sees when it starts: its slice with a version for everything it reads."""

    slice: Slice
    artifacts: Mapping[tuple[str, tuple[str, ...]], Artifact]
    """The stored value behind each load, by stage and names."""
    ambient: Mapping[str, Mapping[str, Any]]
    """Ambient states that differ from a fresh kernel's, random states included."""

    def inputs(self) -> Iterator[tuple[str, str, Artifact]]:
        """Label, name and artifact of each; the label is the name, with its stage where two versions are read."""
        seen: set[str] = set()
        for load in self.slice.loads:
            artifact = self.artifacts[load.stage, load.names]
            for name in load.names:
                yield (f"{name}@{load.stage}" if name in seen else name), name, artifact
                seen.add(name)


class Board:
    """All stages of one run of a pipeline.

    Parameters
    ----------
    pipeline
        The notebook, read.
    slicer
        Its slicer.
    until
        Leave out every stage below this one.

    Raises
    ------
    CycleError
        When stages wait for each other.
    """

    def __init__(self, pipeline: Pipeline, slicer: Slicer, until: str | None = None) -> None:
        self.pipeline = pipeline
        self.slicer = slicer
        last = pipeline.stage(until).start if until else float("inf")
        stages = [stage for stage in pipeline.stages if stage.start <= last]
        self.units = [Unit(stage, index) for index, stage in enumerate(stages)]
        self.by_name = {unit.name: unit for unit in self.units}
        self.effects: dict[str, Effects] = {}
        self._ambient_writers: list[Unit] = []
        self._file_writers: list[Unit] = []
        self._order = order_edges(stages)
        self._after = {stage.name: frozenset(stage.options.after) & self.by_name.keys() for stage in stages}
        check_split(pipeline, slicer, self.effects)
        self._refuse_cycles()

    # -- what a stage needs ----------------------------------------------------------------------------------------

    def slice(self, unit: Unit) -> Slice:
        """The stage's slice by what is known now."""
        return self.slicer.slice(unit.stage, self.effects, unit.seen_reads)

    def waits(self, unit: Unit, piece: Slice) -> frozenset[str]:
        """Stages that must be done before this one can start."""
        ordered = {name for name in self._order[unit.name] if self.by_name[name].state not in SETTLED}
        return piece.waits | ordered | {name for name in self._after[unit.name] if not self.by_name[name].done}

    def keep_order(self, unit: Unit, states: frozenset[str]) -> None:
        """Note that a stage is known to change ambient states: those who meet them below wait for it."""
        for other in self.after(unit):
            if states - RANDOM_STATES or states & other.draws:
                self._order[other.name] |= {unit.name}

    def view(self, unit: Unit, piece: Slice) -> View:
        """The versions that a slice without waits reads."""
        artifacts = {}
        for load in piece.loads:
            manifest = self.by_name[load.stage].manifest
            if manifest is not None:
                artifacts[load.stage, load.names] = artifact_of(manifest, load.names[0])
        return View(piece, artifacts, self.ambient_before(unit))

    def ambient_before(self, unit: Unit) -> dict[str, Mapping[str, Any]]:
        """Ambient states as the stages above leave them."""
        states: dict[str, Mapping[str, Any]] = {}
        for writer in self._ambient_writers:
            if writer.index < unit.index and writer.manifest is not None:
                states.update(writer.manifest.ambient)
        return states

    def files_before(self, unit: Unit) -> dict[str, Mapping[str, Any] | None]:
        """Files as the stages above leave them, by location; None for one they delete."""
        files: dict[str, Mapping[str, Any] | None] = {}
        for writer in self._file_writers:
            if writer.index < unit.index and writer.manifest is not None:
                files.update(writer.manifest.files_written)
        return files

    # -- what a stage did ------------------------------------------------------------------------------------------

    def settle(self, unit: Unit, manifest: StageManifest) -> bool:
        """Take in a stage's result.

        Returns
        -------
        bool
            Whether it did something that was not expected, so that stages below may have read old versions.
        """
        before = self.effects.get(unit.name) or self.slicer.predicted[unit.name]
        unit.manifest = manifest
        effects = effects_of(manifest)
        self.effects[unit.name] = effects
        self.slicer.learn(unit.name, effects.writes)
        self.slicer.learn(unit.name, effects.deletes)
        for writers, wrote in ((self._ambient_writers, manifest.ambient), (self._file_writers, manifest.files_written)):
            if wrote and unit not in writers:
                writers.append(unit)
                writers.sort(key=lambda writer: writer.index)
        check_split(self.pipeline, self.slicer, self.effects, only=unit.name)
        same = set(effects.writes) == set(before.writes) and effects.deletes == before.deletes
        return not same or bool(manifest.ambient) or bool(manifest.files_written)

    def reopen(self, unit: Unit) -> None:
        """Forget a stage's result: it read a version that is no longer the right one."""
        unit.state = State.PENDING
        unit.manifest = None
        unit.hit = False
        self.effects.pop(unit.name, None)

    def disown(self, unit: Unit, name: str) -> None:
        """Note that others get a name of a stage as code, not as its value."""
        known = self.effects[unit.name]
        writes = {other: written for other, written in known.writes.items() if other != name}
        self.effects[unit.name] = replace(known, writes=writes)

    def after(self, unit: Unit) -> list[Unit]:
        """The stages below."""
        return self.units[unit.index + 1 :]

    def all_done_before(self, unit: Unit) -> bool:
        """Whether every stage above has its result, so that nothing can change what this one reads."""
        return all(other.state in SETTLED for other in self.units[: unit.index])

    def edges(self) -> dict[str, frozenset[str]]:
        """For each stage, the stages it must come after, by what is known now."""
        edges = {}
        for unit in self.units:
            piece = self.slice(unit)
            loads = {load.stage for load in piece.loads}
            ordered = self._order[unit.name] | self._after[unit.name]
            edges[unit.name] = frozenset(loads | piece.waits | ordered) & self.by_name.keys()
        return edges

    def _refuse_cycles(self) -> None:
        edges = {name: set(before) for name, before in self.edges().items()}
        while edges:
            free = [name for name, before in edges.items() if not before & edges.keys()]
            if not free:
                names = _one_cycle(edges)
                raise CycleError(
                    f"stages {' → '.join(names)} need each other",
                    hint="give the cells of the stage that stands on both sides two names, or drop the --after",
                    stages=names,
                )
            for name in free:
                del edges[name]


def artifact_of(manifest: StageManifest, name: str) -> Artifact:
    """The artifact that holds a name. Raises ``KeyError``."""
    for artifact in manifest.artifacts:
        if name in artifact.names:
            return artifact
    raise KeyError(name)


def effects_of(manifest: StageManifest) -> Effects:
    """What a result says about the names."""
    stored = {
        name: Written(
            bundle=frozenset(artifact.names),
            requires=artifact.requires,
            uses=artifact.uses,
            rank=rank,
            patch=name in artifact.meta.get("patches", ()),
        )
        for rank, artifact in enumerate(manifest.artifacts)
        for name in artifact.names
    }
    lost = {name: Written() for name in manifest.changed if name not in stored}
    return Effects(final=True, writes=stored | lost, deletes=frozenset(manifest.deleted))


def _one_cycle(edges: Mapping[str, set[str]]) -> list[str]:
    name = next(iter(edges))
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = next(before for before in sorted(edges[name]) if before in edges)
    cycle = path[path.index(name) :]
    return [*cycle, cycle[0]]
