"""A report of an error that nobody foresaw: one line for the user, the rest in a file.

Not for errors raised on purpose; those say themselves what happened and what to do.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlpipe._version import __version__


def report_crash(error: BaseException, words: Sequence[str], *, as_json: bool) -> int:
    """Write the report, say in one line where it is, and return the exit code."""
    path = write_report(error, words)
    message = f"unexpected {type(error).__name__}: {_first_line(error)}"
    place = f"the report is {path}" if path else "no report could be written"
    hint = f"{place}; `mlpipe --debug {' '.join(words)}` shows the traceback"
    if as_json:
        details = {"report": str(path) if path else None}
        print(json.dumps({"error": {"code": "MP000", "message": message, "hint": hint, "details": details}}, indent=2))
    else:
        print(f"mlpipe: {message}\n  → {hint}", file=sys.stderr)
    return 1


def write_report(error: BaseException, words: Sequence[str], folder: Path | None = None) -> Path | None:
    """Write what a maintainer needs to a new file of this user; None where no file can be written.

    Parameters
    ----------
    error
        What was raised.
    words
        The command line, without the program's name.
    folder
        Where to write; the system's folder for temporary files where None.
    """
    now = datetime.now(UTC)
    text = "\n".join(
        [
            f"jupyter_mlpipe {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"{now.isoformat(timespec='seconds')} in {_working_folder()}",
            f"mlpipe {' '.join(words)}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    try:
        handle, name = tempfile.mkstemp(
            prefix=f"mlpipe-crash-{now:%Y%m%d-%H%M%S}-", suffix=".txt", dir=folder, text=True
        )
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]


def _working_folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return "a folder that is gone"
