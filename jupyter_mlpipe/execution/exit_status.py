"""How a process ended that is no child of this one, as far as Linux tells.

Until its parent, or who adopted it, has taken note of the end, ``/proc`` has it; after that, from Linux 6.15 on, a
pidfd that was opened before.
"""

from __future__ import annotations

import os
import signal
import struct
from contextlib import suppress
from pathlib import Path

_GET_INFO = 0xC040FF0B  # PIDFD_GET_INFO of linux/pidfd.h, with its first struct pidfd_info
_INFO = struct.Struct("=QQ11Ii")
"""``mask``, ``cgroupid``, eleven ids, ``exit_code``."""
_EXIT = 1 << 3


def exit_code(pid: int, pidfd: int) -> int | None:
    """The exit code of a process that has ended, as ``subprocess`` gives it; None where the system does not tell."""
    import fcntl  # not to be had on Windows, where kernels have no other parent

    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc", str(pid), "stat").read_text(encoding="ascii", errors="replace")
        signal.pidfd_send_signal(pidfd, 0)  # the number is still its own
        return os.waitstatus_to_exitcode(int(status.rpartition(")")[2].split()[-1]))
    with suppress(OSError, ValueError):
        told = _INFO.unpack(fcntl.ioctl(pidfd, _GET_INFO, _INFO.pack(_EXIT, *[0] * 13)))
        if told[0] & _EXIT:
            return os.waitstatus_to_exitcode(told[-1])
    return None
