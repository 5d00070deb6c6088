"""``mlpipe run --warm``: hand the command to a process that has all of it imported and its cluster open.

That process (``resident``) is started by the first such command of a workspace and environment, and ends when nobody
has needed it for a while. This side stays light: it sends words, folder and streams, passes signals on, and ends with
the exit code it is told. Where no resident can be had, the command runs here as without ``--warm``.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from jupyter_mlpipe.execution.framing import ConnectionEndedError, receive, send
from jupyter_mlpipe.execution.shared_address import AVAILABLE, address_of, connect, listen, meaningful
from jupyter_mlpipe.root import find_root

TYPE_CHECKING = False  # `typing` takes longer to import than all that is done here
if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import socket
    from typing import Any

# Not `-m`, which would let modules of this folder be imported in the place of installed ones.
_PROGRAM = "import sys; del sys.path[0]; from jupyter_mlpipe.cli.resident import main; main()"
_START_SECONDS = 30.0
_BUSY_SECONDS = 1.0
IDLE_SECONDS = 900.0


def run_warm(words: Sequence[str]) -> int | None:
    """Have a resident process carry out a command; its exit code, None where the command has to run here.

    Parameters
    ----------
    words
        The command line without ``--warm``.
    """
    if not AVAILABLE:
        return None
    for _ in range(2):  # a resident that is outdated ends, and another takes its place
        try:
            connection, patience = _resident(_root(words))
        except OSError:
            return None
        with connection:
            answer = _ask(connection, words, patience)
        if answer != "outdated":
            return answer if isinstance(answer, int) else None
    return None


def _root(words: Sequence[str]) -> Path:
    named = next((word for word in words if word.endswith(".ipynb")), "")
    return find_root(Path(named))


def _address(root: Path) -> Path:
    return address_of("run", str(root), sorted(meaningful(os.environ).items()))


def _resident(root: Path) -> tuple[socket, float]:
    """A connection, and how long it may take until the command is begun."""
    address = _address(root)
    found = connect(address)
    if found is not None:
        return found, _BUSY_SECONDS
    import subprocess

    with listen(address) as listener:
        if listener is not None:
            log = os.open(address.with_suffix(".log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(listener.fileno()), str(IDLE_SECONDS)],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            os.close(log)
    found = connect(address)
    if found is None:
        raise ConnectionRefusedError(str(address))
    return found, _START_SECONDS


def _ask(connection: socket, words: Sequence[str], patience: float) -> int | str | None:
    """Send the command and wait for its end: the exit code, ``"outdated"``, or None where it was not begun."""
    order = {"words": list(words), "folder": str(Path.cwd()), "environment": dict(os.environ)}
    passed_on: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        passed_on.append(number)
        with suppress(OSError):
            send(connection, {"signal": number})

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        send(connection, order, [1, 2])
        connection.settimeout(patience)
        try:
            message, _ = receive(connection)
        except ConnectionEndedError:
            return None
        connection.settimeout(None)
        if "begun" not in message:
            return "outdated"
        message, _ = receive(connection)
        return int(message["exit"])
    except (ConnectionEndedError, OSError):
        print("mlpipe: the warm process has ended; run again to resume", file=sys.stderr)
        return 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start_resident(root: Path) -> None:
    """Have a resident for a workspace and this environment. Raises ``OSError`` where none can be had."""
    _resident(root)[0].close()


def stop_resident(root: Path) -> bool:
    """End the resident of a workspace and this environment; whether there was one."""
    import time

    address = _address(root)
    connection = connect(address)
    if connection is None:
        return False
    with connection, suppress(ConnectionEndedError, OSError):
        send(connection, {"stop": True})
        receive(connection)
    deadline = time.monotonic() + _START_SECONDS
    while address.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return True
