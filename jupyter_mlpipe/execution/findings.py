"""What runs proved about stages beyond their source, remembered by the source's digest.

A finding makes the next plan right from the start. It never decides a result: without it, stages below run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jupyter_mlpipe.execution.board import Board, Unit
from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.findings import recall, remember
from jupyter_mlpipe.notebook.effects import Written
from jupyter_mlpipe.notebook.pipeline import Stage
from jupyter_mlpipe.store.keys import stage_key


def code_digest(stage: Stage) -> str:
    """Digest of a stage's own statements."""
    return stage_key({"finding": [statement.digest for statement in stage.statements]})


def apply_findings(ledger: Ledger, board: Board) -> set[str]:
    """Tell the board what earlier runs proved about its stages.

    Returns
    -------
    set of str
        Locations of files that its stages are known to write.
    """
    files: set[str] = set()
    ambient: list[tuple[Unit, frozenset[str]]] = []
    digests = {unit.name: code_digest(unit.stage) for unit in board.units}
    known = recall(ledger, digests.values())
    for unit in board.units:
        for finding in known.get(digests[unit.name], ()):
            writes = frozenset(finding.get("writes", ()))
            if writes:
                predicted = board.slicer.predicted[unit.name]
                board.slicer.predicted[unit.name] = replace(
                    predicted, writes={**{name: Written() for name in writes}, **predicted.writes}
                )
                board.slicer.learn(unit.name, writes)
            unit.seen_reads.update(finding.get("reads", ()))
            unit.draws.update(finding.get("draws", ()))
            files.update(finding.get("files", ()))
            if finding.get("ambient"):
                ambient.append((unit, frozenset(finding["ambient"])))
    for unit, states in ambient:
        board.keep_order(unit, states)
    return files


def note_findings(ledger: Ledger, board: Board, unit: Unit) -> tuple[str, ...]:
    """Remember what a stage did that its source does not show.

    Returns
    -------
    tuple of str
        Names that it changed although nothing in its source says so, for telling the user.
    """
    predicted = board.slicer.predicted[unit.name]
    known = board.effects.get(unit.name)
    surprising = tuple(sorted(set(known.writes) - set(predicted.writes))) if known is not None else ()
    findings = [{"writes": sorted(surprising)}] if surprising else []
    if unit.seen_reads:
        findings.append({"reads": sorted(unit.seen_reads)})
    if unit.manifest is not None:
        about = {
            "files": sorted(unit.manifest.files_written),
            "ambient": sorted(unit.manifest.ambient),
            "draws": sorted(RANDOM_STATES & unit.manifest.reads.keys()),
        }
        findings += [{kind: found} for kind, found in about.items() if found]
    remember(ledger, code_digest(unit.stage), *findings)
    return surprising


def told(names: Iterable[str], stage: str) -> str:
    """The one line that tells the user."""
    listed = ", ".join(f"`{name}`" for name in names)
    return f"stage `{stage}` changes {listed} in place; stages below read the new value"
