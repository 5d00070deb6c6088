"""``mlpipe plan``: what a run would do, without doing it. Not for deciding it: ``execution.plan`` does."""

from __future__ import annotations

import argparse

from jupyter_mlpipe.cli.cost_estimates import say_estimate
from jupyter_mlpipe.cli.opening import add_json, add_parameters, open_notebook, parameters_of
from jupyter_mlpipe.cli.output import duration, note, print_json, print_table

_WORDS = {"hit": "cached", "run": "run", "maybe": "maybe"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("notebook", metavar="NOTEBOOK")
    add_parameters(parser)
    parser.add_argument("--stage", metavar="NAME", help="plan only what stands up to the end of this stage")
    parser.add_argument(
        "--from", metavar="STAGE", dest="rerun_from",
        help="plan as if this stage and all that follow from it had to run",
    )  # fmt: skip
    parser.add_argument("--cells", action="store_true", help="show plain cells that run like stages, too")
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    workspace, pipeline = open_notebook(arguments)
    from jupyter_mlpipe.costs.estimates import estimate_run
    from jupyter_mlpipe.execution.named_owners import owner_warnings
    from jupyter_mlpipe.execution.plan import plan_pipeline

    with workspace:
        plan = plan_pipeline(
            workspace,
            pipeline,
            parameters=parameters_of(arguments),
            until=arguments.stage,
            rerun_from=arguments.rerun_from,
        )
        warnings = owner_warnings(workspace.root, pipeline)
        estimate = estimate_run(workspace.ledger, workspace.settings, pipeline, plan)
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
