"""Who may call the REST API: every route, without a login, without a permission, from a foreign page."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlpipe.server.routes import API_ROOT, ROUTES, Route
from tests.jupyter_servers import API, JupyterServer, running_jupyter

pytestmark = pytest.mark.xdist_group("jupyter-server")

READ_ONLY = """
from jupyter_server.auth import Authorizer

class ReadOnly(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "mlpipe" or action == "read"

c.ServerApp.authorizer_class = ReadOnly
"""


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    path = route.path
    for name in route.in_path:
        path = path.replace(f"{{{name}}}", "x")
    return path


def body(route: Route) -> dict[str, object] | None:
    return {"path": "x.ipynb", "folder": "", "cells": [], "run": "x", "stage": "x"} if route.body else None


def test_the_api_is_where_the_tests_look():
    assert API_ROOT == API


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nothing_without_a_login(server: JupyterServer, route: Route):
    reply = server.call(route.method, address(route), body(route), token=None)
    assert reply.status == 403
    assert reply.json["error"]["hint"]


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nothing_with_a_wrong_token(server: JupyterServer, route: Route):
    assert server.call(route.method, address(route), body(route), token="wrong").status == 403


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=name_of)
def test_a_foreign_page_cannot_post_with_a_browsers_cookie(server: JupyterServer, route: Route):
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in server.logged_in())
    reply = server.call(route.method, address(route), body(route), token=None, headers={"Cookie": cookies})
    assert reply.status == 403
    assert "_xsrf" in reply.json["error"]["message"]


def test_a_browser_that_logged_in_may_read(server: JupyterServer):
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in server.logged_in())
    assert server.call("GET", "/panels", token=None, headers={"Cookie": cookies}).status == 200


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory):
    folder, state = tmp_path_factory.mktemp("shown"), tmp_path_factory.mktemp("state")
    config = Path(state) / "read_only.py"
    config.write_text(READ_ONLY, encoding="utf-8")
    (folder / "x.ipynb").write_text("{}", encoding="utf-8")
    with running_jupyter(folder, state, words=[f"--config={config}"]) as running:
        yield running


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_who_may_only_read_changes_nothing(read_only: JupyterServer, route: Route):
    reply = read_only.call(route.method, address(route), body(route))
    if route.action == "read":
        assert reply.status != 403
    else:
        assert reply.status == 403
        assert f"not allowed to {route.action}" in reply.json["error"]["message"]
    assert sorted(path.name for path in read_only.folder.iterdir()) == ["x.ipynb"]


@pytest.mark.parametrize("path", ["..", "../x.ipynb", "a/../../x.ipynb", "%2e%2e/x.ipynb"])
def test_no_path_leads_out_of_what_the_server_shows(server: JupyterServer, path: str):
    reply = server.call("GET", f"/runs?path={path}")
    assert (reply.status, reply.code) == (403, "MP406")


def test_a_path_with_a_zero_byte_is_none(server: JupyterServer):
    reply = server.call("POST", "/analysis", {"path": "a\0b", "cells": []})
    assert (reply.status, reply.code) == (403, "MP406")


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("GET", "/runs", None),
        ("GET", "/runs?path=&limit=many", None),
        ("GET", "/runs?path=&limit=0", None),
        ("POST", "/analysis", {"path": "x.ipynb"}),
        ("POST", "/analysis", {"path": "x.ipynb", "cells": [{"id": 1, "source": "", "index": 0}]}),
        ("POST", "/analysis", []),
        ("POST", "/runs", {"path": "x.ipynb", "mode": "sideways"}),
        ("POST", "/runs", {"path": "x.ipynb", "mode": "stage"}),
    ],
)
def test_a_request_that_does_not_fit_says_what_is_wrong(server: JupyterServer, method: str, path: str, given: object):
    reply = server.call(method, path, given)
    assert (reply.status, reply.code) == (400, "MP002")
    assert reply.json["error"]["message"]


def test_other_methods_are_refused(server: JupyterServer):
    assert server.call("DELETE", "/runs").status == 405
    assert server.call("POST", "/panels", {}).status == 405
