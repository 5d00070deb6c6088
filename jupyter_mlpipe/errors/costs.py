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


class BudgetError(CostError):
    """A budget in the settings means nothing."""

    code = "MP820"


class BudgetExceededError(CostError):
    """A run, or a stage of it, would cost more than a budget has left."""

    code = "MP821"
    exit_code = 3


class BudgetConsentError(CostError):
    """A run needs somebody's consent, since it would cost more than a budget has left."""

    code = "MP822"
    exit_code = 4


class CostReportError(CostError):
    """Costs cannot be added up in that way."""

    code = "MP830"


class RetentionRuleError(CostError):
    """A rule of retention means nothing."""

    code = "MP840"


class RetentionError(CostError):
    """Something cannot be archived, deleted or restored."""

    code = "MP841"
