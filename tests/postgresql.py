"""A real PostgreSQL server for tests: started once, in a temporary folder, on a free port of this host.

The server refuses to run as root, so that root starts it as another user. Not a fixture itself: ``conftest`` makes
fixtures of it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def url(self, database: str) -> str:
        return f"postgresql://mlpipe@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def new_database(self, template: str = "template1") -> str:
        """Make a database; return its name."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def why_not() -> str | None:
    """Why no server can be started here; None where one can."""
    if find_binaries() is None:
        return "no PostgreSQL server programs (initdb, postgres) in PATH or /usr/lib/postgresql"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed (pip install 'jupyter-mlpipe[postgres]')"
    if os.getuid() == 0 and (_unprivileged() is None or shutil.which("setpriv") is None):
        return (
            "PostgreSQL does not run as root, and there is no other user to start it as (setpriv; postgres or nobody)"
        )
    return None


def find_binaries() -> Path | None:
    """The folder of the newest server programs."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    if versions:
        return versions[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path and shutil.which("postgres") else None


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server; stop it and delete its data at the end."""
    binaries = find_binaries()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="mlpipe-pg-"))
    user = _unprivileged() if os.getuid() == 0 else None
    prefix: list[str] = []
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
        prefix = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    data = folder / "data"
    process: subprocess.Popen[bytes] | None = None
    try:
        initialise = [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "mlpipe",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(prefix + initialise, env=environment, cwd=folder, check=True, capture_output=True)
        for _ in range(5):
            port = _free_port()
            serve = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
            options = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"]
            with (folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    prefix + serve + options,
                    env=environment,
                    cwd=folder,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            server = Server(port)
            if _answers(process, server):
                break
        else:
            raise RuntimeError((folder / "log").read_text(encoding="utf-8"))
        yield server
    finally:
        if process is not None and process.poll() is None:
            process.send_signal(3)  # SIGQUIT: an immediate shutdown; the data is thrown away.
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(process: subprocess.Popen[bytes], server: Server) -> bool:
    import psycopg

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None
