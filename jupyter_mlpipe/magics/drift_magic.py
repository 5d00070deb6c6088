"""``%drift``: compare a frame of the notebook with another one, or with what a model version learnt from.

It only looks: nothing is recorded, and a run leaves the line out. Not for comparing (``monitoring.drift``), nor for how
a report is drawn (``panels.drift_report``).
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.notebook.suggest import nearest

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live import LiveKernel
    from jupyter_mlpipe.monitoring.drift.report import DriftReport
    from jupyter_mlpipe.monitoring.profiles import Profile
    from jupyter_mlpipe.panels import Block


@dataclass(frozen=True)
class ShownDrift:
    """A drift report that a notebook shows; ``report`` is the report itself."""

    report: DriftReport
    blocks: tuple[Block, ...]

    def __repr__(self) -> str:
        return "\n".join(str(block.data["text/plain"]) for block in self.blocks)

    def _repr_html_(self) -> str:
        return "".join(str(block.data.get("text/html", "")) for block in self.blocks)


def show_drift(kernel: LiveKernel, line: str) -> ShownDrift:
    """Compare, show the figures of what drifted most, and return what is shown above them.

    Raises
    ------
    DirectiveError
        The line cannot be read, or names what is not in the notebook.
    MonitoringError
        What it names is no frame, or the model version has no reference.
    UnknownModelError
        There is no such model or version.
    """
    from jupyter_mlpipe.monitoring.drift.compare import compare
    from jupyter_mlpipe.monitoring.drift.report import DriftOptions
    from jupyter_mlpipe.monitoring.profile_store import ProfileStore
    from jupyter_mlpipe.monitoring.profiling import profile
    from jupyter_mlpipe.panels.drift_report import report_blocks

    given = _read(line)
    key = ProfileStore(kernel.workspace.settings).key
    by = _names(given.by)
    columns: Sequence[str] | None = _names(given.columns) or None
    frame = _value(kernel, given.frame)
    wanted = None if columns is None else list(dict.fromkeys([*columns, *by]))
    if given.against.isidentifier() and given.against in kernel.shell.user_ns:
        reference = profile(_value(kernel, given.against), by=by, columns=wanted, key=key)
    else:
        reference, learnt = _learnt(kernel, given.against)
        # What a model was not fitted on may be in a frame or not.
        columns = columns or learnt
    current = profile(frame, by=by, columns=wanted, key=key)
    options = DriftOptions(columns=tuple(columns) if columns else None)
    report = compare(reference, current, options, name=given.frame)
    whole: list[Block] = []
    drawn: list[Block] = []
    for block in report_blocks(report, reference=reference, current=current):
        (whole if "text/html" in block.data else drawn).append(block)
    for block in drawn:
        kernel.shell.display_pub.publish(dict(block.data), dict(block.metadata))
    return ShownDrift(report, tuple(whole))


def drift_parser() -> argparse.ArgumentParser:
    """The options of ``%drift``."""
    parser = _LineParser(prog="%drift", usage=_USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("frame")
    parser.add_argument("--against", required=True)
    parser.add_argument("--by", default="")
    parser.add_argument("--columns", default="")
    return parser


_USAGE = "%drift FRAME --against MODEL@ALIAS | OTHER_FRAME [--by COLUMNS] [--columns COLUMNS]"


class _LineParser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise DirectiveError(f"{self.prog}: {message}", hint=self.usage)


def _read(line: str) -> argparse.Namespace:
    parser = drift_parser()
    try:
        words = shlex.split(line)
    except ValueError as error:
        parser.error(str(error))
    return parser.parse_args(words)


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _value(kernel: LiveKernel, name: str) -> Any:
    known = kernel.shell.user_ns
    if name not in known:
        names = [other for other in known if not other.startswith("_")]
        raise DirectiveError(f"%drift: this kernel has no `{name}`", hint=nearest(name, names, "it has"))
    return known[name]


def _learnt(kernel: LiveKernel, text: str) -> tuple[Profile, Sequence[str] | None]:
    from jupyter_mlpipe.monitoring.references import reference_of

    workspace = kernel.workspace
    found = reference_of(workspace.settings, workspace.ledger, text)
    return found.profile, found.features or None
