"""One kernel's process: started, waited for, watched and ended, without fixed pauses.

The stock client of Jupyter sleeps in fixed steps while a kernel starts and ends. Here sockets are polled, a kernel that
holds nothing any more is killed, and its death is noticed within a fifth of a second.

The kernel is started by jupyter_client's ``KernelManager``, so whatever provisioner the kernel's specification names
is used. Its sockets are files in a private folder where the platform has them, else local TCP ports.

This module does not know cells or notebooks (``kernel_client``), nor which kernel waits for whom (``standby``).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager
from jupyter_core.utils import run_sync

from jupyter_mlpipe.errors import NoKernelError
from jupyter_mlpipe.execution.kernel_environment import FORK_GROUP_VARIABLE, kernel_environment
from jupyter_mlpipe.execution.provisioner import use_fork_server

_LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path may have 107 on Linux, 103 on macOS
_STALE_SECONDS = 3600.0
_ALIVE_SECONDS = 0.1
_MOST_MESSAGES = 256
_LONGEST_LAST_WORDS = 4000
_FOLDER_PREFIX = "mlpipe-kernel-"


class StageStoppedError(Exception):
    """The stage was stopped from outside while a cell ran.

    Attributes
    ----------
    status
        ``"cancelled"`` or ``"timeout"``.
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class KernelDeathError(RuntimeError):
    """The kernel's process ended by itself.

    Attributes
    ----------
    exit_code
        Negative for a signal, as ``subprocess`` gives it; None where it is not known.
    last_words
        Last lines that the process itself wrote to standard error, such as a fatal error's stack.
    """

    def __init__(self, message: str, exit_code: int | None, last_words: list[str] | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.last_words = last_words or []


@dataclass(frozen=True)
class KernelPlace:
    """What a kernel is started with. Two equal places can share a kernel that has not run anything yet."""

    kernel_name: str
    folder: str
    environment: tuple[tuple[str, str], ...]
    """The whole environment, sorted."""
    ahead: tuple[str, ...] | None = None
    """Modules that a fork server imports before it forks the kernel; None starts the kernel by itself."""
    memory: int | None = None
    """Bytes of private memory that the kernel may have, where a fork server can hold it to that."""

    @classmethod
    def of(
        cls,
        kernel_name: str,
        folder: str,
        environment: Mapping[str, str] | None = None,
        *,
        ahead: Sequence[str] | None = None,
        memory: int | None = None,
    ) -> KernelPlace:
        """The place for this process's environment with additions."""
        whole = tuple(sorted(kernel_environment(environment or {}).items()))
        return cls(kernel_name, folder, whole, None if ahead is None else tuple(ahead), memory)


@dataclass
class Watch:
    """What can stop a running stage: a deadline, or a request from another thread."""

    deadline: float | None = None
    """On ``time.monotonic``'s clock."""
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Make `check` raise from now on. From any thread."""
        self._cancelled.set()

    @property
    def stopped(self) -> bool:
        """Whether the stage must stop now."""
        return self._cancelled.is_set() or (self.deadline is not None and time.monotonic() >= self.deadline)

    def check(self) -> None:
        """Raise ``StageStoppedError`` when the stage must stop now."""
        if self._cancelled.is_set():
            raise StageStoppedError("cancelled")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise StageStoppedError("timeout")


class LiveKernel:
    """A kernel process with the client that speaks to it.

    May be handed from one thread to another, but is used by one at a time; only `kill_process` may be called from any
    thread at any moment.
    """

    def __init__(self, place: KernelPlace, give_up: Callable[[], bool] = lambda: False) -> None:
        self.place = place
        self._home = Path(tempfile.mkdtemp(prefix=f"{_FOLDER_PREFIX}{os.getpid()}-"))
        self._log = self._home / "kernel.log"
        self._looked = time.monotonic()
        self._closed = False
        self._exit_code: int | None = None
        context = zmq.Context()
        context.setsockopt(zmq.RECONNECT_IVL, 5)  # milliseconds; the default is 100
        context.setsockopt(zmq.LINGER, 0)
        # Past this many messages that wait to be read, ZeroMQ would drop what a cell prints; 0 is no bound.
        context.setsockopt(zmq.RCVHWM, 0)
        use_files = sys.platform != "win32" and len(os.fsencode(self._home)) <= _LONGEST_SOCKET_FOLDER
        self.manager = KernelManager(
            kernel_name=place.kernel_name,
            connection_file=str(self._home / "kernel.json"),
            transport="ipc" if use_files else "tcp",
            context=context,
        )
        try:
            self._start(give_up)
        except BaseException:
            self.close()
            raise
        self.client: BlockingKernelClient = self.manager.client(context=context)
        self.language_info: dict[str, Any] = {}

    def _start(self, give_up: Callable[[], bool]) -> None:
        arguments = ["--HistoryManager.hist_file=:memory:"] if self.manager.ipykernel else []
        try:
            self._choose_provisioner(give_up)
            with self._log.open("ab") as log:  # what a kernel writes past Jupyter is not for this process's terminal
                self.manager.start_kernel(
                    extra_arguments=arguments,
                    cwd=self.place.folder,
                    env=dict(self.place.environment),
                    stdout=log,
                    stderr=log,
                )
        except NoSuchKernel as error:
            raise NoKernelError(
                f"the kernel {error.name!r} is not installed",
                hint="`jupyter kernelspec list` shows what is; install it, or choose another with --kernel",
                kernel=error.name,
            ) from error
        except OSError as error:
            where = f" in {self.place.folder}" if not Path(self.place.folder).is_dir() else ""
            raise NoKernelError(
                f"the kernel {self.place.kernel_name!r} cannot be started{where}: {error}",
                hint="see that its program and the notebook's folder exist (`jupyter kernelspec list --json`)",
                kernel=self.place.kernel_name,
            ) from error

    def _choose_provisioner(self, give_up: Callable[[], bool]) -> None:
        place = self.place
        spec = self.manager.kernel_spec
        if place.ahead is not None and spec is not None:
            use_fork_server(
                spec,
                modules=list(place.ahead),
                group=os.environ.get(FORK_GROUP_VARIABLE, ""),
                limits={} if place.memory is None else {"memory": place.memory},
                stop=give_up,
            )

    def wait_ready(self, timeout: float = 60.0, watch: Watch | None = None) -> None:
        """Wait until the kernel answers and its outputs reach us.

        Raises
        ------
        NoKernelError
            It ended before it answered, or did not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        if self.manager.transport == "ipc":
            # A connection refused is tried again only after a pause, so connect when there is something to connect to.
            sockets = [Path(f"{self.manager.ip}-{port}") for port in (self.manager.shell_port, self.manager.iopub_port)]
            while not all(path.exists() for path in sockets):
                self._still_starting(deadline, timeout, watch)
                time.sleep(0.003)
        self.client.start_channels(stdin=False, hb=False, control=False)
        self.client.kernel_info()
        asked = time.monotonic()
        answered = heard = False
        while not (answered and heard):
            shell, iopub = self.poll(0.01)
            for message in shell:
                if message["msg_type"] == "kernel_info_reply":
                    self.language_info = message["content"].get("language_info", {})
                    answered = True
            heard = heard or bool(iopub)
            if answered and not heard and time.monotonic() - asked > 0.05:
                self.client.kernel_info()  # its status messages show when our subscription has arrived
                asked = time.monotonic()
            if not answered:
                self._still_starting(deadline, timeout, watch)

    def _still_starting(self, deadline: float, timeout: float, watch: Watch | None) -> None:
        if watch is not None:
            watch.check()
        now = time.monotonic()
        if now - self._looked < _ALIVE_SECONDS:  # asking the provisioner costs more than a turn of the loop
            return
        self._looked = now
        code = self.exit_code()
        if code is not None:
            said = self._last_words()
            why = said[-1] if said else describe_death(code)
            raise NoKernelError(
                f"the kernel {self.place.kernel_name!r} ended as it started: {why}",
                hint="start it once by hand (`jupyter console --kernel …`) to see all that it says",
                kernel=self.place.kernel_name,
                said=said,
            )
        if now > deadline:
            raise NoKernelError(
                f"the kernel {self.place.kernel_name!r} did not answer within {timeout:g} s",
                hint="start it once by hand (`jupyter console --kernel …`) to see what it says",
            )

    def poll(self, seconds: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Wait at most `seconds` for messages; give what has come on the shell and on the output channel."""
        shell, iopub = self.client.shell_channel, self.client.iopub_channel
        zmq.zmq_poll([(shell.socket, zmq.POLLIN), (iopub.socket, zmq.POLLIN)], int(seconds * 1000))
        return _drain(shell), _drain(iopub)

    def exit_code(self) -> int | None:
        """The process's exit code, None while it lives."""
        if self._exit_code is None and self.manager.provisioner is not None:
            self._exit_code = run_sync(self.manager.provisioner.poll)()
        return self._exit_code

    def check_alive(self) -> None:
        """Raise ``KernelDeathError`` when the process has ended."""
        code = self.exit_code()
        if code is not None:
            raise KernelDeathError(describe_death(code), code, self._last_words())

    def _last_words(self) -> list[str]:
        with suppress(OSError):
            return self._log.read_text(encoding="utf-8", errors="replace")[-_LONGEST_LAST_WORDS:].splitlines()
        return []

    @property
    def pid(self) -> int | None:
        """The kernel's process id where its provisioner tells it."""
        return getattr(self.manager.provisioner, "pid", None)

    @property
    def cpu_seconds(self) -> float | None:
        """CPU time that the process and its waited-for children used; None while it lives, and where nobody knows."""
        process = getattr(self.manager.provisioner, "process", None)
        return getattr(process, "cpu_seconds", None) if self.exit_code() is not None else None

    def run_silently(self, source: str) -> None:
        """Send `source` to run before anything else, without waiting, history, outputs or a prompt number."""
        self.client.execute(source, silent=True, store_history=False, allow_stdin=False)

    def kill_process(self) -> None:
        """Kill the process with what it spawned, without waiting."""
        provisioner = self.manager.provisioner
        if provisioner is not None and provisioner.has_process:
            with suppress(OSError, ValueError):  # it may end at this moment
                run_sync(provisioner.kill)()

    def close(self) -> None:
        """Kill the kernel and remove all that belongs to it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self.kill_process()
            give_up = time.monotonic() + 5.0
            while self.manager.has_kernel and self.exit_code() is None and time.monotonic() < give_up:
                time.sleep(0.001)
            if self.manager.has_kernel and self.exit_code() is not None:
                run_sync(self.manager.provisioner.wait)()
        finally:
            self.manager.cleanup_resources()
            self.manager.context.destroy(linger=0)
            shutil.rmtree(self._home, ignore_errors=True)


def _drain(channel: Any) -> list[dict[str, Any]]:
    """What has come; at most so much that a cell which prints without end does not keep us from looking around."""
    messages: list[dict[str, Any]] = []
    with suppress(Empty):
        while len(messages) < _MOST_MESSAGES:
            messages.append(channel.get_msg(timeout=0))
    return messages


def start_kernel(place: KernelPlace, timeout: float = 60.0, watch: Watch | None = None) -> LiveKernel:
    """Start a kernel and wait until it is ready."""
    deadline = time.monotonic() + timeout
    kernel = LiveKernel(place, lambda: time.monotonic() > deadline or (watch is not None and watch.stopped))
    try:
        kernel.wait_ready(timeout, watch)
    except BaseException:
        kernel.close()
        raise
    return kernel


def describe_death(exit_code: int | None) -> str:
    """What to tell of a kernel that ended, from its exit code."""
    if exit_code is None:
        return "the kernel ended"
    if exit_code >= 0:
        return f"the kernel ended by itself with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    guess = "; most often this is the system out of memory" if name == "SIGKILL" else ""
    return f"the kernel was killed by {name}{guess}"


def remove_stale_folders() -> None:
    """Remove what kernels of killed processes of this user left behind."""
    if not hasattr(os, "getuid"):
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        try:
            about = folder.stat()
            owner = int(folder.name.removeprefix(_FOLDER_PREFIX).split("-")[0])
            if about.st_uid == os.getuid() and time.time() - about.st_mtime > _STALE_SECONDS and not _lives(owner):
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
