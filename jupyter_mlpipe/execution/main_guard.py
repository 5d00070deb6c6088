"""The ``if __name__ == "__main__"`` of a script that starts a run: multiprocessing imports the script in each worker.

Without it each worker would start the run again. One error tells so: before any worker starts where the script shows
it, else when the workers that came to that line have ended.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from pathlib import Path
from types import FrameType

from jupyter_mlpipe.errors import MainGuardError

IMPORTED_AGAIN = "MLPIPE_INTERNAL_IMPORTED_AGAIN"
"""Variable that names the file by which a worker tells why it ended."""
_CONDITIONS = (ast.If, ast.IfExp, ast.BoolOp, ast.While, ast.Match)
"""What may be a guard."""


def end_if_imported_again() -> None:
    """End a worker that is importing the script, before it starts a run of its own. Anywhere else do nothing."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        if IMPORTED_AGAIN not in os.environ:  # nobody else will tell
            raise SystemExit(str(_error()))
        Path(os.environ[IMPORTED_AGAIN]).touch()
        raise SystemExit(1)


@contextmanager
def workers_started_once() -> Iterator[None]:
    """Around the start of workers: see that they do not start the run again.

    Raises
    ------
    MainGuardError
        The script's statement that called us stands under no condition, or workers came to it all the same.
    """
    frame = _main_frame() if _is_imported_again() else None
    if frame is None:
        yield
        return
    if _is_unconditional(frame):
        raise _error(frame.f_code.co_filename, frame.f_lineno)
    with tempfile.TemporaryDirectory(prefix="mlpipe-start-") as folder:
        note = Path(folder, "again")
        os.environ[IMPORTED_AGAIN] = str(note)
        try:
            yield
        except Exception:
            if note.exists():
                raise _error(frame.f_code.co_filename, frame.f_lineno) from None
            raise
        finally:
            del os.environ[IMPORTED_AGAIN]


def _error(script: str | None = None, line: int | None = None) -> MainGuardError:
    name = "the script" if script is None else f"`{Path(script).name}`"
    where = name if line is None else f"line {line} of {name}"
    return MainGuardError(
        f'{where} starts a run outside of `if __name__ == "__main__":`, and each worker would do it again',
        script=script,
        line=line,
    )


def _is_imported_again() -> bool:
    import dask

    if dask.config.get("distributed.worker.multiprocessing-method", "spawn") == "fork":
        return False
    plan = spawn.get_preparation_data("worker")
    # A package's `__main__` is left alone.
    return "init_main_from_path" in plan or not plan.get("init_main_from_name", "__main__").endswith("__main__")


def _main_frame() -> FrameType | None:
    """Where the script stands that has called us, in this thread."""
    names = vars(sys.modules["__main__"])
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - the way to ask
    while frame is not None and not (frame.f_globals is names and frame.f_code.co_name == "<module>"):
        frame = frame.f_back
    return frame


def _is_unconditional(frame: FrameType) -> bool:
    try:
        tree = ast.parse(Path(frame.f_code.co_filename).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    line = frame.f_lineno
    around = [node for node in ast.walk(tree) if isinstance(node, _CONDITIONS)]
    return not any(node.lineno <= line <= (node.end_lineno or line) for node in around)
