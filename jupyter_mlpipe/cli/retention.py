"""``mlpipe retention``: what is kept, archived and deleted. Not for deciding or doing it (``governance.retention``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json, print_table, size
from jupyter_mlpipe.cli.runs import moment
from jupyter_mlpipe.errors import RetentionError

if TYPE_CHECKING:
    from jupyter_mlpipe.governance.retention.carrying_out import Retention
    from jupyter_mlpipe.governance.retention.planning import RetentionPlan
    from jupyter_mlpipe.ledger.retention import RetentionAction
    from jupyter_mlpipe.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        found.set_defaults(parser=found)
        add_workspace(found)
        add_json(found)
        return found

    planned = action("plan", "say what would be archived and deleted, and touch nothing")
    planned.add_argument("--items", action="store_true", help="name every item")
    applied = action("apply", "archive and delete as a plan says")
    which = applied.add_mutually_exclusive_group(required=True)
    which.add_argument("--plan", metavar="PLAN", help="only if it is still the plan that `plan` has shown")
    which.add_argument("--yes", action="store_true", help="whatever the plan is")
    undone = action("undo", "put back what an action took away")
    restored = action("restore", "bring archived things back, byte for byte")
    for item in (undone, restored):
        item.add_argument("id", metavar="ACTION", help="its id, or the beginning of it")
    restored.add_argument(
        "--about", metavar="GLOB", default="*", help="only what `plan` told as this: 'flights/train*'"
    )
    action("purge", "remove for good what cannot be undone any more")
    action("list", "list what was done")
    held = action("hold", "keep something whatever the rules say")
    held.add_argument(
        "subject", metavar="SUBJECT", help="run:RUN, model:MODEL[@3], pipeline:NAME, stage:PIPELINE/STAGE"
    )
    held.add_argument("--reason", required=True, metavar="TEXT", help="why, and for whom")
    released = action("release", "end a hold")
    released.add_argument("hold", type=int, metavar="HOLD", help="its number")
    released.add_argument("--reason", default="", metavar="TEXT", help="why")
    action("holds", "list the holds")


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    with open_workspace(arguments) as workspace:
        code: int = _ACTIONS[arguments.action](workspace, arguments)
        return code


# -- taking away -------------------------------------------------------------------------------------------------------


def _plan(workspace: Workspace, arguments: argparse.Namespace) -> int:
    retention = _retention(workspace)
    plan = retention.plan()
    if arguments.json:
        print_json(plan.to_json())
        return 0
    _print_plan(plan)
    if arguments.items:
        print()
        rows = [(d.outcome, d.item.kind, d.item.about, size(d.item.size), moment(d.item.created)) for d in plan.taken]
        print_table(("what", "kind", "of", "size", "made"), rows)
    if plan.taken:
        print(f"\n`mlpipe retention apply --plan {plan.digest}` does it")
    return 0


def _print_plan(plan: RetentionPlan) -> None:
    rows = [
        (rule or "no rule", kind, outcome, str(count), size(many))
        for (rule, kind, outcome), (count, many) in plan.by_rule().items()
    ]
    print_table(("rule", "kind", "what", "items", "size"), rows)
    for why, count in plan.protected().most_common(10):
        print(f"{count} kept in spite of a rule: {why}")
    print(f"frees {size(plan.freed)} once the trash is emptied" if plan.taken else "nothing is to be done")


def _apply(workspace: Workspace, arguments: argparse.Namespace) -> int:
    retention = _retention(workspace)
    for action in retention.resume():
        note(f"action {action.id} was interrupted, and is now carried out to its end")
    plan = retention.plan()
    if arguments.plan is not None and plan.digest != arguments.plan:
        raise RetentionError(
            f"the plan is {plan.digest} by now, and not {arguments.plan}",
            hint="`mlpipe retention plan` shows what it would do",
        )
    if not plan.taken:
        if arguments.json:
            print_json({"action": None})
        else:
            print("nothing is to be done")
        return 0
    action = retention.apply(plan)
    if arguments.json:
        print_json({"action": _facts(action)})
    else:
        print(
            f"action {action.id}: {action.items} items, {size(action.size)}; can be undone until {moment(action.until)}"
        )
    return 0


def _purge(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from jupyter_mlpipe.execution.lost_runs import record_lost_runs

    record_lost_runs(workspace.ledger, tracking=workspace.settings.tracking)
    purged = _retention(workspace).purge()
    if arguments.json:
        print_json(asdict(purged))
    else:
        print(f"removed {purged.items} items and {purged.blobs} blobs ({size(purged.size)}) for good")
        if purged.waiting:
            print(f"{purged.waiting} actions wait: they can be undone, or a run that began before them goes on")
    return 0


# -- bringing back -----------------------------------------------------------------------------------------------------


def _undo(workspace: Workspace, arguments: argparse.Namespace) -> int:
    action = _action(workspace, arguments.id)
    count = _retention(workspace).undo(action)
    if arguments.json:
        print_json({"action": action.id, "items": count})
    else:
        print(f"put {count} items back")
    return 0


def _restore(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from fnmatch import fnmatchcase

    from jupyter_mlpipe.ledger.retention import items_of

    action = _action(workspace, arguments.id)
    items = [item for item in items_of(workspace.ledger, action.id) if fnmatchcase(item.about, arguments.about)]
    count = _retention(workspace).restore(action, items)
    if arguments.json:
        print_json({"action": action.id, "items": count})
    else:
        print(f"brought {count} items back from {action.archive}")
    return 0


def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.ledger.retention import retention_actions

    found = retention_actions(workspace.ledger)
    if arguments.json:
        print_json({"actions": [_facts(action) for action in found]})
        return 0
    rows = [
        (each.id, moment(each.time), each.user, each.state, str(each.items), size(each.size), moment(each.until))
        for each in reversed(found)
    ]
    print_table(("action", "when", "who", "state", "items", "size", "can be undone until"), rows)
    return 0


# -- holds -------------------------------------------------------------------------------------------------------------


def _hold(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.governance.retention.protection import checked_subject
    from jupyter_mlpipe.ledger.holds import Hold, place_hold

    subject = checked_subject(arguments.subject)
    if subject.startswith("run:"):
        from jupyter_mlpipe.execution.run_facts import find_run

        subject = f"run:{find_run(workspace.ledger, subject.removeprefix('run:')).id}"
    number = place_hold(workspace.ledger, Hold(subject=subject, reason=arguments.reason))
    if arguments.json:
        print_json({"hold": number, "subject": subject})
    else:
        print(f"hold {number} keeps {subject}")
    return 0


def _release(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.ledger.holds import release_hold

    if not release_hold(workspace.ledger, arguments.hold, arguments.reason):
        raise RetentionError(f"no hold {arguments.hold} is in force", hint="`mlpipe retention holds` lists them")
    if arguments.json:
        print_json({"hold": arguments.hold})
    else:
        print(f"hold {arguments.hold} has ended")
    return 0


def _holds(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from dataclasses import asdict

    from jupyter_mlpipe.ledger.holds import holds

    found = [hold for hold in holds(workspace.ledger) if hold.released is None]
    if arguments.json:
        print_json({"holds": [asdict(hold) for hold in found]})
    else:
        rows = [(str(hold.id), hold.subject, hold.user, moment(hold.time), hold.reason) for hold in found]
        print_table(("hold", "keeps", "who", "since", "why"), rows)
    return 0


_ACTIONS: dict[str, Any] = {
    "plan": _plan,
    "apply": _apply,
    "undo": _undo,
    "restore": _restore,
    "purge": _purge,
    "list": _list,
    "hold": _hold,
    "release": _release,
    "holds": _holds,
}


def _retention(workspace: Workspace) -> Retention:
    from jupyter_mlpipe.governance.retention.carrying_out import Retention
    from jupyter_mlpipe.governance.retention.policy import read_policy

    policy = read_policy(workspace.settings.retention)
    if policy.archive is not None and "://" not in policy.archive:
        from dataclasses import replace

        policy = replace(policy, archive=str(workspace.root / policy.archive))
    return Retention(workspace.store, workspace.ledger, workspace.settings, policy)


def _action(workspace: Workspace, begun: str) -> RetentionAction:
    from jupyter_mlpipe.ledger.retention import retention_actions

    found = [action for action in retention_actions(workspace.ledger) if action.id.startswith(begun)]
    if len(found) != 1:
        what = "no action begins" if not found else f"{len(found)} actions begin"
        raise RetentionError(f"{what} with {begun!r}", hint="`mlpipe retention list` lists them")
    return found[0]


def _facts(action: RetentionAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "plan": action.plan,
        "time": action.time,
        "until": action.until,
        "archive": action.archive,
        "user": action.user,
        "state": action.state,
        "items": action.items,
        "bytes": action.size,
    }
