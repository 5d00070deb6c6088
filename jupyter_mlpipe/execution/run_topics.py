"""Topics by which events that workers log come to the run that they belong to.

A scheduler keeps each topic, and a client each handler, as long as it lives. So that nothing gathers there, runs share
a few topics, each takes what is its own, and a run that has ended leaves no handler of its own behind.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

_TOPICS = 16
"""Few enough to stay small, many enough for runs on one scheduler to seldom hear each other."""


def topic_of(run: str) -> str:
    """The topic of a run. Other runs may have the same."""
    return f"mlpipe-{zlib.crc32(run.encode()) % _TOPICS}"


def listen(client: Any, run: str, hear: Callable[[float, dict[str, Any]], None]) -> None:
    """Have `hear` called with the time and each event of a run from now on."""

    def sort_out(logged: tuple[float, Any]) -> None:
        moment, found = logged
        for event in found if isinstance(found, list | tuple) else [found]:
            if isinstance(event, dict) and event.get("run") == run and "type" in event:
                hear(moment, event)

    client.subscribe_topic(topic_of(run), sort_out)


def stop_listening(client: Any, run: str) -> None:
    """Hear no more of a run. Raises what a client raises that has lost its scheduler."""
    # The client keeps the last handler of a topic, and with it all that the handler refers to.
    client.subscribe_topic(topic_of(run), _ignore)
    client.unsubscribe_topic(topic_of(run))


def _ignore(_logged: object) -> None:
    pass
