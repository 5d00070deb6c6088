"""A fork server that several processes of one user share, and the installed kernel that uses one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from jupyter_mlpipe.execution.fork_client import EVERYBODY, ServerPlace
from jupyter_mlpipe.execution.fork_servers import ForkServers
from jupyter_mlpipe.execution.provisioner import NAME
from jupyter_mlpipe.execution.shared_address import AVAILABLE
from tests.unit.execution.worker_side import wait_until

pytestmark = [
    pytest.mark.skipif(not AVAILABLE, reason="kernels are forked on Linux only"),
    pytest.mark.xdist_group("fork_server"),
]

SHARED = textwrap.dedent(
    """
    import json, sys, time
    import psutil
    from jupyter_client.manager import KernelManager
    from jupyter_mlpipe.execution.provisioner import use_fork_server
    manager = KernelManager(kernel_name="python3")
    use_fork_server(manager.kernel_spec, modules=["json.tool"], shared=True)
    manager.start_kernel(cwd=sys.argv[1])
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    pid = manager.provisioner.pid
    print(json.dumps([manager.provisioner.reason, pid, psutil.Process(pid).ppid()]), flush=True)
    sys.stdin.read()
    """
)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Jupyter's runtime folder, with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="mlp-") as folder:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", folder)
        yield Path(folder)


def test_a_shared_server_serves_several_processes(tmp_path: Path, runtime: Path) -> None:
    users = [
        subprocess.Popen(
            [sys.executable, "-c", SHARED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [json.loads(user.stdout.readline()) for user in users if user.stdout is not None]
    assert [why for why, _, _ in told] == ["", ""]
    (server,) = {psutil.Process(parent) for _, _, parent in told}
    kernels = [psutil.Process(pid) for _, pid, _ in told]
    address = next(runtime.glob("*.sock"))
    assert address.stat().st_mode & 0o077 == 0
    users[0].kill()
    users[0].wait()
    assert psutil.wait_procs(kernels[:1], timeout=10)[1] == []
    assert kernels[1].is_running()
    assert server.is_running()
    users[1].communicate("", timeout=30)
    server.terminate()
    assert psutil.wait_procs([server, *kernels], timeout=10)[1] == []


@pytest.mark.usefixtures("runtime")
def test_a_shared_server_ends_when_nobody_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlpipe.execution.fork_client._IDLE_SECONDS", 0.2)
    servers = ForkServers()
    place = ServerPlace.of(("json.tool",), os.environ, group=EVERYBODY)
    server = servers.prepare(place)
    wait_until(lambda: server._ready)
    assert place.address().exists()
    servers.close()
    wait_until(lambda: not place.address().exists())


def test_the_installed_kernelspec_forks() -> None:
    spec = KernelSpecManager().get_kernel_spec("mlpipe")
    about = spec.metadata["kernel_provisioner"]
    assert about["provisioner_name"] == NAME
    assert KernelProvisionerFactory.instance().is_provisioner_available(spec)
    assert about["config"]["shared"]
