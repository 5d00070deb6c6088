"""``mlpipe track``: send to MLflow what is waiting, now, and say what is left. Not for sending it (``courier``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger

_SHOWN = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--dry-run", action="store_true", help="only say what is waiting")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Send; return 1 where something is left."""
    from jupyter_mlpipe.execution.deliveries import deliverers
    from jupyter_mlpipe.ledger import outbox
    from jupyter_mlpipe.settings import public_url

    with open_workspace(arguments) as workspace:
        facts: dict[str, Any] = {"tracking_uri": public_url(workspace.settings.tracking_uri), "sent": 0, "busy": False}
        if not arguments.dry_run and outbox.waiting(workspace.ledger, deliverers()):
            from jupyter_mlpipe.execution.courier import Courier

            delivery = Courier(workspace.settings, workspace.ledger).send_all()
            facts |= {"sent": delivery.sent, "busy": delivery.busy}
        facts["waiting"] = _waiting(workspace.ledger)
    if arguments.json:
        print_json(facts)
    else:
        _print(facts)
    return 1 if facts["waiting"] and not arguments.dry_run and not facts["busy"] else 0


def _waiting(ledger: Ledger) -> list[dict[str, Any]]:
    """For each run that still has messages: how many, and what went wrong last."""
    from jupyter_mlpipe.execution.deliveries import deliverers
    from jupyter_mlpipe.ledger import outbox

    runs: dict[str, dict[str, Any]] = {}
    for message in outbox.pending(ledger, _SHOWN, due_only=False, kinds=deliverers()):
        name = message.payload.get("run", "")
        run = runs.setdefault(name, {"run": name, "messages": 0, "error": None})
        run["messages"] += 1
        run["error"] = message.error or run["error"]
    return list(runs.values())


def _print(facts: dict[str, Any]) -> None:
    print(f"{facts['sent']} sent to {facts['tracking_uri']}")
    if facts["busy"]:
        note("another courier is sending now")
    for run in facts["waiting"]:
        print(f"run {run['run']}: {run['messages']} waiting" + (f": {run['error']}" if run["error"] else ""))
