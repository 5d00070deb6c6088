"""Runs whose runner ended without saying so, killed or lost with its machine. Whoever looks records their end.

Only runs of this machine can be judged. Not for going on with such a run: the next run of the notebook does that, since
what had finished is stored.
"""

from __future__ import annotations

import os
from pathlib import Path
from socket import gethostname

from jupyter_mlpipe.errors import ReadOnlyError
from jupyter_mlpipe.execution.openlineage_delivery import ENDED
from jupyter_mlpipe.ledger import outbox, runs
from jupyter_mlpipe.ledger.database import Ledger

_MOST = 100
_SLACK = 5.0
"""Seconds by which the clocks of the ledger and of the system may differ."""


def open_runs(ledger: Ledger) -> list[runs.Run]:
    """Runs of this machine that have not ended and whose process lives."""
    return [run for run in _running_here(ledger) if _lives(run.pid, run.started)]


def record_lost_runs(ledger: Ledger, *, tracking: bool = True, openlineage: bool = False) -> list[runs.Run]:
    """Record the end of runs whose process has ended; return them.

    Parameters
    ----------
    tracking
        Whether MLflow is to hear of it.
    openlineage
        Whether a receiver of OpenLineage is.
    """
    lost = [run for run in _running_here(ledger) if not _lives(run.pid, run.started)]
    try:
        for run in lost:
            ended = runs.finish_run(ledger, run.id, "interrupted")
            if tracking and ended.status == "interrupted":
                finished = {"run": run.id, "status": "interrupted", "seconds": None, "ended": ended.ended}
                outbox.put(ledger, "run_finished", finished)
            if openlineage and ended.status == "interrupted":
                outbox.put(ledger, ENDED, {"run": run.id})
    except ReadOnlyError:
        # Who may only read still sees the runs as they were left.
        return []
    return lost


def _running_here(ledger: Ledger) -> list[runs.Run]:
    here = gethostname()
    return [run for run in runs.runs(ledger, status="running", limit=_MOST) if run.host == here]


def _lives(pid: int, since: float) -> bool:
    """Whether the process that had this id at a time still lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # It is another user's.
    begun = _begun(pid)
    return begun is None or begun < since + _SLACK


def _begun(pid: int) -> float | None:
    """When a process began, in seconds since the epoch; None where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        system = Path("/proc/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    # The program's name stands in parentheses and may hold anything.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return float("inf")
    boot = next((line.split()[1] for line in system.splitlines() if line.startswith("btime ")), None)
    return None if boot is None else float(boot) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
