"""JSON messages with file descriptors over a Unix stream socket: a length in four bytes, then the message."""

from __future__ import annotations

import json
import socket
import struct

TYPE_CHECKING = False  # `typing` takes longer to import than all that is done here
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_LENGTH = struct.Struct("!I")
_LONGEST = 16 * 1024 * 1024
_MOST_DESCRIPTORS = 8


class ConnectionEndedError(Exception):
    """The other side has closed the connection, or speaks something else."""


def send(connection: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message. Raises ``OSError`` where the other side is gone."""
    body = json.dumps(message).encode()
    head = _LENGTH.pack(len(body))
    if descriptors:
        socket.send_fds(connection, [head], list(descriptors))
    else:
        connection.sendall(head)
    connection.sendall(body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for one message; it and the descriptors that came with it, which are the caller's to close.

    Raises
    ------
    ConnectionEndedError
        There will be none.
    """
    try:
        head, descriptors, _, _ = socket.recv_fds(connection, _LENGTH.size, _MOST_DESCRIPTORS)
        head += _exactly(connection, _LENGTH.size - len(head)) if head else b""
        if not head:
            raise ConnectionEndedError
        (length,) = _LENGTH.unpack(head)
        if length > _LONGEST:
            raise ConnectionEndedError
        message = json.loads(_exactly(connection, length))
    except (OSError, ValueError) as error:
        raise ConnectionEndedError from error
    return message, list(descriptors)


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise ConnectionEndedError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
