"""Names for hosts and processes in facts, and whether such a process is still there.

Not for starting or ending processes (``execution``).
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path


def this_host() -> str:
    """Return the host's name."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket

    return socket.gethostname()


def this_user() -> str:
    """Return the name of the user whose process this is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user id without a name, as in some containers.
        return str(os.getuid())


def this_machine() -> str:
    """Name the place in which process ids mean something: the host, and on Linux the namespace of process ids."""
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{this_host()} {space}".strip()


def this_process() -> str:
    """Name this process so that a later one with the same id is another."""
    return f"{os.getpid()} {_start_time(os.getpid())}"


def has_ended(machine: str, process: str) -> bool:
    """Return whether a process is known to have ended. False for one on another machine: that cannot be known here."""
    if machine != this_machine():
        return False
    pid, _, start = process.partition(" ")
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return bool(start) and _start_time(int(pid)) not in (start, "")


def _start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The command stands in parentheses and may hold anything; the fields after it do not. A zombie has ended.
    rest = stat.rpartition(")")[2].split()
    return "ended" if rest[0] in "ZX" else rest[19]
