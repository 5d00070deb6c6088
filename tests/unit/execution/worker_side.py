"""What the tests of the worker side share: tasks on a real store, and a look at which kernels live."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

from jupyter_mlpipe.execution.stage_task import StageTask


def stage_task(folder: Path, *sources: str, run: str = "run", stage: str = "train", **changes: Any) -> StageTask:
    """A task of these cells with an empty prologue; cells are numbered from 10 in the source notebook."""
    spec = {
        "stage": stage,
        "run": run,
        "store": {
            "url": str(folder / "store"),
            "cache_dir": str(folder / "cache"),
            "signing_key": str(folder / "signing.key"),
            "trusted": [],
        },
        "project": str(folder),
        "folder": str(folder),
        "steps": [],
        "ambient": {},
        "files": {},
        "checked": [],
        "wanted": None,
        "pinned": [],
        "body_names": [],
        "seeds": False,
        "seeded": {},
        "paths": [],
        **changes.pop("spec", {}),
    }
    cells = [
        {"source": source, "metadata": {"mlpipe": {"cell": 10 + index}, "tags": changes.get("tags", [])}}
        for index, source in enumerate(sources)
    ]
    changes.pop("tags", None)
    return StageTask(
        **{"run": run, "stage": stage, "cells": cells, "spec": spec, "kernel_name": "python3", "folder": str(folder)}
        | {"standby": False}
        | changes
    )


EARLIER: set[int] = set()
"""Kernels that were there when the running test began: of clusters that other tests in this process share."""


def kernels_below(pid: int | None = None) -> list[psutil.Process]:
    """Kernel processes started by a process or its children; without one, by this one since the test began."""
    found = []
    for process in psutil.Process(os.getpid() if pid is None else pid).children(recursive=True):
        try:
            counts = pid is not None or process.pid not in EARLIER
            if counts and process.status() != psutil.STATUS_ZOMBIE and _is_kernel(process):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _is_kernel(process: psutil.Process) -> bool:
    return "ipykernel_launcher" in " ".join(process.cmdline())


def wait_until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until a condition holds and return what it gave; fails where it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came to pass")


def text_of(outputs: Iterable[dict[str, Any]]) -> str:
    """What a cell printed."""
    return "".join(output["text"] for output in outputs if output["output_type"] == "stream")
