"""What stages in a kernel that their user holds used and cost: as in a run, but for the kernel's own time between them.

Not for stages of runs (``metering_hook``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_mlpipe.costs.charging import Charger
from jupyter_mlpipe.costs.scope import EMBEDDED, of_stage
from jupyter_mlpipe.ledger.usage import costs_of_keys, record_usage

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
    from jupyter_mlpipe.settings import Settings


def record_live_usage(
    ledger: Ledger,
    settings: Settings,
    pipeline: Pipeline,
    stage: Stage,
    *,
    run: str,
    key: str,
    outcome: str,
    started: float,
    seconds: float,
    cpu_seconds: float,
) -> None:
    """Record one execution of a stage in a live kernel, or that a stored result stood for it.

    Parameters
    ----------
    ledger, settings, pipeline, stage
        Where, and whose.
    run
        The run that the kernel is.
    key
        The stage's key; empty where it has none.
    outcome
        ``done``, ``failed`` or ``hit``.
    started
        Seconds since the epoch.
    seconds, cpu_seconds
        What its cells took; nothing for a hit.
    """
    usage = replace(
        of_stage(pipeline, stage, settings, run=run, task=f"{run}/{stage.name}/{started:.6f}", started=started),
        kind="live",
        outcome=outcome,
        key=key or None,
        ended=started + seconds,
        seconds=seconds,
        cpus=stage.options.cpus,
        cpu_seconds=cpu_seconds,
        machine=settings.machine or EMBEDDED,
    )
    if outcome == "hit":
        made = costs_of_keys(ledger, [key]).get(key)
        usage = replace(usage, kind="hit", amount=0, currency=Charger.of(settings.root).currency)
        if made is not None and made.amount is not None:
            usage = replace(usage, saved=made.amount, currency=made.currency)
    else:
        usage = Charger.of(settings.root).charged(usage)
    record_usage(ledger, [usage])
