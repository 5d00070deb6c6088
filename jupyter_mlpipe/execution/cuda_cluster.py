"""The embedded cluster's class where there are NVIDIA GPUs. Not for opening it (``cluster``)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.worker_size import own_devices


def cuda_cluster_class(warn: Callable[[str], None]) -> tuple[Any, int]:
    """``LocalCUDACluster`` and the number of GPUs, or None and 0 where there is no driver or no dask-cuda."""
    if not any(Path(sign).exists() for sign in ("/proc/driver/nvidia/version", "/dev/nvidiactl")):
        return None, 0
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1"):
        return None, 0
    try:
        from dask_cuda import LocalCUDACluster
        from dask_cuda.utils import get_n_gpus

        gpus = get_n_gpus()
    except ImportError as error:
        warn(f"NVIDIA GPUs are there, but dask-cuda is not usable ({error}): stages run without GPU resources")
        return None, 0
    except Exception as error:
        # Without a working driver pynvml raises errors of its own, which share no public base with others.
        if type(error).__module__.split(".")[0] != "pynvml":
            raise
        return None, 0
    return (LocalCUDACluster, gpus) if gpus else (None, 0)


def with_own_devices(base: Any, each: int) -> Any:
    """A ``LocalCUDACluster`` whose workers see their own GPUs only, and keep the environment that they are given.

    dask-cuda shows every worker all GPUs, its own first, and replaces the environment by that one variable.
    """

    class OwnDevices(base):  # type: ignore[misc]  # dask-cuda is not type-checked
        def new_worker_spec(self) -> dict[Any, dict[str, Any]]:
            given = self.new_spec["options"].get("env", {})
            specs: dict[Any, dict[str, Any]] = super().new_worker_spec()
            for name, spec in specs.items():
                own = own_devices(self.cuda_visible_devices, name, each)
                spec["options"]["env"] = {**given, **spec["options"]["env"], "CUDA_VISIBLE_DEVICES": own}
            return specs

    return OwnDevices
