"""In a stage's kernel: nothing of what its cells print is dropped, however slowly it is read.

Not for the other end, which reads it (``kernel_process``).
"""

from __future__ import annotations

import sys
from typing import Any


def keep_outputs_whole() -> None:
    """Let outputs wait in this kernel without bound; ZeroMQ would drop those after the thousandth.

    Does nothing where the kernel is not ipykernel.
    """
    module: Any = sys.modules.get("IPython")
    kernel = getattr(module.get_ipython(), "kernel", None) if module is not None else None
    thread = getattr(kernel, "iopub_thread", None)
    socket = getattr(thread, "socket", None)
    if thread is None or socket is None:
        return

    def lift() -> None:
        import zmq

        socket.setsockopt(zmq.SNDHWM, 0)

    thread.schedule(lift)  # a socket is for one thread
