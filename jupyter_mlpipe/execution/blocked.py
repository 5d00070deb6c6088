"""Stages that cannot run any more: something that they need did not end well.

Not for what they wait for (``oracle``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_mlpipe.execution.board import SETTLED, Board, State, Unit

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.oracle import Verdict


def lost_above(board: Board, unit: Unit, verdict: Verdict) -> str:
    """The name of a stage that this one needs and that did not end well; empty where there is none."""
    needs = verdict.waits | set(unit.stage.options.after)
    if verdict.view is not None:
        needs |= {load.stage for load in verdict.view.slice.loads}
    ill = SETTLED - {State.DONE}
    lost = min((name for name in needs if board.by_name[name].state in ill), default="")
    return lost or _refused_guard(board, unit, verdict)


def _refused_guard(board: Board, unit: Unit, verdict: Verdict) -> str:
    """A stage that refused a value which this one reads, though it left it as it was."""
    for guard in board.units[: unit.index]:
        if guard.state is State.REFUSED and guard.stage.guards and verdict.view is not None:
            before = {name for load in verdict.view.slice.loads for name in load.names
                      if board.by_name[load.stage].index < guard.index}  # fmt: skip
            if before & guard.stage.guards:
                return guard.name
    return ""
