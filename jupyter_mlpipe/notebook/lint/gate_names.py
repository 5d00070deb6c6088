"""What a stage's gates need of the notebook. Not a rule: those that ask about gates look through this."""

from __future__ import annotations

from jupyter_mlpipe.errors import GateSyntaxError
from jupyter_mlpipe.notebook.gate_language import Condition, read_condition
from jupyter_mlpipe.notebook.gate_language.syntax import number_names, value_names
from jupyter_mlpipe.notebook.pipeline import Stage


def gate_names(stage: Stage) -> set[str]:
    """Names that its gates need, as numbers or as values, as far as they can be read."""
    found: set[str] = set()
    for condition in gates(stage).values():
        found |= number_names(condition) | value_names(condition)
    return found


def gates(stage: Stage) -> dict[str, Condition]:
    """Each ``--gate`` that can be read, by its text. One that cannot is refused where the stage's line is read."""
    given = stage.options.extra.get("gate") or ()
    found: dict[str, Condition] = {}
    for text in (given,) if isinstance(given, str) else tuple(given):
        try:
            found[str(text)] = read_condition(str(text))
        except GateSyntaxError:
            continue
    return found
