"""Alerts as the server shows them, and what it does with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlpipe.errors import RequestError, UnknownAlertError, UsageError
from jupyter_mlpipe.ledger.alert_findings import Finding, take_in
from jupyter_mlpipe.monitoring.metrics import metrics_text
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.operations import alerts
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.shapes.alerts import AcknowledgeRequest, SilenceRequest
from jupyter_mlpipe.workspace import Workspace


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Workspace.open(tmp_path, create=True) as workspace:
        found = {"rule": "stage-failed", "kind": "stage", "title": "it failed", "time": 10.0}
        take_in(
            workspace.ledger,
            [
                Finding(source="1", subject="flights/train", severity="critical", facts={"code": "MP2"}, **found),
                Finding(source="2", subject="flights/[load]*", **found),
                Finding(source="3", subject="flights/load", **found),
            ],
        )
    made = Desk(Places(tmp_path, hidden=False), tell=lambda _: None)
    yield made
    made.close()


def test_the_worst_that_nobody_cares_for_stands_first(desk: Desk) -> None:
    listed = alerts.list_alerts(desk, path="")
    assert listed.alerts[0].subject == "flights/train"
    assert listed.unacknowledged == 3
    assert alerts.list_alerts(desk, path="", limit=1).more == 2
    with pytest.raises(RequestError):
        alerts.list_alerts(desk, path="", limit=0)


def test_acknowledging_is_on_record_in_the_ledger_and_the_metrics(desk: Desk) -> None:
    first = alerts.list_alerts(desk, path="").alerts[0]
    before = metrics_text(desk.workspace("").ledger)
    assert 'mlpipe_alerts_open{acknowledged="false",severity="critical"} 1.0' in before
    said = alerts.acknowledge_alert(desk, alert=first.id, body=AcknowledgeRequest("", "I look into it"))
    assert (said.status, said.note) == ("acknowledged", "I look into it")
    detail = alerts.show_alert(desk, alert=first.id, path="")
    assert detail.facts == {"code": "MP2"}
    assert detail.events[-1].event == "acknowledged"
    assert alerts.list_alerts(desk, path="").unacknowledged == 2
    after = metrics_text(desk.workspace("").ledger)
    assert 'mlpipe_alerts_open{acknowledged="true",severity="critical"} 1.0' in after
    assert 'mlpipe_alerts_oldest_unacknowledged_seconds{severity="critical"} 0.0' in after
    with pytest.raises(UnknownAlertError):
        alerts.show_alert(desk, alert="nothing", path="")


def test_a_silence_from_an_alert_covers_its_subject_alone(desk: Desk) -> None:
    odd = next(item for item in alerts.list_alerts(desk, path="").alerts if "*" in item.subject)
    assert alerts.silence_alert(desk, alert=odd.id, body=SilenceRequest("", 3600, "known")).silenced
    listed = alerts.list_alerts(desk, path="")
    assert [item.subject for item in listed.alerts if item.silenced] == ["flights/[load]*"]
    with pytest.raises(UsageError):
        alerts.silence_alert(desk, alert=odd.id, body=SilenceRequest("", -1))
