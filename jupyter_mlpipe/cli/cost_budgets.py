"""``mlpipe cost budgets``: how budgets stand. Not for holding runs to them (``costs.budget_keeper``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json, print_table
from jupyter_mlpipe.cli.runs import moment
from jupyter_mlpipe.errors import BudgetError

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.budget_keeper import Standing
    from jupyter_mlpipe.ledger.budget_events import BudgetEvent

_EXCEEDED = 3


def configure_budgets(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("budgets", help="show what is left of each budget", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    parser.add_argument("budget", metavar="NAME", nargs="?", help="only this one, with what happened to it")
    parser.add_argument("--check", action="store_true", help=f"exit with {_EXCEEDED} where one is exceeded")
    add_workspace(parser)
    add_json(parser)


def execute_budgets(arguments: argparse.Namespace) -> int:
    """Print how they stand."""
    from jupyter_mlpipe.costs.budget_keeper import keeper_of
    from jupyter_mlpipe.costs.charging import Charger
    from jupyter_mlpipe.ledger.budget_events import budget_events

    with open_workspace(arguments) as workspace:
        budgets = workspace.settings.budgets
        if arguments.budget is not None and arguments.budget not in budgets:
            raise BudgetError(
                f"there is no budget {arguments.budget!r}", hint=f"there are: {', '.join(budgets) or 'none'}"
            )
        standings = keeper_of(workspace.ledger, budgets, Charger.of(workspace.root).currency).standings()
        events = budget_events(workspace.ledger, arguments.budget) if arguments.budget else []
    shown = [item for item in standings if arguments.budget in (None, item.budget.name)]
    if arguments.json:
        print_json({"budgets": [_facts(item) for item in shown], "events": [_event(event) for event in events]})
    elif not shown:
        print("there are no budgets: docs/how-to/set-budgets.md shows one")
    else:
        _print(shown, events)
    return _EXCEEDED if arguments.check and any(item.left < 0 for item in shown) else 0


def _print(standings: list[Standing], events: list[BudgetEvent]) -> None:
    from jupyter_mlpipe.costs.money import shown

    rows = []
    for item in standings:
        currency, forecast = item.budget.currency, item.forecast
        rows.append(
            (
                item.budget.name, item.period.name, shown(item.budget.amount, currency), shown(item.spent, currency),
                f"{item.share:.0%}", shown(item.running, currency) if item.running else "", shown(item.left, currency),
                "" if forecast is None else shown(forecast, currency), item.budget.action,
                ", ".join(f"{name}={glob}" for name, glob in item.budget.scope.items()) or "everything",
            )
        )  # fmt: skip
    heads = ("budget", "period", "amount", "spent", "", "running", "left", "at this rate", "beyond", "of")
    print_table(heads, rows)
    for item in standings:
        if item.unknown:
            note(f"{item.budget.name}: {item.unknown} facts of usage have no price, and are not in it")
        for currency, amount in item.elsewhere.items():
            note(f"{item.budget.name}: {shown(amount, currency)} more were spent, and are not in it: another currency")
    if events:
        print()
        print_table(("when", "what", "who", "why"), [(moment(e.time), e.event, e.user, e.text) for e in events])


def _facts(item: Standing) -> dict[str, Any]:
    from jupyter_mlpipe.costs.cost_lines import exact

    return {
        "budget": item.budget.name,
        "period": item.period.name,
        "begin": item.period.begin,
        "end": item.period.end,
        "currency": item.budget.currency,
        "amount": exact(item.budget.amount),
        "spent": exact(item.spent),
        "running": exact(item.running),
        "left": exact(item.left),
        "forecast": None if item.forecast is None else exact(item.forecast),
        "unknown": item.unknown,
        "elsewhere": {currency: exact(amount) for currency, amount in item.elsewhere.items()},
        "action": item.budget.action,
        "scope": dict(item.budget.scope),
    }


def _event(event: BudgetEvent) -> dict[str, Any]:
    from jupyter_mlpipe.costs.cost_lines import exact

    return {
        "event": event.event, "time": event.time, "run": event.run, "stage": event.stage, "user": event.user,
        "spent": exact(event.spent), "amount": exact(event.amount), "currency": event.currency, "text": event.text,
    }  # fmt: skip
