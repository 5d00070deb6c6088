"""Who takes the messages in the ledger's outbox: deliverers, by the entry point group ``jupyter_mlpipe.deliveries``.

Each takes messages of its own kinds to one other system. Not for when they are sent (``courier``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from jupyter_mlpipe.errors import HookError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.settings import Settings

GROUP = "jupyter_mlpipe.deliveries"


class Deliverer(Protocol):
    """Takes messages to another system. A second delivery of the same message must change nothing there."""

    kinds: ClassVar[frozenset[str]]
    """The kinds of messages that it takes."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        """Open the other system; may raise what its library raises where that is not there."""

    def deliver(self, messages: Sequence[Message]) -> None:
        """Deliver messages of one run, in order. What it raises is recorded, and the messages are tried again."""

    def answers(self) -> bool:
        """Whether the other system is there at all: where it is not, nothing else is tried for now."""


def deliverers() -> dict[str, type[Deliverer]]:
    """The deliverer of each kind of message, of all installed packages.

    Raises
    ------
    HookError
        One cannot be loaded; names it and its package.
    """
    found: dict[str, type[Deliverer]] = {}
    for point in entry_points(GROUP):
        try:
            kind: type[Deliverer] = point.load()
        except Exception as error:
            raise HookError(
                f"the deliverer {point.name} of {point.distribution} cannot be loaded: {type(error).__name__}: {error}",
                hint=f"repair or uninstall {point.distribution}",
                deliverer=point.name,
            ) from error
        found |= dict.fromkeys(kind.kinds, kind)
    return found
