"""Those who look at the ledger after the event are woken here: entry points of the group ``jupyter_mlpipe.observers``.

Each is a function of the settings that starts a process of its own, or nothing, and returns at once. Not for taking
part in a run (``hooks``).
"""

from __future__ import annotations

import logging

from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.settings import Settings

GROUP = "jupyter_mlpipe.observers"


def wake_observers(settings: Settings) -> None:
    """Call each; one that fails is logged, since a run must not end otherwise for it."""
    for point in entry_points(GROUP):
        try:
            point.load()(settings)
        except Exception:  # anybody's code
            logging.getLogger(__name__).warning("the observer %s failed", point.name, exc_info=True)
