"""Carries messages from the ledger's outbox to other systems, in a process of its own that no stage waits for.

A run puts its messages into the outbox and spawns a courier; the courier sends them in order, in batches, at the
lowest priority, and ends when there is nothing left and no run is open. One courier works on a ledger at a time. What
cannot be sent stays in the outbox with the error, and is tried again later, at the next run, and by ``mlpipe track``.

`main` is the program of its process. Not for what those systems are told (``deliveries``).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlpipe.execution.deliveries import deliverers
from jupyter_mlpipe.execution.lost_runs import open_runs, record_lost_runs
from jupyter_mlpipe.ledger import leases, outbox
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.settings import Settings, load_settings

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.deliveries import Deliverer
    from jupyter_mlpipe.ledger.outbox import Message

LEASE = "courier:mlflow"
_LEASE_SECONDS = 300.0
_BATCH = 500
_POLL_SECONDS = 0.5
_PATIENCE = 60.0
"""Seconds for which a courier goes on trying systems that do not answer."""

_NICE = 19


@dataclass(frozen=True)
class Delivery:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    error: str | None = None
    busy: bool = False
    """Another courier is at work, so this one did nothing."""


@dataclass
class Courier:
    """Sends what is in one ledger's outbox."""

    settings: Settings
    ledger: Ledger
    holder: str = field(default_factory=lambda: f"courier-{os.getpid()}-{os.urandom(4).hex()}")
    _kinds: dict[str, type[Deliverer]] = field(default_factory=deliverers)
    _open: dict[type[Deliverer], Deliverer] = field(default_factory=dict)

    def send_all(self) -> Delivery:
        """Send everything now, also what waits after a failure."""
        if not self._take_lease():
            return Delivery(busy=True)
        try:
            return self._round(due_only=False)
        finally:
            leases.release(self.ledger, LEASE, self.holder)

    def work(self, patience: float = _PATIENCE) -> Delivery:
        """Send what comes until the outbox is empty and no run is open, or nobody answers for too long."""
        sent = failed = 0
        error = None
        # What is put in between our last look and the release finds the lease held and no courier: so look once more.
        while self._take_lease():
            try:
                delivery = self._work_under_lease(patience)
            finally:
                leases.release(self.ledger, LEASE, self.holder)
            sent, failed, error = sent + delivery.sent, failed + delivery.failed, delivery.error
            if not self._pending(due_only=True):
                return Delivery(sent, failed, error)
        return Delivery(sent, failed, error, busy=not sent and not failed)

    def _take_lease(self) -> bool:
        return leases.acquire(self.ledger, LEASE, self.holder, _LEASE_SECONDS)

    def _work_under_lease(self, patience: float) -> Delivery:
        sent = failed = 0
        error: str | None = None
        first = True
        answered = time.monotonic()
        while True:
            record_lost_runs(self.ledger, openlineage=self.settings.tells_openlineage)
            delivery = self._round(due_only=not first)
            first = False
            sent, failed = sent + delivery.sent, failed + delivery.failed
            error = delivery.error or (None if delivery.sent else error)
            if delivery.sent or not outbox.waiting(self.ledger, self._kinds):
                answered = time.monotonic()
            elif time.monotonic() - answered > patience:
                return Delivery(sent, failed, error)
            if not outbox.waiting(self.ledger, self._kinds) and not open_runs(self.ledger):
                return Delivery(sent, failed, error)
            if not delivery.sent:
                time.sleep(_POLL_SECONDS)

    def _pending(self, *, due_only: bool) -> list[Message]:
        return outbox.pending(self.ledger, _BATCH, due_only=due_only, kinds=self._kinds)

    def _round(self, *, due_only: bool) -> Delivery:
        """Send a batch after the other, each run's messages together, until nothing is left to try."""
        sent = failed = 0
        error: str | None = None
        tried: set[int] = set()
        while True:
            messages = [message for message in self._pending(due_only=due_only) if message.id not in tried]
            if not messages:
                return Delivery(sent, failed, error)
            tried |= {message.id for message in messages}
            leases.renew(self.ledger, LEASE, self.holder, _LEASE_SECONDS)
            groups: dict[tuple[type[Deliverer], str], list[Message]] = {}
            for message in messages:
                groups.setdefault((self._kinds[message.kind], message.payload.get("run", "")), []).append(message)
            silent: dict[type[Deliverer], str] = {}
            for (kind, _), group in groups.items():
                # One that is down would only let the other runs' messages wait for the same.
                problem = silent.get(kind) or self._deliver(kind, group)
                if problem is None:
                    outbox.mark_sent(self.ledger, *(message.id for message in group))
                    sent += len(group)
                    continue
                error = problem
                if kind not in silent and not self._answers(kind):
                    silent[kind] = problem
                for message in group:
                    outbox.record_failure(self.ledger, message.id, problem)
                failed += len(group)

    def _answers(self, kind: type[Deliverer]) -> bool:
        if kind in self._open and self._open[kind].answers():
            return True
        self._open.pop(kind, None)
        return False

    def _deliver(self, kind: type[Deliverer], group: Sequence[Message]) -> str | None:
        """Send one run's messages of one receiver. Returns what went wrong, in one line."""
        try:
            if kind not in self._open:
                self._open[kind] = kind(self.settings, self.ledger)
            self._open[kind].deliver(group)
        except Exception as error:  # noqa: BLE001 - they raise what their databases and HTTP libraries raise
            lines = str(error).strip().splitlines() or [""]
            return f"{type(error).__name__}: {lines[0]}"[:500]
        return None


# -- the process --------------------------------------------------------------------------------------------------


def spawn_courier(settings: Settings) -> None:
    """Start a courier that outlives this process; never raises, never waits.

    A courier that finds another one at work ends at once, so this may
    be called as often as there is something new to send; once, at the end of a run, is enough.
    """
    import subprocess
    import threading

    # By the environment and not as arguments: the URLs may hold passwords, and everyone may list arguments.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MLPIPE_INTERNAL_")}
    environ |= {
        "MLPIPE_LEDGER_URL": settings.ledger_url,
        "MLPIPE_STORE_URL": settings.store_url,
        "MLPIPE_TRACKING_URI": settings.tracking_uri,
    }
    if settings.experiment:
        environ["MLPIPE_EXPERIMENT"] = settings.experiment
    if settings.openlineage_url:
        environ["MLPIPE_OPENLINEAGE_URL"] = settings.openlineage_url
    # Not `-m`, which would let modules of the project be imported in the place of installed ones.
    program = "import sys; del sys.path[0]; from jupyter_mlpipe.execution.courier import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "--root", str(settings.root)]
    try:
        with (settings.folder / "courier.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=settings.root,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError:
        # No process to be had, or no room for its log: the messages stay in the outbox for the next one.
        return
    # Waits for it, so that a long-lived caller keeps no zombie.
    threading.Thread(target=process.wait, name="mlpipe-courier", daemon=True).start()


def main(argv: Sequence[str] | None = None) -> int:
    """Work as a courier. Returns 0 where everything was sent, else 1."""
    parser = argparse.ArgumentParser(prog="courier", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the workspace's folder")
    parser.add_argument("--ledger", help="the ledger's URL, if not the workspace's")
    parser.add_argument("--tracking-uri", help="MLflow's tracking URI, if not the workspace's")
    parser.add_argument(
        "--patience", type=float, default=_PATIENCE, help="seconds to go on trying while MLflow is down"
    )
    arguments = parser.parse_args(argv)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    overrides = {"ledger_url": arguments.ledger, "tracking_uri": arguments.tracking_uri}
    settings = load_settings(arguments.root, overrides=overrides)
    ledger = Ledger.open(settings.ledger_url)
    try:
        delivery = Courier(settings, ledger).work(arguments.patience)
    finally:
        ledger.close()
    if delivery.error:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} not sent: {delivery.error}", file=sys.stderr)
    return 1 if delivery.failed and delivery.error else 0
