"""Budgets as the settings have them: how much may be spent in which period, by whom, and what happens beyond that.

``[tool.mlpipe.budgets.NAME]`` in ``pyproject.toml``. Not for holding runs to them (``budget_keeper``).
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from jupyter_mlpipe.costs.money import to_amount
from jupyter_mlpipe.costs.periods import PERIODS, Period, is_zone, period_at
from jupyter_mlpipe.errors import BudgetError
from jupyter_mlpipe.ledger.usage import Usage
from jupyter_mlpipe.ledger.usage_sums import SCOPE, Spent, labels_of

ACTIONS = ("warn", "ask", "refuse")
_SUBJECTS = tuple(name for name in SCOPE if name != "labels")
_KEYS = ("amount", "currency", "period", "zone", "warn", "action", "forecast", "label", *_SUBJECTS)
_LABEL = "label:"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What may be spent in each period."""

    name: str
    amount: int
    """Billionths of the currency."""
    currency: str
    period: str = "month"
    zone: str = "UTC"
    scope: Mapping[str, str] = field(default_factory=dict)
    """Globs by subject, ``label:KEY`` among them; what matches all of them counts. Empty: everything."""
    warn: tuple[float, ...] = (0.8,)
    """Shares of the amount at which somebody is told."""
    action: str = "warn"
    """What happens beyond the amount: ``warn``, ``ask`` for consent, ``refuse``."""
    forecast: bool = True
    """Whether somebody is told as soon as the present rate would spend more in the period."""

    def period_at(self, moment: float) -> Period:
        """The period that a moment in epoch seconds is in."""
        return period_at(self.period, moment, self.zone)

    def is_of(self, values: Mapping[str, str | None]) -> bool:
        """Whether what has these subjects (``labels`` as JSON) counts."""
        for name, glob in self.scope.items():
            if name.startswith(_LABEL):
                value = labels_of(values.get("labels")).get(name[len(_LABEL) :])
            else:
                value = values.get(name)
            if value is None or not fnmatchcase(value, glob):
                return False
        return True

    def counts(self, spent: Spent) -> bool:
        """Whether what a group spent counts, whatever its currency."""
        return self.is_of(dict(zip(SCOPE, spent.group, strict=True)))


def subjects_of(usage: Usage) -> dict[str, str | None]:
    """The subjects of a fact of usage, as `Budget.is_of` wants them."""
    from jupyter_mlpipe.ledger.columns import to_json

    found: dict[str, str | None] = {name: getattr(usage, name) for name in _SUBJECTS}
    return found | {"labels": to_json(usage.labels) if usage.labels else None}


def read_budgets(settings: Mapping[str, Any], currency: str) -> tuple[Budget, ...]:
    """Read the budgets in the settings.

    Parameters
    ----------
    settings
        The setting ``budgets``: a table for each budget.
    currency
        The price book's. A budget in another could not be held.

    Raises
    ------
    BudgetError
        Something in it is wrong; says all that is.
    """
    problems: list[str] = []
    budgets = []
    for name, given in settings.items():
        if not isinstance(given, Mapping):
            problems.append(f"{name} is {given!r}: give a table with at least an amount")
            continue
        before = len(problems)
        problems += [f"{name}: {problem}" for problem in _problems(given, currency)]
        if len(problems) == before:
            budgets.append(_budget(name, given, currency))
    if problems:
        told = "\n".join(f"  {problem}" for problem in problems)
        raise BudgetError(
            f"the budgets in the settings cannot be used:\n{told}",
            hint="[tool.mlpipe.budgets.NAME] of pyproject.toml; docs/how-to/set-budgets.md shows what may stand there",
            problems=problems,
        )
    return tuple(budgets)


def _problems(given: Mapping[str, Any], currency: str) -> list[str]:
    found = []
    for key in given:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            found.append(f"{key} means nothing here{f': did you mean {near[0]}?' if near else ''}")
    amount = given.get("amount")
    if amount is None:
        found.append("it has no amount: say how much may be spent in a period")
    elif not _is_number(amount) or not 0 < amount < math.inf:
        found.append(f"amount is {amount!r}: give a number above 0; to keep something from running, do not schedule it")
    if given.get("currency", currency) != currency:
        found.append(
            f"currency is {given['currency']!r}, and prices.toml is in {currency}: give the amount in {currency}"
        )
    if given.get("period", "month") not in PERIODS:
        found.append(f"period is {given['period']!r}: give one of {', '.join(PERIODS)}")
    if not is_zone(given.get("zone", "UTC")):
        found.append(f"zone {given['zone']!r} is not known: give one as Europe/Berlin")
    if given.get("action", "warn") not in ACTIONS:
        found.append(f"action is {given['action']!r}: give one of {', '.join(ACTIONS)}")
    shares = given.get("warn", [])
    shares = shares if isinstance(shares, list | tuple) else [shares]
    if not all(_is_number(share) and 0 < share <= 1 for share in shares):
        found.append(f"warn is {given['warn']!r}: give shares of the amount, such as [0.5, 0.8]")
    if not isinstance(given.get("forecast", True), bool):
        found.append("forecast must be true or false")
    found += [
        f"{subject} is {given[subject]!r}: give a name, or a glob of names"
        for subject in _SUBJECTS
        if not isinstance(given.get(subject, ""), str)
    ]
    labels = given.get("label", {})
    if not isinstance(labels, Mapping) or not all(isinstance(value, str) for value in labels.values()):
        found.append('label must be a table of globs: label = {cost-centre = "42*"}')
    return found


def _budget(name: str, given: Mapping[str, Any], currency: str) -> Budget:
    shares = given.get("warn", (0.8,))
    scope = {subject: given[subject] for subject in _SUBJECTS if subject in given}
    scope |= {f"{_LABEL}{key}": glob for key, glob in given.get("label", {}).items()}
    return Budget(
        name=name,
        amount=to_amount(Decimal(str(given["amount"]))),
        currency=currency,
        period=given.get("period", "month"),
        zone=given.get("zone", "UTC"),
        scope=scope,
        warn=tuple(sorted(shares if isinstance(shares, list | tuple) else [shares])),
        action=given.get("action", "warn"),
        forecast=given.get("forecast", True),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and math.isfinite(value)
