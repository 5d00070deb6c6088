"""Names that a stage's gates compare. Not a rule: those that ask about gates look through this."""

from __future__ import annotations

import ast

from jupyter_mlpipe.notebook.pipeline import Stage


def gate_names(stage: Stage) -> set[str]:
    """Names in the expressions of ``--gate``, as far as they read as expressions."""
    return {name for names in gates(stage).values() for name in names}


def gates(stage: Stage) -> dict[str, set[str]]:
    """Each ``--gate`` expression with the names in it."""
    given = stage.options.extra.get("gate") or ()
    found: dict[str, set[str]] = {}
    for text in (given,) if isinstance(given, str) else tuple(given):
        try:
            node = ast.parse(str(text).strip(), mode="eval")
        except (SyntaxError, ValueError):
            continue
        found[str(text)] = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found
