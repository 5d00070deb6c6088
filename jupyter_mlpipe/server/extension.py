"""The server extension itself: what Jupyter Server loads, starts and stops."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import IOLoop
from traitlets import Bool

from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.handlers import Pools, handlers
from jupyter_mlpipe.server.metrics_handler import PATH as METRICS_PATH
from jupyter_mlpipe.server.metrics_handler import MetricsHandler
from jupyter_mlpipe.server.places import Places

PROGRESS_EVENT = "https://events.jupyter-mlpipe.org/run_progress/v1"
_PROGRESS_SCHEMA = Path(__file__).with_name("run_progress.yaml")
_THREADS = 6
_WAITING_THREADS = 4


class MlpipeExtension(ExtensionApp):
    """Pipelines in JupyterLab: stages, runs and what they made."""

    name = "mlpipe"
    extension_url = "/lab"
    load_other_extensions = True

    warm_runs = Bool(
        True,
        config=True,
        help="Whether runs go through a process that stays ready for the next one, as with `mlpipe run --warm`.",
    )

    def initialize_handlers(self) -> None:
        """Register the routes; called by Jupyter Server."""
        loop = IOLoop.current()
        if self.serverapp is None:
            raise RuntimeError("a server extension is started by its server")
        self.logger = self.serverapp.event_logger
        self.logger.register_event_schema(_PROGRESS_SCHEMA)
        self.desk = Desk(
            _places_of(self.serverapp),
            tell=lambda nudge: loop.add_callback(self._tell, nudge),
            warm_runs=self.warm_runs,
        )
        self.pools = Pools(
            quick=ThreadPoolExecutor(_THREADS, thread_name_prefix="mlpipe-request"),
            waiting=ThreadPoolExecutor(_WAITING_THREADS, thread_name_prefix="mlpipe-waiting"),
        )
        self.handlers.extend(handlers(self.desk, self.pools))
        self.handlers.append((METRICS_PATH, MetricsHandler, {"desk": self.desk, "pools": self.pools}))

    async def stop_extension(self) -> None:
        """End what was started; runs live on."""
        self.pools.shutdown()
        await IOLoop.current().run_in_executor(None, self.desk.close)

    def _tell(self, nudge: Mapping[str, Any]) -> None:
        self.logger.emit(schema_id=PROGRESS_EVENT, data=dict(nudge))


def _places_of(serverapp: Any) -> Places:
    """What the server shows: its contents manager's folder, which may not be the server's own."""
    contents = serverapp.contents_manager
    root = Path(getattr(contents, "root_dir", None) or serverapp.root_dir).absolute()
    return Places(root, hidden=bool(getattr(contents, "allow_hidden", False)))
