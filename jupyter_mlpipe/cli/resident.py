"""The process behind ``mlpipe run --warm``: carries out one command after another, and keeps its cluster in between.

It serves one workspace and one environment, over a socket that only its user can open (``execution.shared_address``).
A command runs here as it would in a process of its own, with the folder and the streams of whoever asked. It ends when
nobody has asked for a while, when packages were installed, and on SIGTERM.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TextIO

from jupyter_mlpipe.cli.main import INTERRUPTED
from jupyter_mlpipe.cli.main import main as carry_out
from jupyter_mlpipe.execution.framing import ConnectionEndedError, receive, send
from jupyter_mlpipe.execution.kept_cluster import ClusterKeeper, keep_clusters
from jupyter_mlpipe.execution.shared_address import is_ours, remove_address
from jupyter_mlpipe.notebook.environment import import_marks


class _Interruption:
    """What SIGINT and SIGTERM do here: while a command is carried out they interrupt it, else they end this process.

    A late SIGINT, for a command that has ended, does nothing.
    """

    def __init__(self) -> None:
        self.begun = False

    def __call__(self, number: int, _frame: object) -> None:
        """Handle a signal, in the main thread."""
        if self.begun:
            raise KeyboardInterrupt
        if number == signal.SIGTERM:
            sys.exit(0)

    def carry_out(self, words: Sequence[str]) -> int:
        """Carry out a command; its exit code. Raises ``KeyboardInterrupt`` where a second signal cuts its end short."""
        try:
            self.begun = True
            return carry_out(words)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except KeyboardInterrupt:
            return INTERRUPTED
        finally:
            self.begun = False

    def end(self) -> None:
        """No command is carried out any more, however its end came about."""
        self.begun = False


def serve(listener: socket.socket, idle: float, interruption: _Interruption, keeper: ClusterKeeper) -> None:
    """Carry out commands until nobody has asked for `idle` seconds; send the cluster away before that."""
    marks = import_marks()
    while _asked(listener, idle, keeper):
        connection, _ = listener.accept()
        with connection, suppress(ConnectionEndedError, OSError, KeyboardInterrupt):
            if not is_ours(connection):
                continue
            message, streams = receive(connection)
            try:
                if "stop" in message or import_marks() != marks:
                    remove_address(listener)
                    send(connection, {"outdated": True})
                    return
                send(connection, {"begun": os.getpid()})
                with (
                    _place(message["folder"], message["environment"], streams),
                    _signals_passed_on(connection, interruption),
                ):
                    code = interruption.carry_out(message["words"])
                send(connection, {"exit": code})
            finally:
                for number in streams:
                    os.close(number)


def _asked(listener: socket.socket, idle: float, keeper: ClusterKeeper) -> bool:
    """Wait for the next command; False where none came in time."""
    patience = min(idle, keeper.patience)
    if keeper.waits and not select.select([listener], [], [], patience)[0]:
        keeper.send_away()
        idle -= patience
    return bool(select.select([listener], [], [], idle)[0])


@contextmanager
def _signals_passed_on(connection: socket.socket, interruption: _Interruption) -> Iterator[None]:
    """What the client is sent is meant for the command; a client that has gone wants it stopped."""
    ended = threading.Event()

    def pass_on() -> None:
        while not ended.is_set():
            number: int = signal.SIGINT
            gone = False
            try:
                number = int(receive(connection)[0]["signal"])
            except ConnectionEndedError:
                gone = True
            while not (interruption.begun or ended.wait(0.01)):
                pass  # a client that goes at once
            if not ended.is_set():
                os.kill(os.getpid(), number)
            if gone:
                return

    passing = threading.Thread(target=pass_on, name="mlpipe-signals", daemon=True)
    passing.start()
    try:
        yield
    finally:
        interruption.end()
        ended.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
        passing.join()


@contextmanager
def _place(folder: str, environment: Mapping[str, str], streams: Sequence[int]) -> Iterator[None]:
    """Be where the client is, with its variables; what is printed goes to its streams.

    The descriptors 1 and 2 stay this process's own: workers that are started meanwhile must not hold the client's.
    """
    before, own = dict(os.environ), (sys.stdout, sys.stderr)
    try:
        os.chdir(folder)
        _become(environment)
        sys.stdout, sys.stderr = map(_writer, streams)
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # the client may have gone
                stream.flush()
        sys.stdout, sys.stderr = own
        _become(before)
        os.chdir("/")


def _writer(descriptor: int) -> TextIO:
    os.set_inheritable(descriptor, False)
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _become(environment: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)


def main() -> None:
    """Serve on the socket whose descriptor and idle seconds the command line names."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.set_inheritable(False)
    interruption = _Interruption()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interruption)
    resource_tracker.ensure_running()  # started later, it would hold the standard error of whoever asked then
    keeper = ClusterKeeper()
    keep_clusters(keeper)
    try:
        serve(listener, float(sys.argv[2]), interruption, keeper)
    finally:
        with suppress(OSError):
            remove_address(listener)
        keeper.close()
