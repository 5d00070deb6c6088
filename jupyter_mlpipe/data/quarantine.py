"""Taking bad rows out of a frame, without losing any. Not for saying which are bad (``contract_failures``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.data.contract_failures import Failure, is_polars

if TYPE_CHECKING:
    import numpy as np

COLUMN = "violations"
"""Says in the quarantined frame why each row is there."""


def quarantined_name(frame: str) -> str:
    """The name under which the bad rows of a frame are kept."""
    return f"{frame}_quarantine"


def split(frame: Any, failures: Sequence[Failure]) -> tuple[Any, Any]:
    """Return the good rows of a frame, and the bad ones with a column more that says why.

    Both keep order, labels and dtypes. Every row is in one of them. Where no row is bad, the first is the frame itself.

    Parameters
    ----------
    frame
        Of pandas or polars.
    failures
        What the frame breaks; those without rows, and those that only warn, keep no row out.
    """
    import numpy as np

    against = [item for item in failures if item.rows is not None and not item.warns]
    bad: Any = np.zeros(len(frame), dtype=bool)
    for item in against:
        bad[item.rows] = True
    reasons = _reasons(against, np.flatnonzero(bad))
    if is_polars(frame):
        import polars as pl

        added = pl.Series(_free(frame.columns), reasons, dtype=pl.String)
        return (frame.filter(~bad) if bad.any() else frame), frame.filter(bad).with_columns(added)
    import pandas as pd

    taken = frame.loc[bad].copy()
    taken[_free(taken.columns)] = pd.Series(reasons, index=taken.index, dtype="str")
    return (frame.loc[~bad] if bad.any() else frame), taken


def _reasons(failures: Sequence[Failure], rows: np.ndarray) -> list[str]:
    """What each of the rows breaks; joined once for each combination, of which there are few."""
    import numpy as np

    if not len(rows):
        return []
    broken = np.stack([np.isin(rows, item.rows, assume_unique=True) for item in failures], axis=1)
    packed = np.packbits(broken, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    texts = ["; ".join(item.text for item, breaks in zip(failures, broken[at], strict=True) if breaks) for at in first]
    return [texts[place] for place in which.ravel()]


def _free(columns: Any) -> str:
    name, taken, number = COLUMN, set(columns), 1
    while name in taken:
        number += 1
        name = f"{COLUMN}_{number}"
    return name
