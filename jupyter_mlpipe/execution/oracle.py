"""Decides for each stage of a run: it must wait, a stored result stands for it, or it has to run, and why.

The plan asks once for each stage; the runner asks again whenever something it decided on may have changed. Nothing is
started or recorded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import (
    MlpipeError,
    SessionHistoryError,
    UndefinedNameError,
    UnknownStageError,
    UnstorableError,
)
from jupyter_mlpipe.execution.board import Board, Unit, View
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.findings import apply_findings
from jupyter_mlpipe.execution.lookup import FileDigests, find_result, objection
from jupyter_mlpipe.execution.parameters import effective_parameters
from jupyter_mlpipe.execution.recipe import InputValue, Surroundings, components
from jupyter_mlpipe.ledger.stages import latest_stage_run
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement
from jupyter_mlpipe.notebook.slicing import HISTORY, Slicer
from jupyter_mlpipe.notebook.suggest import nearest
from jupyter_mlpipe.store.artifacts import StageManifest
from jupyter_mlpipe.store.keys import Reason, explain, stage_key

EVERY = "*"
"""Among names of stages that shall run: all of them."""


@dataclass(frozen=True)
class Verdict:
    """What to do with a stage now."""

    waits: frozenset[str] = frozenset()
    """Stages that must be done first; all else is empty while there are any."""
    view: View | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    manifest: StageManifest | None = None
    """The stored result that stands for running it."""
    reasons: tuple[Reason, ...] = ()
    """Why it has to run."""
    error: MlpipeError | None = None
    """Why it can never run."""
    reopen: tuple[str, str] | None = None
    """A stage above that must run again to keep one more value, and that value's name."""

    @property
    def ready(self) -> View:
        """The view of a stage that need not wait. Raises ``ValueError`` for one that must."""
        if self.view is None:
            raise ValueError("a stage that waits has no view yet")
        return self.view

    @property
    def reason(self) -> str:
        """The reasons as one line."""
        return ", ".join(reason.text for reason in self.reasons)


class Oracle:
    """The questions of one run about one pipeline.

    Parameters
    ----------
    context
        Store, ledger and settings.
    pipeline
        The notebook, read.
    parameters
        Values given for this run.
    until
        Leave out all stages below this one.
    force
        Stages that shall run whatever is stored; ``"*"`` for all.
    rerun_from
        A stage that shall run whatever is stored, and all that follow from it.

    Raises
    ------
    NotebookError
        Where the notebook cannot be run: unknown parameters or stages, undefined names, cycles.
    """

    def __init__(
        self,
        context: RunContext,
        pipeline: Pipeline,
        *,
        parameters: Mapping[str, Any] | None = None,
        until: str | None = None,
        force: Iterable[str] = (),
        rerun_from: str | None = None,
        folder: Path | None = None,
    ) -> None:
        self.context = context
        self.pipeline = pipeline
        self.parameters = effective_parameters(pipeline, parameters or {})
        self.force = frozenset(force)
        after = (name for stage in pipeline.stages for name in stage.options.after)
        self._check_names([*self.force - {EVERY}, *filter(None, (until, rerun_from)), *after])
        place = folder or (Path(pipeline.path).parent if pipeline.path else context.root)
        self.surroundings = Surroundings(place.resolve(), context.root)
        self.slicer = Slicer(pipeline, self.parameters)
        self.board = Board(pipeline, self.slicer, until)
        self.files = FileDigests(context.root)
        self.own: dict[str, StageManifest] = {}
        """Results of this very run, by key."""
        self._check_reads()
        self.files.written |= apply_findings(context.ledger, self.board)
        if rerun_from:
            self.force |= self._with_followers(rerun_from)

    def look(self, unit: Unit) -> Verdict:
        """Say what to do with a stage, by what is known now."""
        piece = self.board.slice(unit)
        waits = self.board.waits(unit, piece)
        if waits:
            return Verdict(waits=waits)
        for load in piece.loads:
            verdict = self._missing(unit, load.stage, load.names)
            if verdict is not None:
                return self.look(unit) if verdict.view is _AGAIN else verdict
        view = self.board.view(unit, piece)
        parts = components(
            self.pipeline,
            unit.stage,
            piece,
            inputs=[InputValue.of(*value) for value in view.inputs()],
            ambient=view.ambient,
            parameters=self.parameters,
            surroundings=self.surroundings,
        )
        key = stage_key(parts)
        manifest, why = self._find(unit, key, view)
        if manifest is not None:
            return Verdict(view=view, parts=parts, key=key, manifest=manifest)
        reasons = (Reason("stored", unit.name, why),) if why else self._explain(unit, parts)
        return Verdict(view=view, parts=parts, key=key, reasons=reasons)

    def wanted(self, unit: Unit) -> frozenset[str] | None:
        """Names that a stage must keep."""
        names = self.slicer.wanted(unit.stage)
        return None if names is None else names | unit.also_wanted

    # -- parts of an answer ----------------------------------------------------------------------------------------

    def _find(self, unit: Unit, key: str, view: View) -> tuple[StageManifest | None, str]:
        files_before = self.board.files_before(unit)
        wanted = self.wanted(unit)
        own = self.own.get(key)
        if own is not None:
            why = objection(
                own,
                wanted=wanted,
                ambient=view.ambient,
                files_before=files_before,
                files=self.files,
                own=True,
                trust_programs=True,
            )
            return (None, why) if why else (own, "")
        if EVERY in self.force or unit.name in self.force:
            return None, "forced"
        if not unit.stage.options.cache:
            return None, "--no-cache"
        found = find_result(
            self.context.store,
            key,
            wanted=wanted,
            ambient=view.ambient,
            files_before=files_before,
            files=self.files,
            trust_programs=bool(unit.stage.options.files),
        )
        return found.manifest, found.reason

    def _explain(self, unit: Unit, parts: Mapping[str, Any]) -> tuple[Reason, ...]:
        last = latest_stage_run(self.context.ledger, self.pipeline.name, unit.name)
        old = last.components if last is not None else None
        return tuple(explain(old, parts))

    def _missing(self, unit: Unit, writer: str, names: tuple[str, ...]) -> Verdict | None:
        """What to do where a value that the stage reads was not stored; None where it was."""
        source = self.board.by_name[writer]
        manifest = source.manifest
        if manifest is None:
            return Verdict(waits=frozenset({writer}))
        stored = {name for artifact in manifest.artifacts for name in artifact.names}
        for name in names:
            if name in stored:
                continue
            refusal = manifest.unstorable.get(name)
            if refusal is None:
                return Verdict(reopen=(writer, name))
            if self.slicer.replay_instead(writer, name):
                self.board.disown(source, name)
                return Verdict(view=_AGAIN)
            return Verdict(error=_cannot_store(unit.name, writer, name, refusal))
        return None

    def _with_followers(self, name: str) -> frozenset[str]:
        """A stage and all that follow from it, by what is known before the run."""
        if name not in self.board.by_name:
            last = self.board.units[-1].name if self.board.units else ""
            raise UnknownStageError(
                f"stage `{name}` stands below `{last}`, where this is to end",
                hint="name a stage above it, or let the whole notebook run",
                stage=name,
            )
        edges = self.board.edges()
        found, newest = frozenset[str](), frozenset({name})
        while newest:
            found |= newest
            newest = frozenset(below for below, above in edges.items() if above & newest) - found
        return found

    def _check_names(self, names: Iterable[str]) -> None:
        known = {stage.name: stage for stage in self.pipeline.stages}
        for name in names:
            if name not in known:
                raise UnknownStageError(
                    f"the notebook has no stage `{name}`", hint=nearest(name, list(known), "stages are"), stage=name
                )

    def _check_reads(self) -> None:
        for unit in self.board.units:
            for name, statement in self.board.slice(unit).undefined.items():
                if HISTORY.match(name):
                    raise SessionHistoryError(
                        f"{_place(unit, statement)} reads `{name}`, the session's history, which a run does not have",
                        stage=unit.name,
                        name=name,
                        cell=statement.cell,
                    )
                if not unit.stage.implicit:
                    raise self._undefined(unit, name, statement)

    def _undefined(self, unit: Unit, name: str, statement: Statement) -> UndefinedNameError:
        below = any(name in s.binds for s in self.pipeline.statements if s.position > statement.position)
        hint = f"define `{name}` in a cell above" + (", or move that cell up" if below else "")
        if not statement.source:  # what a hook reads, for the options on the stage's line
            hint += f"; the stage's line asks for it: {statement.label}"
        return UndefinedNameError(
            f"{_place(unit, statement)} reads `{name}`, which is defined {'only below it' if below else 'nowhere'}",
            hint=hint,
            stage=unit.name,
            name=name,
            cell=statement.cell,
        )


def _place(unit: Unit, statement: Statement) -> str:
    return f"stage `{unit.name}` (cell {statement.cell}, line {statement.line})"


_AGAIN: Any = object()


def _cannot_store(reader: str, writer: str, name: str, refusal: Mapping[str, Any]) -> UnstorableError:
    return UnstorableError(
        f"stage `{reader}` reads `{name}`, which `{writer}` leaves and which cannot be stored: {refusal['message']}",
        hint=str(refusal.get("hint") or "make it in each stage that uses it, or join the stages"),
        name=name,
        stage=reader,
        writer=writer,
    )
