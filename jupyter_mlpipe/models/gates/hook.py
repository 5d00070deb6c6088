"""The stage hook behind ``--gate``. Not for judging (``judging``)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import GateSyntaxError
from jupyter_mlpipe.execution.hooks import StageHook, Verdict

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext
    from jupyter_mlpipe.notebook.pipeline import StageOptions


class GateHook(StageHook):
    """Judges the gates of a stage's line.

    Parameters
    ----------
    production
        Gives the model that is in production, by its registered name; the registry's where it is None.
    """

    name = "gate"

    def __init__(self, production: Callable[[str | None], Any | None] | None = None) -> None:
        self._production = production

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--gate``, which may be given several times."""

        def checked(text: str) -> str:
            from jupyter_mlpipe.models.gates.reading import parse_gate

            try:
                parse_gate(text)
            except GateSyntaxError as error:
                raise argparse.ArgumentTypeError(error.message) from error
            # Spaces in quotation marks are meant.
            return text.strip() if set(text) & set("\"'") else " ".join(text.split())

        parser.add_argument(
            "--gate",
            action="append",
            type=checked,
            default=argparse.SUPPRESS,
            metavar="CONDITION",
            help='stop what is downstream unless it holds: "auc >= 0.75", "roc_auc(y, score) >= 0.75"; repeatable',
        )

    def names(self, options: StageOptions) -> Iterable[str]:
        """Names whose values its gates measure. Numbers that they compare need no value."""
        if not _gates(options):
            return ()
        from jupyter_mlpipe.models.gates.reading import gate_values

        return tuple(dict.fromkeys(name for gate in _gates(options) for name in sorted(gate_values(gate))))

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Judge every gate on the stage's line."""
        gates = _gates(context.options)
        if not gates:
            return None
        from jupyter_mlpipe.models.champion import champion_of
        from jupyter_mlpipe.models.gates.evidence import StageEvidence
        from jupyter_mlpipe.models.gates.judging import judge

        checks = judge(gates, StageEvidence(context, self._production or partial(champion_of, context)))
        reasons = tuple(reason for check in checks for reason in check.reasons)
        return Verdict(all(check.passed for check in checks), reasons, {"checks": [c.to_json() for c in checks]})


def _gates(options: StageOptions) -> tuple[str, ...]:
    given = options.extra.get("gate") or ()
    return (given,) if isinstance(given, str) else tuple(given)
