"""One kernel, driven quickly: started, spoken to, watched, and ended.

nbclient knows what kernel messages mean (outputs, display updates, ``clear_output``, expected errors), so its
``NotebookClient`` is the base here. What differs is the waiting. The stock client sleeps in fixed steps while a kernel
starts and ends and looks for a dead one each second; here sockets are polled, a kernel that holds nothing any more is
killed, and its death is noticed within a fifth of a second.

The kernel is started by jupyter_client's ``KernelManager``, so whatever provisioner the kernel's specification names
is used. Its sockets are files in a private folder where the platform has them, else local TCP ports.

This module does not know stages, papermill or Dask: ``papermill_engine`` drives notebooks with it, and ``standby``
keeps kernels ready.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
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
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, DeadKernelError

from jupyter_mlpipe.errors import NoKernelError

_POLL_SECONDS = 0.05
_ALIVE_SECONDS = 0.2
_IOPUB_GRACE_SECONDS = 4.0
_LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path may have 107 on Linux, 103 on macOS
_STALE_SECONDS = 3600.0
_MOST_MESSAGES = 256
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


class KernelDeathError(DeadKernelError):  # type: ignore[misc]  # nbclient is not type-checked
    """The kernel's process ended by itself.

    Attributes
    ----------
    exit_code
        Negative for a signal, as ``subprocess`` gives it; None where it is not known.
    """

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class KernelPlace:
    """What a kernel is started with. Two equal places can share a kernel that has not run anything yet."""

    kernel_name: str
    folder: str
    environment: tuple[tuple[str, str], ...]
    """The whole environment, sorted."""

    @classmethod
    def of(cls, kernel_name: str, folder: str, additions: Mapping[str, str] | None = None) -> KernelPlace:
        """The place for this process's environment with `additions`."""
        return cls(kernel_name, folder, tuple(sorted(kernel_environment(additions or {}).items())))


@dataclass
class Watch:
    """What can stop a running stage: a deadline, or a request from another thread."""

    deadline: float | None = None
    """On ``time.monotonic``'s clock."""
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Make `check` raise from now on. From any thread."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise ``StageStoppedError`` when the stage must stop now."""
        if self._cancelled.is_set():
            raise StageStoppedError("cancelled")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise StageStoppedError("timeout")


def kernel_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a kernel: this process's, without what only a Dask worker has, and with `additions`.

    A Dask nanny fixes the hash seed and the thread counts of its worker. A kernel that inherited them would not run
    as the same notebook runs elsewhere, so ``cluster`` names these variables in ``MLPIPE_INTERNAL_WORKER_ONLY``.
    """
    environment = dict(os.environ)
    for name in environment.pop("MLPIPE_INTERNAL_WORKER_ONLY", "").split():
        environment.pop(name, None)
    environment.update(additions)
    return environment


class LiveKernel:
    """A kernel process with the client that speaks to it.

    May be handed from one thread to another, but is used by one at a time; only `kill_process` may be called from any
    thread at any moment.
    """

    def __init__(self, place: KernelPlace) -> None:
        self.place = place
        self._home = Path(tempfile.mkdtemp(prefix=f"{_FOLDER_PREFIX}{os.getpid()}-"))
        self._closed = False
        self._exit_code: int | None = None
        context = zmq.Context()
        context.setsockopt(zmq.RECONNECT_IVL, 5)  # milliseconds; the default is 100
        context.setsockopt(zmq.LINGER, 0)
        use_files = sys.platform != "win32" and len(os.fsencode(self._home)) <= _LONGEST_SOCKET_FOLDER
        self.manager = KernelManager(
            kernel_name=place.kernel_name,
            connection_file=str(self._home / "kernel.json"),
            transport="ipc" if use_files else "tcp",
            context=context,
        )
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        self.client: BlockingKernelClient = self.manager.client(context=context)
        self.language_info: dict[str, Any] = {}

    def _start(self) -> None:
        try:
            arguments = ["--HistoryManager.hist_file=:memory:"] if self.manager.ipykernel else []
            self.manager.start_kernel(
                extra_arguments=arguments, cwd=self.place.folder, env=dict(self.place.environment)
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

    def wait_ready(self, timeout: float = 60.0, watch: Watch | None = None) -> None:
        """Wait until the kernel answers and its outputs reach us.

        Raises
        ------
        KernelDeathError
            It ended before it answered.
        NoKernelError
            It did not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        if self.manager.transport == "ipc":
            # A connection refused is tried again only after a pause, so connect when there is something to connect to.
            sockets = [Path(f"{self.manager.ip}-{port}") for port in (self.manager.shell_port, self.manager.iopub_port)]
            while not all(path.exists() for path in sockets):
                self._still_starting(deadline, timeout, watch)
                time.sleep(0.002)
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
        self.check_alive()
        if time.monotonic() > deadline:
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
            raise KernelDeathError(describe_death(code), code)

    @property
    def pid(self) -> int | None:
        """The kernel's process id where its provisioner tells it."""
        return getattr(self.manager.provisioner, "pid", None)

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
    kernel = LiveKernel(place)
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


class CellRunner(NotebookClient):  # type: ignore[misc]  # nbclient is not type-checked
    """Runs the cells of one notebook in a `LiveKernel`, one after another.

    Parameters
    ----------
    nb
        The notebook; its cells get the outputs.
    kernel
        A ready kernel. It is not closed here.
    watch
        Looked at while a cell runs.
    on_outputs
        Called as ``on_outputs(cell index, output, replaced)``: `output` was appended, or, where the cell's outputs
        were cleared or updated, None and the whole list.
    """

    def __init__(
        self,
        nb: Any,
        kernel: LiveKernel,
        watch: Watch,
        on_outputs: Callable[[int, dict[str, Any] | None, list[dict[str, Any]] | None], None],
    ) -> None:
        super().__init__(nb, km=kernel.manager, record_timing=False)
        self.kc = kernel.client
        self._kernel = kernel
        self._watch = watch
        self._on_outputs = on_outputs

    def run_cell(self, cell: Any, index: int, *, silent: bool = False) -> None:
        """Run a code cell and fill its outputs and prompt number.

        Raises
        ------
        CellExecutionError
            The cell raised, and no ``raises-exception`` tag says that it should.
        KernelDeathError
            The kernel ended.
        StageStoppedError
            The watch says stop; the kernel has been killed.
        """
        cell.outputs = []
        self.clear_before_next_output = False
        expected = "raises-exception" in cell.metadata.get("tags", [])
        message_id = self._kernel.client.execute(
            cell.source, silent=silent, store_history=not silent, allow_stdin=False, stop_on_error=not expected
        )
        try:
            reply = self._listen(message_id, cell, index)
        except StageStoppedError:
            self._kernel.kill_process()
            raise
        finally:
            join_streams(cell.outputs)
        if reply["status"] != "ok" and not expected:
            raise CellExecutionError.from_cell_and_msg(cell, reply)

    def _listen(self, message_id: str, cell: Any, index: int) -> dict[str, Any]:
        reply: dict[str, Any] | None = None
        idle = False
        looked = time.monotonic()
        replied = 0.0
        while True:
            shell, iopub = self._kernel.poll(_POLL_SECONDS)
            now = time.monotonic()
            for message in iopub:
                if message["parent_header"].get("msg_id") == message_id:
                    idle = self._take(message, cell, index) or idle
            for message in shell:
                if message["parent_header"].get("msg_id") == message_id:
                    reply, replied = message["content"], now
            self._watch.check()
            if not shell and not iopub and now - looked > _ALIVE_SECONDS:
                looked = now
                if reply is None:
                    self._check_death(message_id, cell, index)
            if reply is not None and (idle or now - replied > _IOPUB_GRACE_SECONDS):
                return reply

    def _check_death(self, message_id: str, cell: Any, index: int) -> None:
        try:
            self._kernel.check_alive()
        except KernelDeathError:
            for message in self._kernel.poll(0)[1]:  # what it printed last
                if message["parent_header"].get("msg_id") == message_id:
                    self._take(message, cell, index)
            raise

    def _take(self, message: dict[str, Any], cell: Any, index: int) -> bool:
        """Let nbclient process one message; True when it says that the cell is done."""
        kind = message["msg_type"]  # nbclient renames an update in place
        try:
            output = self.process_message(message, cell, index)
        except CellExecutionComplete:
            return True
        if output is not None:
            self._on_outputs(index, output, None)
        elif kind == "update_display_data":
            display_id = (message["content"].get("transient") or {}).get("display_id")
            for changed in self._display_id_map.get(display_id, {}):
                self._on_outputs(changed, None, list(self.nb.cells[changed].outputs))
        elif kind == "clear_output" and not self.clear_before_next_output:
            self._on_outputs(index, None, list(cell.outputs))
        return False


def join_streams(outputs: list[Any]) -> None:
    """Join neighbouring pieces of one stream in place: where they were cut is a matter of timing."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and output["output_type"] == last["output_type"] == "stream"
            and output["name"] == last["name"]
        ):
            last["text"] += output["text"]
        else:
            joined.append(output)
    outputs[:] = joined


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
