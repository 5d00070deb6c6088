"""Rich outputs and files of stages: kept in the store, brought back on a hit.

What the executed notebook looks like is the writer's matter (``notebook.writer``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.execution.board import State, Unit
from jupyter_mlpipe.execution.project_files import put_in_place
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.writer import CellResult

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_task import StageOutcome
    from jupyter_mlpipe.store.artifacts import ArtifactStore


class OutputStore:
    """The outputs of a pipeline's cells, in an artifact store."""

    def __init__(self, store: ArtifactStore, pipeline: Pipeline) -> None:
        self.store = store
        self.pipeline = pipeline

    def save(self, cell_outputs: Iterable[Mapping[str, Any]]) -> str:
        """Store the outputs of a stage's cells, in their order; returns the blob's digest."""
        kept = [
            {"outputs": list(cell["outputs"]), "metadata": dict(cell.get("metadata") or {})} for cell in cell_outputs
        ]
        return self.store.blobs.put(json.dumps(kept, separators=(",", ":"), sort_keys=True).encode())

    def load(self, digest: str | None) -> list[dict[str, Any]]:
        """The outputs of a stage's cells, as :meth:`save` was given them."""
        found: list[dict[str, Any]] = json.loads(self.store.blobs.get(digest)) if digest else []
        return found

    def cells(self, units: Iterable[Unit], outcomes: Mapping[str, StageOutcome | None]) -> dict[int, CellResult]:
        """What became of each code cell, by its index in the notebook."""
        results: dict[int, CellResult] = {}
        reached = -1
        for unit in units:
            outcome = outcomes.get(unit.name)
            if unit.done and unit.manifest is not None:
                cells = self.load(unit.manifest.outputs)
                seconds, status = unit.manifest.seconds, "hit" if unit.hit else "done"
                reached = max(reached, unit.stage.end)
            elif unit.state is State.FAILED and outcome is not None:
                cells, seconds, status = outcome.cell_outputs, outcome.seconds, "failed"
                reached = max(reached, unit.stage.start)
            else:
                continue
            for index, cell in zip(unit.stage.cells, cells, strict=False):
                results[index] = CellResult(
                    outputs=cell["outputs"],
                    execution_count=cell.get("execution_count"),
                    status=status,
                    seconds=seconds,
                )
        for statement in self.pipeline.statements:
            if statement.cell not in self.pipeline.stage_of_cell and statement.position < reached:
                results.setdefault(statement.cell, CellResult(reason="setup"))
        return results


def restore_files(root: Path, store: ArtifactStore, written: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Put files as a stage left them, where the disk differs."""
    for location, version in written.items():
        put_in_place(root, location, version, store.blobs)
