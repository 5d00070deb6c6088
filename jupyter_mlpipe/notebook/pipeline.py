"""What a notebook means: statements, stages, parameters, and the pipeline they make.

Frozen values only. Nothing here reads a file, runs code or knows the store; ``reader`` builds these values and
``slicing`` says what a stage needs.

The linear meaning orders everything: a statement's *position* is its place when the notebook's cells are run once from
top to bottom. A *stage* is a unit that runs in one kernel: the cells that carry one stage name, or one plain cell that
must run exactly once (*implicit*). Statements that are *replayable* are definitions and constants that may run again in
any stage's kernel with the same effect; all else flows between stages as stored values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

_NONE: frozenset[str] = frozenset()

STAR = "*"
"""The name that a star import binds: any name."""


class Kind(StrEnum):
    """What a top-level statement is for."""

    IMPORT = "import"
    """Binds modules or names taken from modules."""
    DEFINE = "define"
    """Binds functions or classes whose making has no effect beyond the binding."""
    BIND = "bind"
    """Binds, changes or deletes values."""
    CONFIGURE = "configure"
    """Changes only an imported module: options, style, a patch. Belongs to every later stage."""
    EFFECT = "effect"
    """Anything else: prints, displays, writes files, calls for their effect."""
    DIRECTIVE = "directive"
    """A line of ours: ``%load_ext jupyter_mlpipe``, ``%pipeline``. Never executed in a stage."""


_FLOW_AS_CODE = frozenset({Kind.IMPORT, Kind.DEFINE, Kind.CONFIGURE})


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement of a code cell, as static reading sees it."""

    position: int
    """Order over the whole notebook, from 0."""
    cell: int
    """Index into the notebook's cells."""
    line: int
    """First line in the cell as IPython transformed it, from 1."""
    source: str
    """Python source after IPython's transformation."""
    digest: str
    """BLAKE3 of the normalised syntax tree: comments, layout and docstrings do not count."""
    kind: Kind
    label: str
    """For people: ``function fit``, ``import pandas``, ``alpha``."""
    binds: frozenset[str] = _NONE
    """Names that it binds, for certain or perhaps."""
    reads: frozenset[str] = _NONE
    """Names it reads when it runs (free names only)."""
    deferred: frozenset[str] = _NONE
    """Names read later, when a function or class that it binds is used."""
    mutates: frozenset[str] = _NONE
    """Names whose object it may change in place, as far as static reading can tell."""
    deletes: frozenset[str] = _NONE
    deferred_binds: frozenset[str] = _NONE
    """Global names assigned when a function that it binds is called (``global x``)."""
    modules: frozenset[str] = _NONE
    """Absolute names of the modules it imports, with submodules as written."""
    paths: frozenset[str] = _NONE
    """String literals that could name a file."""
    certain: bool = True
    """Whether ``binds`` happens whenever the statement runs (False inside ``if``, ``try``, loops)."""
    replayable: bool = False
    """Whether running it again in another kernel has the same effect and no other."""
    opaque: bool = False
    """Whether it may read or bind any name: ``exec``, ``globals()``, ``%run``."""
    displays: bool = False
    """Whether it is the cell's last expression and not ended by ``;``."""
    seeds: bool = False
    """Whether it may seed a global random state."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name of the cell tagged ``parameters``, with its default."""

    name: str
    default_source: str
    default: Any = None
    """The default as a JSON value; None also where the source is not a literal (see ``literal``)."""
    literal: bool = True
    annotation: str | None = None
    help: str | None = None
    """The comment that ends the line, as papermill reads it."""


@dataclass(frozen=True, slots=True)
class StageOptions:
    """What a ``%%stage`` line asks for besides its name."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Declared input files (``--file``), relative to the notebook's folder; globs allowed."""
    gpus: float = 0.0
    cpus: float = 1.0
    memory: int = 0
    """Bytes; 0 asks for nothing."""
    max_memory: int = 0
    """Bytes up to which it is tried again with more after it ran out of memory; 0 for never."""
    retries: int = 0
    backoff: float = 1.0
    """Seconds before the first retry; doubles with each."""
    timeout: float | None = None
    """Seconds."""
    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] = ()
    """Whom to tell after the owner, in order."""
    labels: tuple[tuple[str, str], ...] = ()
    """What its cost counts for, besides its team: keys with their values."""
    cache: bool = True
    """``--no-cache`` makes the stage run each time."""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What stage hooks added to the line, by option name (``gate``)."""


class Answerable(NamedTuple):
    """Who answers for a stage, by names that ``owners.toml`` may know."""

    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] = ()
    """Whom to tell after the owner, in order."""


@dataclass(frozen=True)
class Stage:
    """A unit that runs in one kernel."""

    name: str
    cells: tuple[int, ...]
    """Indices of its code cells in the notebook, ascending."""
    statements: tuple[Statement, ...]
    options: StageOptions = StageOptions()
    implicit: bool = False
    """A plain cell that must run exactly once. Its name is ``cell-N`` with N its index in the notebook."""
    kept: frozenset[str] = _NONE
    """Names that stage hooks look at and that the stage binds or changes: stored, whoever else reads them."""
    looked_at: tuple[str, ...] = ()
    """Names that stage hooks look at and that the stage only reads."""
    in_kernel: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """What stage hooks do in its kernel after the cells: JSON by the hook's name."""
    guards: frozenset[str] = _NONE
    """Names that they check or change there: whoever reads one below gets nothing if the stage is refused."""

    @cached_property
    def start(self) -> int:
        """Position of the first statement (or -1 where the stage is empty)."""
        return self.statements[0].position if self.statements else -1

    @cached_property
    def end(self) -> int:
        """Position of the last statement (or -1 where the stage is empty)."""
        return self.statements[-1].position if self.statements else -1


@dataclass(frozen=True)
class Pipeline:
    """A notebook, read."""

    name: str
    path: str
    """The notebook's path, absolute where it has one, else empty."""
    notebook: Mapping[str, Any]
    """The notebook as parsed JSON (nbformat 4), as it was read; never changed."""
    statements: tuple[Statement, ...]
    """All statements of all code cells in notebook order."""
    stages: tuple[Stage, ...]
    """Explicit and implicit, ordered by their first cell."""
    parameters: tuple[Parameter, ...] = ()
    parameters_cell: int | None = None
    injected: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Values found in a cell tagged ``injected-parameters`` (papermill put them there)."""
    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    kernel_name: str = "python3"

    def stage(self, name: str) -> Stage:
        """The stage of this name. Raises ``KeyError``."""
        return self._by_name[name]

    def answerable(self, options: StageOptions) -> Answerable:
        """Who answers for a stage: what its line says, and the pipeline's line where that says nothing."""
        return Answerable(options.owner or self.owner, options.team or self.team, options.escalate or self.escalate)

    def labels_of(self, options: StageOptions) -> dict[str, str]:
        """A stage's labels: the pipeline's, and its own over them."""
        return {**dict(self.labels), **dict(options.labels)}

    @cached_property
    def _by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def stage_of_cell(self) -> dict[int, Stage]:
        """The stage that each cell belongs to, by the cell's index; cells without a stage are missing."""
        return {cell: stage for stage in self.stages for cell in stage.cells}

    @cached_property
    def definitions(self) -> frozenset[int]:
        """Positions of the statements that later stages get as code, not their results as values.

        Imports, pure definitions and module configuration; constants only from plain cells. A definition that, when it
        is made, reads a value of its own stage cannot be made again without it: it is a value itself.
        """
        found: set[int] = set()
        values: dict[str, set[str]] = {stage.name: set() for stage in self.stages}
        for statement in self.statements:
            stage = self.stage_of_cell.get(statement.cell)
            own = values[stage.name] if stage is not None else set()
            kept = stage is None or stage.implicit or statement.kind in _FLOW_AS_CODE
            if statement.replayable and kept and not (statement.reads | statement.mutates) & own:
                found.add(statement.position)
                own -= statement.binds
            else:
                own |= statement.binds | statement.mutates
        return frozenset(found)

    @cached_property
    def explicit(self) -> tuple[Stage, ...]:
        """The stages that the user wrote."""
        return tuple(stage for stage in self.stages if not stage.implicit)
