"""``mlpipe alerts``: what is wrong, who was told, and what one does about it.

Not for what it looks like (``alerts_shown``), nor for who answers for what (``owners``).
"""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.monitoring.alerts.watch import Watch
    from jupyter_mlpipe.workspace import Workspace

_SEARCHED = 10_000
"""Of how many of the newest alerts those that match are shown."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=text, allow_abbrev=False)
        found.set_defaults(parser=found)
        return found

    listed = action("list", "list the open alerts and the silences")
    listed.add_argument("--all", action="store_true", help="resolved alerts too, newest first")
    listed.add_argument("--subject", metavar="GLOB", help="only alerts on these, such as 'flight-delays/*'")
    listed.add_argument("--rule", metavar="GLOB", help="only alerts of these rules")
    listed.add_argument("-n", "--limit", type=_count, default=50, metavar="N", help="at most so many (default: 50)")
    shown = action("show", "show an alert and what happened to it")
    acked = action("ack", "say that you take care of an alert; it is not escalated any more")
    resolved = action("resolve", "say that an alert is over")
    for item in (shown, acked, resolved):
        item.add_argument("alert", metavar="ALERT", help="its id, or the beginning of it")
    for item in (acked, resolved):
        item.add_argument("--note", default="", metavar="TEXT", help="what others should know of it")
    silenced = action("silence", "tell nobody of some alerts for a while")
    silenced.add_argument("--subject", required=True, metavar="GLOB", help="on what: 'flight-delays/*'")
    silenced.add_argument("--rule", default="*", metavar="GLOB", help="of which rules (default: all)")
    silenced.add_argument("--for", dest="time", required=True, metavar="TIME", help="for how long: 30m, 2h, 1d")
    silenced.add_argument("--reason", default="", metavar="TEXT", help="why")
    ended = action("unsilence", "end a silence early")
    ended.add_argument("silence", metavar="SILENCE", help="its id, or the beginning of it")
    tested = action("test", "send a test message through every channel of somebody")
    tested.add_argument("owner", metavar="OWNER", help="a person or team of owners.toml, or a subject: its whole path")
    watched = action("watch", "ask the rules, tell people and escalate, until it is interrupted")
    watched.add_argument("--until-quiet", action="store_true", help="end when nothing is left to be done")
    watched.add_argument("--poll", type=float, default=2.0, metavar="SECONDS", help="between two looks (default: 2)")
    for item in (listed, shown, acked, resolved, silenced, ended, tested, watched):
        add_workspace(item)
        add_json(item)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    with open_workspace(arguments) as workspace:
        return _ACTIONS[arguments.action](workspace, arguments)


def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from fnmatch import fnmatchcase

    from jupyter_mlpipe.cli import alerts_shown
    from jupyter_mlpipe.monitoring.alerts import desk
    from jupyter_mlpipe.monitoring.alerts.spawning import spawn_watch

    # After a reboot nobody else may have started it.
    spawn_watch(workspace.settings)
    limit = max(arguments.limit, 0)
    wide = _SEARCHED if arguments.subject or arguments.rule else limit
    found = desk.alerts(workspace.ledger, limit=wide) if arguments.all else desk.open_alerts(workspace.ledger)
    found = [
        view
        for view in found
        if fnmatchcase(view.alert.subject, arguments.subject or "*")
        and fnmatchcase(view.alert.rule, arguments.rule or "*")
    ][:limit]
    silences = desk.silences(workspace.ledger)
    if arguments.json:
        facts = [alerts_shown.silence_facts(silence) for silence in silences]
        print_json({"alerts": [view.to_json() for view in found], "silences": facts})
    else:
        alerts_shown.print_alerts(found, silences)
    return 0


def _show(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import alerts_shown
    from jupyter_mlpipe.monitoring.alerts import desk

    history = desk.alert(workspace.ledger, arguments.alert)
    if arguments.json:
        print_json(history.to_json())
    else:
        alerts_shown.print_history(history)
    return 0


def _ack(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.alerts import desk

    return _said(desk.acknowledge(workspace.ledger, arguments.alert, arguments.note), arguments)


def _resolve(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.alerts import desk

    return _said(desk.resolve(workspace.ledger, arguments.alert, arguments.note), arguments)


def _said(view: Any, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import alerts_shown

    if arguments.json:
        print_json(view.to_json())
    else:
        print(alerts_shown.state(view.alert))
    return 0


def _silence(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import alerts_shown
    from jupyter_mlpipe.durations import parse_duration
    from jupyter_mlpipe.errors import UsageError
    from jupyter_mlpipe.monitoring.alerts import desk

    try:
        seconds = parse_duration(arguments.time)
    except ValueError as error:
        raise UsageError(f"--for: {error}", hint="give a duration such as 30m, 2h or 1d") from error
    made = desk.silence(workspace.ledger, arguments.subject, seconds, rule=arguments.rule, reason=arguments.reason)
    if arguments.json:
        print_json(alerts_shown.silence_facts(made))
    else:
        print(alerts_shown.silence_line(made))
    return 0


def _unsilence(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import alerts_shown
    from jupyter_mlpipe.monitoring.alerts import desk
    from jupyter_mlpipe.monitoring.alerts.spawning import spawn_watch

    ended = desk.unsilence(workspace.ledger, arguments.silence)
    spawn_watch(workspace.settings)
    if arguments.json:
        print_json(alerts_shown.silence_facts(ended))
    else:
        print(f"silence {ended.id} has ended")
    return 0


def _test(workspace: Workspace, arguments: argparse.Namespace) -> int:
    """Return 1 where a channel took nothing."""
    from jupyter_mlpipe.cli import alerts_shown
    from jupyter_mlpipe.monitoring.alerts.trial import send_test
    from jupyter_mlpipe.owners import load_owners

    results = send_test(load_owners(workspace.root), arguments.owner)
    if arguments.json:
        print_json({"owner": arguments.owner, "channels": [result._asdict() for result in results]})
    else:
        alerts_shown.print_trial(results)
    return 0 if all(result.arrived for result in results) else 1


def _watch(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.alerts.watch import Watch

    watch = Watch(workspace.settings, workspace.ledger, poll=max(arguments.poll, 0.1))

    def stop(*_: object) -> None:
        watch.stop.set()

    # What supervises processes ends them so.
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _work(watch, until_quiet=arguments.until_quiet)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _work(watch: Watch, *, until_quiet: bool) -> None:
    """Watch; one that stays takes over from one that a run has started."""
    waited = False
    while not watch.work(until_quiet=until_quiet) and not watch.stop.is_set():
        if not waited:
            note("another process watches this ledger" + ("" if until_quiet else "; waiting for its end"))
            waited = True
        if until_quiet:
            return
        watch.stop.wait(watch.poll)


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


_ACTIONS = {
    "list": _list,
    "show": _show,
    "ack": _ack,
    "resolve": _resolve,
    "silence": _silence,
    "unsilence": _unsilence,
    "test": _test,
    "watch": _watch,
}
