"""Monitoring: what data and models are like over time, and who is told. Not for deciding what may run or ship.

What users call in Python stands here; each part is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlpipe.monitoring.drift.compare import compare as compare
    from jupyter_mlpipe.monitoring.drift.report import DriftOptions as DriftOptions
    from jupyter_mlpipe.monitoring.drift.report import DriftReport as DriftReport
    from jupyter_mlpipe.monitoring.profiles import Profile as Profile
    from jupyter_mlpipe.monitoring.profiling import profile as profile

_HOMES = {
    "DriftOptions": "jupyter_mlpipe.monitoring.drift.report",
    "DriftReport": "jupyter_mlpipe.monitoring.drift.report",
    "compare": "jupyter_mlpipe.monitoring.drift.compare",
    "Profile": "jupyter_mlpipe.monitoring.profiles",
    "profile": "jupyter_mlpipe.monitoring.profiling",
}

__all__ = ["DriftOptions", "DriftReport", "Profile", "compare", "profile"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value
