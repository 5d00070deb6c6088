"""Metrics from the Jupyter server: text for Prometheus, behind the server's login."""

from __future__ import annotations

import urllib.request
from urllib.error import HTTPError

import pytest

from jupyter_mlpipe.monitoring.metrics import CONTENT_TYPE
from jupyter_mlpipe.workspace import Workspace
from tests.jupyter_servers import TOKEN, JupyterServer

pytestmark = [pytest.mark.xdist_group("jupyter-server"), pytest.mark.slow]


def _scrape(server: JupyterServer, query: str, token: str = TOKEN) -> tuple[str, str]:
    request = urllib.request.Request(f"{server.url}/mlpipe/metrics{query}")
    request.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.headers["Content-Type"], reply.read().decode()


def test_a_scrape_with_the_token_is_answered_and_one_without_is_not(server: JupyterServer) -> None:
    folder = server.folder / "measured"
    folder.mkdir()
    (folder / ".mlpipe").mkdir()
    Workspace.open(folder, create=True).close()
    kind, text = _scrape(server, "?path=measured")
    assert kind == CONTENT_TYPE
    assert "mlpipe_alerts_open{" in text
    for query, token, status in (("?path=measured", "wrong", "403"), ("?path=../..", TOKEN, "403")):
        with pytest.raises(HTTPError, match=status):
            _scrape(server, query, token)
