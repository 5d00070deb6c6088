"""The language of ``--gate``: conditions on numbers and measures, as text and as frozen values.

::

    auc >= 0.75 and loss < 1e-3
    0.7 <= auc <= 0.9                          auc in [0.7, 0.9)
    auc - baseline >= 0.01                     abs(bias) <= 5%
    roc_auc(y_true, y_score) >= 0.75           latency(model, X, quantile=0.99) <= 50ms
    demographic_parity_difference(y_true, y_pred, by=(sex, age_group), min_group=50) <= 0.1

It is not Python and nothing in it is ever evaluated as such. It stands here, below whatever judges gates, because lint
reads it too. Not for knowing which measures there are, nor for judging anything (``models.gates``).
"""

from jupyter_mlpipe.notebook.gate_language.parser import read_condition
from jupyter_mlpipe.notebook.gate_language.syntax import Condition

__all__ = ["Condition", "read_condition"]
