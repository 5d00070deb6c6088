"""Real Jupyter servers for tests: started as users start them, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-tests"
API = "/mlpipe/api/v1"
_START_SECONDS = 90.0


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the error that it is."""
        return str(self.json["error"]["code"])


@dataclass(frozen=True)
class JupyterServer:
    """A server that runs, and the folder that it shows."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes]
    log: Path
    environment: Mapping[str, str]

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request to our API and give back the answer, whatever its status."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{API}{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"token {token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.read())

    def logged_in(self) -> CookieJar:
        """The cookies of a browser that has logged in."""
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        opener.open(f"{self.url}/api?token={TOKEN}", timeout=30).read()
        return jar

    def stop_warm_processes(self, folder: Path | None = None) -> None:
        """End the processes that runs in a folder, or in all, went through, one a workspace, with their clusters.

        Their heartbeats are little each, but add up where tests make many workspaces.
        """
        words = [sys.executable, "-m", "jupyter_mlpipe.cli.main", "warm", "--stop"]
        for place in (folder or self.folder).rglob(".mlpipe"):
            subprocess.run(
                words, cwd=place.parent, env=dict(self.environment), check=False, capture_output=True, timeout=60
            )

    def wait_for_run(self, path: str, run: str, seconds: float = 90.0) -> str:
        """Wait until a run has ended; its status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = str(self.call("GET", f"/runs/{run}/events?path={path}&limit=1").json["status"])
            if status != "running":
                return status
            time.sleep(0.1)
        raise TimeoutError(f"run {run} goes on after {seconds} s")


@contextmanager
def running_jupyter(
    folder: Path,
    state: Path,
    *,
    lab: bool = False,
    words: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[JupyterServer]:
    """A Jupyter server in a folder.

    Parameters
    ----------
    folder
        What it shows.
    state
        An empty folder for its settings and everything else that it writes down.
    lab
        Start JupyterLab, with the extensions that are installed.
    words
        Further command-line options.
    environment
        Set over this process's environment.
    """
    port = _free_port()
    log = state / "jupyter.log"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MLPIPE_", "MLFLOW_", "JUPYTER_"))
    }
    own = {
        "MLPIPE_WORKERS": "1",
        "MLPIPE_TRACKING": "false",
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_DATA_DIR": str(state / "data"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "XDG_CONFIG_HOME": str(state / "xdg"),
        "IPYTHONDIR": str(state / "ipython"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab" if lab else "jupyter_server"),
        *("--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--IdentityProvider.token={TOKEN}", "--ServerApp.allow_unauthenticated_access=False"),
        *("--ServerApp.jpserver_extensions=jupyter_mlpipe=True",),
        *(("--LabApp.expose_app_in_browser=True",) if lab else ()),
        *words,
    ]
    surroundings = {**kept, **own, **(environment or {})}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, env=surroundings, start_new_session=True
        )
    server = JupyterServer(folder, f"http://127.0.0.1:{port}", process, log, surroundings)
    try:
        _wait(server)
        yield server
    finally:
        server.stop_warm_processes()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: JupyterServer) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            # Any server answers this, with our extension or without.
            urllib.request.urlopen(f"{server.url}/api/status?token={TOKEN}", timeout=10).close()
            return
        except OSError:
            pass
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Jupyter did not start:\n{server.log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
