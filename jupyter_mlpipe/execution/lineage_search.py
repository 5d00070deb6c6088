"""What a name can mean in the ledger (an artifact, a file, a stage, a run, a digest), and which runs to look at for it.

Not for models (``models.lineage``), nor for what the runs did (``lineage_graph``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_mlpipe.execution.run_facts import LATEST
from jupyter_mlpipe.ledger import lineage_names, runs
from jupyter_mlpipe.ledger.database import Ledger

Meaning = Literal["artifact", "file", "stage", "run", "digest"]

MEANINGS: tuple[Meaning, ...] = ("artifact", "file", "stage", "run", "digest")

_FEW = 500
_DIGEST = re.compile(r"[0-9a-f]{4,64}")
_RUN = re.compile(r"[0-9a-z]{4,18}")


@dataclass(frozen=True)
class Subject:
    """Something that a name means."""

    kind: Meaning
    name: str
    """In full: a path from the workspace, a whole digest, a whole run's id."""
    stage_runs: frozenset[int]
    """Where it occurs."""

    @property
    def spelled(self) -> str:
        """How to name exactly this."""
        return f"{self.kind}:{self.name}"


def subjects(ledger: Ledger, root: Path, text: str, kind: Meaning | None = None) -> list[Subject]:
    """Everything that a name can mean; of one kind only, where it is given."""
    found = [
        Subject("artifact", text, frozenset(lineage_names.by_artifact(ledger, text))),
        Subject("stage", text, frozenset(lineage_names.by_stage(ledger, text))),
    ]
    found += [
        Subject("file", path, frozenset(lineage_names.by_file(ledger, path))) for path in _paths(ledger, root, text)
    ]
    if text == LATEST:
        found += [_run(ledger, run.id) for run in runs.runs(ledger, limit=1)]
    elif _RUN.fullmatch(text):
        found += [_run(ledger, run_id) for run_id in lineage_names.runs_beginning(ledger, text)]
    if _DIGEST.fullmatch(text):
        found += [
            Subject("digest", digest, frozenset(lineage_names.by_digest(ledger, digest)))
            for digest in lineage_names.digests_beginning(ledger, text)
        ]
    return [subject for subject in found if subject.stage_runs and kind in (None, subject.kind)]


def chosen_runs(
    ledger: Ledger, stage_runs: Collection[int], limit: int | None, preferred: Sequence[str] = ()
) -> list[str]:
    """Choose the runs to look at among those of some stage runs.

    Parameters
    ----------
    limit
        At most so many; None for all.
    preferred
        Runs that come first, where they are among them; then the newest.
    """
    ordered = sorted(stage_runs, reverse=True)
    if limit is None:
        return lineage_names.runs_of(ledger, ordered)
    first: list[str] = []
    if preferred:
        # By the runs' stage runs and not the other way: that reads nothing but an index.
        of_preferred = lineage_names.stage_runs_of_runs(ledger, preferred)
        among = set(lineage_names.runs_of(ledger, sorted(of_preferred.intersection(stage_runs))))
        first = [run_id for run_id in dict.fromkeys(preferred) if run_id in among][:limit]
    chosen = dict.fromkeys(first)
    for start in range(0, len(ordered), _FEW):
        if len(chosen) >= limit:
            break
        for run_id in lineage_names.runs_of(ledger, ordered[start : start + _FEW]):
            if len(chosen) < limit:
                chosen[run_id] = None
    return list(chosen)


def _run(ledger: Ledger, run_id: str) -> Subject:
    return Subject("run", run_id, frozenset(lineage_names.stage_runs_of_runs(ledger, [run_id])))


def _paths(ledger: Ledger, root: Path, text: str) -> list[str]:
    """The files that a path means: from the workspace, from here, or by the end of the path."""
    candidates = [os.path.normpath(text)]
    absolute = os.path.normpath(Path.cwd() / text)
    if absolute.startswith(f"{root}{os.sep}"):
        candidates.append(os.path.relpath(absolute, root))
    candidates = [path.replace(os.sep, "/") for path in dict.fromkeys(candidates)]
    known = [path for path in candidates if lineage_names.by_file(ledger, path)]
    if known or "." not in text:
        return known[:1]
    return [path for path in lineage_names.known_names(ledger)["file"] if path.endswith(f"/{text}")]
