"""Environment variables between a run, its workers and their kernels: what is for whom. Starts and sets nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping

WARM_UP_VARIABLE = "MLPIPE_INTERNAL_WARM_UP"
"""Tells embedded workers what to get ready as they start."""
FORK_GROUP_VARIABLE = "MLPIPE_INTERNAL_FORK_GROUP"
"""Tells embedded workers by which name they share a fork server."""
WORKER_ONLY_VARIABLE = "MLPIPE_INTERNAL_WORKER_ONLY"
"""Names, separated by spaces, of the variables that a worker has and its kernels must not."""


def kernel_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a kernel: this process's, without what only a Dask worker has, and with `additions`.

    A Dask nanny fixes the hash seed and the thread counts of its worker. A kernel that inherited them would not run
    as the same notebook runs elsewhere.
    """
    environment = dict(os.environ)
    for name in environment.pop(WORKER_ONLY_VARIABLE, "").split():
        environment.pop(name, None)
    environment.update(additions)
    return environment
