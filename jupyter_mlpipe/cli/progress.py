"""Progress bars in a terminal: the run's stages, and each stage that runs now. The home of ``rich``.

Not for what is said in lines (``narration``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_ENDED = frozenset({"done", "hit", "failed", "refused", "skipped", "cancelled"})


class Bars:
    """Bars that follow a run's events.

    Parameters
    ----------
    cells
        How many cells each stage has, by its name.
    """

    def __init__(self, cells: Mapping[str, int]) -> None:
        self._cells = cells
        self._tasks: dict[str, TaskID] = {}
        self._ended: set[str] = set()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            transient=True,
        )
        self._run = self._progress.add_task("stages", total=len(cells))
        self._progress.start()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Move the bars that an event concerns."""
        kind, stage = event.get("type"), event.get("stage")
        if stage is None:
            return
        if kind == "stage_started":
            self._drop(stage)
            self._ended.discard(stage)
            self._tasks[stage] = self._progress.add_task(f"  {stage}", total=self._cells.get(stage))
        elif kind == "cell_finished" and stage in self._tasks:
            self._progress.advance(self._tasks[stage])
        elif kind == "stage_finished" and event.get("status") in _ENDED:
            self._drop(stage)
            self._ended.add(stage)
        self._progress.update(self._run, completed=len(self._ended))

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the bars down."""
        self._progress.stop()

    def _drop(self, stage: str) -> None:
        task = self._tasks.pop(stage, None)
        if task is not None:
            self._progress.remove_task(task)
