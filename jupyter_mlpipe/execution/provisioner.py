"""Jupyter kernel provisioner ``mlpipe-fork-server``: kernels forked from a process that has imported already.

Named in a kernelspec's ``metadata.kernel_provisioner``, or put there for one start by `use_fork_server`. A kernel that
cannot be forked (another interpreter's, another language's, a module that must not be imported ahead) is started as
Jupyter's own provisioner starts it; `ForkServerProvisioner.reason` then says why.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import math
import os
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, Float, Integer, List, Unicode

from jupyter_mlpipe.execution.fork_client import EVERYBODY, CannotForkError, ServerPlace
from jupyter_mlpipe.execution.fork_servers import process_fork_servers
from jupyter_mlpipe.execution.shared_address import AVAILABLE

NAME = "mlpipe-fork-server"

_log = logging.getLogger(__name__)


class ForkServerProvisioner(LocalProvisioner):  # type: ignore[misc]  # jupyter_client is not type-checked
    """Forks ipykernels of this interpreter; starts all others."""

    modules: Any = List(Unicode(), help="Modules that the server imports ahead.").tag(config=True)
    limits: Any = Dict(Integer(), help="``memory``: bytes of private memory beside what the kernel starts with.").tag(
        config=True
    )
    shared: Any = Bool(
        False, help="Whether the server is shared by all of the user's processes, and outlives this one."
    ).tag(config=True)
    group: Any = Unicode(help="Processes that share the server by this name; it ends with the last of them.").tag(
        config=True
    )
    patience: Any = Float(
        math.inf, help="Seconds to wait for a server that is still importing, before the kernel is started instead."
    ).tag(config=True)
    stop: Any = AnyTrait(lambda: False, help="Asked while waiting for the server; true gives up.")
    reason = ""
    """Why the kernel was not forked; empty where it was."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel that `cmd` would start, or start it."""
        try:
            process = await asyncio.to_thread(self._fork, cmd, kwargs)
        except CannotForkError as error:
            self.reason = str(error)
            _log.info("the kernel is started, not forked: %s", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = process.pid
        self.pgid = None  # the process signals its group itself, as long as the number is its own
        return self.connection_info

    def _fork(self, cmd: list[str], kwargs: dict[str, Any]) -> Any:
        argv = _launcher_arguments(cmd)
        environment = dict(kwargs.get("env") or os.environ)
        folder = str(kwargs.get("cwd") or Path.cwd())
        place = ServerPlace.of(self.modules, environment, group=EVERYBODY if self.shared else self.group)
        order = {"argv": argv, "environment": environment, "folder": folder, **self.limits}
        stdout, stderr = _descriptor(kwargs.get("stdout"), 1), _descriptor(kwargs.get("stderr"), 2)
        until = time.monotonic() + self.patience

        def stop() -> bool:
            return time.monotonic() > until or bool(self.stop())

        return process_fork_servers().fork(place, order, stdout, stderr, stop=stop)


def _launcher_arguments(cmd: list[str]) -> list[str]:
    """``sys.argv`` of the kernel that a command starts; only for ipykernels of this interpreter."""
    if not AVAILABLE:
        raise CannotForkError("this platform's libraries do not survive a fork")
    launcher = importlib.util.find_spec("ipykernel_launcher")
    if not _is_this_interpreter(cmd[0]) or launcher is None or launcher.origin is None:
        raise CannotForkError("the kernel is not one of this Python")
    rest = [item for item in cmd[1:] if item != "-Xfrozen_modules=off"]
    if rest[:2] != ["-m", "ipykernel_launcher"]:
        raise CannotForkError("the kernel is no plain ipykernel")
    return [launcher.origin, *rest[2:]]


def _is_this_interpreter(program: str) -> bool:
    # By folder, not by file: the interpreters of two virtual environments are links to one file.
    named, own = Path(program), Path(sys.executable)
    return named == own or (named.parent == own.parent and named.exists() and named.samefile(own))


def _descriptor(stream: Any, default: int) -> int:
    return default if stream is None else stream if isinstance(stream, int) else int(stream.fileno())


def use_fork_server(kernel_spec: Any, **options: Any) -> None:
    """Have a kernelspec's next kernel forked, unless it names another provisioner.

    Parameters
    ----------
    kernel_spec
        A ``jupyter_client.kernelspec.KernelSpec``, changed in place.
    options
        Traits of `ForkServerProvisioner`.
    """
    if kernel_spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", NAME) != NAME:
        return
    value = f"{__name__}:{ForkServerProvisioner.__name__}"
    # An installation that knows the entry point has the same; one made before it existed gets it here.
    KernelProvisionerFactory.instance().provisioners.setdefault(
        NAME, EntryPoint(NAME, value, KernelProvisionerFactory.GROUP_NAME)
    )
    kernel_spec.metadata = {**kernel_spec.metadata, "kernel_provisioner": {"provisioner_name": NAME, "config": options}}
