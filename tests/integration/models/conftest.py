"""Both registries: MLflow's database in the workspace, and a real ``mlflow server``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.models.registry_desk import Desk, copied

SERVER = pytest.param("server", marks=pytest.mark.xdist_group("mlflow-server"))

_GUARD = """
import os, signal, subprocess, sys
server = subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=sys.stderr)
print(server.pid, flush=True)
sys.stdin.read()  # until whoever started this has ended
try:
    os.killpg(server.pid, signal.SIGKILL)
except ProcessLookupError:
    pass
server.wait()
"""


@dataclass
class MlflowServer:
    """A running ``mlflow server`` on a database and a folder of files. It ends with the process that started it."""

    folder: Path
    port: int
    guard: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}",
            "--artifacts-destination", str(self.artifacts), "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1",
        ]  # fmt: skip
        environ = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLPIPE_TRACKING_URI"):
            environ.pop(name, None)
        with (self.folder / "server.log").open("ab") as log:
            self.guard = subprocess.Popen(
                [sys.executable, "-c", _GUARD, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, env=environ, cwd=self.folder,
            )  # fmt: skip
        assert self.guard.stdout is not None
        self.pid = int(self.guard.stdout.readline())
        until = time.monotonic() + 180
        while True:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=2):
                    return
            except OSError:
                log_text = (self.folder / "server.log").read_text(encoding="utf-8")[-3000:]
                assert time.monotonic() < until, log_text
                time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL, as a machine that dies."""
        os.killpg(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.guard is not None:
            assert self.guard.stdin is not None
            assert self.guard.stdout is not None
            self.guard.stdin.close()
            self.guard.wait(timeout=30)
            self.guard.stdout.close()


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database: making one takes seconds, copying it does not."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    code = f"from mlflow import MlflowClient; MlflowClient('sqlite:///{path}').search_experiments()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return path


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[MlflowServer]:
    folder = tmp_path_factory.mktemp("mlflow-server")
    copied(migrated_database, folder / "mlflow.db")
    server = MlflowServer(folder, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose tests these are; MLflow's own variables would point elsewhere."""
    monkeypatch.setenv("LOGNAME", "ada")
    for name in [name for name in os.environ if name.startswith(("MLFLOW_TRACKING_URI", "MLPIPE_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def embedded(tmp_path: Path, migrated_database: Path, sqlite_template: Path) -> Iterator[Desk]:
    """A workspace with MLflow's database in it."""
    made = _desk(tmp_path, copied(migrated_database, _folder(tmp_path) / "mlflow.db"), sqlite_template)
    yield made
    made.close()


@pytest.fixture(params=["embedded", SERVER])
def desk(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_database: Path, sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:  # fmt: skip
    """A workspace on each of the two registries."""
    if request.param == "embedded":
        uri = copied(migrated_database, _folder(tmp_path) / "mlflow.db")
    else:
        server: MlflowServer = request.getfixturevalue("mlflow_server")
        monkeypatch.setenv("TEST_SERVER_ARTIFACTS", str(server.artifacts))
        uri = server.uri
    made = _desk(tmp_path, uri, sqlite_template)
    yield made
    made.close()


def _folder(root: Path) -> Path:
    (root / ".mlpipe").mkdir(exist_ok=True)
    return root / ".mlpipe"


def _desk(root: Path, uri: str, template: Path) -> Desk:
    copied(template, _folder(root) / "ledger.db")
    return Desk(root, uri)
