"""Test messages: whether those who answer for something can be reached at all, and what is wrong with the channels.

Not for alerts (``outgoing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from jupyter_mlpipe.errors import MlpipeError, UnknownOwnerError
from jupyter_mlpipe.ledger.processes import this_host, this_user
from jupyter_mlpipe.monitoring.alerts.conditions import subject_of
from jupyter_mlpipe.monitoring.alerts.delivery import Sender
from jupyter_mlpipe.monitoring.alerts.messages import Notification
from jupyter_mlpipe.owners import Owners, Recipient


class Trial(NamedTuple):
    """What came of one test message."""

    recipient: str
    channel: str
    arrived: bool
    problem: str = ""


def send_test(owners: Owners, name: str, environ: Mapping[str, str] | None = None) -> list[Trial]:
    """Send a test message through every channel of a person or team, or of all who answer for a subject.

    Parameters
    ----------
    name
        A person or team; else a subject: ``flights``, ``flights/train`` or ``model:flight-delay``.

    Raises
    ------
    UnknownOwnerError
        There is nobody to send to.
    """
    path = _path(owners, name)
    text = f"{this_user()} on {this_host()} tries whether alerts reach you. There is nothing to do.\n"
    told = Notification("[test] alerts of mlpipe reach you", text, "info")
    results = []
    with Sender() as sender:
        for recipient in path:
            for channel in recipient.channels:
                try:
                    sender.send(channel.url(environ), told, channel.name)
                except MlpipeError as error:
                    results.append(Trial(recipient.name, channel.name, arrived=False, problem=error.message))
                else:
                    results.append(Trial(recipient.name, channel.name, arrived=True))
    return results


def unreachable(owners: Owners, environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with the channels, as far as can be said without sending: variables, and what apprise says."""
    problems = []
    with Sender() as sender:
        for channels in owners.channels.values():
            for channel in channels:
                try:
                    sender.check(channel.url(environ), channel.name)
                except MlpipeError as error:
                    problems.append(error.message)
    return problems


def _path(owners: Owners, name: str) -> tuple[Recipient, ...]:
    if owners.knows(name):
        found = owners.recipient(name)
        if not found.channels:
            raise UnknownOwnerError(f"{name} has no channel in owners.toml", hint=f"give {name} channels", owner=name)
        return (found,)
    pipelines = owners.rules.get("pipelines", {})
    if "/" not in name and not name.startswith("model:") and not any(fnmatchcase(name, glob) for glob in pipelines):
        known = ", ".join(sorted(owners.channels)) or "nobody"
        raise UnknownOwnerError(f"{name} is not in owners.toml", hint=f"it knows {known}", owner=name)
    answer = owners.answer(*subject_of(name), "critical")
    if not answer.levels:
        raise UnknownOwnerError("; ".join(answer.problems), hint="add channels to owners.toml", owner=name)
    return answer.levels
