"""Tests here run wherever an NVIDIA GPU is visible."""

from __future__ import annotations

from pathlib import Path

import pytest


def _why_not() -> str:
    if not any(Path(sign).exists() for sign in ("/proc/driver/nvidia/version", "/dev/nvidiactl")):
        return "no NVIDIA driver"
    try:
        from dask_cuda.utils import get_n_gpus

        return "" if get_n_gpus() else "no NVIDIA GPU is visible"
    except Exception as error:
        return f"dask-cuda is not usable: {type(error).__name__}: {error}"


@pytest.fixture(autouse=True)
def _needs_a_gpu() -> None:
    reason = _why_not()
    if reason:
        pytest.skip(reason)
