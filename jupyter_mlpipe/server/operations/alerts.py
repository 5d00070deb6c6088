"""Operations on alerts: look, acknowledge, silence. Not for telling anybody."""

from __future__ import annotations

from jupyter_mlpipe.errors import RequestError
from jupyter_mlpipe.monitoring.alerts import desk as alert_desk
from jupyter_mlpipe.monitoring.alerts.desk import AlertView
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.shapes.alerts import (
    AcknowledgeRequest,
    AlertDetail,
    AlertEventInfo,
    AlertInfo,
    AlertList,
    SilenceRequest,
)

_MOST = 500


def list_alerts(desk: Desk, *, path: str, resolved: bool = False, limit: int = 100) -> AlertList:
    """List the alerts of the workspace that a notebook or folder belongs to; with `resolved`, the newest of all."""
    if not 0 < limit <= _MOST:
        raise RequestError(f"`limit` is {limit}", hint=f"give a number from 1 to {_MOST}")
    workspace = desk.look_into(path)
    if not workspace.exists:
        return AlertList(workspace.root.name, (), 0, 0)
    standing = alert_desk.open_alerts(workspace.ledger)
    shown = alert_desk.alerts(workspace.ledger, limit=limit) if resolved else standing[:limit]
    return AlertList(
        workspace.root.name,
        tuple(map(_info, shown)),
        unacknowledged=sum(view.alert.status == "open" for view in standing),
        more=0 if resolved else max(0, len(standing) - limit),
    )


def show_alert(desk: Desk, *, alert: str, path: str) -> AlertDetail:
    """Show an alert with what was found, who was told, and what became of it."""
    found = alert_desk.alert(desk.workspace(path).ledger, alert)
    events = tuple(
        AlertEventInfo(item.event, item.time, item.text, item.level, item.recipient, item.channel, item.user)
        for item in found.events
    )
    return AlertDetail(_info(found.view), dict(found.view.alert.facts), tuple(found.view.alert.escalate), events)


def acknowledge_alert(desk: Desk, *, alert: str, body: AcknowledgeRequest) -> AlertInfo:
    """Say that you take care of an alert: nobody further is told of it."""
    return _info(alert_desk.acknowledge(desk.workspace(body.path).ledger, alert, body.note))


def silence_alert(desk: Desk, *, alert: str, body: SilenceRequest) -> AlertInfo:
    """For a while, have nobody told of alerts of this rule on this subject."""
    ledger = desk.workspace(body.path).ledger
    found = alert_desk.alert(ledger, alert).view.alert
    subject, rule = _literally(found.subject), _literally(found.rule)
    alert_desk.silence(ledger, subject, body.seconds, rule=rule, reason=body.reason)
    return _info(alert_desk.alert(ledger, found.id).view)


def _literally(text: str) -> str:
    """A glob that matches this text alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _info(view: AlertView) -> AlertInfo:
    alert = view.alert
    return AlertInfo(
        id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        kind=alert.kind,
        subject=alert.subject,
        title=alert.title,
        text=alert.text,
        status=alert.status,
        silenced=view.silence is not None,
        count=alert.count,
        opened=alert.opened,
        last_seen=alert.last_seen,
        run=alert.run,
        owner=alert.owner,
        team=alert.team,
        acknowledged=alert.acknowledged,
        acknowledged_by=alert.acknowledged_by,
        note=alert.note,
        resolved=alert.resolved,
    )
