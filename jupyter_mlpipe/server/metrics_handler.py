"""``/mlpipe/metrics`` of the Jupyter server, behind its login: text, where all other routes reply with JSON.

Not for what the metrics are (``monitoring.metrics``).
"""

from __future__ import annotations

import inspect
from http import HTTPStatus

from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web
from tornado.ioloop import IOLoop

from jupyter_mlpipe.monitoring.metrics import CONTENT_TYPE, metrics_text
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.handlers import RESOURCE, Pools
from jupyter_mlpipe.server.http_errors import reply_to

PATH = "/mlpipe/metrics"


class MetricsHandler(ExtensionHandlerMixin, APIHandler):
    """Answers a scrape; ``?path=`` names a notebook or folder of another workspace than the server's root."""

    auth_resource = RESOURCE

    def initialize(self, name: str, desk: Desk, pools: Pools) -> None:
        """Take what the application gives to each handler."""
        super().initialize(name=name)
        self.desk = desk
        self.pools = pools

    @web.authenticated
    async def get(self) -> None:
        """Answer with all metrics of a workspace."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)
        if inspect.isawaitable(allowed):
            allowed = await allowed
        if not allowed:
            raise web.HTTPError(HTTPStatus.FORBIDDEN, f"not allowed to read {RESOURCE}")
        path = self.get_query_argument("path", "")
        try:
            text = await IOLoop.current().run_in_executor(
                self.pools.quick, lambda: metrics_text(self.desk.workspace(path).ledger)
            )
            status, body, kind = int(HTTPStatus.OK), text.encode(), CONTENT_TYPE
        except Exception as error:  # noqa: BLE001 - errors become replies, as in `handlers`
            status, body = reply_to(error)
            kind = "application/json"
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(body, set_content_type=kind)
