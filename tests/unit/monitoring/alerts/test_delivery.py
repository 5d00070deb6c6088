"""Notifications on their way to real receivers."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from jupyter_mlpipe.errors import ChannelError, DeliveryError
from jupyter_mlpipe.ledger.alerts import Alert
from jupyter_mlpipe.monitoring.alerts.delivery import Sender, without_secrets
from jupyter_mlpipe.monitoring.alerts.messages import Notification, notification
from tests.unit.monitoring.alerts.receivers import mailbox, webhook


def alert(**more: object) -> Alert:
    given = {
        "id": "abc", "fingerprint": "f", "rule": "stage-failed", "severity": "critical", "kind": "stage",
        "subject": "flights/train", "title": "flights/train failed", "text": "ValueError: no rows", "count": 3,
    }  # fmt: skip
    return Alert(**given | more)  # type: ignore[arg-type]


def test_a_mail_and_a_webhook_arrive_as_plain_text() -> None:
    nasty = "<script>alert(1)</script> & 'x'\r\nBcc: everybody@example.org\r\n\r\n<b>bold</b> naïve ✓ {{x}} :smile: \\n"
    told = notification([alert(title=f"{nasty} failed", text=nasty, run="r1", owner="ana")], {"level": 0})
    with mailbox() as box, webhook() as hook, Sender() as sender:
        sender.send(box.url(), told, "ana/mail")
        sender.send(hook.url(), told, "ana/hook")
        ((recipients, mail),) = box.mails
        ((_, body),) = hook.got
    assert recipients == ["ana@example.org"]
    assert mail["Bcc"] is None
    assert "[critical]" in mail["Subject"]
    assert "<script>alert(1)</script> & 'x' Bcc: everybody@example.org" in mail["Subject"]
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    for said in ("<b>bold</b> naïve ✓ {{x}} :smile: \\n", "rule stage-failed", "run r1", "owner ana", "seen 3 times"):
        assert said in text
        assert said in body["message"]
    assert "To take care of it: mlpipe alerts ack abc" in text
    assert body["title"] == told.title
    assert "\n" not in told.title
    assert body["type"] == "failure"


def test_many_alerts_are_listed_in_one_notification() -> None:
    found = [alert(id=f"a{number}", title=f"number {number}", run="r1") for number in range(30)]
    told = notification(found, {"level": 1, "recipient": "bo"}, "https://lab.example.org/alerts/{id}")
    assert told.title == "[critical] 30 alerts on flights/train"
    assert told.body.startswith("Escalated to bo: nobody acknowledged it in time.")
    assert "number 19" in told.body
    assert "and 10 more" in told.body
    assert "https://lab.example.org/alerts/a3" in told.body
    late = notification(
        [alert(status="acknowledged", acknowledged_by="bo\r\nx"), alert(status="resolved")], {"level": 0}
    )
    assert "  bo x has acknowledged it.\n" in late.body
    assert "It is over by now." in late.body
    over = notification([alert(note="it ran", status="resolved")], {"level": 0, "over": True})
    assert over.title == "[resolved] flights/train failed"
    assert "it ran" in over.body
    assert "mlpipe alerts ack" not in over.body


def test_what_is_not_taken_is_said_without_secrets() -> None:
    told = Notification("t", "b", "warning")
    with webhook() as hook, Sender() as sender:
        hook.down = True
        secret = f"json://user:hunter2-secret@127.0.0.1:{hook.port}/path/T0KEN-abcdef?+X-Key=abcd1234"
        with pytest.raises(DeliveryError, match=r"ana/hook took no message: .*503") as raised:
            sender.send(secret, told, "ana/hook")
        for part in ("hunter2", "T0KEN", "abcd1234", "user:"):
            assert part not in str(raised.value)
        for bad in ("mailto://127.0.0.1:9?to=a@example.org", "json://127.0.0.1:9/", "json://no-such-host.invalid/x"):
            with pytest.raises(DeliveryError, match="took no message"):
                sender.send(bad, told, "ana/bad")
        hook.down = False
        sender.send(secret, told, "ana/hook")
        assert len(hook.got) == 1


def test_secrets_are_taken_out_of_whatever_a_library_says() -> None:
    url = "slack://tokenA-1234/tokenB-5678/tokenC%2F9@ops.example.org/x?to=me"
    said = f"POST {url} failed: tokenA-1234 tokenB-5678 tokenC/9 tokenC%2F9 at ops.example.org"
    for part in ("tokenA", "tokenB", "tokenC"):
        assert part not in without_secrets(said, url)


@pytest.mark.parametrize(
    "url",
    [
        "pagerduty://IntegrationKey@APIkey",
        "opsgenie://APIkey123456",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "mailto://user:secret@example.org?to=ana@example.org",
        "jsons://hooks.example.org/x",
    ],
)
def test_the_services_that_teams_use_are_understood(url: str) -> None:
    with Sender() as sender:
        sender.check(url, "ana/x")


def test_a_url_that_apprise_does_not_know_is_said() -> None:
    with Sender() as sender:
        for url in ("nosuchservice://x/secret-token", "slack://short"):
            with pytest.raises(ChannelError, match="does not understand") as raised:
                sender.check(url, "ana/x")
            assert "secret-token" not in str(raised.value)


@pytest.mark.exhaustive
def test_a_server_that_never_answers_is_left_behind() -> None:
    with webhook() as hook, Sender(patience=3.0) as sender:
        sender.send(hook.url(), Notification("t", "b", "info"), "ana/hook")
        hook.pause = 5.0
        begun = time.monotonic()
        with pytest.raises(DeliveryError):
            sender.send(hook.url(), Notification("t", "b", "info"), "ana/hook")
        assert time.monotonic() - begun < 4.5
        hook.pause = 0.0
        sender.send(hook.url(), Notification("t", "b", "info"), "ana/hook")


def test_the_watch_and_the_command_line_load_no_heavy_library() -> None:
    code = """
import sys
import jupyter_mlpipe.monitoring.alerts.watch, jupyter_mlpipe.monitoring.alerts.desk, jupyter_mlpipe.cli.alerts_shown
heavy = {"apprise", "pandas", "numpy", "mlflow", "dask", "sqlalchemy", "IPython", "asyncio"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
