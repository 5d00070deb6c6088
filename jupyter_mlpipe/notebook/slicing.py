"""What a stage needs before its own cells run: the least prologue that gives it the notebook's state at its place.

The linear meaning decides every question here: a name read at a position has the value that the last binding above it
gave, with all later changes. A binding comes either from a *replayable* statement, which simply runs again, or from a
stage, whose stored value is loaded. The prologue is the list of both in notebook order, so that even two versions of
one name come out right.

This module knows no store and runs nothing: what stages wrote is told to it as :class:`Effects`, first predicted from
the source, later known from what was proved at run time.
"""

from __future__ import annotations

import bisect
import builtins
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jupyter_mlpipe.notebook.effects import Effects, assigned_by_calls, is_definition, predict
from jupyter_mlpipe.notebook.pipeline import STAR, Kind, Pipeline, Stage, Statement

PROVIDED = frozenset(dir(builtins)) | {
    "get_ipython",
    "display",
    "exit",
    "quit",
    "open",
    "__name__",
    "__doc__",
    "__builtins__",
    "__spec__",
    "__file__",
    "__loader__",
    "__package__",
}
"""Names that every IPython kernel has without anyone's doing."""

HISTORY = re.compile(r"^(_{1,3}|_i{1,3}|_\d+|_i\d+|In|Out|_ih|_oh|_dh)$")
"""Names under which IPython keeps the session's history."""


_RANK = 1e-4
"""Sets the values of one stage apart in the order of a prologue, whose whole numbers are the notebook's positions."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A statement that runs again in the stage's kernel."""

    statement: Statement

    @property
    def order(self) -> float:
        """Its place in the notebook."""
        return float(self.statement.position)


@dataclass(frozen=True, slots=True)
class SetParameter:
    """A parameter that the run was given, set where papermill would inject it."""

    name: str
    order: float


@dataclass(frozen=True, slots=True)
class Load:
    """A stored value of an earlier stage, with the names to bind from it."""

    stage: str
    names: tuple[str, ...]
    order: float


Step = Replay | SetParameter | Load


@dataclass(frozen=True)
class Slice:
    """What must happen in a kernel before a stage's own cells."""

    steps: tuple[Step, ...]
    waits: frozenset[str]
    """Stages that are predicted to write something needed here and are not final yet."""
    undefined: Mapping[str, Statement]
    """Names read for certain that nothing above defines, with the first statement that reads them."""

    @property
    def loads(self) -> tuple[Load, ...]:
        """The stored values among the steps."""
        return tuple(step for step in self.steps if isinstance(step, Load))

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that run again."""
        return tuple(step.statement for step in self.steps if isinstance(step, Replay))


class Slicer:
    """Answers, for one pipeline, what each stage needs.

    Parameters
    ----------
    pipeline
        The notebook, read.
    overrides
        Names of the parameters whose values were given for this run.

    Notes
    -----
    Construction is linear in the notebook. A slice costs time in proportion to its own size, not to the notebook's,
    except for stages that may read any name.
    """

    def __init__(self, pipeline: Pipeline, overrides: Iterable[str] = ()) -> None:
        self.pipeline = pipeline
        self.overrides = frozenset(overrides)
        self.replays: dict[str, list[Statement]] = defaultdict(list)
        self.stars: list[Statement] = []
        self.configures: list[Statement] = []
        self.forced: set[int] = set()
        self.writers: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.override_order = self._parameters_end()
        assigned = assigned_by_calls(pipeline)
        for statement in pipeline.statements:
            if is_definition(pipeline, statement):
                self._index(statement)
        self.predicted = {stage.name: predict(pipeline, stage, assigned) for stage in pipeline.stages}
        for stage in pipeline.stages:
            self.learn(stage.name, self.predicted[stage.name].writes)
            self.learn(stage.name, self.predicted[stage.name].deletes)
        self.spread = [stage for stage in pipeline.stages if len(stage.cells) > 1]
        self.wild = [stage for stage in pipeline.stages if self.predicted[stage.name].wild]
        self.asked = [(s.start, (*s.options.inputs, *s.looked_at)) for s in pipeline.stages]

    # -- what is known ---------------------------------------------------------------------------------------------

    def learn(self, stage: str, names: Iterable[str]) -> None:
        """Note that a stage writes names, beyond what its source shows."""
        end = self.pipeline.stage(stage).end
        for name in names:
            entry = (end, stage)
            writers = self.writers[name]
            if entry not in writers:
                bisect.insort(writers, entry)

    def replay_instead(self, stage: str, name: str) -> bool:
        """Give a plain cell's value to others as code, since it cannot be stored.

        Returns
        -------
        bool
            False where that is not possible: an explicit stage, or nothing there binds the name in one statement.
        """
        unit = self.pipeline.stage(stage)
        binders = [s for s in unit.statements if name in s.binds and s.kind is Kind.BIND]
        if not unit.implicit or len(binders) != 1 or binders[0].position in self.forced:
            return False
        self.forced.add(binders[0].position)
        self.replays[name].append(binders[0])
        self.replays[name].sort(key=lambda s: s.position)
        self.writers[name] = [entry for entry in self.writers[name] if entry[1] != stage]
        return True

    def wanted(self, stage: Stage) -> frozenset[str] | None:
        """Names that anything after a stage's first cell may read; None for every name."""
        names: set[str] = {*stage.options.outputs, *stage.kept}
        own = set(stage.cells)
        for statement in reversed(self.pipeline.statements):
            if statement.position <= stage.start:
                break
            if statement.cell in own:
                continue
            if statement.opaque:
                return None
            names |= statement.reads | statement.deferred | statement.mutates | statement.deletes
        return frozenset(names).union(*(asked for start, asked in self.asked if start > stage.start))

    # -- slicing ---------------------------------------------------------------------------------------------------

    def slice(self, stage: Stage, effects: Mapping[str, Effects], extra: Iterable[str] = ()) -> Slice:
        """The prologue of a stage, given what the stages before it do.

        Parameters
        ----------
        stage
            The stage.
        effects
            By stage name. A stage that is missing counts as predicted.
        extra
            Names the stage was seen to read although its source does not show it.
        """
        return _Slicing(self, stage, effects).run(extra)

    def names_before(self, position: float) -> set[str]:
        """Every name that something above a position may bind."""
        names = {name for name, found in self.replays.items() if found and found[0].position < position}
        names |= {name for name, found in self.writers.items() if found and found[0][0] < position}
        if self.override_order < position:
            names |= self.overrides
        return names - {STAR}

    # -- construction ----------------------------------------------------------------------------------------------

    def _index(self, statement: Statement) -> None:
        for name in statement.binds | statement.mutates:
            self.replays[name].append(statement)
        if STAR in statement.binds:
            self.stars.append(statement)
        elif statement.kind is Kind.CONFIGURE:
            self.configures.append(statement)

    def _parameters_end(self) -> float:
        positions = [s.position for s in self.pipeline.statements if s.cell == self.pipeline.parameters_cell]
        return max(positions) + 0.25 if positions else -0.5


class _Slicing:
    """One slice in the making: a worklist of names at positions."""

    def __init__(self, slicer: Slicer, stage: Stage, effects: Mapping[str, Effects]) -> None:
        self.slicer = slicer
        self.stage = stage
        self.effects = effects
        self.replays: dict[int, Statement] = {}
        self.parameters: set[str] = set()
        self.loads: dict[tuple[str, frozenset[str], float], set[str]] = {}
        self.orders: dict[tuple[str, frozenset[str], float], float] = {}
        self.waits: set[str] = set()
        self.undefined: dict[str, Statement] = {}
        self.done: set[tuple[str, float]] = set()
        self.todo: list[tuple[str, float, Statement | None]] = []

    def run(self, extra: Iterable[str]) -> Slice:
        slicer, stage = self.slicer, self.stage
        start = float(stage.start)
        self._own_needs()
        for name in (*stage.options.inputs, *stage.looked_at, *extra):
            self.todo.append((name, start, None))
        for statement in slicer.configures:
            if statement.position < start and statement.cell not in stage.cells:
                self._replay(statement, start)
        if any(statement.opaque for statement in stage.statements):
            earlier = [s for s in slicer.pipeline.stages if s.end < start]
            self.waits |= {s.name for s in earlier if not self._of(s.name).final}
            self.todo += [(name, start, None) for name in slicer.names_before(start)]
        while self.todo:
            name, position, reader = self.todo.pop()
            if (name, position) not in self.done:
                self.done.add((name, position))
                self._need(name, position, reader)
        steps: list[Step] = [Replay(statement) for statement in self.replays.values()]
        steps += [SetParameter(name, slicer.override_order) for name in self.parameters]
        steps += [Load(key[0], tuple(sorted(names)), self.orders.get(key, key[2])) for key, names in self.loads.items()]
        steps.sort(key=lambda step: step.order)
        return Slice(tuple(steps), frozenset(self.waits), self.undefined)

    def _own_needs(self) -> None:
        bound: set[str] = set()
        bound_anywhere = {name for s in self.stage.statements for name in s.binds}
        for statement in self.stage.statements:
            position = float(statement.position)
            for name in statement.reads | statement.mutates | statement.deletes:
                if name not in bound:
                    definite = statement.certain or HISTORY.match(name)
                    reader = statement if definite and name not in bound_anywhere else None
                    self.todo.append((name, position, reader))
            for name in statement.deferred - bound:
                self.todo.append((name, position, None))
            if statement.certain:
                bound |= statement.binds
                bound -= statement.deletes

    def _need(self, name: str, position: float, reader: Statement | None) -> None:
        found = False
        for candidate in self._above(name, position):
            found = True
            if isinstance(candidate, Statement):
                self._replay(candidate, position)
            elif isinstance(candidate, SetParameter):
                self.parameters.add(candidate.name)
            else:
                self._load(name, candidate[1], candidate[0])
        if not found and reader is not None and name not in PROVIDED and not self._excused(position):
            self.undefined.setdefault(name, reader)

    def _excused(self, position: float) -> bool:
        stars = any(star.position < position for star in self.slicer.stars)
        return stars or any(stage.start < position for stage in self.slicer.wild)

    def _above(self, name: str, position: float) -> list[Statement | SetParameter | tuple[float, str]]:
        """What gives a name its value at a position: from the last whole binding on, latest first."""
        slicer = self.slicer
        events: list[tuple[float, Statement | SetParameter | str]] = []
        events += [
            (float(statement.position), statement)
            for statement in (*slicer.replays.get(name, ()), *slicer.stars)
            if statement.position < position and statement.cell not in self.stage.cells
        ]
        if name in slicer.overrides and slicer.override_order < position:
            events.append((slicer.override_order, SetParameter(name, slicer.override_order)))
        for end, writer in slicer.writers.get(name, ()):
            if writer != self.stage.name:
                place = self._place(end, writer, position)
                if place is not None:
                    events.append((place, writer))
        events.sort(key=lambda event: event[0], reverse=True)
        for wild in slicer.wild:
            if wild.end < position and wild.name != self.stage.name and not self._of(wild.name).final:
                self.waits.add(wild.name)
        found: list[Statement | SetParameter | tuple[float, str]] = []
        patched = False
        for place, event in events:
            if isinstance(event, Statement):
                found.append(event)
                if name in event.binds and event.certain and name not in event.mutates:
                    break
            elif isinstance(event, SetParameter):
                found.append(event)
                break
            elif self._writes(event, name):
                patch = self._of(event).writes[name].patch
                if patch and self._within(event, position):
                    # What the stage left came after this statement of its own, and may need what it binds.
                    self.todo.append((name, float(self.stage.start), None))
                    continue
                if not (patch and patched):
                    found.append((place, event))
                if not patch:
                    break
                patched = True
            elif name in self._of(event).deletes:
                break
        return found

    def _within(self, writer: str, position: float) -> bool:
        return any(s.position == position for s in self.slicer.pipeline.stage(writer).statements)

    def _place(self, end: int, writer: str, position: float) -> float | None:
        """Where a stage's writes stand for a reader: after the last of its statements above the reader."""
        if end < position:
            return end + 0.5
        stage = self.slicer.pipeline.stage(writer)
        if stage.start >= position or len(stage.cells) == 1:
            return None
        return max(s.position for s in stage.statements if s.position < position) + 0.5

    def _writes(self, stage: str, name: str) -> bool:
        return name in self._of(stage).writes

    def _of(self, stage: str) -> Effects:
        return self.effects.get(stage) or self.slicer.predicted[stage]

    def _replay(self, statement: Statement, position: float) -> None:
        for name in statement.deferred:
            self.todo.append((name, position, None))
        if statement.position in self.replays:
            return
        self.replays[statement.position] = statement
        for name in statement.reads | statement.mutates:
            self.todo.append((name, float(statement.position), None))

    def _base(self, name: str, place: float) -> None:
        """The statements under a patch: older patches are in it already."""
        for candidate in self._above(name, place):
            if isinstance(candidate, Statement):
                self._replay(candidate, place)

    def _load(self, name: str, writer: str, place: float) -> None:
        effects = self._of(writer)
        if not effects.final:
            self.waits.add(writer)
            self.loads.setdefault((writer, frozenset({name}), place), set()).add(name)
            return
        written = effects.writes[name]
        names = self.loads.setdefault((writer, written.bundle | {name}, place), set())
        names.add(name)
        start = float(self.stage.start)
        for mate in written.bundle - {name}:
            # A mate is bound too where it still is that version: a change through one name must show in the other.
            above = self._above(mate, start)
            if above and above[0] == (place, writer):
                names.add(mate)
        for used in written.uses:
            self.todo.append((used, start, None))
        order = place + written.rank * _RANK
        for required in written.requires:
            if written.patch and required in written.bundle:
                self._base(required, place)
                continue
            self.todo.append((required, start, None))
            latest = self._above(required, start)
            if latest and isinstance(latest[0], tuple) and latest[0][0] > place:
                # The class has changed since, yet it is the same class: the value is one of the changed one.
                order = max(order, latest[0][0] + 0.25 + written.rank * _RANK)
            else:
                self.todo.append((required, place, None))
        self.orders[writer, written.bundle | {name}, place] = order
