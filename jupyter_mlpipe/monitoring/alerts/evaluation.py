"""Asking the rules what is new, and recording it: each fact counts once, whoever asks and however often.

A cursor stays behind facts that are younger than some seconds: on a ledger with several writers a fact may be committed
after one that has a higher id. Facts that are read again are known by their source.

Not for what is worth an alert (``rules``, ``conditions``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jupyter_mlpipe.errors import AlertRuleError
from jupyter_mlpipe.ledger.alert_findings import Cursor, Finding, Recovery, cursor, take_in
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.monitoring.alerts.conditions import CONDITIONS
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions
from jupyter_mlpipe.monitoring.alerts.ownership import said_of
from jupyter_mlpipe.monitoring.alerts.rules import PAGE, RULES, Look, Read, Rule
from jupyter_mlpipe.notebook.installed import entry_points

GROUP = "jupyter_mlpipe.alert_rules"
SETTLED = 10.0
"""Seconds after which a fact with a lower id is not expected any more."""
FIRST_LOOK = 86400.0
"""Seconds: a rule that is asked for the first time looks at facts no older than this."""

_TIMES = {
    "stage-failed": ("stage_runs", "id", "ended"),
    "run-failed": ("run_ends", "ended", "ended"),
    "gate-refused": ("gates", "id", "time"),
    "contract-violated": ("gates", "id", "time"),
    "budget": ("budget_events", "id", "time"),
    "drift": ("drift_reports", "id", "time"),
    "quality": ("performance", "id", "time"),
}
"""Where each of our rules reads: the table, the column of positions, and that of times."""


def rules() -> dict[str, Rule]:
    """All rules over facts by name, those of installed packages too.

    Raises
    ------
    AlertRuleError
        One cannot be loaded.
    """
    found = dict(RULES)
    for point in entry_points(GROUP):
        try:
            found[point.name] = point.load()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise AlertRuleError(
                f"the alert rule {point.name} of {point.distribution} cannot be loaded: {reason}",
                hint=f"repair or uninstall {point.distribution}",
                rule=point.name,
            ) from error
    return found


def evaluate(ledger: Ledger, options: AlertOptions, asked: Mapping[str, Rule] | None = None) -> list[AlertRuleError]:
    """Ask the rules over facts, and record what they find; return what went wrong with single ones.

    A rule that fails keeps no other from being asked.
    """
    failed = []
    for name, rule in (rules() if asked is None else asked).items():
        if name not in options.off:
            try:
                _ask(ledger, options, name, rule)
            except Exception as error:  # noqa: BLE001 - a rule is anybody's code
                failed.append(
                    AlertRuleError(
                        f"the alert rule {name} failed: {type(error).__name__}: {error}",
                        hint=f'repair it, or turn it off with off = ["{name}"] in [tool.mlpipe.alerts]',
                        rule=name,
                    )
                )
    return failed


def evaluate_conditions(ledger: Ledger, options: AlertOptions) -> None:
    """Ask the rules that no fact wakes."""
    clock = _clock(ledger)
    for name, condition in CONDITIONS.items():
        if name not in options.off:
            take_in(ledger, _completed(ledger, condition(ledger, options, clock), options), reopen=options.reopen)


def _ask(ledger: Ledger, options: AlertOptions, name: str, rule: Rule) -> None:
    clock = _clock(ledger)
    before = cursor(ledger, name)
    if before is None:
        start = _start(ledger, name, clock - FIRST_LOOK)
        if not take_in(ledger, [], Cursor(name, None, start)):
            return
        before = start
    after = before
    while True:
        reads = rule(Look(ledger, options, after, clock))
        settled = _settled(reads, clock, before)
        found = _completed(ledger, [item for read in reads for item in read.found], options)
        moved = Cursor(name, before, settled) if settled != before else None
        if (found or moved) and not take_in(ledger, found, moved, reopen=options.reopen):
            return
        before = settled
        if len(reads) < PAGE:
            return
        after = reads[-1].position


def _settled(reads: Sequence[Read], clock: float, before: float) -> float:
    for read in reads:
        if read.time > clock - SETTLED:
            break
        before = read.position
    return before


def _completed(ledger: Ledger, found: Sequence[Finding | Recovery], options: AlertOptions) -> list[Finding | Recovery]:
    """Give findings the severity that the settings say, and, where no fact names one, the owner whom a line named."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    completed: list[Finding | Recovery] = []
    for item in found:
        if isinstance(item, Finding):
            more: dict[str, Any] = {"severity": options.severity.get(item.rule, item.severity)}
            if not item.owner and not item.team and not item.escalate:
                about = (item.kind, item.subject)
                if about not in said:
                    said[about] = said_of(ledger, *about)
                more |= said[about]
            item = replace(item, **more)
        completed.append(item)
    return completed


def _start(ledger: Ledger, name: str, since: float) -> float:
    """The position of the last fact that is too old to be told."""
    if name not in _TIMES:
        return 0.0
    table, position, time = _TIMES[name]
    query = f"SELECT max({position}) AS last FROM {table} WHERE {time} < :since"  # noqa: S608 - words of our own
    with ledger.read() as connection:
        return float(connection.rows(query, since=since)[0]["last"] or 0.0)


def _clock(ledger: Ledger) -> float:
    with ledger.read() as connection:
        return connection.clock()
