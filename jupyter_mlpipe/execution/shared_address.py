"""Unix sockets by which processes of one user find a server that they share.

The sockets lie in Jupyter's runtime folder, which only the user may enter; a server still asks who is there. A lock
beside them makes sure that there is one server, whoever starts it. Not for what is said over them (``framing``).
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

from jupyter_mlpipe._version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all that is done here
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AVAILABLE = sys.platform == "linux"
"""Elsewhere nothing is shared: system libraries do not survive a fork, or there is none."""

_LOCK = "mlpipe.lock"
_LONGEST_PATH = 100  # bytes; Linux has 107
_CREDENTIALS = struct.Struct("3i")
_WITHOUT_MEANING = frozenset(
    {"PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "JPY_PARENT_PID", "JPY_SESSION_NAME", "PYTEST_CURRENT_TEST"}
)
"""Variables that no import looks at."""


def meaningful(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment processes can differ by."""
    return {name: value for name, value in environment.items() if name not in _WITHOUT_MEANING}


def address_of(kind: str, *about: object) -> Path:
    """Where the server of a kind listens that this interpreter and package share for equal `about`.

    Raises
    ------
    OSError
        The folder cannot be made, belongs to somebody else or is open to others, or its path is too long.
    """
    whole = repr((sys.prefix, sys.version, __version__, about)).encode()
    name = f"mlpipe-{kind}-{zlib.crc32(whole):08x}{zlib.adler32(whole):08x}"
    folder = _runtime_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.stat()
    if state.st_uid != os.getuid() or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{folder} is not this user's alone")
    path = folder / f"{name}.sock"
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise OSError(f"the path {path} is too long for a socket")
    return path


def connect(address: Path) -> socket.socket | None:
    """A connection to the server that listens there; None where none does."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(address))
    except OSError:
        connection.close()
        return None
    if not is_ours(connection):
        connection.close()
        return None
    return connection


@contextmanager
def listen(address: Path) -> Iterator[socket.socket | None]:
    """A socket that listens at the address, to hand to a new server; None where somebody else has started one.

    What lay there is replaced: call it when `connect` found nobody, or somebody who is of no use.
    """
    before = _identity(address)
    with _locked(address):
        if _identity(address) != before:
            yield None
            return
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(address))
            address.chmod(0o600)
            listener.listen()
            yield listener


def remove_address(listener: socket.socket) -> None:
    """Take away a server's own address and its log if that is empty, unless another server has taken its place."""
    address = Path(listener.getsockname())
    with suppress(OSError), _locked(address):
        listener.close()
        if connect(address) is None:
            address.unlink(missing_ok=True)
            log = address.with_suffix(".log")
            if log.exists() and not log.stat().st_size:
                log.unlink()


@contextmanager
def _locked(address: Path) -> Iterator[None]:
    import fcntl  # not to be had on Windows, where nothing is shared

    with address.with_name(_LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _runtime_folder() -> Path:
    """Jupyter's runtime folder, without its module where the rule is simple: that takes longer than a command here."""
    environment = os.environ
    if "JUPYTER_PLATFORM_DIRS" in environment or sys.platform != "linux":
        from jupyter_core.paths import jupyter_runtime_dir

        return Path(jupyter_runtime_dir())
    if environment.get("JUPYTER_RUNTIME_DIR"):
        return Path(environment["JUPYTER_RUNTIME_DIR"])
    if environment.get("JUPYTER_DATA_DIR"):
        return Path(environment["JUPYTER_DATA_DIR"], "runtime")
    data = environment.get("XDG_DATA_HOME") or Path("~").expanduser().resolve() / ".local" / "share"
    return Path(data, "jupyter", "runtime")


def is_ours(connection: socket.socket) -> bool:
    """Whether a process of this user is at the other end."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except (OSError, AttributeError):
        return False
    return bool(_CREDENTIALS.unpack(raw)[1] == os.getuid())


def _identity(address: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        about = address.stat()
        return about.st_ino, about.st_mtime_ns
    return None
