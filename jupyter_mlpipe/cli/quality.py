"""``mlpipe quality``: how well a model predicts, window by window, from a file of its predictions; into the ledger too.

Not for measuring and estimating (``monitoring.quality``), nor for telling anybody.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json, print_table
from jupyter_mlpipe.errors import UnknownModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyter_mlpipe.monitoring.quality.report import QualityReport, QualityRow
    from jupyter_mlpipe.workspace import Workspace

BREACHED = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("model", metavar="MODEL", help="whose predictions: flight-delay, flight-delay@production, @3")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="predictions: Parquet, Arrow or CSV")
    parser.add_argument(
        "--reference", type=Path, required=True, metavar="FILE",
        help="labelled predictions that show how well it usually does: those it was tested on",
    )  # fmt: skip
    parser.add_argument("--target", required=True, metavar="COLUMN", help="what was true; may be empty, or missing")
    parser.add_argument("--score", metavar="COLUMN", help="probability of the positive label; LABEL=COLUMN,… of many")
    parser.add_argument("--prediction", metavar="COLUMN", help="predicted labels or numbers")
    parser.add_argument("--positive", metavar="LABEL", help="the positive label, where it is not 1")
    parser.add_argument("--cut", type=float, default=0.5, metavar="X", help="score that is predicted positive (0.5)")
    parser.add_argument(
        "--task", choices=("binary", "multiclass", "regression"), help="where the columns leave it open"
    )
    parser.add_argument("--time", metavar="COLUMN", help="when each row was predicted")
    parser.add_argument("--every", metavar="WINDOW", help="hour, day, week, month, quarter, year, or n=1000")
    for name, text in (
        ("groups", "compare the groups of these columns for fairness"),
        ("segments", "measure each value of these columns alone as well"),
        ("features", "columns from which errors of a regression are estimated"),
        ("measures", "only these"),
    ):
        parser.add_argument(f"--{name}", type=_words, default=(), metavar="A,B", help=text)
    parser.add_argument(
        "--settled", type=float, default=0.9, metavar="SHARE", help="judge windows with so many labels (0.9)"
    )
    parser.add_argument("--no-estimates", action="store_true", help="only measure where labels are known")
    parser.add_argument(
        "--check", action="store_true", help=f"exit with {BREACHED} where something is worse than usual"
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing into the ledger")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Measure, record and show."""
    from jupyter_mlpipe.monitoring.data_files import read_table
    from jupyter_mlpipe.monitoring.quality import quality, record

    with open_workspace(arguments) as workspace:
        model, version = _version(workspace, arguments.model)
        data, reference = (read_table(path) for path in (arguments.data, arguments.reference))
        report = quality(
            data,
            reference=reference,
            target=arguments.target,
            prediction=arguments.prediction,
            score=_score(arguments.score),
            time=arguments.time,
            every=arguments.every,
            groups=arguments.groups,
            segments=arguments.segments,
            measures=arguments.measures or None,
            features=arguments.features,
            positive=_label(arguments.positive, reference, arguments.target),
            cut=arguments.cut,
            task=arguments.task,
            settled=arguments.settled,
            estimate=not arguments.no_estimates,
            model=arguments.model,
            name=arguments.data.name,
        )
        if not arguments.dry_run:
            record(workspace.ledger, report, version=version)
    if arguments.json:
        print_json({**report.to_json(), "version": version, "recorded": not arguments.dry_run})
    else:
        _print(report, model, version)
    return BREACHED if arguments.check and report.breached else 0


def _version(workspace: Workspace, reference: str) -> tuple[str, int | None]:
    """The model and its version; None where the workspace does not know the model: it may be of elsewhere."""
    from jupyter_mlpipe.models.catalogue import known_model
    from jupyter_mlpipe.notebook.model_names import split_reference, version_number

    model, which = split_reference(reference)
    try:
        known = known_model(workspace.ledger, model)
    except UnknownModelError:
        note(f"{model} was not registered from here; what is found is kept under its name")
        return model, None if which is None else version_number(which)
    if which is None:
        return model, None
    number = version_number(which)
    if number is not None:
        return model, known.version(number).version
    if which not in known.aliases:
        raise UnknownModelError(
            f"no version of {model} is in {which!r}",
            hint=f"give a number, or one of: {', '.join(known.aliases) or 'no alias was set yet'}",
        )
    return model, known.aliases[which]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _score(text: str | None) -> str | dict[str, str] | None:
    if text is None or "=" not in text:
        return text
    pairs = [part.partition("=") for part in _words(text)]
    if not all(label and column for label, _, column in pairs):
        raise UsageError(f"--score {text} is not LABEL=COLUMN,LABEL=COLUMN", hint="as in cat=p_cat,dog=p_dog")
    return {label: column for label, _, column in pairs}


def _label(text: str | None, reference: Any, target: str) -> Any:
    """The positive label, as the target's column holds it: ``1`` may be a text or a number."""
    if text is None or target not in reference.column_names:
        return text
    held = reference[target].unique().to_pylist()
    return next((item for item in held if str(item) == text), text)


def _print(report: QualityReport, model: str, version: int | None) -> None:
    shown = [row for row in report.rows if not row.segment]
    named = f"{model} version {version}" if version is not None else model
    print(f"{named}: {report.task}, against {report.reference_rows:,} labelled rows\n")
    if shown:
        print_table(("window", "rows", "labelled", "measure", "measured", "estimated", "usual", ""), _lines(shown))
    worse = [*report.breaches, *(row for row in report.refuted if not row.breached)]
    if worse:
        print()
    for row in worse:
        print(f"{_window(row)}: {row.reason}".lstrip(": "))
    for text in (*report.notes, *(report.assumptions if any(row.estimated for row in shown) else ())):
        note(text)
    print(f"\n{len(report.breaches)} worse than usual" if report.breached else "\nnothing is worse than usual")


def _lines(rows: Sequence[QualityRow]) -> list[tuple[str, ...]]:
    """One line for each window and measure: measured beside estimated."""
    both: dict[tuple[float | None, str], dict[bool, QualityRow]] = {}
    for row in rows:
        both.setdefault((row.start, row.measure), {})[row.estimated] = row
    lines: list[tuple[str, ...]] = []
    for found in both.values():
        measured, estimated = found.get(False), found.get(True)
        row = measured or found[True]
        marks = ["worse" for item in found.values() if item.breached][:1]
        marks += ["estimate refuted" for item in found.values() if item.holds is False]
        share = "" if row.labelled is None else f"{row.labelled:.0%}"
        lines.append(
            (_window(row), f"{max(item.rows for item in found.values()):,}", share, row.measure, _figure(measured),
             _figure(estimated), _usual(row), ", ".join(marks))
        )  # fmt: skip
    return lines


def _figure(row: QualityRow | None) -> str:
    if row is None or row.value is None:
        return "" if row is None else "–"
    between = "" if row.low is None or row.high is None else f" ({row.low:.4g} to {row.high:.4g})"
    return f"{row.value:.4g}{between}"


def _usual(row: QualityRow) -> str:
    if row.lowest is not None and row.highest is not None:
        return f"{row.lowest:.4g} to {row.highest:.4g}"
    if row.lowest is not None:
        return f"from {row.lowest:.4g}"
    return "" if row.highest is None else f"to {row.highest:.4g}"


def _window(row: QualityRow) -> str:
    if row.start is None:
        return ""
    from datetime import UTC, datetime

    start = datetime.fromtimestamp(row.start, UTC)
    midnight = (start.hour, start.minute, start.second) == (0, 0, 0)
    return start.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
