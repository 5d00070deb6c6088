"""Profiles of Dask frames: one for each partition, where it is, then merged. Not for one partition (``profiling``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from jupyter_mlpipe.errors import UnprofilableError
from jupyter_mlpipe.monitoring.profiles import Profile, merged
from jupyter_mlpipe.notebook.suggest import nearest

_TOGETHER = 8
"""So many profiles are merged at a time."""


def profile_partitions(
    frame: Any,
    *,
    by: Sequence[str],
    pii: Collection[str],
    time: str | None,
    columns: Sequence[str] | None,
    key: bytes,
) -> Profile:
    """Profile a Dask frame on the cluster that Dask uses here; only profiles travel, as bytes.

    See `profiling.profile` for what it takes and raises.
    """
    from dask import compute, delayed

    names = [str(name) for name in frame.columns]
    for name in (*(columns or ()), *by, *([time] if time else ())):
        if name not in names:
            raise UnprofilableError(
                f"the frame has no column {name!r}", hint=nearest(name, names, "its columns are"), column=name
            )
    options = {"by": tuple(by), "pii": tuple(pii), "time": time, "columns": columns, "key": key}
    parts = [delayed(_profile_partition)(part, options) for part in frame.to_delayed()]
    while len(parts) > 1:
        parts = [delayed(_merge)(parts[start : start + _TOGETHER]) for start in range(0, len(parts), _TOGETHER)]
    (data,) = compute(*parts)
    return Profile.from_bytes(data)


def _profile_partition(part: Any, options: dict[str, Any]) -> bytes:
    from jupyter_mlpipe.monitoring.profiling import profile

    return profile(part, **options).to_bytes()


def _merge(parts: Sequence[bytes]) -> bytes:
    return merged([Profile.from_bytes(part) for part in parts]).to_bytes()
