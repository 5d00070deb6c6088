"""``mlpipe cost``: what runs cost. Not for carrying an action out: each group of actions has a module of its own."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

_ACTIONS = {
    "report": "cost_reports",
    "top": "cost_reports",
    "export": "cost_reports",
    "estimate": "cost_estimates",
    "budgets": "cost_budgets",
    "advise": "cost_advice",
    "storage": "cost_storage",
    "prices": "cost_prices",
}
"""Each action and the module that has its ``configure_ACTION`` and ``execute_ACTION``."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions: Any = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, module in _ACTIONS.items():
        getattr(_module(module), f"configure_{action}")(actions)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    code: int = getattr(_module(_ACTIONS[arguments.action]), f"execute_{arguments.action}")(arguments)
    return code


def _module(name: str) -> Any:
    return import_module(f"jupyter_mlpipe.cli.{name}")
