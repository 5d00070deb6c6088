"""What people read: the title and text of a notification. Plain text; what comes from notebooks cannot break out of it.

Not for sending it (``delivery``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jupyter_mlpipe.ledger.alerts import SEVERITIES, Alert, Severity

_LISTED = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Notification:
    """What one channel is sent."""

    title: str
    """One line."""
    body: str
    severity: Severity
    over: bool = False
    """It says that something is over."""


def notification(alerts: Sequence[Alert], payload: Mapping[str, Any], link: str | None = None) -> Notification:
    """Say what happened, to whom it matters, and what to do.

    Parameters
    ----------
    alerts
        What it is about; one at least.
    payload
        The outbox's message: ``level``, ``recipient``, ``over``.
    link
        Where an alert is shown, with ``{id}``.
    """
    severity = max((alert.severity for alert in alerts), key=SEVERITIES.index)
    over = bool(payload.get("over"))
    level = int(payload.get("level", 0))
    mark = "resolved" if over else severity
    what = alerts[0].title if len(alerts) == 1 else f"{len(alerts)} alerts on {_about(alerts)}"
    lines = [] if over or not level else [f"Escalated to {payload['recipient']}: nobody acknowledged it in time.", ""]
    for alert in alerts[:_LISTED]:
        lines += [*_told(alert, link, over=over), ""]
    if len(alerts) > _LISTED:
        lines += [f"… and {len(alerts) - _LISTED} more: mlpipe alerts list", ""]
    return Notification(one_line(f"[{mark}] {what}"), "\n".join(lines).rstrip() + "\n", severity, over)


def one_line(text: str, longest: int = 200) -> str:
    """Text that stays one line wherever it is put, a mail's header too."""
    plain = " ".join(_CONTROL.sub(" ", text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def plain_text(text: str, longest: int = 3000) -> str:
    """Text whose only control character is the line feed."""
    plain = _CONTROL_BUT_LINES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _told(alert: Alert, link: str | None, *, over: bool) -> list[str]:
    text = alert.note if over and alert.note else alert.text
    lines = [f"{alert.severity.upper()}: {one_line(alert.title)}"]
    lines += [f"  {line}" for line in plain_text(text).splitlines()]
    facts = [f"rule {alert.rule}", f"subject {one_line(alert.subject)}"]
    facts += [f"run {alert.run}"] if alert.run else []
    facts += [f"owner {one_line(alert.owner)}"] if alert.owner else []
    facts += [f"seen {alert.count} times"] if alert.count > 1 else []
    lines.append(f"  ({', '.join(facts)}; since {_moment(alert.opened)})")
    if not over:
        # A message that waited for its channel may come when others have done something already.
        done = {"acknowledged": f"{alert.acknowledged_by} has acknowledged it.", "resolved": "It is over by now."}
        lines.append(f"  {one_line(done.get(alert.status, f'To take care of it: mlpipe alerts ack {alert.id}'))}")
        if link:
            lines.append(f"  {link.replace('{id}', alert.id)}")
    return lines


def _about(alerts: Sequence[Alert]) -> str:
    runs = {alert.run for alert in alerts}
    subjects = {alert.subject for alert in alerts}
    if len(subjects) == 1:
        return subjects.pop()
    run = runs.pop() if len(runs) == 1 else None
    pipelines = {subject.partition("/")[0] for subject in subjects}
    where = pipelines.pop() if len(pipelines) == 1 else f"{len(subjects)} subjects"
    return f"{where} (run {run})" if run else where


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
