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
    from jupyter_mlpipe.monitoring.whylogs_format import from_whylogs as from_whylogs
    from jupyter_mlpipe.monitoring.whylogs_format import to_whylogs as to_whylogs
    from jupyter_mlpipe.monitoring.whylogs_format import write_whylogs as write_whylogs

_HOMES = {
    "DriftOptions": "jupyter_mlpipe.monitoring.drift.report",
    "DriftReport": "jupyter_mlpipe.monitoring.drift.report",
    "compare": "jupyter_mlpipe.monitoring.drift.compare",
    "Profile": "jupyter_mlpipe.monitoring.profiles",
    "from_whylogs": "jupyter_mlpipe.monitoring.whylogs_format",
    "profile": "jupyter_mlpipe.monitoring.profiling",
    "to_whylogs": "jupyter_mlpipe.monitoring.whylogs_format",
    "write_whylogs": "jupyter_mlpipe.monitoring.whylogs_format",
}

__all__ = [
    "DriftOptions",
    "DriftReport",
    "Profile",
    "compare",
    "from_whylogs",
    "profile",
    "to_whylogs",
    "write_whylogs",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value
