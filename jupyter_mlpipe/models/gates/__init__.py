"""Gates: conditions on what a stage made, without which nothing downstream runs.

``%%stage evaluate --gate "auc >= 0.75" --gate "roc_auc(y_true, y_score) >= 0.7"``. The language is
``notebook.gate_language``; what it may call is in ``measures`` and the families of measures beside it; ``judge``
judges, for a stage (``hook``) and for a promotion alike. A gate that cannot be checked does not hold. Not for recording
verdicts.
"""

from jupyter_mlpipe.errors import UnmeasurableError
from jupyter_mlpipe.models.gates.estimates import Estimate
from jupyter_mlpipe.models.gates.evidence import GateEvidence, StageEvidence
from jupyter_mlpipe.models.gates.hook import GateHook
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
