"""Holds a run to its budgets: before it begins, before each attempt, and after each.

What was spent and what runs now is read, and the attempt opened, in one write transaction of the ledger: however many
runners there are, a budget is exceeded by no more than what runs already turns out to cost. What runs counts with what
it is expected to cost; what has no price counts nothing, and is told.

Not for what budgets are (``budgets``), nor for what things cost (``estimates``, ``charging``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlpipe.costs.budgets import Budget, read_budgets, subjects_of
from jupyter_mlpipe.costs.money import shown
from jupyter_mlpipe.costs.periods import Period
from jupyter_mlpipe.errors import BudgetConsentError, BudgetExceededError
from jupyter_mlpipe.ledger.budget_events import BudgetEvent, add_budget_events
from jupyter_mlpipe.ledger.usage import open_tasks
from jupyter_mlpipe.ledger.usage_sums import spent_since

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.estimates import Estimate
    from jupyter_mlpipe.errors import MlpipeError
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.ledger.database import Connection
    from jupyter_mlpipe.ledger.usage import Usage

ANY = "*"
"""Consent to whatever any budget asks for."""
_EARLIEST = 0.1
"""Share of a period before which its rate tells nothing."""


@dataclass(frozen=True)
class Standing:
    """How a budget stands. Amounts are billionths of its currency."""

    budget: Budget
    period: Period
    moment: float
    """Seconds since the epoch."""
    spent: int
    running: int
    """What runs now is expected to cost."""
    unknown: int
    """How many facts have no price, and are in none of these."""
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    """Spent in other currencies, which does not count."""

    @property
    def left(self) -> int:
        """Of the amount; below 0 where it is exceeded."""
        return self.budget.amount - self.spent - self.running

    @property
    def share(self) -> float:
        """Of the amount, spent."""
        return self.spent / self.budget.amount

    @property
    def forecast(self) -> int | None:
        """What the period would cost at its present rate; None early in the period."""
        passed = (self.moment - self.period.begin) / (self.period.end - self.period.begin)
        return round(self.spent / passed) if passed >= _EARLIEST else None


class BudgetKeeper:
    """Holds one run to its budgets.

    Parameters
    ----------
    ledger
        Where usage is recorded.
    budgets
        All there are.
    run
        The run.
    accepted
        Names of budgets beyond which somebody lets it go; `ANY` for all.
    """

    def __init__(self, ledger: Ledger, budgets: Sequence[Budget], run: str, accepted: Sequence[str] = ()) -> None:
        self._ledger = ledger
        self._budgets = budgets
        self._run = run
        self._accepted = frozenset(accepted)
        self._periods: dict[str, _PeriodSum] = {}

    def standings(self) -> list[Standing]:
        """How all budgets stand now."""
        with self._ledger.read() as connection:
            return [self._standing(connection, budget) for budget in self._budgets]

    def run_refused(self, estimate: Estimate, run: Usage, stages: Mapping[str, Usage]) -> MlpipeError | None:
        """Why a run must not start that would cost so much; None where it may.

        Parameters
        ----------
        estimate
            What it would cost, stage by stage.
        run, stages
            The subjects of the costs of the run, and of each stage.
        """
        asked: list[Standing] = []
        most = 0
        for budget in self._budgets:
            mine = {name for name, usage in stages.items() if budget.is_of(subjects_of(usage))}
            would = sum(stage.expected or 0 for stage in estimate.stages if stage.stage in mine)
            if not would or budget.action == "warn":
                continue
            with self._ledger.read() as connection:
                standing = self._standing(connection, budget)
            if would <= standing.left:
                continue
            if budget.action == "refuse":
                return self._refused(standing, _would_cost(would, budget), run)
            if self._is_accepted(budget):
                self._note(standing, "accepted", _would_cost(would, budget), run)
            else:
                asked.append(standing)
                most = max(most, would)
        return self._asks(asked, _would_cost(most, asked[0].budget)) if asked else None

    def attempt_refused(self, connection: Connection, usage: Usage, expected: int) -> MlpipeError | None:
        """Why an attempt must not start, in the transaction that opens it; None where it may.

        Parameters
        ----------
        connection
            A write transaction: nobody else opens an attempt before it ends.
        usage
            The attempt.
        expected
            Billionths of the currency; 0 where nothing is known.
        """
        for budget in self._budgets:
            if budget.action == "warn" or not budget.is_of(subjects_of(usage)):
                continue
            if budget.action == "ask" and self._is_accepted(budget):
                continue
            standing = self._standing(connection, budget)
            if standing.left > 0 and expected <= standing.left:
                continue
            costs = f" and is expected to cost {shown(expected, budget.currency)}" if expected else ""
            what = f"`{usage.stage}` has not started{costs}"
            if budget.action == "ask":
                return self._asks([standing], what)
            return self._refused(standing, what, usage, connection)
        return None

    def settled(self, usage: Usage) -> list[str]:
        """Take in that an attempt was charged; what its owner should know of budgets, a line each."""
        told: list[str] = []
        events: list[BudgetEvent] = []
        with self._ledger.read() as connection:
            for budget in self._budgets:
                if budget.is_of(subjects_of(usage)):
                    standing = self._standing(connection, budget)
                    events += self._crossed(standing, usage)
        if events:
            with self._ledger.write() as connection:
                known = self._known(connection, events)
                fresh = [event for event in events if event.source not in known]
                add_budget_events(connection, fresh)
                told = [event.text for event in fresh]
        return told

    # -- events ----------------------------------------------------------------------------------------------------

    def _crossed(self, standing: Standing, usage: Usage) -> Iterator[BudgetEvent]:
        """What follows from how much is spent, each once in a period: only the furthest of the shares."""
        budget, money = standing.budget, shown(standing.spent, standing.budget.currency)
        of = f"{money} of {shown(budget.amount, budget.currency)} in {standing.period.name}"
        if standing.spent > budget.amount:
            yield self._event(standing, "exceeded", "exceeded", f"budget {budget.name} is exceeded: {of}", usage)
            return
        reached = max((share for share in budget.warn if standing.share >= share), default=None)
        if reached is not None:
            text = f"budget {budget.name}: {standing.share:.0%} is spent, {of}"
            yield self._event(standing, "warned", f"warned/{reached:g}", text, usage)
        ahead = standing.forecast
        if budget.forecast and ahead is not None and ahead > budget.amount:
            text = (
                f"budget {budget.name} will not last: at the present rate {shown(ahead, budget.currency)}; {of} so far"
            )
            yield self._event(standing, "forecast", "forecast", text, usage)

    def _refused(
        self, standing: Standing, what: str, usage: Usage, connection: Connection | None = None
    ) -> MlpipeError:
        budget = standing.budget
        text = f"{what}; {_left(standing)}"
        event = self._event(standing, "refused", f"refused/{self._run}", text, usage)
        if connection is not None:
            add_budget_events(connection, [event])
        else:
            with self._ledger.write() as opened:
                add_budget_events(opened, [event])
        return BudgetExceededError(
            f"budget {budget.name}: {text}",
            hint="`mlpipe cost budgets` shows it; raise its amount in pyproject.toml, or wait for the next period. "
            "What has ended is kept",
            budget=budget.name,
            spent=standing.spent,
            amount=budget.amount,
            currency=budget.currency,
        )

    def _asks(self, standings: Sequence[Standing], what: str) -> MlpipeError:
        names = [standing.budget.name for standing in standings]
        accept = " ".join(f"--accept-cost {name}" for name in names)
        return BudgetConsentError(
            f"{what[0].upper()}{what[1:]}; "
            + "; ".join(f"budget {item.budget.name}: {_left(item)}" for item in standings),
            hint=f"`mlpipe run … {accept}` lets it go on, and is written down",
            budgets=names,
        )

    def _note(self, standing: Standing, event: str, text: str, usage: Usage) -> None:
        noted = self._event(standing, event, f"{event}/{self._run}", text, usage)
        with self._ledger.write() as connection:
            add_budget_events(connection, [noted])

    def _event(self, standing: Standing, event: str, source: str, text: str, usage: Usage) -> BudgetEvent:
        return BudgetEvent(
            budget=standing.budget.name,
            event=event,
            source=f"{standing.budget.name}/{standing.period.name}/{source}",
            period=standing.period.begin,
            period_end=standing.period.end,
            spent=standing.spent,
            amount=standing.budget.amount,
            currency=standing.budget.currency,
            run=self._run,
            pipeline=usage.pipeline,
            stage=usage.stage,
            owner=usage.owner,
            team=usage.team,
            text=text,
        )

    @staticmethod
    def _known(connection: Connection, events: Sequence[BudgetEvent]) -> set[str]:
        rows = connection.rows(
            "SELECT source FROM budget_events WHERE source IN :sources", sources=[event.source for event in events]
        )
        return {row["source"] for row in rows}

    def _is_accepted(self, budget: Budget) -> bool:
        return budget.name in self._accepted or ANY in self._accepted

    # -- sums ------------------------------------------------------------------------------------------------------

    def _standing(self, connection: Connection, budget: Budget) -> Standing:
        moment = time.time()
        period = budget.period_at(moment)
        known = self._periods.get(budget.name)
        if known is None or known.period != period:
            known = self._periods[budget.name] = _PeriodSum(budget, period)
        known.read(connection)
        expected = sum(
            task.expected
            for task in open_tasks(connection)
            if task.currency == budget.currency and budget.is_of(subjects_of(task.usage))
        )
        elsewhere = {currency: amount for currency, amount in known.sums.items() if currency != budget.currency}
        spent = known.sums.get(budget.currency, 0)
        return Standing(budget, period, moment, spent, expected, known.unknown, elsewhere)


class _PeriodSum:
    """What a budget's period has cost so far: read once whole, then what is new."""

    def __init__(self, budget: Budget, period: Period) -> None:
        self.period = period
        self.sums: dict[str, int] = {}
        self.unknown = 0
        self._budget = budget
        self._after = 0

    def read(self, connection: Connection) -> None:
        found, self._after = spent_since(connection, self.period.begin, self.period.end, self._after)
        for spent in found:
            if self._budget.counts(spent):
                self.sums[spent.currency] = self.sums.get(spent.currency, 0) + spent.amount
                self.unknown += spent.unknown


def _would_cost(amount: int, budget: Budget) -> str:
    return f"this run is expected to cost {shown(amount, budget.currency)}"


def _left(standing: Standing) -> str:
    budget = standing.budget
    told = f"{shown(standing.spent, budget.currency)} of {shown(budget.amount, budget.currency)} are spent"
    if standing.running:
        told += f", and {shown(standing.running, budget.currency)} are expected for what runs"
    return f"{told} in {standing.period.name}"


def keeper_of(
    ledger: Ledger, settings: Mapping[str, object], currency: str, run: str = "", accepted: Sequence[str] = ()
) -> BudgetKeeper:
    """A keeper of all budgets in the settings. Raises `BudgetError`."""
    return BudgetKeeper(ledger, read_budgets(settings, currency), run, accepted)
