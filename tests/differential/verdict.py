"""Runs a trap by papermill and by us, cold and cached, and says what came of it: equal, refused or different.

*Equal*: every cell's normalised outputs, the error that ended the notebook if one did, and the files left behind are
the same in the cold run and in the cached one, and the cached run took every stage from the cache (but for traps that
start programs, whose reads nobody can see: their stages run each time).
*Refused*: we stopped with a coded error of the kinds that mean "this cannot be kept equal", which names the variable.
*Different*: anything else. Nothing is forgiven here; what a trap may end in stands in its header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.ours import OurRun, run_ours
from tests.differential.plain import PlainRun
from tests.differential.transcript import differences
from tests.differential.trap import Outcome, Trap

REFUSALS = ("MP106", "MP108", "MP109", "MP203", "MP308")
"""Codes by which we may stop rather than differ."""


@dataclass(frozen=True)
class Verdict:
    """What came of a trap in one staging."""

    outcome: str
    """``equal``, ``refused`` or ``different``."""
    code: str = ""
    message: str = ""
    hint: str = ""
    details: tuple[str, ...] = ()
    cold_seconds: float = 0.0
    cached_seconds: float = 0.0

    def allowed_by(self, expected: tuple[Outcome, ...]) -> bool:
        """Whether the trap's header allows this end. Equal is always right: a section may join what cells part."""
        if self.outcome == "equal":
            return True
        for one in expected:
            if one.kind == self.outcome == "refused" and one.code == self.code and self._names(one.variable):
                return bool(self.hint)
        return False

    def _names(self, variable: str) -> bool:
        return not variable or variable in self.message


def judge(trap: Trap, plain: PlainRun, staging: str, folder: Path, settings: Mapping[str, Any]) -> Verdict:
    """Compare papermill's run with a cold and a cached one of ours."""
    cold = run_ours(trap, staging, folder, settings)
    refusal = _refusal(plain, cold)
    if refusal is not None:
        return refusal
    found = _compare("cold", plain, cold)
    if found:
        return Verdict("different", details=tuple(found), cold_seconds=cold.seconds)
    cached = run_ours(trap, staging, folder, settings)
    found = _compare("cached", plain, cached)
    if plain.error is None and not trap.reruns:
        ran = sorted(name for name, status in cached.stages.items() if status != "hit")
        found += [f"cached: not taken from the cache: {', '.join(ran)}"] if ran else []
    outcome = "different" if found else "equal"
    return Verdict(outcome, details=tuple(found), cold_seconds=cold.seconds, cached_seconds=cached.seconds)


def _refusal(plain: PlainRun, ours: OurRun) -> Verdict | None:
    """The run's end as a refusal, if it is one; an error that papermill's run has too is none."""
    error = ours.error
    if error is None or error.code not in REFUSALS or plain.error is not None:
        return None
    return Verdict("refused", error.code, error.message, error.hint, cold_seconds=ours.seconds)


def _compare(which: str, plain: PlainRun, ours: OurRun) -> list[str]:
    if ours.transcript is None:
        return [f"{which}: no run took place: {ours.error}"]
    expected = "done" if plain.error is None else "failed"
    found = [] if ours.status == expected else [f"{which}: ended as {ours.status}, not {expected}: {ours.error}"]
    return found + [f"{which}: {text}" for text in differences(plain.transcript, ours.transcript)]
