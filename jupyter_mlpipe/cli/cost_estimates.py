"""``mlpipe cost estimate``: what a run would cost. Not for estimating (``costs.estimates``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, open_notebook
from jupyter_mlpipe.cli.output import note, print_json, print_table
from jupyter_mlpipe.cli.plan import add_plan_options, planned, say_estimate

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.estimates import Estimate


def configure_estimate(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("estimate", help="say what a run would cost, with its range", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    add_plan_options(parser)
    parser.add_argument("--force", action="store_true", help="as if every stage had to run")
    add_json(parser)


def execute_estimate(arguments: argparse.Namespace) -> int:
    """Print the estimate, stage by stage."""
    workspace, pipeline = open_notebook(arguments)
    with workspace:
        _, estimate = planned(arguments, workspace, pipeline, force="*" if arguments.force else "")
    if arguments.json:
        print_json({"pipeline": pipeline.name, **estimate.to_json()})
    else:
        _print(estimate)
    return 0


def _print(estimate: Estimate) -> None:
    from jupyter_mlpipe.costs.money import shown

    currency = estimate.currency
    rows = [
        (
            stage.stage,
            {"hit": "cached"}.get(stage.status, stage.status),
            "" if stage.status == "hit" else shown(stage.expected, currency),
            f"{shown(stage.low, currency)} to {shown(stage.high, currency)}" if stage.samples else "",
            str(stage.samples) if stage.samples else stage.why,
            shown(stage.saved, currency) if stage.saved else "",
        )
        for stage in estimate.stages
    ]
    print_table(("stage", "state", "expected", "range", "from attempts", "saved"), rows)
    say_estimate(estimate)
    if estimate.unknown:
        note(f"not in it, since nobody knows: {', '.join(estimate.unknown)}")
