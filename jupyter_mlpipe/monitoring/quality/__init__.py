"""Quality: how well a model predicts once labels have come, and how well it probably does before.

`quality` says it for a frame against a reference, window by window; `record` writes that into the ledger; `reliability`
is the calibration table of scores. Estimates are in ``cbpe`` (classification) and ``residual`` (regression). Not for
whether the data has drifted (``monitoring.drift``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlpipe.monitoring.quality.calibration import Reliability, reliability
    from jupyter_mlpipe.monitoring.quality.over_time import quality
    from jupyter_mlpipe.monitoring.quality.report import QualityReport, QualityRow, record

__all__ = ["QualityReport", "QualityRow", "Reliability", "quality", "record", "reliability"]

_HOMES = {
    "QualityReport": "report",
    "QualityRow": "report",
    "Reliability": "calibration",
    "quality": "over_time",
    "record": "report",
    "reliability": "calibration",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
