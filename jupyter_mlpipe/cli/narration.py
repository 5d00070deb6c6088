"""What a run says to people: a line for each stage as it ends, and a summary.

Bars are drawn only where someone watches a terminal, and only from the first stage that really starts: a run that
restores everything loads no ``rich``. Not for facts as JSON (``output``).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlpipe.cli.output import duration, note

if TYPE_CHECKING:
    from jupyter_mlpipe.cli.progress import Bars
    from jupyter_mlpipe.execution.report import RunResult
    from jupyter_mlpipe.notebook.pipeline import Pipeline

_BAD = frozenset({"failed", "refused", "cancelled", "skipped"})


class Narrator:
    """Listens to a run's events and tells of its stages. A context manager, so that bars are taken down.

    Parameters
    ----------
    pipeline
        What runs.
    silent
        Say nothing.
    """

    def __init__(self, pipeline: Pipeline, *, silent: bool) -> None:
        self._implicit = {stage.name for stage in pipeline.stages if stage.implicit}
        self._cells = {stage.name: len(stage.cells) for stage in pipeline.stages}
        self._silent = silent
        self._watched = not silent and sys.stdout.isatty() and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._bars: Bars | None = None

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take one event; called from several threads."""
        if self._silent:
            return
        with self._lock:
            kind = event.get("type")
            if self._watched and kind == "stage_started" and self._bars is None:
                self._bars = self._raise_bars()
            if self._bars is not None:
                self._bars.hear(event)
            if kind == "stage_finished":
                self._stage(event)
            elif kind == "stage_retrying":
                self._say(f"{event['stage']}: trying again in {duration(event['pause'])}: {_message(event)}")
            elif kind == "notice":
                self._say(str(event["text"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._bars is not None:
                self._bars.close()
                self._bars = None

    def _raise_bars(self) -> Bars:
        from jupyter_mlpipe.cli.progress import Bars

        return Bars(self._cells)

    def _stage(self, event: Mapping[str, Any]) -> None:
        # Plain cells are told of only where something went wrong.
        if event["stage"] not in self._implicit or event["status"] in _BAD - {"skipped"}:
            self._say(stage_line(event))

    def _say(self, text: str) -> None:
        if self._bars is not None:
            self._bars.say(text)
        else:
            print(text, flush=True)


def stage_line(stage: Mapping[str, Any]) -> str:
    """One line on how a stage ended: ``train: ran in 3.2 s, because function fit changed``."""
    name, status, reason = stage["name"], stage["status"], stage.get("reason")
    because = f", because {reason}" if reason else ""
    if status == "hit":
        saved = stage.get("saved")
        return f"{name}: restored {stage.get('key', '')[:6]}" + (f", {duration(saved)} saved" if saved else "")
    if status == "done":
        return f"{name}: ran in {duration(stage.get('seconds') or 0.0)}{because}"
    if status == "skipped":
        return f"{name}: skipped{because}"
    # What went wrong is said at the end, with the way out.
    return f"{name}: {status}"


def say_result(result: RunResult, *, quiet: bool) -> None:
    """Say how the run ended: errors to the error stream, the summary to the answer."""
    told = set()
    for error in [result.error, *(stage.error for stage in result.stages)]:
        if error is not None and str(error) not in told:
            told.add(str(error))
            note(f"mlpipe: {error}")
    if quiet:
        return
    stages = [stage for stage in result.stages if not stage.implicit]
    hits = sum(stage.hit for stage in stages)
    saved = sum(stage.saved for stage in result.stages)
    parts = [f"{hits} of {len(stages)} stages restored" + (f", {duration(saved)} saved" if saved else "")]
    print(f"run {result.run_id}: {result.status} in {duration(result.seconds)}; {'; '.join(parts)}")
    if result.notebook is not None:
        print(f"executed notebook: {result.notebook}")


def _message(event: Mapping[str, Any]) -> str:
    error = event.get("error") or {}
    return f"{error.get('code', '')}: {error.get('message', '')}" if error else ""
