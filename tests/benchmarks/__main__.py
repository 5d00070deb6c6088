"""``python -m tests.benchmarks``: prints all tables with the machine, its load and the date."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.cost_speed import metering, reports
from tests.benchmarks.drift_speed import report
from tests.benchmarks.gate_speed import fairness, ranking
from tests.benchmarks.handoff_speed import growing_numbers, growing_strings, numbers, strings
from tests.benchmarks.lab_speed import graph, keystroke, stage_change, start
from tests.benchmarks.pipeline_growth import stages
from tests.benchmarks.pipeline_speed import cold, imports, linear, no_op, one_change
from tests.benchmarks.profile_speed import frame, merging, unique, workers
from tests.benchmarks.quality_speed import estimating
from tests.benchmarks.registry_speed import listing, registering
from tests.benchmarks.stage_speed import importing, ten_cells, trivial
from tests.benchmarks.timing import conditions

TABLES = {
    "stage": trivial,
    "ten-cells": ten_cells,
    "importing-stage": importing,
    "no-op": no_op,
    "cold": cold,
    "imports": imports,
    "linear": linear,
    "one-change": one_change,
    "handoff-numbers": numbers,
    "handoff-strings": strings,
    "cost-metering": metering,
    "cost-reports": reports,
    "drift-report": report,
    "gate-fairness": fairness,
    "gate-ranking": ranking,
    "quality-cbpe": estimating,
    "model-registering": registering,
    "model-listing": listing,
    "profile-frame": frame,
    "profile-unique": unique,
    "profile-workers": workers,
    "profile-merge": merging,
    "lab-keystroke": keystroke,
    "lab-stage-change": stage_change,
    "lab-graph": graph,
    "lab-start": start,
    "growth-stages": stages,
    "growth-handoff-numbers": growing_numbers,
    "growth-handoff-strings": growing_strings,
}


def main() -> int:
    """Print the tables that are asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"any of: {', '.join(TABLES)}")
    parser.add_argument("--rounds", type=int)
    options = parser.parse_args()
    print(conditions())
    for name in options.tables or TABLES:
        with tempfile.TemporaryDirectory() as place:
            keywords = {"rounds": options.rounds} if options.rounds else {}
            print(TABLES[name](Path(place), **keywords), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
