"""Environment variables between a run, its workers and their kernels: what is for whom. Starts and sets nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping

from jupyter_mlpipe.settings import INTERNAL_PREFIX

WARM_UP_VARIABLE = "MLPIPE_INTERNAL_WARM_UP"
"""Tells embedded workers what to get ready as they start."""
FORK_GROUP_VARIABLE = "MLPIPE_INTERNAL_FORK_GROUP"
"""Tells embedded workers by which name they share a fork server."""
DASK_PARENT_VARIABLE = "__DASK_PARENT_PID"
"""Set by Dask in a process that has started a worker, and in all below it."""
WORKER_ONLY_VARIABLE = "MLPIPE_INTERNAL_WORKER_ONLY"
"""Names, separated by spaces, of the variables that Dask gives a worker and that its kernels must not have."""


def kernel_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a kernel: this process's, without what is for us or for a worker alone, and with `additions`.

    A Dask nanny fixes the hash seed and the thread counts of its worker. A kernel that inherited them would not run
    as the same notebook runs elsewhere.
    """
    dasks = {DASK_PARENT_VARIABLE, *os.environ.get(WORKER_ONLY_VARIABLE, "").split()}
    kept = {
        name: value for name, value in os.environ.items() if name not in dasks and not name.startswith(INTERNAL_PREFIX)
    }
    return {**kept, **additions}
