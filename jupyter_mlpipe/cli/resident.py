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
from typing import Any, TextIO

from jupyter_mlpipe.cli.main import INTERRUPTED
from jupyter_mlpipe.cli.main import main as carry_out
from jupyter_mlpipe.execution.framing import ConnectionEndedError, receive, send
from jupyter_mlpipe.execution.kept_cluster import ClusterKeeper, keep_clusters
from jupyter_mlpipe.execution.shared_address import is_ours, remove_address
from jupyter_mlpipe.notebook.environment import import_marks

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(listener: socket.socket, idle: float) -> None:
    """Carry out commands until nobody has asked for `idle` seconds."""
    marks = import_marks()
    while select.select([listener], [], [], idle)[0]:
        connection, _ = listener.accept()
        with connection, suppress(ConnectionEndedError, OSError):
            if not is_ours(connection):
                continue
            message, streams = receive(connection)
            try:
                if "stop" in message or import_marks() != marks:
                    remove_address(listener)
                    send(connection, {"outdated": True})
                    return
                send(connection, {"begun": os.getpid()})
                send(connection, {"exit": _carry_out(message, streams, connection)})
            finally:
                for number in streams:
                    os.close(number)


def _carry_out(message: Mapping[str, Any], streams: Sequence[int], connection: socket.socket) -> int:
    ended = threading.Event()
    passing = threading.Thread(target=_pass_signals_on, args=(connection, ended), name="mlpipe-signals", daemon=True)
    with _place(message["folder"], message["environment"], streams):
        before = {number: signal.signal(number, signal.default_int_handler) for number in _SIGNALS}
        passing.start()
        try:
            return carry_out(message["words"])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except KeyboardInterrupt:
            return INTERRUPTED
        finally:
            ended.set()
            for number, handler in before.items():
                signal.signal(number, handler)
            connection.shutdown(socket.SHUT_RD)
            passing.join()


def _pass_signals_on(connection: socket.socket, ended: threading.Event) -> None:
    """What the client is sent is meant for the command; a client that has gone wants it stopped."""
    number: int = signal.SIGINT
    while not ended.is_set():
        try:
            number = int(receive(connection)[0]["signal"])
        except ConnectionEndedError:
            if not ended.is_set():
                os.kill(os.getpid(), signal.SIGINT)
            return
        if not ended.is_set():
            os.kill(os.getpid(), number)


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a late one, for a command that has ended
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    resource_tracker.ensure_running()  # started later, it would hold the standard error of whoever asked then
    keeper = ClusterKeeper()
    keep_clusters(keeper)
    try:
        serve(listener, float(sys.argv[2]))
    finally:
        with suppress(OSError):
            remove_address(listener)
        keeper.close()
