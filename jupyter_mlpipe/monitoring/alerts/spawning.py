"""Starts the watch over alerts where somebody is to be told of anything. Costs a look at one file where nobody is.

Runs call it through the entry point group ``jupyter_mlpipe.observers``, commands that record drift or quality by
themselves. Not for watching (``watch``).
"""

from __future__ import annotations

import os
import sys
import threading

from jupyter_mlpipe.settings import Settings

_OWNERS = "owners.toml"  # `owners.FILE`, whose import every run would pay for


def are_configured(settings: Settings) -> bool:
    """Whether anybody is to be told of anything."""
    return (bool(settings.alerts) or (settings.root / _OWNERS).exists()) and settings.alerts.get("enabled") is not False


def spawn_watch(settings: Settings) -> None:
    """Start a watch that outlives this process, where anybody is to be told of anything; never raises, never waits.

    One that finds another at work ends at once, so this may be called as often as there is something new.
    """
    if not are_configured(settings):
        return
    import subprocess

    # By the environment and not as arguments: the URL may hold a password, and everyone may list arguments.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MLPIPE_INTERNAL_")}
    environ |= {"MLPIPE_LEDGER_URL": settings.ledger_url, "MLPIPE_TRACKING_URI": settings.tracking_uri}
    # Not `-m`, which would let modules of the project be imported in the place of installed ones.
    program = "import sys; del sys.path[0]; from jupyter_mlpipe.monitoring.alerts.watch import main; sys.exit(main())"
    try:
        with (settings.folder / "alerts.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", program, "--root", str(settings.root)],
                cwd=settings.root,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError:
        # No process to be had, or no room for its log: the facts stay in the ledger for the next one.
        return
    # Waits for it, so that a long-lived caller keeps no zombie.
    threading.Thread(target=process.wait, name="mlpipe-alerts", daemon=True).start()
