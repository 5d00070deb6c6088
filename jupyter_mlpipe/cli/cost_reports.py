"""``mlpipe cost report``, ``top`` and ``export``. Not for adding up (``costs.reports``)."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import duration, note, print_json, print_table
from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import UnknownModelError, UsageError

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.cost_lines import CostLine
    from jupyter_mlpipe.costs.reports import CostReport, Selection
    from jupyter_mlpipe.workspace import Workspace

_FILTERS = ("pipeline", "stage", "model", "team", "owner", "environment", "machine")


def configure_report(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser(
        "report", help="add up what was spent, by whatever you like", allow_abbrev=False,
        description="Add up what was spent. A run counts when it ended; currencies are never added; "
        "what has no price is said, and in no sum.",
    )  # fmt: skip
    parser.set_defaults(parser=parser)
    parser.add_argument(
        "--by", type=_names, metavar="A,B",
        help="stage, pipeline, model, team, owner, environment, machine, purchase, run, outcome, day, week, month, "
        "quarter, year, label:KEY (default: pipeline; stage for one run)",
    )  # fmt: skip
    _add_selection(parser)
    parser.add_argument("--run", metavar="RUN", help="only this run: its id, the beginning of one, or `latest`")
    parser.add_argument(
        "--version", metavar="MODEL@VERSION", dest="model_version",
        help="what a model version cost, with all that it was made from",
    )  # fmt: skip
    parser.add_argument("--share-idle", action="store_true", help="share idle time out among a run's stages")
    parser.add_argument("--csv", action="store_true", help="print comma-separated values, amounts exact")
    add_json(parser)


def configure_top(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("top", help="show what costs most", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    parser.add_argument(
        "--by", type=_names, default=("pipeline", "stage"), metavar="A,B", help="default: pipeline,stage"
    )
    parser.add_argument("-n", "--number", type=int, default=10, metavar="N", help="how many (10)")
    _add_selection(parser)
    add_json(parser)


def configure_export(actions: Any) -> None:
    """Add the action's options."""
    parser = actions.add_parser("export", help="write every fact of usage and its cost as a row", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    parser.add_argument(
        "--format", choices=("csv", "focus", "jsonl"), default="csv", help="focus: the columns that FinOps tools read"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    _add_times(parser)
    add_workspace(parser)


def execute_report(arguments: argparse.Namespace) -> int:
    """Print a report."""
    from jupyter_mlpipe.costs.reports import cost_report

    with open_workspace(arguments) as workspace:
        if arguments.model_version:
            return _print_making(workspace, arguments)
        selection = _selection(workspace, arguments)
        by = arguments.by or (("stage",) if selection.run else ("pipeline",))
        report = cost_report(workspace.ledger, by, selection, share_idle=arguments.share_idle)
        told = _compared(workspace, selection.run) if selection.run else None
    if arguments.json:
        print_json({**report.to_json(), "estimate": told})
    elif arguments.csv:
        _print_csv(report)
    else:
        _print_report(report)
        if told is not None:
            print(f"expected before: {told['text']}")
    return 0


def execute_top(arguments: argparse.Namespace) -> int:
    """Print what costs most."""
    from jupyter_mlpipe.costs.money import shown
    from jupyter_mlpipe.costs.reports import cost_report

    if arguments.number < 1:
        raise UsageError(f"-n is {arguments.number}", hint="give 1 or more")
    with open_workspace(arguments) as workspace:
        report = cost_report(workspace.ledger, arguments.by, _selection(workspace, arguments))
    most = sorted(report.lines, key=lambda line: (line.currency, -line.amount))
    chosen = [line for total in report.totals for line in _of(most, total.currency)[: arguments.number]]
    if arguments.json:
        print_json({**report.to_json(), "lines": [line.to_json(report.by) for line in chosen]})
        return 0
    if not report.lines:
        print(_NOTHING)
        return 0
    for total in report.totals:
        lines = _of(chosen, total.currency)
        rows = [_top_row(line, total) for line in lines]
        print_table((*report.by, "cost", "share", "attempts", "came to nothing", "saved by cache"), rows)
        others = total.amount - sum(line.amount for line in lines)
        if others:
            print(f"and {len(_of(most, total.currency)) - len(lines)} more: {shown(others, total.currency)}")
    _print_unknown(report)
    return 0


def _top_row(line: CostLine, total: CostLine) -> tuple[str, ...]:
    from jupyter_mlpipe.costs.money import shown

    in_vain = line.failed + line.stopped
    return (
        *line.group,
        _at_least(line),
        f"{line.amount / total.amount:.0%}" if total.amount else "",
        str(line.attempts),
        shown(in_vain, line.currency) if in_vain else "",
        shown(line.saved_by_cache, line.currency) if line.saved_by_cache else "",
    )


def execute_export(arguments: argparse.Namespace) -> int:
    """Write rows."""
    from jupyter_mlpipe.costs.export import export_usage
    from jupyter_mlpipe.ledger.usage import usage_between

    begin, end = _times(arguments)
    with open_workspace(arguments) as workspace:
        facts = usage_between(workspace.ledger, begin or 0.0, end or float(2**62))
        opened: Any = nullcontext(sys.stdout)
        if arguments.output is not None:
            try:
                opened = arguments.output.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise UsageError(
                    f"{arguments.output} cannot be written: {error.strerror}", hint="name another"
                ) from error
        with opened as stream:
            unknown = export_usage(facts, stream, arguments.format, account=workspace.root.name)
    if arguments.output is not None:
        note(f"wrote {len(facts)} rows to {arguments.output}")
    if unknown:
        note(f"{unknown} of {len(facts)} have no cost, since the price book has no price for them")
    return 0


# -- what was asked ----------------------------------------------------------------------------------------------------


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _add_times(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", help="from a date (2026-11-01), a time, or so long ago: 30d")
    parser.add_argument("--until", metavar="WHEN", help="before a date, a time, or so long ago")
    parser.add_argument(
        "--zone", default="UTC", metavar="ZONE", help="time zone of dates and days: Europe/Berlin (UTC)"
    )


def _add_selection(parser: argparse.ArgumentParser) -> None:
    _add_times(parser)
    for name in _FILTERS:
        parser.add_argument(f"--{name}", metavar="GLOB", help=argparse.SUPPRESS if name != "pipeline" else
                            f"only this one; also --{', --'.join(_FILTERS[1:])}")  # fmt: skip
    parser.add_argument(
        "--label", action="append", default=[], metavar="KEY=GLOB", help="only what has this label; may be repeated"
    )
    add_workspace(parser)


def _selection(workspace: Workspace, arguments: argparse.Namespace) -> Selection:
    from jupyter_mlpipe.costs.reports import LABEL, Selection
    from jupyter_mlpipe.execution.run_facts import find_run

    begin, end = _times(arguments)
    where = {name: value for name in _FILTERS if (value := getattr(arguments, name)) is not None}
    for text in arguments.label:
        key, separator, value = text.partition("=")
        if not key or not separator:
            raise UsageError(f"--label {text!r} is not KEY=VALUE", hint="for example --label cost-centre=42")
        where[f"{LABEL}{key}"] = value
    asked = getattr(arguments, "run", None)
    run = find_run(workspace.ledger, asked).id if asked else None
    return Selection(begin=begin, end=end, zone=arguments.zone, where=where, run=run)


def _times(arguments: argparse.Namespace) -> tuple[float | None, float | None]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(arguments.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"--zone {arguments.zone!r} is not known", hint="give one as Europe/Berlin") from error
    return tuple(_moment(f"--{name}", getattr(arguments, name), zone) for name in ("since", "until"))  # type: ignore[return-value]


def _moment(option: str, text: str | None, zone: dt.tzinfo) -> float | None:
    if text is None:
        return None
    try:
        return time.time() - parse_duration(text)
    except ValueError:
        pass
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is no time", hint="give a date (2026-11-01), a time, or so long ago: 30d, 12h"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


# -- what is shown -----------------------------------------------------------------------------------------------------

_NOTHING = "nothing was recorded that fits"
_PARTS = ("done", "failed", "stopped", "idle")
_SAVED = ("saved_by_cache", "saved_by_scaling")


def _print_report(report: CostReport) -> None:
    if not report.lines:
        print(_NOTHING)
        return
    for number, total in enumerate(report.totals):
        if number:
            print()
        _print_lines(report.by, _of(report.lines, total.currency), total)
    _print_unknown(report)
    unsaved = sum(total.unsaved for total in report.totals)
    if unsaved:
        note(f"what {unsaved} {'hit' if unsaved == 1 else 'hits'} saved is not known: their making is not on record")


def _print_lines(by: Sequence[str], lines: Sequence[CostLine], total: CostLine) -> None:
    """A table whose rounded figures add up, along and across."""
    from jupyter_mlpipe.costs.money import digits_for, round_together

    digits = digits_for(total.amount, total.currency)
    totals = round_together([line.amount for line in lines], digits)
    parts = [
        round_together([getattr(line, name) for name in _PARTS], digits, whole)
        for line, whole in zip(lines, totals, strict=True)
    ]
    saved = [round_together([getattr(line, name) for line in lines], digits) for name in _SAVED]
    columns = [totals, *map(list, zip(*parts, strict=True)), *saved]
    names = ("cost", *_PARTS, "saved by cache", "by scaling down")
    kept = [index for index, column in enumerate(columns) if index == 0 or any(column)]
    rows = []
    for at, line in enumerate(lines):
        figures = [f"{columns[index][at]:,.{digits}f}" if columns[index][at] or index == 0 else "" for index in kept]
        figures[0] = _least(line, figures[0])
        rows.append((*line.group, *figures, str(line.runs), str(line.attempts), duration(line.seconds)))
    sums = [f"{sum(columns[index], Decimal(0)):,.{digits}f}" for index in kept]
    sums[0] = _least(total, sums[0])
    last = ("all", *("" for _ in by[1:]), *sums, str(total.runs), str(total.attempts), duration(total.seconds))
    heads = (*by, *(names[index] for index in kept), "runs", "attempts", "time")
    heads = tuple(f"cost ({total.currency})" if head == "cost" else head for head in heads)
    print_table(heads, [*rows, last])


def _least(line: CostLine, figure: str) -> str:
    """A figure as a lower bound where something has no price, and as unknown where nothing has one."""
    if not line.unknown:
        return figure
    return f"at least {figure}" if line.amount else "unknown"


def _at_least(line: CostLine) -> str:
    from jupyter_mlpipe.costs.money import shown

    return _least(line, shown(line.amount, line.currency))


def _print_unknown(report: CostReport) -> None:
    for reason, count in report.reasons.items():
        note(f"{count} without a cost: {reason} (prices.toml)")


def _print_csv(report: CostReport) -> None:
    from jupyter_mlpipe.costs.export import cell

    writer = csv.writer(sys.stdout)
    for number, line in enumerate(report.lines):
        told = line.to_json(report.by)
        group = told.pop("group")
        if not number:
            writer.writerow([*group, *told])
        writer.writerow([cell(value) for value in (*group.values(), *told.values())])


def _of(lines: Sequence[CostLine], currency: str) -> list[CostLine]:
    return [line for line in lines if line.currency == currency]


def _compared(workspace: Workspace, run: str) -> dict[str, Any] | None:
    from jupyter_mlpipe.costs.estimates import compared

    return compared(workspace.ledger, run)


def _print_making(workspace: Workspace, arguments: argparse.Namespace) -> int:
    """Print what a model version cost."""
    from jupyter_mlpipe.costs.making import cost_of_making
    from jupyter_mlpipe.costs.money import shown
    from jupyter_mlpipe.models.catalogue import known_model
    from jupyter_mlpipe.notebook.model_names import split_reference, version_number

    name, which = split_reference(arguments.model_version)
    model = known_model(workspace.ledger, name)
    number = version_number(which) if which else model.versions[0].version if model.versions else None
    if number is None:
        number = model.aliases.get(which or "")
    if number is None:
        raise UnknownModelError(f"no version of {name} is in {which!r}", hint="give its number, or an alias it has")
    made = model.version(number).registration
    if made.run is None or made.stage is None:
        raise UnknownModelError(
            f"{name} version {number} was registered by hand", hint="only what a stage made has a cost on record"
        )
    making = cost_of_making(workspace.ledger, made.run, made.stage)
    if arguments.json:
        print_json({"model": name, "version": number, **making.to_json()})
        return 0
    rows = [
        (
            stage,
            shown(usage.amount, usage.currency) if usage else "unknown",
            duration(usage.seconds) if usage else "",
            usage.run if usage else "",
        )
        for stage, usage in making.parts.items()
    ]
    print_table(("stage", "cost", "time", "made in run"), rows)
    totals = ", ".join(shown(amount, currency) for currency, amount in making.totals.items()) or "unknown"
    print(f"{name} version {number} cost {'at least ' if making.unknown and making.totals else ''}{totals}")
    return 0
