"""What happens in a live kernel, as facts in the ledger: one run a kernel, one stage run for each stage executed.

A ledger that cannot be written is told once and does not keep anybody from working.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from jupyter_mlpipe.costs.live_usage import record_live_usage
from jupyter_mlpipe.errors import MlpipeError, PriceBookError
from jupyter_mlpipe.execution.courier import spawn_courier
from jupyter_mlpipe.execution.recorded_files import recorded_files
from jupyter_mlpipe.execution.verdicts import record_verdicts
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.outbox import put_all
from jupyter_mlpipe.ledger.runs import LIVE_KERNEL, finish_run, start_run
from jupyter_mlpipe.ledger.stages import StageRun, record_stage

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live_stage import LiveStage
    from jupyter_mlpipe.workspace import Workspace


class LiveRecord:
    """The run that a kernel is.

    Parameters
    ----------
    workspace
        Whose ledger it is.
    warn
        Told in one line, once, where the ledger fails.
    """

    def __init__(self, workspace: Workspace, warn: Callable[[str], None]) -> None:
        self.workspace = workspace
        self.run_id: str | None = None
        self._warn = warn
        self._broken = False
        self._unpriced = False

    def stage(self, stage: LiveStage, status: str, error: MlpipeError | None = None) -> None:
        """Record that a stage was executed or restored."""
        if self._broken:
            return
        try:
            self._stage(stage, status, error)
        except MlpipeError as failure:
            self._broken = True
            self._warn(f"this kernel's stages are not recorded: {failure.message}")

    def finish(self) -> None:
        """The kernel ends, or the extension is unloaded."""
        atexit.unregister(self.finish)
        run_id, self.run_id = self.run_id, None
        if run_id is None:
            return
        try:
            finish_run(self.workspace.ledger, run_id, "done")
        except MlpipeError:
            self._broken = True

    def _stage(self, stage: LiveStage, status: str, error: MlpipeError | None) -> None:
        seen, manifest = stage.seen, stage.manifest
        pipeline = seen.live.pipeline
        ended = time.time()
        fact = StageRun(
            run=self._run(stage),
            pipeline=pipeline.name,
            stage=stage.name,
            status=status,
            key=seen.key or None,
            hit=stage.hit,
            reason=stage.reason,
            reasons=[asdict(reason) for reason in stage.reasons],
            components=seen.parts or None,
            seconds=stage.seconds,
            saved_seconds=stage.seconds if stage.hit else 0.0,
            **pipeline.answerable(seen.stage.options)._asdict(),
            numbers=manifest.numbers if manifest is not None else {},
            error=error.to_json() if error is not None else None,
            started=ended if stage.hit else ended - stage.seconds,
            ended=ended,
        )
        outputs = [
            Output(name, artifact.content, artifact.codec, artifact.type, artifact.meta.get("rows"), artifact.size)
            for artifact in (manifest.artifacts if manifest is not None else ())
            for name in artifact.names
        ]
        sources = {name: load.stage for load in seen.view.slice.loads for name in load.names}
        inputs = []
        if seen.key:
            inputs = [Input(name, artifact.content, sources.get(name)) for _, name, artifact in seen.view.inputs()]
        record_stage(self.workspace.ledger, fact, outputs, inputs, recorded_files(manifest, fact.components))
        record_verdicts(self.workspace.ledger, fact.run, fact.stage, stage.verdicts)
        self._charge(stage, fact)
        messages = [(kind, {**about, "run": fact.run}) for item in stage.verdicts for kind, about in item.messages]
        if messages:
            put_all(self.workspace.ledger, messages)
            spawn_courier(self.workspace.settings)

    def _charge(self, stage: LiveStage, fact: StageRun) -> None:
        """Write down what it cost; a price book with a mistake keeps nobody from working."""
        try:
            record_live_usage(
                self.workspace.ledger,
                self.workspace.settings,
                stage.seen.live.pipeline,
                stage.seen.stage,
                run=fact.run,
                key=fact.key or "",
                outcome="hit" if fact.hit else "failed" if fact.status == "failed" else "done",
                started=fact.started or 0.0,
                seconds=fact.seconds,
                cpu_seconds=stage.cpu_seconds,
            )
        except PriceBookError as error:
            if not self._unpriced:
                self._unpriced = True
                self._warn(f"what this kernel's stages cost is not recorded: {error.message}")

    def _run(self, stage: LiveStage) -> str:
        if self.run_id is None:
            pipeline = stage.seen.live.pipeline
            path = pipeline.path
            if path.startswith(f"{self.workspace.root}/"):
                path = path[len(str(self.workspace.root)) + 1 :]
            started = start_run(
                self.workspace.ledger,
                pipeline=pipeline.name,
                notebook=path,
                notebook_digest="",
                options={"door": LIVE_KERNEL},
                owner=pipeline.owner,
                team=pipeline.team,
                escalate=pipeline.escalate,
            )
            self.run_id = started.id
            atexit.register(self.finish)
        return self.run_id
