"""Verdicts and checks, as the ledger and the command line have them, in the wire's shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlpipe.ledger import gates
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.server.shapes.verdicts import CheckInfo, VerdictInfo

_SAID = ("gate", "passed", "text")

_ESTIMATED = ("name", "value", "low", "high", "confidence")
"""What a gate of one comparison says of it, and its estimates say too."""


def verdict_infos(verdicts: Iterable[gates.Verdict]) -> tuple[VerdictInfo, ...]:
    """Verdicts in one line each; of several on one gate, as of a stage that ran again, the newest."""
    newest = {verdict.gate: verdict for verdict in verdicts}
    return tuple(VerdictInfo(verdict.gate, verdict.passed, verdict.text) for verdict in newest.values())


def verdicts_by_stage(ledger: Ledger, ends: Mapping[str, str]) -> dict[str, tuple[VerdictInfo, ...]]:
    """How the gates of each stage stood in a run of its own; `ends` has the run of each stage."""
    of_run = {run: gates.verdicts(ledger, run, with_facts=False) for run in set(ends.values())}
    return {
        stage: verdict_infos(verdict for verdict in of_run[run] if verdict.stage == stage)
        for stage, run in ends.items()
    }


def verdict_checks(verdicts: Iterable[gates.Verdict]) -> tuple[CheckInfo, ...]:
    """Verdicts with their evidence; of several on one gate the newest."""
    newest = {(verdict.stage, verdict.gate): verdict for verdict in verdicts}
    return tuple(
        CheckInfo(verdict.gate, verdict.passed, verdict.text, verdict.stage, _evidence(verdict.facts))
        for verdict in newest.values()
    )


def check_infos(checks: Any) -> tuple[CheckInfo, ...]:
    """Checks as transitions and ``mlpipe models`` have them; what is no check is left out."""
    return tuple(
        CheckInfo(
            str(check.get("gate", "")),
            bool(check.get("passed")),
            str(check.get("text") or ""),
            check.get("stage") or None,
            _evidence(check.get("facts") or {}),
        )
        for check in (checks if isinstance(checks, list | tuple) else ())
        if isinstance(check, Mapping)
    )


def _evidence(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    if "checks" not in facts:
        return _without(facts, _SAID)
    checks = [check for check in facts["checks"] or () if isinstance(check, Mapping)]
    if len(checks) > 1:
        # One gate that looked at several things: what was said of each is not said above.
        return {"checks": [_without(check, ("gate",)) for check in checks]}
    return _without(_said_once(checks[0]), _SAID) if checks else {}


def _said_once(check: Mapping[str, Any]) -> Mapping[str, Any]:
    """A gate of a single comparison has it twice, and its figures a third time among the estimates."""
    if len(check.get("comparisons") or ()) != 1:
        return check
    return _without(check, ("comparisons", *(_ESTIMATED if check.get("estimates") else ())))


def _without(facts: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}
