"""Gates read with the measures that they call. The language alone is ``notebook.gate_language``; not for judging."""

from __future__ import annotations

from jupyter_mlpipe.models.gates.measures import bind
from jupyter_mlpipe.notebook.gate_language import Condition, read_condition
from jupyter_mlpipe.notebook.gate_language.dimensions import check_dimensions
from jupyter_mlpipe.notebook.gate_language.syntax import Predicate, calls, nodes, value_names
from jupyter_mlpipe.notebook.gate_language.tokens import refusal


def parse_gate(text: str) -> Condition:
    """Read a gate and check the measures that it calls.

    Raises
    ------
    GateSyntaxError
        It is not in the language; there is no such measure, or it does not take these arguments; a measure that is no
        predicate stands alone; quantities of different dimension are compared.
    """
    condition = read_condition(text)
    found = {call.name: bind(call, text)[0] for call in calls(condition)}
    for node in nodes(condition):
        if isinstance(node, Predicate) and not found[node.call.name].predicate:
            example = f"{node.call} >= 0.75" if found[node.call.name].dimension is None else f"{node.call} <= …"
            raise refusal(text, node.call.start, f"{node.call.name} gives a number: compare it, as in {example}")
    check_dimensions(condition, text, {name: item.dimension for name, item in found.items()})
    return condition


def gate_values(text: str) -> set[str]:
    """Names of the notebook whose values the gate's measures look at. Raises as `parse_gate`."""
    return value_names(parse_gate(text))
