"""What the cells of a run put out, up to now: for an open notebook that shows the run, or one that is opened later.

While a run goes on its events say it, and the store for stages that were restored. Once it has ended, the executed
notebook has it all, unless it is so large that reading it would keep the server from all else. What is too large for a
notebook that is open in a browser has a note in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.ledger import events
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.notebook.shown_outputs import Bounds, whole_texts
from jupyter_mlpipe.server.shapes.runs import CellOutputs, RunEvent, RunEvents, RunOutputs
from jupyter_mlpipe.workspace import Workspace

_REPLY_CHARACTERS = 4_000_000
"""What one reply with events may hold."""
_PARSED_BYTES = 32_000_000


def run_events(workspace: Workspace, run: Run, after: int, limit: int) -> RunEvents:
    """The events of a run after the one with an id."""
    kept = events.read(workspace.ledger, run.id, after, limit, most_characters=_REPLY_CHARACTERS)
    cells = _Cells.of(workspace, run)
    last = kept[-1].id if kept else after
    more = bool(kept) and events.newest_id(workspace.ledger, run.id) > last
    return RunEvents(run.id, _status(run), tuple(cells.event(item.id, item.event) for item in kept), last, more)


def run_outputs(workspace: Workspace, run: Run, stage: str | None = None) -> RunOutputs:
    """What the cells of a run, or of one of its stages, put out up to now."""
    last = events.newest_id(workspace.ledger, run.id)
    executed = workspace.root / run.executed if run.executed else None
    whole = run.status != "running" and executed is not None and _is_read_whole(executed)
    cells = _from_executed(executed) if whole and executed is not None else _from_events(workspace, run)
    return RunOutputs(run.id, _status(run), tuple(cell for cell in cells if stage in (None, cell.stage)), last)


@dataclass(frozen=True)
class _Cells:
    """The cells of a run's notebook, as they were when it started."""

    ids: tuple[str | None, ...]
    stages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, run: Run) -> _Cells:
        first = next(iter(events.read(workspace.ledger, run.id, limit=1)), None)
        about = first.event if first is not None else {}
        stages = {stage["name"]: tuple(stage["cells"]) for stage in about.get("stages", ())}
        return cls(tuple(about.get("cells", ())), stages)

    def id(self, index: Any) -> str | None:
        return self.ids[index] if isinstance(index, int) and 0 <= index < len(self.ids) else None

    def event(self, identifier: int, event: Mapping[str, Any]) -> RunEvent:
        error = event.get("error") or {}
        return RunEvent(
            id=identifier,
            type=event["type"],
            time=event["time"],
            stage=event.get("stage"),
            cell=self.id(event.get("cell")),
            status=event.get("status"),
            text=event.get("text") or error.get("message") or event.get("reason") or None,
            output=event.get("output"),
            outputs=tuple(event["outputs"]) if event.get("outputs") is not None else None,
        )


def _is_read_whole(path: Path) -> bool:
    """Whether a file is there and small enough to be parsed here: that would stop all else that the server does."""
    try:
        return path.stat().st_size <= _PARSED_BYTES
    except OSError:
        return False


def _from_executed(path: Path) -> list[CellOutputs]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = []
    for cell in notebook.get("cells", ()):
        about = cell.get("metadata", {}).get("mlpipe", {})
        if cell.get("cell_type") != "code" or "stage" not in about or not cell.get("id"):
            continue
        outputs = Bounds().take(whole_texts(cell.get("outputs", ())))
        found.append(CellOutputs(cell["id"], about["stage"], about.get("status", "skipped"), tuple(outputs)))
    return found


def _from_events(workspace: Workspace, run: Run) -> list[CellOutputs]:
    cells = _Cells.of(workspace, run)
    stage_of = {index: stage for stage, indexes in cells.stages.items() for index in indexes}
    shown: dict[int, tuple[str, list[dict[str, Any]]]] = {}
    after = 0
    while found := events.read(workspace.ledger, run.id, after, most_characters=_REPLY_CHARACTERS):
        after = found[-1].id
        for _, event in found:
            kind, index = event["type"], event.get("cell")
            if kind == "stage_finished" and event.get("status") == "hit":
                shown |= _restored(workspace, event.get("key"), cells.stages.get(event["stage"], ()))
            elif not isinstance(index, int):
                continue
            elif kind == "cell_started":
                shown[index] = ("running", [])
            elif kind == "cell_output":
                _, outputs = shown.setdefault(index, ("running", []))
                if event.get("outputs") is not None:
                    outputs[:] = event["outputs"]
                else:
                    outputs.append(event["output"])
            elif kind == "cell_finished":
                shown[index] = (event.get("status", "done"), shown.get(index, ("", []))[1])
    return [
        CellOutputs(identity, stage_of[index], status, tuple(_merged(outputs)))  # type: ignore[arg-type]  # as recorded
        for index, (status, outputs) in sorted(shown.items())
        if index in stage_of and (identity := cells.id(index)) is not None
    ]


def _restored(
    workspace: Workspace, key: str | None, indexes: Iterable[int]
) -> dict[int, tuple[str, list[dict[str, Any]]]]:
    """What the cells of a stage that was restored put out when it ran."""
    manifest = next(iter(workspace.store.find(key)), None) if key else None
    if manifest is None or not manifest.outputs:
        return {}
    blobs = workspace.store.blobs
    size = blobs.size(manifest.outputs)
    if size > _PARSED_BYTES:
        text = f"What this stage put out when it ran takes {size / 1e6:,.0f} MB: too much to be shown here.\n"
        note = {"output_type": "stream", "name": "stdout", "text": text}
        return {index: ("hit", [note]) for index in list(indexes)[:1]}
    kept = json.loads(blobs.get(manifest.outputs))
    return {index: ("hit", Bounds().take(cell["outputs"])) for index, cell in zip(indexes, kept, strict=False)}


def _merged(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs with neighbouring pieces of one stream joined."""
    merged: list[dict[str, Any]] = []
    for output in outputs:
        before = merged[-1] if merged else {}
        if output["output_type"] == "stream" and before.get("name") == output["name"]:
            merged[-1] = {**before, "text": before["text"] + output["text"]}
        else:
            merged.append(output)
    return merged


def _status(run: Run) -> Any:
    return run.status
