"""Keeps the accounts of runs: every attempt becomes a fact in the ledger, with what it used and what that cost.

The prices are those in force when it was used, and are kept with the cost. Before a run and before each attempt the
budgets are asked. Prices and budgets are loaded when something is to be priced: a run that finds everything cached is
over in less time than that takes.

Not for measuring (``execution.metering``), prices (``pricing``) or budgets (``budget_keeper``).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.costs.scope import PRICES, of_pipeline, of_stage
from jupyter_mlpipe.execution.hooks import StageContext, StageHook, Verdict
from jupyter_mlpipe.ledger.usage import OpenUsage, Usage, costs_of_keys, lost_usage, open_task, record_usage

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.budget_keeper import BudgetKeeper
    from jupyter_mlpipe.costs.charging import Charger
    from jupyter_mlpipe.costs.estimates import Estimate, Estimator, StageEstimate
    from jupyter_mlpipe.errors import MlpipeError
    from jupyter_mlpipe.execution.metering.run_meters import BegunAttempt, ClusterUse, EndedAttempt, MeteredRun
    from jupyter_mlpipe.notebook.pipeline import Stage
    from jupyter_mlpipe.store.artifacts import StageManifest


class CostHook(StageHook):
    """Gives each run a meter; has no say in its stages."""

    name = "cost"

    def add_options(self, parser: Any) -> None:
        """None: labels are part of the line itself."""

    def before_stage(self, context: StageContext) -> None:
        """Nothing: attempts are asked for apart."""

    def after_stage(self, context: StageContext) -> Verdict | None:  # noqa: ARG002 - it has nothing to say
        """Nothing to say."""
        return None

    def meter(self, run: MeteredRun) -> CostMeter:
        """A meter for a run that begins."""
        return CostMeter(run)


class CostMeter:
    """Keeps the accounts of one run."""

    def __init__(self, run: MeteredRun) -> None:
        self._run = run
        self._ledger = run.context.ledger
        self._charged = {"cpu": 0.0, "memory": 0.0, "gpu": 0.0}
        self._restored: dict[str, Usage] = {}
        self._expected: dict[str, StageEstimate] = {}
        """Of the stages that began, or would by the plan: from what was known before they did."""

    def run_starting(self) -> MlpipeError | None:
        """Charge what killed runs left open; ask the budgets."""
        lost = lost_usage(self._ledger)
        if lost:
            record_usage(self._ledger, [self._charger.charged(usage) for usage in lost])
        context = self._run.context
        if self._budgets is None:
            if (context.root / PRICES).exists():
                _ = self._charger.currency  # a mistake in it ends the run before anything has run
            return None
        pipeline, settings, started = self._run.pipeline, self._run.context.settings, time.time()
        whole = of_pipeline(pipeline, settings, run=self._run.run, task=self._run.run, started=started)
        usages = {stage.name: self._of_stage(stage, stage.name, started) for stage in pipeline.stages}
        return self._budgets.run_refused(self._planned(), whole, usages)

    def attempt_starting(self, begun: BegunAttempt) -> MlpipeError | None:
        """Note that it runs from now on, unless a budget refuses it."""
        usage = self._usage(begun)
        expected = self._expected_of(begun)
        opened = OpenUsage(usage=usage, currency=self._charger.currency, expected=expected, started=begun.started)
        with self._ledger.write() as connection:
            budgets = self._budgets
            refused = None if budgets is None else budgets.attempt_refused(connection, usage, expected)
            if refused is None:
                open_task(connection, opened)
        return refused

    def attempt_ended(self, ended: EndedAttempt) -> None:
        """Charge what it used."""
        measured = ended.measured
        usage = replace(
            self._usage(ended.begun),
            outcome=ended.outcome,
            ended=ended.begun.started + ended.seconds,
            seconds=ended.seconds,
            cpu_seconds=measured.cpu_seconds,
            memory_peak=measured.memory_peak,
            memory_byte_seconds=measured.memory_byte_seconds,
            gpu_seconds=measured.gpu_seconds,
            gpu_memory_peak=measured.gpu_memory_peak,
            bytes_read=measured.bytes_read,
            bytes_written=measured.bytes_written,
            bytes_stored=ended.stored,
            energy=measured.energy_joules,
            rows=ended.rows,
            worker=ended.worker or None,
            measured={"gpus": list(measured.gpu_names), "by": measured.gpu_method} if measured.gpu_names else {},
        )
        if measured.machine:
            usage = replace(usage, machine=measured.machine)
        if measured.purchase:
            usage = replace(usage, purchase=measured.purchase)
        self._charged["cpu"] += max(usage.cpus * usage.seconds, usage.cpu_seconds)
        self._charged["memory"] += max(usage.memory * usage.seconds, usage.memory_byte_seconds)
        self._charged["gpu"] += usage.gpus * usage.seconds
        self._record([self._charger.charged(usage)])
        if self._budgets is not None:
            for line in self._budgets.settled(usage):
                self._run.tell(line)

    def stage_restored(self, stage: Stage, manifest: StageManifest) -> None:
        """Keep in mind what was not spent; the run's end writes it down."""
        begun = time.time()
        self._restored[manifest.key] = replace(
            self._of_stage(stage, f"{self._run.run}/{stage.name}/hit", begun),
            kind="hit",
            outcome="hit",
            key=manifest.key,
            ended=begun,
            amount=0,
        )

    def run_ended(self, use: ClusterUse | None) -> None:
        """Charge what lay idle, and write down what hits saved."""
        made = costs_of_keys(self._ledger, self._restored)
        facts = []
        for key, usage in self._restored.items():
            source = made.get(key)
            if source is not None and source.amount is not None:
                facts.append(replace(usage, saved=source.amount, currency=source.currency))
            else:
                facts.append(replace(usage, currency=self._charger.currency))
        if use is not None:
            facts.append(self._idle(use, "idle", self._charged))
        self._record(facts)
        if self._expected:
            from jupyter_mlpipe.costs.estimates import Estimate
            from jupyter_mlpipe.ledger.estimates import record_estimate

            estimate = Estimate(currency=self._charger.currency, stages=tuple(self._expected.values()))
            record_estimate(self._ledger, estimate.of_run(self._run.run))

    def cluster_waited(self, use: ClusterUse) -> None:
        """Charge the time in which the cluster waited for another run."""
        self._record([self._idle(use, f"waited/{use.started:.3f}", {})])
        self._ledger.close()  # the run has closed it before, and nobody else would close it again

    # -- facts -----------------------------------------------------------------------------------------------------

    @cached_property
    def _charger(self) -> Charger:
        from jupyter_mlpipe.costs.charging import Charger

        return Charger.of(self._run.context.root)

    @cached_property
    def _budgets(self) -> BudgetKeeper | None:
        context, asked = self._run.context, self._run.options.get("accept_cost", ())
        if not context.settings.budgets:
            return None
        from jupyter_mlpipe.costs.budget_keeper import keeper_of

        return keeper_of(self._ledger, context.settings.budgets, self._charger.currency, self._run.run, asked)

    @cached_property
    def _estimator(self) -> Estimator:
        from jupyter_mlpipe.costs.estimates import Estimator

        return Estimator(self._ledger, self._run.context.settings, self._charger)

    def _planned(self) -> Estimate:
        """What the whole run is expected to cost: takes as long as a plan."""
        estimate = self._estimator.run(self._run.pipeline, self._run.plan())
        self._expected = {stage.stage: stage for stage in estimate.stages if stage.status != "hit"}
        return estimate

    def _expected_of(self, begun: BegunAttempt) -> int:
        """What an attempt is expected to cost; 0 where nothing is known."""
        name = begun.stage.name
        if name not in self._expected:
            options = begun.stage.options
            self._expected[name] = self._estimator.stage(self._run.pipeline.name, name, options, begun.key)
        return self._expected[name].expected or 0

    def _record(self, facts: Sequence[Usage]) -> None:
        record_usage(self._ledger, facts)

    def _usage(self, begun: BegunAttempt) -> Usage:
        return replace(
            self._of_stage(begun.stage, begun.task, begun.started),
            attempt=begun.number,
            key=begun.key,
            cpus=begun.options.cpus,
            memory=begun.options.memory,
            gpus=begun.options.gpus,
        )

    def _of_stage(self, stage: Stage, task: str, started: float) -> Usage:
        settings = self._run.context.settings
        return of_stage(self._run.pipeline, stage, settings, run=self._run.run, task=task, started=started)

    def _idle(self, use: ClusterUse, what: str, charged: dict[str, float]) -> Usage:
        """What workers held and no attempt was charged for; saved: what they would have held, had they stayed."""
        settings, task = self._run.context.settings, f"{self._run.run}/{what}"
        usage = replace(
            of_pipeline(self._run.pipeline, settings, run=self._run.run, task=task, started=use.started),
            kind="idle",
            outcome="idle",
            ended=use.started + use.seconds,
            seconds=use.seconds,
        )
        held = {
            "cpu": use.cpu_seconds - max(use.busy_cpu_seconds, charged.get("cpu", 0.0)),
            "memory": use.memory_byte_seconds - max(use.busy_memory_byte_seconds, charged.get("memory", 0.0)),
            "gpu": use.gpu_seconds - max(use.busy_gpu_seconds, charged.get("gpu", 0.0)),
        }
        spared = {
            "cpu": use.spared_cpu_seconds,
            "memory": use.spared_memory_byte_seconds,
            "gpu": use.spared_gpu_seconds,
        }
        idle = self._charger.charged(_holding(usage, held))
        saved = self._charger.charged(_holding(usage, spared)).amount if any(spared.values()) else None
        return replace(idle, saved=saved)


def _holding(usage: Usage, amounts: dict[str, float]) -> Usage:
    """The usage with what was held on the average while it lasted."""
    lasted = usage.seconds or 1.0
    return replace(
        usage,
        cpus=max(0.0, amounts["cpu"]) / lasted,
        memory=round(max(0.0, amounts["memory"]) / lasted),
        gpus=max(0.0, amounts["gpu"]) / lasted,
    )
