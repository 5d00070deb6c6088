"""``%%stage features --drift-against flight-delay@production``: stops what is downstream where the data has drifted.

The stage's frame is compared with what a model version learnt from. Not for how (``drift``), nor for looking at data
that no stage made (``mlpipe drift``).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import DirectiveError, MlpipeError, ModelNameError, UnknownModelError
from jupyter_mlpipe.execution.hooks import StageHook, Verdict
from jupyter_mlpipe.ledger.drift_reports import DriftFact
from jupyter_mlpipe.monitoring.drift_records import RECORD
from jupyter_mlpipe.notebook.model_names import split_reference

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext, StoredValue
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.monitoring.drift.report import DriftReport
    from jupyter_mlpipe.monitoring.references import Reference
    from jupyter_mlpipe.notebook.pipeline import StageOptions
    from jupyter_mlpipe.settings import Settings

STOP, WARN = "stop", "warn"


@dataclass(frozen=True)
class Comparison:
    """Which frame is compared with which version's data."""

    reference: str
    """``flight-delay@production``."""
    frame: str | None = None
    """None: the stage's frame that has the model's columns."""

    @classmethod
    def parse(cls, text: str) -> Comparison:
        """Read ``[FRAME=]MODEL@ALIAS``. Raises ``ValueError`` or `ModelNameError`."""
        frame, equals, reference = (part.strip() for part in text.rpartition("="))
        if equals and not frame.isidentifier():
            raise ValueError(f"{frame!r} is no name of a frame; write FRAME=MODEL@ALIAS")
        split_reference(reference)
        return cls(reference, frame if equals else None)

    def __str__(self) -> str:
        return f"{self.frame}={self.reference}" if self.frame else self.reference


class DriftHook(StageHook):
    """The stage hook behind ``--drift-against``."""

    name = "drift_against"
    """Its option's name, by which a refusal is known to stand while the line asks for it."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--drift-against``, which may be given several times, ``--on-drift`` and ``--drift-ignore``."""

        def checked(text: str) -> str:
            try:
                return str(Comparison.parse(text))
            except (ValueError, ModelNameError) as error:
                raise argparse.ArgumentTypeError(str(getattr(error, "message", error)).replace("%", "%%")) from None

        parser.add_argument(
            "--drift-against",
            action="append",
            type=checked,
            default=argparse.SUPPRESS,
            metavar="[FRAME=]MODEL@ALIAS",
            help="stop what is downstream where the frame has drifted from what that version learnt from; repeatable",
        )
        parser.add_argument(
            "--on-drift",
            choices=(STOP, WARN),
            default=argparse.SUPPRESS,
            help="stop what is downstream (the default), or only say so",
        )
        parser.add_argument(
            "--drift-ignore",
            action="append",
            default=argparse.SUPPRESS,
            metavar="COLUMN",
            help="a column whose drift counts for nothing; repeatable",
        )

    def names(self, options: StageOptions) -> Iterable[str]:
        """Frames that the line names. Raises `DirectiveError` where the options do not go together."""
        asked = _asked(options)
        for key in ("on_drift", "drift_ignore"):
            if key in options.extra and not asked:
                option = "--" + key.replace("_", "-")
                raise DirectiveError(
                    f"{option} is given, but nothing to compare with",
                    hint=f"add --drift-against MODEL@ALIAS, or take {option} out",
                )
        return tuple(dict.fromkeys(item.frame for item in asked if item.frame is not None))

    def before_stage(self, context: StageContext) -> None:
        """Nothing to look at before there is a frame."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Compare each frame that the line asks for."""
        asked = _asked(context.options)
        if not asked:
            return None
        from jupyter_mlpipe.ledger import Ledger
        from jupyter_mlpipe.settings import load_settings

        settings = load_settings(context.root)
        stops = context.options.extra.get("on_drift", STOP) == STOP
        findings: list[_Finding] = []
        with Ledger.open(settings.ledger_url) as ledger:
            for item in asked:
                try:
                    findings.append(_compared(context, settings, ledger, item))
                except MlpipeError as error:
                    # What cannot be compared is not known to be without drift.
                    text = f"{error.message}; {error.hint}" if error.hint else error.message
                    findings.append(_Finding(item, held=False, text=text))
        refused = [finding for finding in findings if not finding.held and stops]
        told = [finding.text for finding in findings if not finding.held or finding.unusual]
        checks = [finding.check(passed=finding.held or not stops) for finding in findings]
        messages = tuple((RECORD, finding.fact) for finding in findings if finding.fact is not None)
        return Verdict(not refused, tuple(told), {"checks": checks}, messages)


@dataclass(frozen=True)
class _Finding:
    comparison: Comparison
    held: bool
    text: str
    unusual: bool = False
    """Held, but its user should know why."""
    frame: str | None = None
    fact: Mapping[str, Any] | None = None

    def check(self, *, passed: bool) -> dict[str, Any]:
        check: dict[str, Any] = {"gate": f"drift against {self.comparison}", "passed": passed, "text": self.text}
        if self.fact is not None:
            check |= {"frame": self.frame, "rows": self.fact["rows"], "columns": _table(self.fact["report"])}
        return check


def _compared(context: StageContext, settings: Settings, ledger: Ledger, asked: Comparison) -> _Finding:
    from jupyter_mlpipe.monitoring.drift.compare import compare
    from jupyter_mlpipe.monitoring.drift.report import DriftOptions
    from jupyter_mlpipe.monitoring.profile_store import ProfileStore
    from jupyter_mlpipe.monitoring.references import reference_of

    try:
        reference = reference_of(settings, ledger, asked.reference)
    except UnknownModelError as error:
        text = f"there is nothing to compare with yet: {error.message}; {error.hint}"
        return _Finding(asked, held=True, text=text, unusual=True)
    value = _frame(context, asked, reference)
    if value is None:
        made = ", ".join(sorted({*context.artifacts, *context.inputs})) or "nothing"
        what = f"frame `{asked.frame}`" if asked.frame else f"frame with the columns of {reference.model}"
        text = f"the stage has no {what}: name one with --drift-against FRAME={asked.reference} (it has: {made})"
        return _Finding(asked, held=False, text=text)
    extra = context.options.extra
    options = DriftOptions(columns=reference.features, ignore=tuple(extra.get("drift_ignore") or ()))
    current, blob = ProfileStore(settings).of_value(ledger, value, pii=tuple(extra.get("pii") or ()))
    report = compare(reference.profile, current, options, name=value.name)
    fact = DriftFact(
        name=value.name,
        rows=report.rows,
        drifted=report.drifted,
        columns_drifted=len(report.drifted_columns),
        report=report.to_json(),
        model=reference.model,
        version=reference.version,
        run=context.run or None,
        pipeline=context.manifest.pipeline if context.manifest is not None else None,
        stage=context.stage.name,
        reference=reference.blob,
        profile=blob,
        owner=context.options.owner,
        team=context.options.team,
    )
    payload = {name: item for name, item in asdict(fact).items() if name != "id"}
    return _Finding(asked, not report.drifted, _said(report, reference), frame=value.name, fact=payload)


def _frame(context: StageContext, asked: Comparison, reference: Reference) -> StoredValue | None:
    """The frame that is meant: the one that is named, or that has the model's columns, or most of them."""
    values = {**context.inputs, **context.artifacts}
    if asked.frame is not None:
        return values.get(asked.frame)
    wanted = set(reference.features)
    held = {
        name: len(wanted & {str(column) for column in value.artifact.meta.get("columns") or ()})
        for name, value in values.items()
    }
    # What the stage made goes before what it read.
    ranked = sorted(values, key=lambda name: (-held[name], name not in context.artifacts, name))
    return values[ranked[0]] if ranked and held[ranked[0]] * 2 > len(wanted) else None


def _said(report: DriftReport, reference: Reference) -> str:
    against = f"what {reference.model} version {reference.version} learnt from"
    if not report.drifted:
        few = f" ({report.reasons[0]})" if report.reasons else ""
        return f"{report.name} is like {against}{few}"
    drifted = report.drifted_columns
    many = f"{len(drifted)} of {len(report.columns)} columns"
    more = f"; and {len(drifted) - 3} more" if len(drifted) > 3 else ""
    return f"{report.name} has drifted from {against}, in {many}: {'; '.join(report.reasons[:3])}{more}"


def _table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each column that drifted, for whoever shows evidence."""
    return [
        {
            "column": column["column"],
            "finding": column["finding"],
            "effect": column["effect"],
            **{item["name"]: item["value"] for item in column["statistics"] if item["drifted"]},
        }
        for column in report["columns"]
        if column["drifted"]
    ]


def _asked(options: StageOptions) -> list[Comparison]:
    given = options.extra.get("drift_against") or ()
    return [Comparison.parse(text) for text in ((given,) if isinstance(given, str) else given)]
