"""What cannot be priced, budgeted or kept as it was asked."""

from __future__ import annotations

from jupyter_mlpipe.errors.base import MlpipeError


class CostError(MlpipeError):
    """Costs cannot be told, or something may not cost what it would."""

    code = "MP800"
    exit_code = 2


class PriceBookError(CostError):
    """The price book cannot be used."""

    code = "MP801"
