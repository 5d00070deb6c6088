"""Where stages run: an embedded Dask cluster, a scheduler's address, or any Dask cluster class. Home of distributed.

Embedded, every process listens on the loopback address only and speaks TLS with keys that live as long as the cluster.
A worker runs as many stages at once as its ``CPU``, ``MEMORY`` and ``GPU`` resources hold; the workers are sized so
that the largest stage fits, and a stage that no machine here could ever hold is refused before anything starts.

This module does not know what a task does (``stage_task``) nor when it runs (``walk``).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlpipe.errors import ClusterError
from jupyter_mlpipe.execution import worker_preload
from jupyter_mlpipe.execution.cluster_end import kill, last_words_unheard, processes_of
from jupyter_mlpipe.execution.cluster_settings import ClusterSettings
from jupyter_mlpipe.execution.cuda_cluster import cuda_cluster_class, with_own_devices
from jupyter_mlpipe.execution.dask_settings import embedded_settings
from jupyter_mlpipe.execution.fork_group import leave, new_group, start_ahead
from jupyter_mlpipe.execution.interrupts import children_ignore_interrupts
from jupyter_mlpipe.execution.kernel_environment import (
    DASK_PARENT_VARIABLE,
    FORK_GROUP_VARIABLE,
    WARM_UP_VARIABLE,
    WORKER_ONLY_VARIABLE,
)
from jupyter_mlpipe.execution.main_guard import workers_started_once
from jupyter_mlpipe.execution.metering.waiting import Wait
from jupyter_mlpipe.execution.run_topics import stop_listening
from jupyter_mlpipe.execution.worker_preload import WarmUp
from jupyter_mlpipe.execution.worker_size import resources_for, shown_resource, size_workers
from jupyter_mlpipe.notebook.pipeline import StageOptions

if TYPE_CHECKING:
    from distributed import Client

    from jupyter_mlpipe.execution.metering.run_meters import ClusterUse

__all__ = ["Cluster", "ClusterSettings", "WarmUp", "current_worker", "open_cluster", "resources_for", "size_workers"]

_LOOPBACK = "127.0.0.1"
_SILENT = logging.CRITICAL + 1  # at a close, distributed calls a message that nobody awaits any more critical
_CLOSE_SECONDS = 10.0
_CONNECT_SECONDS = 10


class Cluster:
    """An open cluster. Use it as a context manager, or call `close`."""

    def __init__(
        self,
        kind: str,
        client: Client,
        cluster: Any = None,
        warn: Callable[[str], None] = warnings.warn,
        group: str = "",
    ) -> None:
        self.kind = kind
        """``local``, ``cuda``, ``address`` or ``class``."""
        self.client = client
        self._cluster = cluster
        self._group = group
        self._warn = warn
        self._told: set[str] = set()
        self.kept = False
        """Whether it outlives the run (``kept_cluster``)."""
        self.wait: Wait | None = None
        """While no run uses it, though it is kept."""

    def resources(self, stage: str, options: StageOptions) -> dict[str, float]:
        """Dask resources to submit a stage with, as far as this cluster's workers declare them.

        Workers that somebody else started may declare no resources. A stage that asked for some is then submitted
        without, and `warn` is told once for each: Dask would else wait forever for a worker that has them.

        Raises
        ------
        ClusterError
            Workers declare the resource, none has enough of it, and the cluster does not grow.
        """
        wanted = resources_for(options)
        if self.kind in ("local", "cuda"):
            return wanted
        offered = self.offered()
        granted: dict[str, float] = {}
        for name, amount in wanted.items():
            if name not in offered:
                if name != "CPU" or amount > 1:
                    self._tell_once(
                        f"the stage {stage} asks for {shown_resource(name, amount)}, but no worker declares {name}: "
                        f"it runs on any worker (start workers with --resources {name}=…)"
                    )
                continue
            if offered[name] < amount and self.kind == "address":
                raise ClusterError(
                    f"the stage {stage} asks for {shown_resource(name, amount)}; the largest worker has "
                    f"{shown_resource(name, offered[name])}",
                    hint="ask for less on the %%stage line, or add a larger worker",
                    stage=stage,
                )
            granted[name] = amount
        return granted

    def workers(self) -> dict[str, Any]:
        """The workers that are there now, by address, as the scheduler tells of them."""
        return dict(self.client.scheduler_info(n_workers=-1)["workers"])

    def offered(self) -> dict[str, float]:
        """The most of each Dask resource that one of the workers declares."""
        largest: dict[str, float] = {}
        for worker in self.workers().values():
            for name, amount in (worker.get("resources") or {}).items():
                largest[name] = max(largest.get(name, 0.0), float(amount))
        return largest

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._warn(text)

    def tell_by(self, warn: Callable[[str], None]) -> None:
        """Tell another run what the user should know."""
        self._warn = warn
        self._told.clear()

    def leave(self, run: str, on_waited: Callable[[ClusterUse], None] = lambda _: None) -> None:
        """End one run's use of it: a kept cluster stays open and waits, any other is closed."""
        if not self.kept:
            self.close()
            return
        with suppress(Exception):
            self.wait = Wait(self.workers(), on_waited)
        with suppress(Exception):  # a cluster that broke is found out by the next run
            stop_listening(self.client, run)

    def close(self, limit: float = _CLOSE_SECONDS) -> None:
        """Close client and cluster within `limit` seconds; what still lives of an embedded one is then killed."""
        workers, kernels = processes_of(self._cluster, self._group) if self.kind in ("local", "cuda") else ([], [])
        kill(kernels)  # a worker waits for its stages before it ends

        def shut_down() -> None:
            with suppress(Exception):  # a cluster that broke is closed all the same
                self.client.close(timeout=limit / 2)
            if self._cluster is not None:
                with suppress(Exception):
                    self._cluster.close(timeout=limit / 2)

        closer = threading.Thread(target=shut_down, name="mlpipe-cluster-close", daemon=True)
        with last_words_unheard():
            closer.start()
            closer.join(limit)
        kill([*workers, *kernels])
        leave(self._group)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def open_cluster(
    settings: ClusterSettings,
    needs: Sequence[StageOptions] = (),
    *,
    warm_up: WarmUp | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> Cluster:
    """Open the cluster that the settings name.

    Parameters
    ----------
    settings
        ``cluster`` is ``local``, an address (``tcp://…``, ``tls://…``), or ``package.module:Class``.
    needs
        The options of the stages to come; an embedded cluster is sized by them.
    warm_up
        What embedded workers get ready ahead.
    warn
        Told what the user should know and that does not stop the run.

    Raises
    ------
    ClusterError
        The address does not answer or is not safe, the class cannot be made, or no worker could hold a stage.
    """
    name = settings.cluster
    if name == "local":
        with workers_started_once():
            return _open_local(settings, needs, warm_up, warn)
    if "://" in name:
        return _open_address(settings, warn)
    if ":" in name and name.partition(":")[2].isidentifier():
        return _open_class(settings, warn)
    raise ClusterError(
        f"{name!r} names no cluster",
        hint="give `local`, a scheduler's address (tls://host:8786), or a class (dask_kubernetes.operator:KubeCluster)",
    )


# -- embedded -----------------------------------------------------------------------------------------------------


def _open_local(
    settings: ClusterSettings, needs: Sequence[StageOptions], warm_up: WarmUp | None, warn: Callable[[str], None]
) -> Cluster:
    group = new_group()
    if warm_up is not None and warm_up.ahead is not None:
        start_ahead(group, warm_up.ahead, warm_up.environment)
    try:
        return _start_local(settings, needs, warm_up, warn, group)
    except BaseException:
        leave(group)
        raise


def _start_local(
    settings: ClusterSettings,
    needs: Sequence[StageOptions],
    warm_up: WarmUp | None,
    warn: Callable[[str], None],
    group: str,
) -> Cluster:
    from distributed import Client, LocalCluster
    from distributed.system import MEMORY_LIMIT

    cuda, gpus = cuda_cluster_class(warn)
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = size_workers(needs, cpus=cpus, memory=MEMORY_LIMIT, gpus=gpus, workers=settings.workers)
    options: dict[str, Any] = {
        "n_workers": size.workers,
        "threads_per_worker": size.threads,
        "host": _LOOPBACK,
        "dashboard_address": f"{_LOOPBACK}:0",
        "worker_dashboard_address": f"{_LOOPBACK}:0",
        "security": True,
        "protocol": "tls",
        "memory_limit": 0,  # the kernels hold the data, not the worker
        "resources": size.resources,
        "silence_logs": _SILENT,
        "preload": [worker_preload.__name__],
        **_keywords(settings),
    }
    if settings.cluster_options.get("security") is False:
        options.pop("security"), options.pop("protocol")
    if cuda is None:
        options["processes"] = True
    with embedded_settings(), _worker_environment(options, warm_up, group), children_ignore_interrupts():
        try:
            cluster = (LocalCluster if cuda is None else with_own_devices(cuda, int(size.gpus)))(**options)
        except (OSError, RuntimeError, TimeoutError, TypeError, ValueError) as error:
            raise ClusterError(
                f"the embedded cluster does not start: {error}", hint="see `cluster-options` in [tool.mlpipe]"
            ) from error
        client = Client(cluster)
    if settings.adapt_maximum:
        cluster.adapt(minimum=settings.adapt_minimum or 0, maximum=settings.adapt_maximum)
    return Cluster("local" if cuda is None else "cuda", client, cluster, warn, group)


@contextmanager
def _worker_environment(options: dict[str, Any], warm_up: WarmUp | None, group: str) -> Iterator[None]:
    """Tell workers what is theirs alone, and keep it out of this process's own environment.

    Dask's nanny sets a hash seed and thread counts, in this process too, so that its child inherits them.
    """
    import dask

    names = {"PYTHONHASHSEED", DASK_PARENT_VARIABLE, *dask.config.get("distributed.nanny.pre-spawn-environ", {})}
    names |= set(dask.config.get("distributed.nanny.environ", {}) or {})
    names -= set(os.environ)
    own = {
        WORKER_ONLY_VARIABLE: " ".join(sorted(names)),
        FORK_GROUP_VARIABLE: group,
    }
    if warm_up is not None:
        own[WARM_UP_VARIABLE] = warm_up.to_variable()
    options["env"] = {**own, **options.get("env", {})}
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)


# -- not embedded -------------------------------------------------------------------------------------------------


def _open_address(settings: ClusterSettings, warn: Callable[[str], None]) -> Cluster:
    from distributed import Client
    from distributed.security import Security

    address = settings.cluster
    options = _keywords(settings)
    scheme, _, rest = address.partition("://")
    host = rest.rpartition(":")[0].strip("[]") or rest
    secret = scheme in ("tls", "wss")
    if not secret and host not in ("127.0.0.1", "localhost", "::1") and not _allows_plaintext(settings):
        raise ClusterError(
            f"the scheduler at {address} is reached without encryption: anyone on the network could run code there",
            hint="use tls:// with `tls_ca_file`, `tls_client_cert` and `tls_client_key` in cluster-options, or set "
            "`allow-plaintext = true` there where the network is yours alone",
            address=address,
        )
    files = {key: options.pop(key) for key in list(options) if key.startswith("tls_")}
    if files:
        options["security"] = Security(require_encryption=True, **files)
    try:
        client = Client(address, timeout=options.pop("timeout", _CONNECT_SECONDS), set_as_default=False, **options)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise ClusterError(
            f"the scheduler at {address} does not answer: {error}",
            hint="see that it runs (`dask scheduler`), that the address is right, and that the versions of Dask match",
            address=address,
        ) from error
    if not client.scheduler_info(n_workers=-1)["workers"]:
        warn(f"the scheduler at {address} has no workers yet: the run waits until some arrive")
    return Cluster("address", client, None, warn)


def _open_class(settings: ClusterSettings, warn: Callable[[str], None]) -> Cluster:
    import importlib

    from distributed import Client

    module, _, name = settings.cluster.partition(":")
    try:
        made_by = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ClusterError(
            f"the cluster class {settings.cluster} cannot be imported: {error}",
            hint=f"install the package that has it ({module.split('.')[0]}), or correct `cluster`",
        ) from error
    options = _keywords(settings)
    if settings.workers is not None and "n_workers" not in options:
        options["n_workers"] = settings.workers
    adapt = options.pop("adapt", None) or {}
    if settings.adapt_maximum:
        adapt = {"minimum": settings.adapt_minimum or 0, "maximum": settings.adapt_maximum, **adapt}
    try:
        cluster = made_by(**options)
        if adapt:
            cluster.adapt(**adapt)
        client = Client(cluster, set_as_default=False)
    except Exception as error:  # any class of any package: what it raises is its own
        raise ClusterError(
            f"{settings.cluster} does not start: {type(error).__name__}: {error}",
            hint="see `cluster-options` in [tool.mlpipe]; they are handed to the class as keywords",
        ) from error
    return Cluster("class", client, cluster, warn)


def _keywords(settings: ClusterSettings) -> dict[str, Any]:
    ours = ("allow-plaintext", "allow_plaintext")
    return {key.replace("-", "_"): value for key, value in settings.cluster_options.items() if key not in ours}


def _allows_plaintext(settings: ClusterSettings) -> bool:
    options = settings.cluster_options
    return bool(options.get("allow-plaintext", options.get("allow_plaintext", False)))


def current_worker() -> Any:
    """The Dask worker whose task runs in this thread, or None."""
    if "distributed" not in sys.modules:
        return None
    from distributed import get_worker

    try:
        return get_worker()
    except ValueError:
        return None
