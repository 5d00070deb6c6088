"""``mlpipe drift``: data in files, or a run's frames, against what a model learnt from or an earlier run.

Not for comparing (``monitoring.drift``), nor for telling anybody (``mlpipe alerts``).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json, print_table
from jupyter_mlpipe.errors import MlpipeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyter_mlpipe.monitoring.drift.report import DriftOptions, DriftReport
    from jupyter_mlpipe.monitoring.file_drift import Cut
    from jupyter_mlpipe.workspace import Workspace

DRIFTED = 3

_SETTLED = 2.0
"""Seconds for which a file must not have changed before a watch reads it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    reported = actions.add_parser("report", help="compare files, or a run's frames, once", allow_abbrev=False)
    reported.add_argument("--run", metavar="RUN", help="a run whose stages have --profile; `latest` is the newest")
    watched = actions.add_parser("watch", help="compare files as they come, until interrupted", allow_abbrev=False)
    watched.add_argument("--poll", type=float, default=10.0, metavar="SECONDS", help="between two looks (10)")
    watched.add_argument("--once", action="store_true", help="look once, then end: for cron")
    listed = actions.add_parser("list", help="list what was said of drift so far", allow_abbrev=False)
    listed.add_argument("--model", metavar="MODEL", help="only against this model")
    listed.add_argument("--limit", type=int, default=20, metavar="N", help="the newest N (20)")
    for item in (reported, watched):
        item.add_argument(
            "--data", action="append", default=[], metavar="FILE", help="Parquet, Arrow or CSV; a glob; repeatable"
        )
        item.add_argument(
            "--against", metavar="WHAT", help="flight-delay@production, a file, or with --run an earlier run"
        )
        item.add_argument("--time", metavar="COLUMN", help="when each row is from")
        item.add_argument("--every", metavar="WINDOW", help="hour, day, week, month, quarter, year, or n=1000")
        for name, text in (
            ("by", "compare each value of these columns by itself, too"),
            ("columns", "only these; the model's features by default"),
            ("ignore", "not these"),
            ("pii", "columns with personal values"),
        ):
            item.add_argument(f"--{name}", type=_words, default=(), metavar="A,B", help=text)
        item.add_argument(
            "--alpha", type=float, default=0.01, metavar="RATE", help="of false alarms a report may give (0.01)"
        )
        item.add_argument("--minimum-rows", type=int, default=100, metavar="N", help="fewer are not judged (100)")
        item.add_argument("--check", action="store_true", help=f"exit with {DRIFTED} where something has drifted")
        item.add_argument("--dry-run", action="store_true", help="write nothing into the ledger")
    for item in (reported, watched, listed):
        item.set_defaults(parser=item)
        add_workspace(item)
        add_json(item)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    with open_workspace(arguments) as workspace:
        if arguments.action == "list":
            return _list(workspace, arguments)
        if arguments.action == "report" and arguments.run is not None:
            return _of_run(workspace, arguments)
        if not arguments.data or arguments.against is None:
            raise UsageError(
                "it is not said what is compared with what",
                hint="give --data FILE --against MODEL@ALIAS (or another file), or --run RUN",
            )
        return _report(workspace, arguments) if arguments.action == "report" else _watch(workspace, arguments)


def _report(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.file_drift import FileWatch

    files = FileWatch(arguments.data).changed()
    files += [
        Path(name) for name in arguments.data if not any(mark in name for mark in "*?[") and not Path(name).exists()
    ]
    reports = _compared(workspace, arguments, files)
    if arguments.json:
        print_json({"reports": [report.to_json() for report in reports], "recorded": not arguments.dry_run})
    else:
        _print(reports)
    return DRIFTED if arguments.check and any(report.drifted for report in reports) else 0


def _watch(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.monitoring.file_drift import FileWatch

    watch = FileWatch(arguments.data)
    drifted = False
    while True:
        for path in watch.changed(settled=0.0 if arguments.once else _SETTLED):
            try:
                reports = _compared(workspace, arguments, [path], only_new=True)
            except MlpipeError as error:
                if error.exit_code != 2 or arguments.once:
                    raise
                # The next file may be good; this one is looked at again when it changes.
                note(f"{path}: {error.message}")
                continue
            drifted = drifted or any(report.drifted for report in reports)
            for report in reports:
                if arguments.json:
                    print_json(report.to_json())
                else:
                    _print([report])
        if arguments.once:
            return DRIFTED if arguments.check and drifted else 0
        time.sleep(max(0.1, arguments.poll))


def _compared(
    workspace: Workspace, arguments: argparse.Namespace, files: Sequence[Path], *, only_new: bool = False
) -> list[DriftReport]:
    from jupyter_mlpipe.monitoring.alerts.spawning import spawn_watch
    from jupyter_mlpipe.monitoring.file_drift import baseline, file_drift

    settings, ledger = workspace.settings, workspace.ledger
    cut, options = _cut(arguments), _options(arguments)
    against = baseline(settings, ledger, arguments.against, cut)
    found = [
        window
        for path in files
        for window in file_drift(
            settings, ledger, path, against, cut=cut, options=options, record=not arguments.dry_run
        )
    ]
    if not arguments.dry_run and any(window.is_new for window in found):
        spawn_watch(settings)
    return [window.report for window in found if window.is_new or not only_new]


def _of_run(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.execution.run_facts import find_run
    from jupyter_mlpipe.ledger import runs
    from jupyter_mlpipe.ledger.profiles import profiles_of_run
    from jupyter_mlpipe.monitoring.run_drift import explain_runs

    ledger = workspace.ledger
    after = find_run(ledger, arguments.run)
    before = arguments.against
    if before is None:
        earlier = [
            run.id
            for run in runs.runs(ledger, limit=1000)
            if run.pipeline == after.pipeline and run.started < after.started and profiles_of_run(ledger, run.id)
        ]
        if not earlier:
            raise UsageError(
                f"no run of {after.pipeline} before {after.id} has profiles", hint="name one: --against RUN"
            )
        before = earlier[0]
    found = explain_runs(workspace.settings, ledger, before, after.id, _options(arguments))
    if arguments.json:
        print_json(found.to_json())
    else:
        for (stage, _), report in found.reports.items():
            print(f"{stage}/{_verdict(report)}")
        for cause in found.causes:
            print(f"  {cause.text}")
    return DRIFTED if arguments.check and found.drifted else 0


def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.ledger.drift_reports import drift_reports

    facts = drift_reports(workspace.ledger, model=arguments.model, limit=max(1, arguments.limit), with_report=False)
    if arguments.json:
        from dataclasses import asdict

        print_json({"reports": [{k: v for k, v in asdict(fact).items() if k != "report"} for fact in facts]})
        return 0
    if not facts:
        print("nothing was compared yet: `mlpipe drift report`, or --drift-against on a stage's line")
        return 0
    print_table(
        ("when", "data", "window", "rows", "against", "drifted"),
        [
            (
                _moment(fact.time, "%Y-%m-%d %H:%M"),
                f"{fact.stage}/{fact.name}" if fact.stage else fact.name,
                _moment(fact.window_start, "%Y-%m-%d"),
                f"{fact.rows:,}",
                f"{fact.model}@{fact.version}" if fact.model else "",
                f"{fact.columns_drifted} columns" if fact.drifted else "no",
            )
            for fact in facts
        ],
    )
    return 0


def _print(reports: Sequence[DriftReport]) -> None:
    for report in reports:
        print(_verdict(report))
        for reason in report.reasons:
            print(f"  {reason}")
        for name, part in report.segments.items():
            for reason in part.reasons if part.drifted else ():
                print(f"  {name}: {reason}")


def _verdict(report: DriftReport) -> str:
    window = f", {_moment(report.start, '%Y-%m-%d %H:%M')} on" if report.start is not None else ""
    many = f"{len(report.drifted_columns)} of {len(report.columns)} columns drifted"
    return f"{report.name}{window}, {report.rows:,} rows: {many if report.drifted else 'no drift'}"


def _moment(seconds: float | None, form: str) -> str:
    return "" if seconds is None else time.strftime(form, time.gmtime(seconds))


def _cut(arguments: argparse.Namespace) -> Cut:
    from jupyter_mlpipe.monitoring.file_drift import Cut

    return Cut(arguments.time, arguments.every, arguments.by, arguments.pii)


def _options(arguments: argparse.Namespace) -> DriftOptions:
    from jupyter_mlpipe.monitoring.drift.report import DriftOptions

    given: dict[str, Any] = {"alpha": arguments.alpha, "minimum_rows": arguments.minimum_rows}
    return DriftOptions(**given, columns=arguments.columns or None, ignore=arguments.ignore)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)
