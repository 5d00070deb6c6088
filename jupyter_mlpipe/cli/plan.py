"""``mlpipe plan``: what a run would do, without doing it. Not for deciding it: ``execution.plan`` does."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlpipe.cli.opening import add_json, add_parameters, open_notebook, parameters_of
from jupyter_mlpipe.cli.output import duration, note, print_json, print_table

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.estimates import Estimate
    from jupyter_mlpipe.execution.plan import Plan
    from jupyter_mlpipe.notebook.pipeline import Pipeline
    from jupyter_mlpipe.workspace import Workspace

_WORDS = {"hit": "cached", "run": "run", "maybe": "maybe"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_plan_options(parser)
    parser.add_argument("--cells", action="store_true", help="show plain cells that run like stages, too")
    add_json(parser)


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is planned."""
    parser.add_argument("notebook", metavar="NOTEBOOK")
    add_parameters(parser)
    parser.add_argument("--stage", metavar="NAME", help="plan only what stands up to the end of this stage")
    parser.add_argument(
        "--from", metavar="STAGE", dest="rerun_from",
        help="plan as if this stage and all that follow from it had to run",
    )  # fmt: skip


def planned(
    arguments: argparse.Namespace, workspace: Workspace, pipeline: Pipeline, force: str = ""
) -> tuple[Plan, Estimate]:
    """What a run would do, and what it would cost."""
    from jupyter_mlpipe.costs.estimates import estimate_run
    from jupyter_mlpipe.execution.plan import plan_pipeline

    plan = plan_pipeline(
        workspace,
        pipeline,
        parameters=parameters_of(arguments),
        until=arguments.stage,
        rerun_from=arguments.rerun_from,
        force=force,
    )
    return plan, estimate_run(workspace.ledger, workspace.settings, pipeline, plan)


def say_estimate(estimate: Estimate) -> None:
    """Say what a run would cost in one line."""
    from jupyter_mlpipe.costs.money import shown

    saved = f"; the cache saves {shown(estimate.saved, estimate.currency)}" if estimate.saved else ""
    print(f"expected cost: {estimate.text}{saved}")


def execute(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    workspace, pipeline = open_notebook(arguments)
    from jupyter_mlpipe.execution.named_owners import owner_warnings

    with workspace:
        plan, estimate = planned(arguments, workspace, pipeline)
        warnings = owner_warnings(workspace.root, pipeline)
    for warning in warnings:
        note(warning)
    if arguments.json:
        print_json({**plan.to_json(), "cost": estimate.to_json()})
        return 0
    shown = [stage for stage in plan.stages if arguments.cells or not stage.implicit]
    rows = [
        (stage.name, _WORDS[stage.status], duration(stage.seconds), "" if stage.status == "hit" else stage.reason)
        for stage in shown
    ]
    print_table(("stage", "state", "took", "why"), rows)
    hidden = sum(stage.implicit and stage.status != "hit" for stage in plan.stages)
    if hidden and not arguments.cells:
        print(f"and {hidden} plain {'cell' if hidden == 1 else 'cells'} (--cells shows them)")
    if all(stage.status == "hit" for stage in plan.stages):
        print("everything is cached")
    elif plan.seconds:
        print(f"expected: {duration(plan.seconds)} of work")
        say_estimate(estimate)
    return 0
