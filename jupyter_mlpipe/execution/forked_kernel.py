"""From a fork to a running kernel: makes of a fork server's copy the process that the same kernel would be if started.

Everything here runs in the child, which ends in `become_kernel`. The modules that the server imported ahead are on its
shelf; all else that a process has (environment, folder, streams, signals, random state, limits) is set here. ipykernel
does the rest, as in any kernel.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

_THREAD_POOLS = 4
"""Pools of a thread for each core that a stage may well have: BLAS, OpenMP, Arrow, its own."""
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_USUAL_STACK = 8 * 2**20
_FIXED_TORCH_SEED = 67280421310721  # c10::detail::default_rng_seed_val
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1)


@dataclass(frozen=True)
class KernelOrder:
    """What one kernel is asked to be."""

    argv: Sequence[str]
    """``sys.argv``: the launcher's file and ipykernel's arguments, such as ``-f kernel.json``."""
    environment: Mapping[str, str]
    """The whole environment."""
    folder: str
    memory: int | None = None
    """Bytes of private memory that it may have beside what it starts with; None for any."""


def become_kernel(order: KernelOrder, lifeline: int, stdout: int, stderr: int) -> NoReturn:
    """Turn this process, just forked, into a kernel; ends the process with it.

    Parameters
    ----------
    lifeline
        A pipe's reading end. When the writing end is closed, whoever wanted the kernel is gone, and the process ends.
    stdout, stderr
        Descriptors for what the kernel writes past Jupyter.
    """
    code = 1
    try:
        _leave_server(stdout, stderr)
        _keep_orphans()
        _set_environment(order.environment)
        os.chdir(order.folder)
        _limit_memory(order.memory)
        _draw_new_seeds()
        sys.argv = list(order.argv)
        gc.enable()
        threading.Thread(target=_end_with, args=(lifeline,), name="mlpipe-lifeline", daemon=True).start()
        from ipykernel.kernelapp import IPKernelApp

        # A parent, but none to keep an eye on: the lifeline tells sooner.
        IPKernelApp.launch_instance(list(order.argv[1:]), parent_handle=1)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - nothing may return into the server's code
        traceback.print_exc()
    finally:
        _end(code)


def _end(code: int) -> NoReturn:
    """End as an interpreter does, without the server's own way out."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - joins threads that are no daemons
        import atexit

        atexit._run_exitfuncs()  # noqa: SLF001
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
    finally:
        os._exit(code)


def _leave_server(stdout: int, stderr: int) -> None:
    os.setsid()  # a group of its own, so that a signal reaches what it spawns and nothing else
    for number in _SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python starts
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
        if source > 2:
            os.close(source)


def _keep_orphans() -> None:
    """Be the parent of descendants whose own parent ends, so that what they use is still seen as the stage's."""
    import ctypes

    with suppress(OSError, AttributeError):  # another system than Linux
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _set_environment(wanted: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _limit_memory(extra: int | None) -> None:
    """Hold the process to so many bytes of private memory beside what it has, and the stacks of thread pools.

    The system counts what is mapped, used or not: a pool's stacks count whole.
    """
    if extra is None:
        return
    stack, _ = resource.getrlimit(resource.RLIMIT_STACK)
    stack = _USUAL_STACK if stack == resource.RLIM_INFINITY else stack
    limit = _private_memory() + extra + _THREAD_POOLS * (os.cpu_count() or 1) * stack
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _private_memory() -> int:
    """Bytes of private memory that this process has already (``VmData``: what RLIMIT_DATA counts)."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123 - read at every fork
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


def _draw_new_seeds() -> None:
    """Random states that Python, NumPy and PyTorch draw from the system at their start are drawn anew.

    PyTorch before 2.13 starts from a fixed seed in every process: that stays.
    """
    random.seed()
    numpy_random: Any = _anywhere("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    torch: Any = _anywhere("torch")
    if torch is not None and torch.initial_seed() != _FIXED_TORCH_SEED:
        torch.default_generator.seed()


def _anywhere(name: str) -> Any:
    """A module that is loaded or on the shelf."""
    from jupyter_mlpipe.execution.module_shelf import Shelf

    found = sys.modules.get(name)
    shelves = (finder for finder in sys.meta_path if isinstance(finder, Shelf))
    return found if found is not None else next((item for shelf in shelves if (item := shelf.look(name))), None)


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os.killpg(0, signal.SIGKILL)  # with all that the kernel started
