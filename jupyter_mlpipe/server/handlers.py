"""From HTTP to an operation and back: who may, is the request well-formed, run it in a thread, reply as JSON."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web
from tornado.ioloop import IOLoop

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.http_errors import bad_request, body_of, reply_to
from jupyter_mlpipe.server.routes import API_ROOT, ROUTES, Route

RESOURCE = "mlpipe"
"""What Jupyter's authorizer is asked about."""


@dataclass(frozen=True)
class Pools:
    """The threads that requests run in."""

    quick: ThreadPoolExecutor
    waiting: ThreadPoolExecutor
    """For those that wait for a process."""

    def of(self, route: Route) -> ThreadPoolExecutor:
        """Where a request of a route runs."""
        return self.waiting if route.waits else self.quick

    def shutdown(self) -> None:
        """Take no more requests; those that wait for a thread are dropped."""
        for pool in (self.quick, self.waiting):
            pool.shutdown(wait=False, cancel_futures=True)


class RouteHandler(ExtensionHandlerMixin, APIHandler):
    """Answers the requests of one path."""

    auth_resource = RESOURCE

    def initialize(self, name: str, desk: Desk, pools: Pools, routes: tuple[Route, ...]) -> None:
        """Take what the application gives to each handler."""
        super().initialize(name=name)
        self.desk = desk
        self.pools = pools
        self.routes: dict[str | None, Route] = {route.method: route for route in routes}

    @web.authenticated
    async def get(self, **in_path: str) -> None:
        """Answer a GET."""
        await self._answer(in_path)

    @web.authenticated
    async def post(self, **in_path: str) -> None:
        """Answer a POST; Tornado has checked its XSRF token."""
        await self._answer(in_path)

    async def _answer(self, in_path: dict[str, str]) -> None:
        route = self.routes.get(self.request.method)
        if route is None:
            raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        await self._authorize(route)
        try:
            given = self._read(route, in_path)
            reply = await IOLoop.current().run_in_executor(self.pools.of(route), lambda: _call(route, self.desk, given))
            status, body = int(HTTPStatus.OK), reply
        except Exception as error:  # noqa: BLE001 - the one place where errors become replies
            status, body = reply_to(error)
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(body)

    async def _authorize(self, route: Route) -> None:
        """Ask the authorizer for what the route does: a method's name does not say it (analysis is a POST)."""
        allowed = self.authorizer.is_authorized(self, self.current_user, route.action, RESOURCE)
        if inspect.isawaitable(allowed):
            allowed = await allowed
        if not allowed:
            raise web.HTTPError(HTTPStatus.FORBIDDEN, f"not allowed to {route.action} {RESOURCE}")

    def _read(self, route: Route, in_path: dict[str, str]) -> dict[str, Any]:
        """The operation's arguments; values of the query are texts that must fit their types."""
        given: dict[str, Any] = {}
        try:
            for name in route.in_path:
                given[name] = msgspec.convert(in_path[name], route.hints[name], strict=False)
            for name, (kind, default) in route.query.items():
                text = self.get_query_argument(name, None)
                if text is None and default is inspect.Parameter.empty:
                    raise bad_request(f"`{name}` is missing")
                if text is not None:
                    given[name] = msgspec.convert(text, kind, strict=False)
            if route.body:
                given["body"] = msgspec.json.decode(self.request.body, type=route.body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise bad_request(str(error)) from error
        return given

    def write_error(self, status_code: int, **about: Any) -> None:
        """Give refusals of Jupyter's and Tornado's own (no login, no XSRF token) our shape as well."""
        raised = about.get("exc_info", (None, None, None))[1]
        text = getattr(raised, "log_message", None) or getattr(raised, "reason", None) or HTTPStatus(status_code).phrase
        self.set_header("Content-Type", "application/json")
        self.finish(body_of(MlpipeError(str(text), hint=_HINTS.get(status_code, ""))))


_HINTS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "log in to the Jupyter server, or ask whoever runs it for the permission",
    HTTPStatus.NOT_FOUND: "the OpenAPI document says which paths there are",
}


def _call(route: Route, desk: Desk, given: dict[str, Any]) -> bytes:
    # Encoded here, in the thread: a reply may be large.
    return msgspec.json.encode(route.call(desk, **given), enc_hook=str)


def handlers(desk: Desk, pools: Pools) -> list[tuple[str, type[RouteHandler], dict[str, Any]]]:
    """One handler for each path of the table."""
    by_path: dict[str, list[Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.pattern, []).append(route)
    return [
        (API_ROOT + pattern, RouteHandler, {"desk": desk, "pools": pools, "routes": tuple(routes)})
        for pattern, routes in by_path.items()
    ]
