"""``mlpipe owners``: who answers for something, and whether ``owners.toml`` is right.

Not for telling them anything (``alerts``).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import duration, print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("show", help="show who is told of alerts, level after level", allow_abbrev=False)
    shown.add_argument("subject", metavar="SUBJECT", help="a pipeline, PIPELINE/STAGE, or model:MODEL")
    shown.add_argument(
        "--severity", choices=("info", "warning", "critical"), default="warning", help="of the alert (default: warning)"
    )
    checked = actions.add_parser("check", help="say what is wrong with owners.toml", allow_abbrev=False)
    for item in (shown, checked):
        item.set_defaults(parser=item)
        add_workspace(item)
        add_json(item)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    with open_workspace(arguments) as workspace:
        return _show(workspace, arguments) if arguments.action == "show" else _check(workspace, arguments)


def _show(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.alerts.conditions import subject_of
    from jupyter_mlpipe.monitoring.alerts.ownership import said_of
    from jupyter_mlpipe.owners import load_owners

    kind, subject = subject_of(arguments.subject)
    said = said_of(workspace.ledger, kind, subject)
    answer = load_owners(workspace.root).answer(kind, subject, arguments.severity, **said)
    facts: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "owner": answer.owner,
        "team": answer.team,
        "ack_timeout": answer.ack_timeout,
        "levels": [
            {"name": level.name, "channels": [channel.name for channel in level.channels]} for level in answer.levels
        ],
        "problems": list(answer.problems),
    }
    if arguments.json:
        print_json(facts)
        return 0
    print(f"{kind} {subject}: {answer.owner or 'nobody'} answers{f' (team {answer.team})' if answer.team else ''}")
    for number, level in enumerate(answer.levels):
        after = f"after {duration(number * answer.ack_timeout)}" if number else "at once"
        print(f"  {after}: {level.name} through {', '.join(channel.name for channel in level.channels)}")
    for problem in answer.problems:
        print(f"  ! {problem}")
    return 0


def _check(workspace: Workspace, arguments: argparse.Namespace) -> int:
    """Return 2 where something is wrong."""
    from jupyter_mlpipe.errors import OwnersError
    from jupyter_mlpipe.monitoring.alerts.options import alert_options
    from jupyter_mlpipe.monitoring.alerts.ownership import unknown_names
    from jupyter_mlpipe.monitoring.alerts.trial import unreachable
    from jupyter_mlpipe.owners import FILE, load_owners

    alert_options(workspace.settings)
    owners = load_owners(workspace.root)
    if not owners.exists:
        raise OwnersError(f"there is no {FILE} in {workspace.root}", hint="docs/how-to/alert-owners.md shows one")
    problems = [{"where": problem.where, "text": problem.text} for problem in owners.problems]
    problems += [{"where": FILE, "text": text} for text in unreachable(owners)]
    problems += [{"where": where, "text": text} for where, text in unknown_names(workspace.ledger, owners)]
    if arguments.json:
        print_json({"problems": problems})
    else:
        for problem in problems:
            print(f"{problem['where']}: {problem['text']}")
        if not problems:
            print(f"{FILE} is right: {len(owners.channels)} people and teams, whom channels reach")
    return OwnersError.exit_code if problems else 0
