"""``/metrics`` over HTTP, for Prometheus to scrape, without a login: only this machine can ask unless told otherwise.

Not for what the metrics are (``metrics``), nor for the Jupyter server, which has a route of its own behind its login.
"""

from __future__ import annotations

import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jupyter_mlpipe.errors import MetricsError, MlpipeError, UsageError
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.monitoring.metrics import CONTENT_TYPE, metrics_text

LOOPBACK = "127.0.0.1"


def parse_address(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT``, ``[IPv6]:PORT`` or ``PORT``, which is on the loopback. Raises `UsageError`."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise UsageError(f"{text!r} is no address to serve at", hint="give HOST:PORT, such as 127.0.0.1:9187")
    return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)


def metrics_server(ledger: Ledger, address: tuple[str, int]) -> ThreadingHTTPServer:
    """Return a server that listens at an address; ``serve_forever`` of it answers.

    Raises
    ------
    MetricsError
        Nothing can listen there.
    """

    class Scraped(BaseHTTPRequestHandler):
        server_version = "mlpipe"
        sys_version = ""
        timeout = 30

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self._reply(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "metrics are at /metrics\n")
                return
            try:
                status, kind, text = HTTPStatus.OK, CONTENT_TYPE, metrics_text(ledger)
            except MlpipeError as error:
                status, kind, text = HTTPStatus.SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", f"{error.code}\n"
            self._reply(status, kind, text)

        def _reply(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET

    try:
        return Server(address, Scraped)
    except OSError as error:
        raise MetricsError(
            f"nothing can listen at {address[0]}:{address[1]}: {error.strerror or error}",
            hint="give --serve another HOST:PORT",
        ) from error
