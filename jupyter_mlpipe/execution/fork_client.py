"""One fork server, from the side of who wants kernels: started or found, asked, and left.

A server is this process's own and ends with it, or is shared: by the processes of one cluster, with the last of which
it ends, or by all of the user's, and then it ends when it is idle. A kernel ends with the process that wanted it, even
where its server was killed before. Which servers a process has is the matter of ``fork_servers``.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlpipe.execution.exit_status import exit_code
from jupyter_mlpipe.execution.framing import ConnectionEndedError, receive, send
from jupyter_mlpipe.execution.shared_address import address_of, connect, listen, meaningful

# Not `-m`, which would let modules of this folder be imported in the place of installed ones.
PROGRAM = "import sys; del sys.path[0]; from jupyter_mlpipe.execution.fork_server import main; main()"
_IDLE_SECONDS = 600.0
"""How long a server that all of the user's processes share waits for the next client."""
_GROUP_IDLE_SECONDS = 0.5
"""The same for a server of one group."""
EVERYBODY = "*"
"""The group of all processes of the user."""
_UNKNOWN = 1
"""The exit code that stands for one which nobody can tell."""
_NEVER_AHEAD = frozenset(
    {
        "cudf", "cugraph", "cuml", "cupy", "cuspatial", "dask_cuda", "dask_cudf", "h2o", "horovod", "jax", "jaxlib",
        "jpype", "mpi4py", "numba.cuda", "pycuda", "pyspark", "ray", "rmm", "rpy2", "tensorflow", "torch_xla",
    }
)  # fmt: skip
"""Packages that open a GPU, start a runtime or threads as they are imported."""


class CannotForkError(Exception):
    """No kernel can be forked now; the message says why. One that is started the usual way will do."""


@dataclass(frozen=True)
class ServerPlace:
    """What a fork server is made with. Kernels forked for equal places may come from one server."""

    modules: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    group: str = ""
    """Processes of the user that share it by this name; `EVERYBODY` for all, "" for this process alone."""

    @classmethod
    def of(cls, modules: Sequence[str], environment: Mapping[str, str], *, group: str = "") -> ServerPlace:
        """The place for an environment, of which only what imports can see counts."""
        seen = meaningful(environment)
        ahead = tuple(name for name in modules if not _is_part(name, _NEVER_AHEAD))
        return cls(ahead, tuple(sorted(seen.items())), group)

    def address(self) -> Path:
        """Where a shared server listens. Raises ``OSError`` where there is no safe place."""
        return address_of("fork", self.modules, self.environment, self.group)


class ForkedProcess:
    """A forked kernel's process, with the part of `subprocess.Popen`'s methods that provisioners use."""

    stdin = stdout = stderr = None

    def __init__(self, server: ForkServer, order: int, pid: int, lifeline: int) -> None:
        self.pid = pid
        self._order = order
        self.returncode: int | None = None
        self._server = server
        self._lifeline: int | None = lifeline
        self._handle: int | None = None
        with suppress(OSError):  # it has ended already, and its server will say so
            self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """The exit code, None while the process lives; 1 where the server was killed and the system does not tell."""
        if self.returncode is None:
            code = self._server.exit_code(self._order)
            if code is None and self._server.ended:
                code = self._exit_code()
            if code is not None:
                self.returncode = code
                self.release()
        return self.returncode

    @property
    def cpu_seconds(self) -> float | None:
        """CPU time that it and its waited-for children used, once it has ended; None where nobody knows."""
        return self._server.cpu_seconds(self._order)

    def _exit_code(self) -> int | None:
        """What the system tells of a kernel whose server has gone."""
        if self._handle is None:
            return _UNKNOWN
        if not select.select([self._handle], [], [], 0)[0]:
            return None
        code = exit_code(self.pid, self._handle)
        return _UNKNOWN if code is None else code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises ``subprocess.TimeoutExpired``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a forked kernel", timeout or 0.0)
            time.sleep(0.002)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the process and what it started."""
        if self.poll() is not None:
            return
        if not self._server.signal(self.pid, number) and self._handle is not None:
            with suppress(OSError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Kill the process and what it started."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process and what it started to end."""
        self.send_signal(signal.SIGTERM)

    def release(self) -> None:
        """Close what this process holds of it. A kernel that still lives ends then."""
        lifeline, self._lifeline = self._lifeline, None
        handle, self._handle = self._handle, None
        for number in (lifeline, handle):
            if number is not None:
                os.close(number)


class ForkServer:
    """A connection to one server process. Safe to use from several threads."""

    def __init__(self, place: ServerPlace, without: Sequence[str] = ()) -> None:
        self.place = place
        self.spoilt: tuple[str, str] | None = None
        """A module that it must not import ahead, and why; it has ended then."""
        self.retired = False
        """Whether it will never fork again, as what it imported is no longer what would be imported."""
        self.ended = False
        self.pid: int | None = None
        """The server's process id, once it is ready."""
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._ready = False
        self._answers: dict[int, dict[str, Any]] = {}
        self._codes: dict[int, int] = {}
        self._cpu_seconds: dict[int, float] = {}
        self._orders = 0
        self._kernels = 0
        self._connection = self._open(without)
        self._reader = threading.Thread(target=self._read, name="mlpipe-fork-server", daemon=True)
        self._reader.start()

    def _open(self, without: Sequence[str]) -> socket.socket:
        if self.place.group:
            try:
                return self._join()
            except CannotForkError:
                if self.place.group == EVERYBODY:
                    raise  # this process may be too short-lived for a server of its own
        return self._start(without)

    def _start(self, without: Sequence[str]) -> socket.socket:
        """Start a server of this process's own."""
        ours, theirs = socket.socketpair()
        modules = [name for name in self.place.modules if not _is_part(name, without)]
        with theirs:
            self._process = self._launch(["--connection", str(theirs.fileno())], modules, theirs, self._log)
        return ours

    def _join(self) -> socket.socket:
        """Connect to the shared server, and start it where there is none.

        Raises
        ------
        CannotForkError
            There is no safe place for its socket, or it does not let us in.
        """
        try:
            address = self.place.address()
            found = connect(address)
            if found is None:
                self._found(address)
                found = connect(address)
        except OSError as error:
            raise CannotForkError(f"no fork server can be shared: {error}") from error
        if found is None:
            raise CannotForkError("the shared fork server does not let us in")
        return found

    def _found(self, address: Path) -> None:
        with listen(address) as listener:
            if listener is not None:
                idle = _IDLE_SECONDS if self.place.group == EVERYBODY else _GROUP_IDLE_SECONDS
                options = ["--listener", str(listener.fileno()), "--idle", str(idle)]
                process = self._launch(options, self.place.modules, listener, subprocess.DEVNULL)
                # It may outlive us; while we live, somebody has to take note of its end.
                threading.Thread(target=process.wait, name="mlpipe-fork-server-end", daemon=True).start()

    def _launch(
        self, options: Sequence[str], modules: Sequence[str], kept: socket.socket, log: Any
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, *options]
        return subprocess.Popen(
            [*command, "--", *modules],
            pass_fds=[kept.fileno()],
            env=dict(self.place.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def fork(
        self, order: Mapping[str, Any], stdout: int, stderr: int, *, stop: Callable[[], bool] = lambda: False
    ) -> ForkedProcess:
        """Fork a kernel, waiting for the server to have imported.

        Parameters
        ----------
        order
            The fields of ``forked_kernel.KernelOrder``.
        stop
            Asked while waiting; once it is true, `CannotForkError` is raised.

        Raises
        ------
        CannotForkError
            The server refuses, has ended, or was not waited for.
        """
        self._wait(lambda: self._ready, stop)
        theirs, ours = os.pipe()
        try:
            with self._sending:
                self._orders += 1
                number = self._orders
                send(self._connection, {"order": dict(order), "id": number}, [theirs, stdout, stderr])
        except OSError as error:
            os.close(ours)
            raise CannotForkError("the fork server has ended") from error
        finally:
            os.close(theirs)
        try:
            self._wait(lambda: number in self._answers, stop)
        except CannotForkError:
            os.close(ours)  # a kernel that was forked all the same ends by this
            raise
        answer = self._answers.pop(number)
        if "refused" in answer:
            os.close(ours)
            self.retired = self.retired or answer["for_good"]
            raise CannotForkError(answer["refused"])
        return ForkedProcess(self, number, int(answer["started"]), ours)

    def _wait(self, done: Callable[[], bool], stop: Callable[[], bool]) -> None:
        with self._changed:
            while not done():
                if self.ended:
                    raise CannotForkError(self._last_words())
                if stop():
                    raise CannotForkError("it was no longer wanted")
                self._changed.wait(0.05)

    def _last_words(self) -> str:
        if self.spoilt is not None:
            return f"`{self.spoilt[0]}` cannot be imported ahead: {self.spoilt[1]}"
        with suppress(OSError, ValueError):
            self._log.seek(0)
            said = self._log.read()[-2000:].decode(errors="replace").strip().splitlines()
            if said:
                return f"the fork server has ended: {said[-1]}"
        return "the fork server has ended"

    @property
    def busy(self) -> bool:
        """Whether kernels of it still live."""
        return self._kernels > 0 and not self.ended

    def exit_code(self, order: int) -> int | None:
        """The exit code of the kernel of an order, None while it is not known to have ended."""
        return self._codes.get(order)

    def cpu_seconds(self, order: int) -> float | None:
        """CPU time of the kernel of an order, None while it is not known to have ended."""
        return self._cpu_seconds.get(order)

    def signal(self, pid: int, number: int) -> bool:
        """Have the server send a signal; False where the server has ended."""
        try:
            with self._sending:
                send(self._connection, {"signal": int(number), "pid": pid})
        except OSError:
            return False
        return not self.ended

    def close(self) -> None:
        """End our kernels, and the server where it is our own. May be called twice."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        if self._process is not None:
            try:
                self._process.wait(2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._reader is not threading.current_thread():
            self._reader.join(2.0)
        self._connection.close()
        self._log.close()

    def _read(self) -> None:
        with suppress(ConnectionEndedError):
            while True:
                message, _ = receive(self._connection)
                with self._changed:
                    if "ready" in message:
                        self._ready, self.pid = True, message["pid"]
                    elif "spoilt" in message:
                        self.spoilt = (message["spoilt"], message["why"])
                    elif "ended" in message:
                        self._kernels -= 1
                        if "cpu" in message:
                            self._cpu_seconds[message["ended"]] = message["cpu"]
                        self._codes[message["ended"]] = message["code"]
                    else:
                        self._kernels += "started" in message
                        self._answers[message["id"]] = message
                    self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()


def _is_part(name: str, packages: Sequence[str] | frozenset[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
