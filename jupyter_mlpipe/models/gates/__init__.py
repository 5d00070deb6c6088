"""Gates: conditions on what a stage made, without which nothing downstream runs.

``%%stage evaluate --gate "auc >= 0.75" --gate "roc_auc(y_true, y_score) >= 0.7"``. The language is
``notebook.gate_language``; what it may call is in ``measures`` and the families of measures beside it; ``judge``
judges, for a stage (``hook``) and for a promotion alike. A gate that cannot be checked does not hold. Not for recording
verdicts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.models.gates.hook import GateHook

if TYPE_CHECKING:
    from jupyter_mlpipe.errors import UnmeasurableError
    from jupyter_mlpipe.models.gates.estimates import Estimate
    from jupyter_mlpipe.models.gates.evidence import GateEvidence, StageEvidence
    from jupyter_mlpipe.models.gates.judging import Check, judge
    from jupyter_mlpipe.models.gates.measures import Measure, Parameter, Taken, known_measures
    from jupyter_mlpipe.models.gates.reading import gate_values, parse_gate

__all__ = [
    "Check",
    "Estimate",
    "GateEvidence",
    "GateHook",
    "Measure",
    "Parameter",
    "StageEvidence",
    "Taken",
    "UnmeasurableError",
    "gate_values",
    "judge",
    "known_measures",
    "parse_gate",
]

# A run without gates reads none and judges none: the hook alone is loaded with the package.
_HOMES = {
    "Check": "models.gates.judging",
    "Estimate": "models.gates.estimates",
    "GateEvidence": "models.gates.evidence",
    "Measure": "models.gates.measures",
    "Parameter": "models.gates.measures",
    "StageEvidence": "models.gates.evidence",
    "Taken": "models.gates.measures",
    "UnmeasurableError": "errors",
    "gate_values": "models.gates.reading",
    "judge": "models.gates.judging",
    "known_measures": "models.gates.measures",
    "parse_gate": "models.gates.reading",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jupyter_mlpipe.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
