"""Sends notifications to channels by apprise: mail, Slack, PagerDuty, Opsgenie, webhooks.

apprise is loaded, and speaks to the world, in a process of its own (`Sender`): it takes 60 MB and most of a second, its
libraries print and log, and a server that never answers can be left behind. URLs go there through a pipe, so that no
secret is among a process's arguments. The process sends one notification at a time, and ends with whoever started it.

`main` is the program of that process. Not for what is sent, to whom and when (``outgoing``, ``routing``).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any, Self
from urllib.parse import unquote

from jupyter_mlpipe.errors import ChannelError, DeliveryError
from jupyter_mlpipe.monitoring.alerts.messages import Notification

PATIENCE = 60.0
"""Seconds for which one notification may take; apprise itself gives up on a connection earlier."""
_PROGRAM = "import sys; del sys.path[0]; from jupyter_mlpipe.monitoring.alerts.delivery import main; sys.exit(main())"


class Sender:
    """A process that sends. Use it as a context manager; it starts with the first notification."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, url: str, told: Notification, channel: str) -> None:
        """Send one notification.

        Raises
        ------
        DeliveryError
            It did not arrive, as far as one can tell. The message holds no part of the URL that could be a secret.
        """
        asked = {"url": url, "title": told.title, "body": told.body, "type": _type_of(told)}
        problem = self._ask(asked)
        if problem is not None:
            raise DeliveryError(f"{channel} took no message: {without_secrets(problem, url)}", hint="", channel=channel)

    def check(self, url: str, channel: str) -> None:
        """See whether apprise understands a URL. Nothing is sent.

        Raises
        ------
        ChannelError
            It does not.
        """
        problem = self._ask({"url": url})
        if problem is not None:
            raise ChannelError(
                f"channel {channel}: apprise does not understand its URL",
                hint="see https://appriseit.com/services for its form",
                channel=channel,
            )

    def _ask(self, asked: dict[str, Any]) -> str | None:
        """Return what went wrong, or None."""
        try:
            process = self._started()
            if process.stdin is None or process.stdout is None:
                raise OSError("the process has no pipes")
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], self._patience)
            answer = process.stdout.readline() if ready else b""
        except OSError as error:
            self.close()
            return f"the process that sends cannot be used: {error.strerror or error}"
        if not answer:
            self.close()
            return "the process that sends ended" if ready else f"no answer within {self._patience:.0f} s"
        problem: str | None = json.loads(answer)["problem"]
        return problem

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def without_secrets(text: str, url: str) -> str:
    """Text in one line, without anything of a URL but its scheme and host."""
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?]", rest)[0].rpartition("@")[2]
    # Of many services a key stands where others have their host.
    kept = {scheme, *((host, host.partition(":")[0]) if "." in host or host.startswith("localhost") else ())}
    words = {url, rest, *re.split(r"[:/?&=@+]", rest)}
    words |= {unquote(word) for word in words}
    # Shorter ones are words like `to`, and ports.
    for word in sorted(words - kept, key=len, reverse=True):
        if len(word) > 3:
            text = text.replace(word, "***")
    return " ".join(text.split())[:500]


def _type_of(told: Notification) -> str:
    return "success" if told.over else {"info": "info", "warning": "warning"}.get(told.severity, "failure")


# -- the process --------------------------------------------------------------------------------------------------


def main() -> int:
    """Send what comes in, a line of JSON each, and answer each with a line; end when the other side does."""
    with _own_output() as answers:
        for line in sys.stdin.buffer:
            answers.write(json.dumps({"problem": _carried_out(json.loads(line))}).encode() + b"\n")
            answers.flush()
    return 0


@contextlib.contextmanager
def _own_output() -> Iterator[IO[bytes]]:
    """Keep the pipe for answers, whatever libraries print."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield answers
    finally:
        answers.close()


def _carried_out(asked: dict[str, Any]) -> str | None:
    import apprise

    said = _Said()
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.handlers[:] = [said]
    logger.setLevel(logging.INFO)
    asset = apprise.AppriseAsset(async_mode=False, storage_mode="memory", secure_logging=True, app_id="mlpipe")
    service = apprise.Apprise.instantiate(asked["url"], asset=asset)
    if service is None:
        return said.worst or "its URL is not understood"
    if "title" not in asked:
        return None
    if "mailto" in (getattr(service, "protocol", None) or ()):
        service.notify_format = apprise.NotifyFormat.TEXT
    try:
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        took = sender.notify(
            body=asked["body"],
            title=asked["title"],
            notify_type=apprise.NotifyType(asked["type"]),
            body_format=apprise.NotifyFormat.TEXT,
        )
    except Exception as error:  # noqa: BLE001 - they raise what their HTTP and mail libraries raise
        return f"{type(error).__name__}: {error}"
    return None if took else said.worst or "it refused"


class _Said(logging.Handler):
    """What apprise logs of one notification."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.levelno >= logging.WARNING or "Exception" in record.getMessage():
            self._lines.append(record.getMessage())

    @property
    def worst(self) -> str:
        """In one line."""
        return "; ".join(dict.fromkeys(self._lines))[:1000]
