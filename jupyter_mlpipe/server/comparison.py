"""Two runs side by side: what differs in words (``execution.run_diff``), with each stage's code and outputs."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlpipe.execution.run_diff import compare_runs
from jupyter_mlpipe.ledger.runs import Run
from jupyter_mlpipe.notebook.notebook_file import cell_source
from jupyter_mlpipe.notebook.shown_outputs import Bounds, whole_texts
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.run_facts import run_info, stage_infos
from jupyter_mlpipe.server.shapes.runs import Change, DifferenceText, DiffLine, RunComparison, StageDiff
from jupyter_mlpipe.workspace import Workspace


def compare(places: Places, workspace: Workspace, before: Run, after: Run) -> RunComparison:
    """Compare two runs, stage by stage; those that do not differ are there too."""
    facts = compare_runs(workspace.ledger, before, after)
    differing = {stage["name"]: stage for stage in facts["stages"]}
    ends = [{info.name: info for info in stage_infos(workspace, run)} for run in (before, after)]
    executed = [_executed(workspace, run) for run in (before, after)]
    names = dict.fromkeys([*executed[1], *executed[0], *ends[1], *ends[0]])
    stages = []
    for name in names:
        old, new = (side.get(name) for side in ends)
        if (new or old) is None or (new or old).implicit:  # type: ignore[union-attr]  # one of them is there
            continue
        code = [side.get(name, _Executed()) for side in executed]
        words = differing.get(name, {})
        source = tuple(_lines(code[0].source, code[1].source))
        stages.append(
            StageDiff(
                name=name,
                before=old.status if old else None,
                after=new.status if new else None,
                changed=bool(words),
                **{group: _texts(words.get(group, ())) for group in ("code", "parameters", "environment", "inputs")},
                metrics=_changes(words.get("metrics", ())),
                seconds=Change("seconds", old.seconds if old else None, new.seconds if new else None),
                source=source,
                outputs_before=tuple(code[0].outputs),
                outputs_after=tuple(code[1].outputs),
            )
        )
    return RunComparison(
        before=run_info(places, workspace, before),
        after=run_info(places, workspace, after),
        parameters=_changes(facts["parameters"]),
        environment=_changes(facts["environment"]),
        stages=tuple(stages),
    )


@dataclass
class _Executed:
    """A stage's cells in an executed notebook, one after another."""

    source: list[str] = field(default_factory=list)
    outputs: list[Mapping[str, Any]] = field(default_factory=list)


def _executed(workspace: Workspace, run: Run) -> dict[str, _Executed]:
    """The stages of a run's executed notebook, in notebook order; none where it is gone."""
    try:
        notebook = json.loads((workspace.root / (run.executed or "")).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found: dict[str, _Executed] = {}
    for cell in notebook.get("cells", ()):
        about = cell.get("metadata", {}).get("mlpipe", {})
        if cell.get("cell_type") == "code" and "stage" in about and not about.get("implicit"):
            stage = found.setdefault(about["stage"], _Executed())
            stage.source += [*cell_source(cell).splitlines(), ""]
            stage.outputs += Bounds().take(whole_texts(cell.get("outputs", ())))
    return found


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield from (DiffLine("same", line) for line in after[new_from:new_to])
        else:
            yield from (DiffLine("removed", line) for line in before[old_from:old_to])
            yield from (DiffLine("added", line) for line in after[new_from:new_to])


def _texts(found: Sequence[Mapping[str, str]]) -> tuple[DifferenceText, ...]:
    return tuple(DifferenceText(item["name"], item["text"]) for item in found)


def _changes(found: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    return tuple(Change(item["name"], item["before"], item["after"]) for item in found)
