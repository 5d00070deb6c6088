"""Takes lineage to whoever understands OpenLineage: a server's URL, or a file with an event a line.

The run puts a message for each thing that happened; the courier brings them here, after the event. Not for what the
events say (``openlineage_events``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

from jupyter_mlpipe.errors import SettingsError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

STARTED = "openlineage_started"
STAGE = "openlineage_stage"
ENDED = "openlineage_ended"
"""Kinds of outbox messages; each names a ``run``, that of a stage its ``stage``, too."""

API_KEY_VARIABLE = "OPENLINEAGE_API_KEY"
"""OpenLineage's own variable for the key that a server asks for."""

_SECONDS = 10.0


class OpenLineageDeliverer:
    """Delivers to the ``openlineage-url`` of the settings.

    Raises
    ------
    SettingsError
        There is none, or the library is not installed.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({STARTED, STAGE, ENDED})

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        if settings.openlineage_url is None:
            raise SettingsError("openlineage-url is not set any more", hint="set it, so that what waits can be sent")
        self._url = settings.openlineage_url
        self._ledger = ledger
        try:
            from openlineage.client.event_v2 import set_producer

            from jupyter_mlpipe.execution.openlineage_events import PRODUCER, Place

            set_producer(PRODUCER)
            self._transport = _transport(self._url)
        except ModuleNotFoundError as error:
            raise SettingsError(
                "openlineage-url is set, but the library openlineage-python is not installed",
                hint="install it with `pip install 'jupyter-mlpipe[openlineage]'`",
            ) from error
        self._place = Place.of(settings)

    def answers(self) -> bool:
        """Whether the server accepts connections, or the file can be written."""
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https"):
            return os.access(_file(self._url).parent, os.W_OK)
        import socket

        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), timeout=_SECONDS).close()
        except OSError:
            return False
        return True

    def deliver(self, messages: Sequence[Message]) -> None:
        """Send the events of one run, in order. Raises what the library and its HTTP library raise."""
        for message in messages:
            for event in self._events(message):
                self._transport.emit(event)

    def _events(self, message: Message) -> list[RunEvent]:
        from jupyter_mlpipe.execution import openlineage_events as events

        run = message.payload["run"]
        if message.kind == STARTED:
            return events.started(self._ledger, self._place, run)
        if message.kind == STAGE:
            return events.stage_ended(self._ledger, self._place, run, message.payload["stage"])
        return events.ended(self._ledger, self._place, run)


def _transport(url: str) -> Any:
    """The library's transport for a URL; by hand, so that no configuration file of somebody else's takes part."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        from openlineage.client.transport.file import FileConfig, FileTransport

        path = _file(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileTransport(FileConfig(log_file_path=str(path), append=True))
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    config: dict[str, Any] = {
        "url": f"{parts.scheme}://{parts.netloc}",
        "timeout": _SECONDS,
        # The outbox tries again.
        "retry": {"total": 0},
    }
    if parts.path.strip("/"):
        config["endpoint"] = parts.path.strip("/")
    if os.environ.get(API_KEY_VARIABLE):
        config["auth"] = {"type": "api_key", "apiKey": os.environ[API_KEY_VARIABLE]}
    return HttpTransport(HttpConfig.from_dict(config))


def _file(url: str) -> Path:
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else Path(url)
