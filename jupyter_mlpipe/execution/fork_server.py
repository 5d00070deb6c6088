"""A process that has imported what a notebook imports, and forks kernels from itself; `main` is its program.

It has one client, at the other end of a socket pair, and ends with it; or it listens on a socket, and ends when nobody
has been connected for a while. It runs no user code, starts no thread and never opens a GPU; where an import would, it
is started again without that import. What a forked kernel does first is ``forked_kernel``'s matter.

Messages it sends: ``ready`` (with its ``pid``) or ``spoilt`` (with ``module`` and ``why``) once, then for each order
``started`` with the process id or ``refused``, and for each kernel ``ended`` with an exit code and CPU seconds, its
ended children's among them. It takes orders (``order``) and signals (``signal``).
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from jupyter_mlpipe.execution.framing import ConnectionEndedError, receive, send
from jupyter_mlpipe.execution.module_shelf import Shelf, uses_gpu
from jupyter_mlpipe.execution.shared_address import is_ours, remove_address
from jupyter_mlpipe.notebook.environment import import_marks

_KERNEL_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
    "jupyter_mlpipe.execution.session",
)
"""What a kernel of a stage has loaded before the first line of its notebook, forked or not."""

_LATER_MODULES = (
    "difflib",
    "faulthandler",
    "runpy",
    "secrets",
    "sqlite3",
    "stack_data",
    "pygments.formatters.terminal256",
    "jupyter_mlpipe.execution.forked_kernel",
    "jupyter_mlpipe.store.artifacts",
    "jupyter_mlpipe.store.signing",
    "jupyter_mlpipe.store.verified",
    "jupyter_mlpipe.store.publication",
    "jupyter_mlpipe.store.sharing",
    "jupyter_mlpipe.store.pickling",
    "jupyter_mlpipe.store.unpickling",
    "jupyter_mlpipe.store.codecs.plain",
)
"""What most stages have loaded by their end."""


_LOOK_SECONDS = 5.0
_KERNEL_BACKEND = "module://matplotlib_inline.backend_inline"
"""What ipykernel sets before a notebook can import matplotlib, unless the environment has another."""


@dataclass
class _Client:
    """Who wants kernels, and those that were forked for it and have not ended."""

    connection: socket.socket
    kernels: dict[int, int] = field(default_factory=dict)
    """The number of its order, by process id."""


class Server:
    """Forks kernels for whoever is connected.

    Parameters
    ----------
    shelf
        The modules imported ahead.
    variables
        Environment variables that ipykernel itself has set.
    listener
        Where others may connect; None for the one client that is there from the start.
    idle
        Seconds without a client after which a server that listens ends.
    """

    def __init__(
        self, shelf: Shelf, variables: Mapping[str, str], listener: socket.socket | None = None, idle: float = 0.0
    ) -> None:
        self._shelf = shelf
        self._variables = variables
        self._listener = listener
        self._idle = idle
        self._clients: dict[socket.socket, _Client] = {}
        self._environment = import_marks()
        self._selector = selectors.DefaultSelector()
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        if listener is not None:
            self._selector.register(listener, selectors.EVENT_READ)

    def welcome(self, connection: socket.socket) -> None:
        """Take orders on a connection, until it is closed; kernels that still run then end with it."""
        try:
            send(connection, {"ready": sorted(self._shelf.names), "pid": os.getpid()})
        except OSError:
            connection.close()
            return
        self._clients[connection] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork kernels until nobody can want any more."""
        left = time.monotonic()
        while self._clients or self._listener is not None:
            pause = _LOOK_SECONDS if self._clients else min(self._idle, _LOOK_SECONDS)
            for key, _ in self._selector.select(None if self._listener is None else pause):
                if key.fileobj == self._woken:
                    self._reap()
                elif key.fileobj is self._listener:
                    connection = self._listener.accept()[0]
                    if is_ours(connection):
                        self.welcome(connection)
                    else:
                        connection.close()
                elif (client := self._clients.get(key.fileobj)) is not None:  # type: ignore[call-overload]
                    self._hear(client)
            if self._clients:
                left = time.monotonic()
            elif time.monotonic() - left > self._idle or self._spoilt() is not None:
                self._listen_no_more()

    def _hear(self, client: _Client) -> None:
        try:
            self._answer(client)
        except (ConnectionEndedError, OSError):
            self._selector.unregister(client.connection)
            del self._clients[client.connection]
            for pid in client.kernels:
                _signal(pid, signal.SIGKILL)
            client.connection.close()

    def _answer(self, client: _Client) -> None:
        message, descriptors = receive(client.connection)
        try:
            if "signal" in message:
                if message["pid"] in client.kernels:  # reaped, the number may be another's by now
                    _signal(int(message["pid"]), int(message["signal"]))
            elif (spoilt := self._spoilt()) is not None:
                self._listen_no_more()
                send(client.connection, {"refused": spoilt, "for_good": True, "id": message["id"]})
            elif shadowed := self._shelf.shadowed_by(_own_modules(message["order"])):
                why = f"the folder has modules of its own called {', '.join(sorted(shadowed))}"
                send(client.connection, {"refused": why, "for_good": False, "id": message["id"]})
            else:
                pid = self._fork(message["order"], descriptors)
                client.kernels[pid] = message["id"]
                send(client.connection, {"started": pid, "id": message["id"]})
        finally:
            for number in descriptors:
                os.close(number)

    def _listen_no_more(self) -> None:
        """Leave the address to a server that replaces this one."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self._selector.unregister(listener)
            remove_address(listener)

    def _spoilt(self) -> str | None:
        """Why no kernel forked from now on would be like a started one."""
        if threading.active_count() > 1:
            return "the fork server has come to have threads"
        if uses_gpu():
            return "the fork server has come to use a GPU"
        if import_marks() != self._environment:
            return "installed packages have changed since the fork server started"
        return None

    def _fork(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> int:
        lifeline, stdout, stderr = descriptors
        pid = os.fork()
        if pid:
            return pid
        try:
            self._leave()
            from jupyter_mlpipe.execution.forked_kernel import KernelOrder, become_kernel

            environment = {**order["environment"], **self._variables}
            become_kernel(KernelOrder(**{**order, "environment": environment}), lifeline, stdout, stderr)
        finally:
            os._exit(1)

    def _leave(self) -> None:
        """In a kernel: hold nothing of the server's."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for number in (self._woken, self._wakes):
            os.close(number)
        for connection in (*self._clients, *filter(None, [self._listener])):
            connection.close()

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, 4096)
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for client in self._clients.values():
                order = client.kernels.pop(pid, None)
                if order is not None:
                    with suppress(OSError):
                        cpu = used.ru_utime + used.ru_stime
                        send(client.connection, {"ended": order, "code": os.waitstatus_to_exitcode(status), "cpu": cpu})


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # it has not made its group yet
        with suppress(OSError):
            os.kill(pid, number)


def _own_modules(order: Mapping[str, Any]) -> set[str]:
    """Top-level modules that a notebook imports from its folder, or from a folder of ``PYTHONPATH``."""
    found = set()
    for folder in (order["folder"], *filter(None, order["environment"].get("PYTHONPATH", "").split(os.pathsep))):
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                stem, dot, suffix = entry.name.partition(".")
                if (suffix.endswith(("py", "so")) and dot) or Path(entry.path, "__init__.py").exists():
                    found.add(stem)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Import ahead, and serve."""
    parser = argparse.ArgumentParser(prog="fork_server")
    sockets = parser.add_mutually_exclusive_group(required=True)
    sockets.add_argument("--connection", type=int, help="descriptor of the only client's Unix socket")
    sockets.add_argument("--listener", type=int, help="descriptor of a Unix socket that listens for clients")
    parser.add_argument("--idle", type=float, default=600.0, help="seconds without a client after which it ends")
    parser.add_argument("modules", nargs="*", help="what to import ahead")
    options = parser.parse_args(arguments)
    listens = options.listener is not None
    own = socket.socket(fileno=options.listener if listens else options.connection)
    own.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def start_without(name: str, why: str) -> NoReturn:
        """An import that was done cannot be undone: this process is of no use any more."""
        if listens:
            own.set_inheritable(True)
            os.execv(sys.executable, [word for word in sys.orig_argv if word != name])  # noqa: S606 - this program
        with suppress(OSError):
            send(own, {"spoilt": name, "why": why})
        os._exit(0)

    shelf, variables = _import_ahead(options.modules, start_without)
    gc.collect()
    gc.freeze()
    gc.disable()
    server = Server(shelf, variables, own if listens else None, options.idle)
    if not listens:
        server.welcome(own)
    server.serve()


def _import_ahead(modules: Sequence[str], spoilt: Callable[[str, str], NoReturn]) -> tuple[Shelf, dict[str, str]]:
    """Import what kernels have, and put the rest on a shelf; the shelf, and the variables that ipykernel has set."""
    given = dict(os.environ)
    for name in _KERNEL_MODULES:
        importlib.import_module(name)
    variables = {name: value for name, value in os.environ.items() if given.get(name) != value}
    os.environ.setdefault("MPLBACKEND", _KERNEL_BACKEND)
    shelf = Shelf()
    for name in (*_LATER_MODULES, *modules):
        why = shelf.load(name)
        if why is not None:
            spoilt(name, why)
    shelf.put_away()
    return shelf, variables
