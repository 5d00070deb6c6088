"""What the system says of processes: from ``/proc`` on Linux, through psutil elsewhere.

Not for what to make of it (``process_tree``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from jupyter_mlpipe.execution.metering.process_tree import Seen

Look = Callable[[Iterable[int]], dict[int, Seen]]

_TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
HAS_PROC = os.path.exists("/proc/self/stat")  # noqa: PTH110 - imported where every millisecond counts
_LISTS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110


def look(known: Iterable[int]) -> dict[int, Seen]:
    """Look at processes and all that is below them.

    Parameters
    ----------
    known
        Process ids; those that have ended are left out.

    Returns
    -------
    dict
        What the system says of each, by process id.
    """
    if not HAS_PROC:
        return _look_elsewhere(known)
    found: dict[int, Seen] = {}
    parents = None if _LISTS_CHILDREN else _by_parent()
    waiting = list(known)
    while waiting:
        pid = waiting.pop()
        if pid in found:
            continue
        seen = _seen(pid)
        if seen is not None:
            found[pid] = seen
            waiting += _children(pid) if parents is None else parents.get(pid, ())
    return found


def proportional_memory(pid: int) -> int:
    """Bytes of memory of a process that no file backs; what it shares counts by its part. 0 where nobody tells.

    Takes the longer, the more memory the process has.
    """
    total = 0
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith((b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:")):
            total += int(line.split()[1]) * 1024
    return total


def _seen(pid: int) -> Seen | None:
    stat = _read(f"/proc/{pid}/stat")
    # The program's name stands in parentheses and may hold anything.
    fields = stat[stat.rfind(b")") + 2 :].split()
    if len(fields) < 20 or fields[0] == b"X":
        return None
    user, system, reaped_user, reaped_system = (int(field) for field in fields[11:15])
    read = written = 0
    for line in _read(f"/proc/{pid}/io").splitlines():
        if line.startswith(b"rchar:"):
            read = int(line[6:])
        elif line.startswith(b"wchar:"):
            written = int(line[6:])
    sizes = dict.fromkeys((b"RssAnon", b"RssFile", b"RssShmem", b"VmHWM"), 0)
    for line in _read(f"/proc/{pid}/status").splitlines():
        name, _, rest = line.partition(b":")
        if name in sizes:
            sizes[name] = int(rest.split()[0]) * 1024
    return Seen(
        start=int(fields[19]),
        parent=int(fields[1]),
        cpu=(user + system) * _TICK,
        reaped_cpu=(reaped_user + reaped_system) * _TICK,
        read=read,
        written=written,
        anonymous=sizes[b"RssAnon"] + sizes[b"RssShmem"],
        file_backed=sizes[b"RssFile"],
        most=sizes[b"VmHWM"],
    )


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - some times a second
    except OSError:
        return found
    for task in tasks:
        found += [int(child) for child in _read(f"/proc/{pid}/task/{task}/children").split()]
    return found


def _by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            stat = _read(f"/proc/{name}/stat")
            fields = stat[stat.rfind(b")") + 2 :].split(None, 2)
            if len(fields) > 1:
                found.setdefault(int(fields[1]), []).append(int(name))
    return found


def _read(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:  # it ended meanwhile
        return b""
    finally:
        os.close(descriptor)


def _look_elsewhere(known: Iterable[int]) -> dict[int, Seen]:
    try:
        import psutil
    except ImportError:
        return {}
    found: dict[int, Seen] = {}
    for pid in known:
        try:
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                if one.pid in found:
                    continue
                times, memory = one.cpu_times(), one.memory_info()
                found[one.pid] = Seen(
                    start=one.create_time(),
                    parent=one.ppid(),
                    cpu=times.user + times.system,
                    reaped_cpu=getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0),
                    anonymous=memory.rss,
                    most=memory.rss,
                )
        except psutil.Error:
            continue
    return found
