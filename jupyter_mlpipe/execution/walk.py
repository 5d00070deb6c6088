"""Walks a pipeline: hits are taken, ready stages go to the cluster, results are published, until all is settled.

One loop, one thread, no knowledge of how a stage is executed (``stage_task``), where (``attempts``), or what is a hit
(``oracle``). A stage's result is first published under its key and then looked up like any other, so that a result
which arrives too late (something above it turned out to change what it read) is kept, but not used.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.assignment import make_manifest
from jupyter_mlpipe.execution.attempts import Attempt, Attempts
from jupyter_mlpipe.execution.blocked import lost_above
from jupyter_mlpipe.execution.board import SETTLED, State, Unit
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.endings import Ended, report_of
from jupyter_mlpipe.execution.failures import error_of, missing_name, restless
from jupyter_mlpipe.execution.findings import note_findings, told
from jupyter_mlpipe.execution.hooks import StageContext, run_hooks
from jupyter_mlpipe.execution.metering.accounts import Accounts
from jupyter_mlpipe.execution.oracle import Oracle, Verdict
from jupyter_mlpipe.execution.out_of_memory import enlarged
from jupyter_mlpipe.execution.outputs import OutputStore, restore_files
from jupyter_mlpipe.execution.record import Recorder
from jupyter_mlpipe.execution.report import RunResult, StageReport
from jupyter_mlpipe.execution.verdicts import refusal_by, verdicts_on
from jupyter_mlpipe.execution.worker_size import shown_resource

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_task import StageOutcome

_TICK = 0.1
_LEASE_POLL = 0.5
_REQUEST_POLL = 0.5
_MOST_RUNS = 6
"""How often one stage may run again in one run because what it read changed above it."""


class Walk:
    """One run of a pipeline.

    Parameters
    ----------
    context, oracle
        The workspace, and the run's questions.
    recorder, accounts
        Write down what happens, and what was used.
    keep_going
        After a failure, go on with the stages that do not depend on it.
    cancel
        Set it to stop the run.
    """

    def __init__(
        self,
        context: RunContext,
        oracle: Oracle,
        recorder: Recorder,
        accounts: Accounts,
        *,
        keep_going: bool,
        cancel: threading.Event,
    ) -> None:
        self.context = context
        self.oracle = oracle
        self.board = oracle.board
        self.keep_going = keep_going
        self.cancel = cancel
        self.hooks = context.hooks()
        self.outputs = OutputStore(context.store, oracle.pipeline)
        self.recorder = recorder
        self.attempts = Attempts(
            context,
            oracle,
            recorder.run_id,
            on_logged=recorder.from_cluster,
            on_discarded=self._discarded,
            warn=recorder.told,
        )
        self.accounts = accounts
        self.ended = {unit.name: Ended() for unit in self.board.units}
        self.poll_leases_at = 0.0
        self.poll_requests_at = time.monotonic() + _REQUEST_POLL

    # -- the loop --------------------------------------------------------------------------------------------------

    def go(self) -> RunResult:
        """Run until all is settled. Raises what makes a run impossible; a stage that failed is in the result."""
        begun = time.monotonic()
        self.recorder.run_started()
        status, error = "failed", None
        try:
            error = self.accounts.run_refused()
            if error is None:
                self._loop()
                status = "cancelled" if self.cancel.is_set() else self._status()
            else:
                status = "refused"
        except KeyboardInterrupt:
            self.cancel.set()
            status = "cancelled"
        except MlpipeError as raised:
            error = raised
            raise
        finally:
            try:
                self.attempts.close(self.accounts.waited)
            finally:
                self._close_board()
                result = self._finish(status, time.monotonic() - begun, error)
        return result

    def _loop(self) -> None:
        while not self.cancel.is_set():
            self._advance()
            for attempt in self.attempts.due():
                self._start(attempt)
            settled = self._settle_doubts()
            if not self.attempts.busy and not self._elsewhere():
                if not settled:
                    return
                continue
            self.recorder.tick()
            for attempt in self.attempts.finished(_TICK):
                self._one_finished(attempt)
            self.attempts.keep_leases()
            self.attempts.watch_cluster()
            self._hear_requests()

    def _hear_requests(self) -> None:
        """Stop where somebody asked for it, in whatever process and on whatever host."""
        if time.monotonic() < self.poll_requests_at:
            return
        from jupyter_mlpipe.ledger.requests import asked_to_cancel  # a run with nothing to do never gets here

        self.poll_requests_at = time.monotonic() + _REQUEST_POLL
        asked = asked_to_cancel(self.context.ledger, self.recorder.run_id)
        if asked is not None:
            self.recorder.told(f"{asked.user} on {asked.host} asked for the end of this run")
            self.cancel.set()

    def _advance(self) -> None:
        """Look at each stage in notebook order: take hits, start what is ready."""
        poll = time.monotonic() >= self.poll_leases_at
        if poll:
            self.poll_leases_at = time.monotonic() + _LEASE_POLL
        again = True
        while again and not self.cancel.is_set():
            again = False
            for unit in self.board.units:
                if unit.state is State.PENDING or (unit.state is State.LEASED_ELSEWHERE and poll):
                    again |= self._look(unit)
            poll = False

    def _look(self, unit: Unit) -> bool:
        """Decide on one stage. Returns whether others should be looked at again."""
        if any(self.board.by_name[name].state not in SETTLED for name in unit.waits):
            return False
        verdict = self.oracle.look(unit)
        unit.waits = verdict.waits
        lost = lost_above(self.board, unit, verdict)
        if lost:
            self._end(unit, State.SKIPPED, reason=f"`{lost}` did not end well")
            return True
        if verdict.waits:
            return False
        if verdict.error is not None:
            self._end(unit, State.FAILED, error=verdict.error)
        elif verdict.reopen is not None:
            writer, name = verdict.reopen
            self.board.by_name[writer].also_wanted.add(name)
            self.board.reopen(self.board.by_name[writer])
        elif verdict.manifest is not None:
            self._take(unit, verdict)
        else:
            return not self._stopping() and self._start(Attempt(unit, verdict, 1, 0.0, unit.stage.options))
        return True

    def _start(self, attempt: Attempt) -> bool:
        """Start an attempt; returns whether others should be looked at again instead."""
        unit, verdict, number = attempt.unit, attempt.verdict, attempt.number
        if number == 1 and unit.runs >= _MOST_RUNS:
            self._end(unit, State.FAILED, error=restless(unit.name))
            return True
        if not self.attempts.lease(verdict):
            unit.state = State.LEASED_ELSEWHERE
            return False
        if number == 1:
            # Another run may have published it between the look and the lease.
            again = self.oracle.look(unit)
            if again.manifest is not None:
                self.attempts.release(verdict.key)
                self._take(unit, again)
                return True
            unit.runs += 1
            if verdict.view is not None:
                inputs = [artifact for _, _, artifact in verdict.view.inputs()]
                run_hooks(self.hooks, StageContext.before(unit.stage, inputs, self.context.store), "before")
        refused = self.accounts.begin(attempt)
        if refused is not None:
            self.attempts.release(verdict.key)
            self._end(unit, State.REFUSED, error=refused)
            return True
        self.attempts.start(attempt)
        unit.state = State.RUNNING
        unit.key = verdict.key
        self.ended[unit.name].started = attempt.started
        self.recorder.stage_started(unit, verdict, number)
        return False

    # -- what came of it -------------------------------------------------------------------------------------------

    def _one_finished(self, attempt: Attempt) -> None:
        unit, verdict, future = attempt.unit, attempt.verdict, attempt.future
        ended = self.ended[unit.name]
        ended.attempts += 1
        ended.verdict = verdict
        ended.ended = time.time()
        try:
            outcome = ended.outcome = future.result()
        except Exception as failure:  # noqa: BLE001 - whatever the cluster raised, it is this attempt's failure
            self._account(attempt, None, "died")
            self._failed(attempt, error_of(unit.name, failure))
            return
        self._account(attempt, outcome, outcome.status)
        if outcome.status != "done":
            self._failed(attempt, error_of(unit.name, outcome))
            return
        outputs = self.outputs.save(outcome.cell_outputs)
        manifest = make_manifest(self.oracle.pipeline, unit.stage, verdict, outcome, outputs)
        self.context.store.publish(manifest)
        self.oracle.own[verdict.key] = manifest
        self.attempts.release(verdict.key)
        self._pend(unit)
        self._look(unit)

    def _failed(self, attempt: Attempt, error: MlpipeError) -> None:
        unit = attempt.unit
        self.ended[unit.name].error = error
        name = missing_name(error)
        if name and name not in unit.seen_reads and name in self.oracle.slicer.names_before(unit.stage.start):
            self.attempts.release(attempt.verdict.key)
            unit.seen_reads.add(name)
            self._pend(unit)
        elif (larger := enlarged(attempt.options, error, self.attempts.most_memory)) is not None:
            asked = shown_resource("MEMORY", larger.memory)
            self.recorder.told(f"{unit.name} ran out of memory and is tried again with {asked}", stage=unit.name)
            self.recorder.retrying(unit, error, 0.0)
            self.attempts.again(attempt, 0.0, enlarged=larger)
        elif attempt.number - attempt.enlarged <= unit.stage.options.retries:
            pause = unit.stage.options.backoff * 2 ** (attempt.number - attempt.enlarged - 1)
            self.recorder.retrying(unit, error, pause)
            self.attempts.again(attempt, pause)
        else:
            self.attempts.release(attempt.verdict.key)
            unit.state = State.DOUBTFUL

    def _account(self, attempt: Attempt, outcome: StageOutcome | None, status: str) -> None:
        """Write down what an attempt used, whatever became of it."""
        self.attempts.used(attempt, self.accounts.end(attempt, outcome, status))

    def _discarded(self, attempt: Attempt) -> None:
        self._account(attempt, attempt.outcome, "cancelled" if self.cancel.is_set() else "discarded")

    def _settle_doubts(self) -> bool:
        """A failure counts once nothing above can change what the stage read. Returns whether any was settled."""
        settled = False
        for unit in self.board.units:
            if unit.state is State.DOUBTFUL and self.board.all_done_before(unit):
                settled = True
                verdict = self.oracle.look(unit)
                other = bool(verdict.waits) or verdict.key != unit.key or self._files_came_later(unit)
                if other and unit.runs < _MOST_RUNS:
                    self._pend(unit)
                else:
                    self._end(unit, State.FAILED, error=self.ended[unit.name].error)
        return settled

    def _files_came_later(self, unit: Unit) -> bool:
        """Whether a stage above wrote files after this one had started: it may have read what was there before."""
        started = self.ended[unit.name].started or 0.0
        return any(
            other.manifest is not None
            and other.manifest.files_written
            and (self.ended[other.name].ended or 0) > started
            for other in self.board.units[: unit.index]
        )

    def _take(self, unit: Unit, verdict: Verdict) -> None:
        """Settle a stage with a result, its own or a stored one."""
        manifest = verdict.manifest
        if manifest is None:
            return
        ended = self.ended[unit.name]
        unit.hit = verdict.key not in self.oracle.own
        unit.state = State.DONE
        unit.key = verdict.key
        ended.error = None
        if unit.hit or ended.verdict is None:
            ended.verdict = verdict
        if unit.hit:
            restore_files(self.context.root, self.context.store, manifest.files_written)
        self.oracle.surroundings.written(manifest.files_written)
        surprise = self.board.settle(unit, manifest)
        changed = note_findings(self.context.ledger, self.board, unit) if not unit.hit else ()
        if changed:
            self.recorder.told(told(changed, unit.name), stage=unit.name)
        self._ask_hooks(unit, verdict, manifest)
        self.recorder.stage_settled(unit, self._report(unit), ended.verdict)
        if surprise:
            for other in self.board.after(unit):
                self._recheck(other)

    def _ask_hooks(self, unit: Unit, verdict: Verdict, manifest: Any) -> None:
        ended = self.ended[unit.name]
        try:
            verdicts = verdicts_on(
                unit.stage, verdict, manifest, hooks=self.hooks, context=self.context, run_id=self.recorder.run_id
            )
        except MlpipeError as error:
            unit.state, ended.error = State.REFUSED, error
            return
        self.recorder.gates(unit, verdicts)
        refusal = refusal_by(verdicts, unit.name)
        if refusal is not None:
            unit.state, ended.error = State.REFUSED, refusal

    def _recheck(self, unit: Unit) -> None:
        """See whether a stage below read what is no longer right."""
        if unit.state is State.PENDING:
            unit.waits = frozenset()
        elif unit.state in (State.DONE, State.REFUSED):
            verdict = self.oracle.look(unit)
            if verdict.key != unit.key or verdict.manifest is None:
                self.board.reopen(unit)
                self._pend(unit)
        elif unit.state is State.RUNNING and unit.name in self.attempts.running:
            verdict = self.oracle.look(unit)
            if verdict.key and verdict.key != unit.key:
                self.attempts.abandon(unit)
                self._pend(unit)

    def _pend(self, unit: Unit) -> None:
        unit.state = State.PENDING
        unit.waits = frozenset()

    # -- the end ---------------------------------------------------------------------------------------------------

    def _stopping(self) -> bool:
        stop = (State.FAILED, State.REFUSED)
        return not self.keep_going and any(unit.state in stop for unit in self.board.units)

    def _elsewhere(self) -> bool:
        return not self._stopping() and any(unit.state is State.LEASED_ELSEWHERE for unit in self.board.units)

    def _close_board(self) -> None:
        rest = State.CANCELLED if self.cancel.is_set() else State.SKIPPED
        for unit in self.board.units:
            if unit.state not in SETTLED:
                self._end(unit, rest, reason="" if self.cancel.is_set() else "the run stopped before it")

    def _end(self, unit: Unit, state: State, *, reason: str = "", error: MlpipeError | None = None) -> None:
        unit.state = state
        ended = self.ended[unit.name]
        ended.reason, ended.error = reason, error
        self.recorder.stage_settled(unit, self._report(unit), ended.verdict)

    def _status(self) -> str:
        states = {unit.state for unit in self.board.units}
        if State.FAILED in states:
            return "failed"
        return "refused" if State.REFUSED in states else "done"

    def _finish(self, status: str, seconds: float, error: MlpipeError | None) -> RunResult:
        reports = tuple(self._report(unit) for unit in self.board.units)
        self._close_accounts()
        first = next((report.error for report in reports if report.error is not None), None)
        cells = self.outputs.cells(self.board.units, {name: ended.outcome for name, ended in self.ended.items()})
        return self.recorder.run_finished(status, reports, cells, seconds, error or first)

    def _close_accounts(self) -> None:
        for unit in self.board.units:
            if unit.hit and unit.manifest is not None:
                self.accounts.restored(unit, unit.manifest)
        self.accounts.close(self.attempts.cluster_use())

    def _report(self, unit: Unit) -> StageReport:
        return report_of(unit, self.ended[unit.name])
