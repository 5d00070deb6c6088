"""Writes a run down as it goes: facts into the ledger, events for whoever watches, messages for MLflow.

Facts and events are gathered and written together, some times a second. Nothing is decided here.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.errors import MlpipeError, ReadOnlyError
from jupyter_mlpipe.execution import openlineage_delivery
from jupyter_mlpipe.execution.board import Unit
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.courier import spawn_courier
from jupyter_mlpipe.execution.git_head import head_commit
from jupyter_mlpipe.execution.hooks import Verdict as GateVerdict
from jupyter_mlpipe.execution.lost_runs import record_lost_runs
from jupyter_mlpipe.execution.named_owners import owner_warnings
from jupyter_mlpipe.execution.observers import wake_observers
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.execution.recipe import notebook_digest
from jupyter_mlpipe.execution.recorded_files import recorded_files
from jupyter_mlpipe.execution.report import RunResult, StageReport
from jupyter_mlpipe.execution.verdicts import record_verdicts
from jupyter_mlpipe.ledger import events, outbox, runs, stages
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.notebook.live_lines import live_lines
from jupyter_mlpipe.notebook.writer import CellResult, RunFacts, executed_notebook, write_executed
from jupyter_mlpipe.store.artifacts import StageManifest

Event = dict[str, Any]

_FLUSH_SECONDS = 0.25
_CHANGE_SECONDS = 0.05
"""The same where a stage changed its state: who follows the run wants to see that at once."""
_COURIER_SECONDS = 5.0
"""After so long a run is worth following in MLflow while it goes on."""


class Recorder:
    """One run's facts and events.

    Parameters
    ----------
    context, oracle, run_id
        The workspace, the run's questions, the run.
    on_event
        Called with each event.
    output
        Where the executed notebook goes; None for the workspace's own place.
    options
        What the run was asked for, for the ledger.
    """

    def __init__(
        self,
        context: RunContext,
        oracle: Oracle,
        run_id: str,
        *,
        on_event: Callable[[Event], None] | None,
        output: Path | None,
        options: Mapping[str, Any],
    ) -> None:
        self.context = context
        self.oracle = oracle
        self.pipeline = oracle.pipeline
        self.run_id = run_id
        self.on_event = on_event
        self.options = options
        self.output = _writable(output or self._default_output())
        self.started = time.time()
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._facts: list[stages.Fact] = []
        self._messages: list[tuple[str, Mapping[str, Any]]] = []
        self._deliveries: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        self._recorded: dict[str, tuple[str, str, frozenset[str]]] = {}
        self._flushed = 0.0
        self._changed = False
        self._told_early = False

    # -- what happens ----------------------------------------------------------------------------------------------

    def run_started(self) -> None:
        """The run begins."""
        pipeline, settings = self.pipeline, self.context.settings
        notebook = self._relative(pipeline.path)
        record_lost_runs(self.context.ledger, tracking=settings.tracking, openlineage=settings.tells_openlineage)
        started = runs.start_run(
            self.context.ledger,
            run_id=self.run_id,
            pipeline=pipeline.name,
            notebook=notebook,
            notebook_digest=notebook_digest(pipeline),
            parameters=self.oracle.parameters,
            options=self.options,
            cluster=settings.cluster,
            git_commit=head_commit(self.context.root),
            versions={"python": sys.version.split()[0], "jupyter_mlpipe": __version__},
            owner=pipeline.owner,
            team=pipeline.team,
            escalate=pipeline.escalate,
            executed=self._relative(str(self.output)),
        )
        self._message(
            "run_started",
            pipeline=pipeline.name,
            notebook=notebook,
            parameters=self._all_parameters(),
            owner=pipeline.owner,
            team=pipeline.team,
            user=started.user,
            started=started.started,
        )
        self._lineage(openlineage_delivery.STARTED)
        self.event(
            "run_started",
            pipeline=pipeline.name,
            notebook=notebook,
            cells=[cell.get("id") for cell in pipeline.notebook["cells"]],
            stages=[
                {"name": unit.name, "cells": list(unit.stage.cells), "implicit": unit.stage.implicit}
                for unit in self.oracle.board.units
            ],
        )
        for statement, name in live_lines(pipeline):
            self.told(f"cell {statement.cell}: `%{name}` is for live kernels; this run leaves it out")
        for warning in owner_warnings(self.context.root, pipeline):
            self.told(warning)
        self.flush()

    def stage_started(self, unit: Unit, verdict: Verdict, attempt: int) -> None:
        """An attempt goes to the cluster."""
        self.event("stage_started", stage=unit.name, key=verdict.key, reason=verdict.reason, attempt=attempt)

    def retrying(self, unit: Unit, error: MlpipeError, pause: float) -> None:
        """An attempt failed and another follows."""
        self.event("stage_retrying", stage=unit.name, error=error.to_json(), pause=pause)

    def told(self, text: str, **about: Any) -> None:
        """Something the user should know in one line."""
        self.event("notice", text=text, **about)

    def gates(self, unit: Unit, verdicts: Iterable[GateVerdict]) -> None:
        """Hooks said whether the stage may pass."""
        verdicts = list(verdicts)
        record_verdicts(self.context.ledger, self.run_id, unit.name, verdicts)
        for reason in (reason for verdict in verdicts if verdict.passed for reason in verdict.reasons):
            self.told(f"{unit.name}: {reason}", stage=unit.name)
        self._deliveries[unit.name] = [message for verdict in verdicts for message in verdict.messages]

    def stage_settled(self, unit: Unit, report: StageReport, verdict: Verdict | None = None) -> None:
        """A stage has ended, for all that is known now."""
        manifest = unit.manifest
        kept = frozenset(name for item in manifest.artifacts for name in item.names) if manifest else frozenset()
        if self._recorded.get(unit.name) == (report.key, report.status, kept):
            return
        self._recorded[unit.name] = (report.key, report.status, kept)
        fact = stages.StageRun(
            run=self.run_id,
            pipeline=self.pipeline.name,
            stage=unit.name,
            status=report.status,
            key=report.key or None,
            hit=report.hit,
            reason=report.reason,
            reasons=[asdict(reason) for reason in verdict.reasons] if verdict else [],
            components=manifest.components if manifest else verdict.parts if verdict else None,
            manifest=None,
            seconds=report.seconds or 0.0,
            saved_seconds=report.saved,
            attempt=max(report.attempts, 1),
            worker=report.worker or None,
            **self.pipeline.answerable(unit.stage.options)._asdict(),
            numbers=report.numbers,
            error=report.error.to_json() if report.error else None,
            started=report.started or time.time(),
            ended=report.ended or time.time(),
        )
        with self._lock:
            files = recorded_files(manifest, fact.components)
            self._facts.append((fact, _outputs(manifest), _inputs(verdict), files))
        if not unit.stage.implicit:
            self._message("stage_finished", **self._stage_message(fact, verdict))
        self._lineage(openlineage_delivery.STAGE, stage=fact.stage)
        self.event("stage_finished", **{"stage": unit.name, **report.to_json()})

    def run_finished(
        self,
        status: str,
        reports: Sequence[StageReport],
        cells: Mapping[int, CellResult],
        seconds: float,
        error: MlpipeError | None,
    ) -> RunResult:
        """The run is over: write the executed notebook and the last facts."""
        notebook = executed_notebook(
            self.pipeline,
            cells,
            self.oracle.parameters,
            RunFacts(
                run=self.run_id,
                status=status,
                started=self.started,
                finished=time.time(),
                input_path=self.pipeline.path,
                output_path=str(self.output),
                extra={"error": error.to_json()} if error else {},
            ),
        )
        write_executed(self.output, notebook, source=self.pipeline.path)
        runs.finish_run(self.context.ledger, self.run_id, status, error.to_json() if error else None)
        self._message("run_finished", status=status, notebook=str(self.output), seconds=seconds, ended=time.time())
        self._lineage(openlineage_delivery.ENDED)
        self.event("run_finished", status=status, notebook=str(self.output), seconds=seconds)
        self.flush()
        # Hooks' messages wait for the end: until then a stage may run again, and its numbers are not all there.
        for_others = [message for messages in self._deliveries.values() for message in messages]
        if for_others:
            outbox.put_all(self.context.ledger, for_others)
        if for_others or self._is_told:
            self._send()
        wake_observers(self.context.settings)
        return RunResult(self.run_id, status, tuple(reports), self.output, seconds, error)

    # -- events ----------------------------------------------------------------------------------------------------

    def event(self, kind: str, **about: Any) -> None:
        """Tell that something happened to a stage or to the run."""
        self._changed = True
        self._emit({"type": kind, "run": self.run_id, "time": time.time(), **about})

    def from_cluster(self, moment: float, event: Event) -> None:
        """Take an event of this run that a worker logged, at a moment in epoch seconds."""
        self._emit({"time": moment, **event})

    def flush(self) -> None:
        """Write down what has gathered."""
        with self._lock:
            self._flushed = time.monotonic()
            self._changed = False
            waiting, self._events = self._events, []
            facts, self._facts = self._facts, []
            messages, self._messages = self._messages, []
        if facts:
            stages.record_stages(self.context.ledger, facts)
        if waiting:
            events.append(self.context.ledger, waiting)
        if messages:
            outbox.put_all(self.context.ledger, messages)

    def tick(self) -> None:
        """Write down what has gathered, if some time has passed."""
        if time.monotonic() - self._flushed > (_CHANGE_SECONDS if self._changed else _FLUSH_SECONDS):
            self.flush()
            if time.time() - self.started > _COURIER_SECONDS and not self._told_early:
                self._told_early = True
                wake_observers(self.context.settings)
                if self._is_told:
                    self._send()

    @property
    def _is_told(self) -> bool:
        """Whether another system hears of this run."""
        return self.context.settings.tracking or self.context.settings.tells_openlineage

    def _send(self) -> None:
        """Have the messages for other systems sent, by a process of its own that nobody waits for."""
        spawn_courier(self.context.settings)

    def _emit(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)
        if self.on_event is not None:
            self.on_event(event)

    def _message(self, kind: str, **payload: Any) -> None:
        """Have MLflow told, where it is to hear of runs."""
        if self.context.settings.tracking:
            self._put(kind, payload)

    def _lineage(self, kind: str, **payload: Any) -> None:
        """Have whoever gathers lineage told, where there is somebody."""
        if self.context.settings.tells_openlineage:
            self._put(kind, payload)

    def _put(self, kind: str, payload: Mapping[str, Any]) -> None:
        with self._lock:
            self._messages.append((kind, {"run": self.run_id, **payload}))

    def _stage_message(self, fact: stages.StageRun, verdict: Verdict | None) -> dict[str, Any]:
        inputs = [
            {"name": name, "digest": artifact.content, "rows": artifact.meta.get("rows"), "type": artifact.type}
            for _, name, artifact in (verdict.view.inputs() if verdict and verdict.view else ())
        ]
        return {
            "stage": fact.stage,
            "status": fact.status,
            "hit": fact.hit,
            "key": fact.key,
            "reason": fact.reason,
            "seconds": fact.seconds,
            "numbers": dict(fact.numbers),
            "parameters": dict(verdict.parts.get("parameters", {})) if verdict else {},
            "inputs": inputs,
            "owner": fact.owner,
            "team": fact.team,
            "started": fact.started,
            "ended": fact.ended,
            "error": fact.error,
        }

    # -- places ----------------------------------------------------------------------------------------------------

    def _all_parameters(self) -> dict[str, Any]:
        defaults = {p.name: p.default if p.literal else p.default_source for p in self.pipeline.parameters}
        return {**defaults, **self.oracle.parameters}

    def _default_output(self) -> Path:
        name = Path(self.pipeline.path).name if self.pipeline.path else f"{self.pipeline.name}.ipynb"
        return self.context.root / ".mlpipe" / "runs" / self.run_id / name

    def _relative(self, path: str) -> str:
        try:
            return Path(path).relative_to(self.context.root).as_posix()
        except ValueError:
            return path


def _writable(path: Path) -> Path:
    """The path, whose folder can be written: found out before anything runs."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = path.parent / f".{path.name}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ReadOnlyError(
            f"the executed notebook cannot be written to {path.parent}: {error.strerror}",
            hint="choose another place with --output",
            path=str(path),
        ) from error
    return path.resolve()


def _outputs(manifest: StageManifest | None) -> list[Output]:
    if manifest is None:
        return []
    return [
        Output(
            name=name,
            digest=artifact.content,
            codec=artifact.codec,
            type=artifact.type,
            rows=artifact.meta.get("rows"),
            bytes=artifact.size,
        )
        for artifact in manifest.artifacts
        for name in artifact.names
    ]


def _inputs(verdict: Verdict | None) -> list[Input]:
    if verdict is None or verdict.view is None:
        return []
    sources = {name: load.stage for load in verdict.view.slice.loads for name in load.names}
    return [Input(name, artifact.content, sources.get(name)) for _, name, artifact in verdict.view.inputs()]
