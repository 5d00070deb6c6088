"""The watch: a light process that asks the rules, tells people, and escalates, when nobody runs anything.

One watches a ledger at a time. It ends when nothing is left to be done: no run is open, no message waits, no alert has
a further level to go to, no subject can get stale. The end of a run starts it again (``spawning``), and it goes on
where the last one, killed or not, has stopped: all that it knows is in the ledger. `mlpipe alerts watch` is one that
stays.

`main` is the program of its process. Not for what it does in a round (``evaluation``, ``routing``, ``outgoing``).
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.lost_runs import open_runs, record_lost_runs
from jupyter_mlpipe.ledger import leases, outbox
from jupyter_mlpipe.ledger.alerts import open_alerts
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.monitoring.alerts.conditions import EVERY, next_stale
from jupyter_mlpipe.monitoring.alerts.delivery import Sender
from jupyter_mlpipe.monitoring.alerts.evaluation import evaluate, evaluate_conditions, rules
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions, alert_options
from jupyter_mlpipe.monitoring.alerts.outgoing import Sent, deliver_due
from jupyter_mlpipe.monitoring.alerts.routing import KIND, route, tell_what_is_over
from jupyter_mlpipe.monitoring.alerts.rules import Rule
from jupyter_mlpipe.owners import FILE, Owners, load_owners
from jupyter_mlpipe.settings import Settings, load_settings

LEASE = "watch:alerts"
_LEASE_SECONDS = 300.0
POLL = 1.0
"""Seconds between two rounds."""
_NICE = 19


@dataclass
class Watch:
    """Watches one ledger."""

    settings: Settings
    ledger: Ledger
    poll: float = POLL
    holder: str = field(default_factory=lambda: f"watch-{os.getpid()}-{os.urandom(4).hex()}")
    stop: threading.Event = field(default_factory=threading.Event)
    problem: str | None = None
    """What is wrong with the settings, the owners or a rule; said once."""
    options: AlertOptions = field(init=False)
    _owners: Owners = field(default_factory=Owners)
    _stamp: object = None
    _rules: dict[str, Rule] = field(default_factory=rules)
    _conditions: float = 0.0
    _next: float | None = None

    def __post_init__(self) -> None:
        self.options = alert_options(self.settings)

    def work(self, *, until_quiet: bool) -> bool:
        """Watch until nothing is left to be done, or until `stop` is set; return False where another watches."""
        worked = False
        # What happens between our last look and the release finds the lease held and nobody watching: look once more.
        while leases.acquire(self.ledger, LEASE, self.holder, _LEASE_SECONDS):
            worked = True
            try:
                with Sender() as sender:
                    self._watch(sender, until_quiet=until_quiet)
            finally:
                leases.release(self.ledger, LEASE, self.holder)
            if self.stop.is_set():
                break
            evaluate(self.ledger, self.options, self._rules)
            if self._is_quiet():
                break
        return worked

    def round(self, sender: Sender) -> Sent:
        """Ask the rules, put what is due into the outbox, and send it."""
        record_lost_runs(self.ledger, tracking=self.settings.tracking, openlineage=self.settings.tells_openlineage)
        for error in evaluate(self.ledger, self.options, self._rules):
            self._say(error)
        if time.monotonic() - self._conditions >= EVERY or not self._conditions:
            self._conditions = time.monotonic()
            evaluate_conditions(self.ledger, self.options)
        owners = self._read_owners()
        if owners is None:
            self._next = None
            return Sent()
        self._next = route(self.ledger, owners, self.options)
        tell_what_is_over(self.ledger, owners)
        return deliver_due(self.ledger, owners, self.options, sender, may_go_on=self._holds)

    def _holds(self) -> bool:
        """Hold the lease for longer; False where another has it, since this process was stopped for too long."""
        return leases.renew(self.ledger, LEASE, self.holder, _LEASE_SECONDS)

    def _watch(self, sender: Sender, *, until_quiet: bool) -> None:
        idle = 0
        while not self.stop.is_set() and self._holds():
            sent = self.round(sender)
            if sent.sent or sent.failed:
                idle = 0
            elif until_quiet and self._is_quiet():
                return
            else:
                idle += 1
            if idle == 3:
                sender.close()
            if sent.error:
                print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} not sent: {sent.error}", file=sys.stderr, flush=True)
            self.stop.wait(self.poll)

    def _is_quiet(self) -> bool:
        if self._next is not None or outbox.waiting(self.ledger, [KIND]) or open_runs(self.ledger):
            return False
        if any(alert.status == "open" and alert.level is None for alert in open_alerts(self.ledger)):
            # One came after the last look, unless nobody can be told: then only a new file helps, and a new watch.
            return self._unroutable()
        return next_stale(self.ledger, self.options, time.time()) is None

    def _unroutable(self) -> bool:
        owners = self._read_owners()
        if owners is None:
            return True
        self._next = route(self.ledger, owners, self.options)
        return self._next is None and not outbox.waiting(self.ledger, [KIND])

    def _read_owners(self) -> Owners | None:
        """The owners as they are now; None where their file cannot be read."""
        try:
            stat = (self.settings.root / FILE).stat()
            stamp: object = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            stamp = None
        if stamp != self._stamp or stamp is None:
            try:
                self._owners, self._stamp = load_owners(self.settings.root), stamp
            except MlpipeError as error:
                self._say(error)
                return None
        return self._owners

    def _say(self, error: MlpipeError) -> None:
        if error.message != self.problem:
            self.problem = error.message
            print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {error.message}", file=sys.stderr, flush=True)


# -- the process --------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Watch until nothing is left to be done."""
    parser = argparse.ArgumentParser(prog="watch", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the workspace's folder")
    arguments = parser.parse_args(argv)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        settings = load_settings(arguments.root)
        with Ledger.open(settings.ledger_url) as ledger:
            Watch(settings, ledger).work(until_quiet=True)
    except MlpipeError as error:
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {error}", file=sys.stderr)
        return error.exit_code
    return 0
