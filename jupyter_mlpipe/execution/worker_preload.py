"""What an embedded Dask worker does as it starts and ends: Dask loads this module there (``preload``).

Importing it loads nothing heavy: the worker first connects, then gets ready in the background.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from jupyter_mlpipe.execution.kernel_environment import WARM_UP_VARIABLE


@dataclass(frozen=True)
class WarmUp:
    """What embedded workers get ready as soon as they start: the first stage then does not wait for it."""

    kernel_name: str
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    ahead: Sequence[str] | None = None

    def to_variable(self) -> str:
        """For the environment variable that hands it to the worker."""
        return json.dumps({**asdict(self), "environment": dict(self.environment)})


def dask_setup(_worker: Any) -> None:
    """Dask calls this as a worker starts (``preload``): get papermill and a kernel ready in the background."""
    wanted = os.environ.get(WARM_UP_VARIABLE)

    def get_ready() -> None:
        with suppress(Exception):  # what fails here fails again, and is reported, in the stage that needs it
            from jupyter_mlpipe.execution.kernel_process import KernelPlace
            from jupyter_mlpipe.execution.standby import process_standby

            if wanted is not None:
                process_standby().prepare(KernelPlace.of(**json.loads(wanted)))
            from jupyter_mlpipe.execution.papermill_engine import import_papermill

            import_papermill(worker=True)

    threading.Thread(target=get_ready, name="mlpipe-warm-up", daemon=True).start()


def dask_teardown(_worker: Any) -> None:
    """Dask calls this as a worker ends: its kernels end with it."""
    from jupyter_mlpipe.execution.fork_servers import close_fork_servers
    from jupyter_mlpipe.execution.standby import close_standby

    close_standby()
    close_fork_servers()
