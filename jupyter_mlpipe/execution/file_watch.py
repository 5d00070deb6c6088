"""Which files of the project a stage reads and writes, as Python's own audit events tell.

One audit hook a process, installed with the first watch. It cannot be taken out again, so it returns at once while no
watch is active, and it never raises into the user's code.

What Python does not see is declared or compared: string literals of the stage that name files (readers and writers in
C++ and Rust open those themselves), and what programs that the stage starts name or leave behind.

This module decides nothing: it does not know versions, edges or hits.
"""

# Paths are text here: the hook runs at every file that is opened.
# ruff: noqa: PTH109, PTH110, PTH112, PTH113, PTH118

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from jupyter_mlpipe.execution import spawned_programs
from jupyter_mlpipe.execution.project_files import files_under
from jupyter_mlpipe.execution.touched_files import FileActivity, TouchedFiles

if TYPE_CHECKING:
    from jupyter_mlpipe.store.blobs import BlobStore

_WRITES = os.O_WRONLY | os.O_RDWR


class FileWatch:
    """Watches one stage in this process.

    Parameters
    ----------
    root
        The project's root; only files under it are seen.
    literals
        String literals of the stage that could name a file, relative to the working directory at the start.
    """

    def __init__(self, root: str, literals: Iterable[str] = ()) -> None:
        self._files = TouchedFiles(root)
        self._literals = tuple(literals)
        self._spawned: list[str] = []
        self._busy = threading.local()

    def start(self) -> None:
        """Begin to see; ends any other watch of this process."""
        for literal in self._literals:
            self._files.declare(literal, absent=True)
        _install()
        _Active.watch = self

    def stop(self) -> None:
        """See no more. May be called twice."""
        if _Active.watch is self:
            _Active.watch = None

    def finish(self, blobs: BlobStore) -> FileActivity:
        """Stop, digest what was read, store what was written.

        Raises
        ------
        StoreUnavailableError
            A written file could not be stored.
        """
        self.stop()
        return self._files.activity(blobs, tuple(self._spawned))

    # -- what the hook calls -----------------------------------------------------------------------------------

    def saw(self, event: str, args: tuple[Any, ...]) -> None:
        """Take note of an audit event. Never raises an `Exception`."""
        if getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            if event in spawned_programs.EVENTS:
                self._started(event, args)
            else:
                self._handlers[event](self, *args)
        except Exception:  # noqa: BLE001
            # The user's own call must go on as if nobody watched; a touch that cannot be understood is not recorded.
            return
        finally:
            self._busy.now = False

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        if isinstance(path, int) or _importing():
            return
        writes = flags & _WRITES
        found = self._files.locate(path)
        if found is None:
            return
        name, absolute = found
        if writes:
            self._files.write(name, absolute, keeps=not flags & os.O_TRUNC and not flags & os.O_EXCL)
        elif os.path.isfile(absolute) or (mode is not None and not os.path.exists(absolute)):
            self._files.read(name, absolute)

    def _listing(self, path: Any = None) -> None:
        if isinstance(path, int) or _importing():
            return
        self._files.list_folder("." if path is None else path)

    def _removed(self, path: Any, dir_fd: int = -1) -> None:
        self._write_path(path, dir_fd)

    def _tree_removed(self, path: Any, *_rest: Any) -> None:
        for file in files_under(self._files.absolute(path)):
            self._write_path(file)

    def _renamed(self, source: Any, target: Any, source_fd: int = -1, target_fd: int = -1) -> None:
        start, end = self._files.absolute(source, source_fd), self._files.absolute(target, target_fd)
        pairs = [(start, end)]
        if os.path.isdir(start):
            pairs = [(file, end + file[len(start) :]) for file in files_under(start)]
        for old, new in pairs:
            found = self._files.locate(old)
            if found is not None:
                self._files.read(*found)
                self._files.write(*found)
            self._write_path(new)

    def _made_folder(self, path: Any, _mode: int = 0, dir_fd: int = -1) -> None:
        found = self._files.locate(path, dir_fd, folder=True)
        if found is not None and not os.path.lexists(found[1]):
            self._files.write(*found)

    def _removed_folder(self, path: Any, dir_fd: int = -1) -> None:
        found = self._files.locate(path, dir_fd, folder=True)
        if found is not None and os.path.isdir(found[1]):
            self._files.write(*found)

    def _linked(self, source: Any, target: Any, *_rest: Any) -> None:
        found = self._files.locate(source)
        if found is not None:
            self._files.read(*found)
        self._write_path(target)

    def _changed(self, path: Any, *_rest: Any) -> None:
        found = None if isinstance(path, int) else self._files.locate(path)
        if found is not None:
            self._files.write(*found, keeps=True)

    def _connected(self, database: Any) -> None:
        text = os.fsdecode(database)
        if text.startswith("file:"):
            text = unquote(text[5:].split("?", 1)[0])
        if not text or text == ":memory:":
            return
        found = self._files.locate(text)
        if found is not None:
            self._files.write(*found, keeps=True)

    def _started(self, event: str, args: tuple[Any, ...]) -> None:
        program = spawned_programs.describe(event, args)
        if program is None:
            return
        self._spawned.append(program.text)
        self._files.before_program()
        for word in program.words:
            self._files.declare(os.path.join(program.cwd or os.getcwd(), word), absent=False)

    def _write_path(self, path: Any, dir_fd: int = -1) -> None:
        found = self._files.locate(path, dir_fd)
        if found is not None:
            self._files.write(*found)

    _handlers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "open": _opened,
        "os.listdir": _listing,
        "os.scandir": _listing,
        "os.remove": _removed,
        "shutil.rmtree": _tree_removed,
        "os.rename": _renamed,
        "os.mkdir": _made_folder,
        "os.rmdir": _removed_folder,
        "os.link": _linked,
        "os.symlink": _linked,
        "os.truncate": _changed,
        "os.chmod": _changed,
        "sqlite3.connect": _connected,
    }


def _importing() -> bool:
    """Whether the audited call comes from Python's import system or its metadata, which read and list the path."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    if frame is None:
        return False
    caller = frame.f_code.co_filename
    return caller.startswith("<frozen importlib") or os.sep + os.path.join("importlib", "metadata") + os.sep in caller


_EVENTS = frozenset({*FileWatch._handlers, *spawned_programs.EVENTS})  # noqa: SLF001


class _Active:
    """The one watch of this process, and whether the hook is in."""

    watch: FileWatch | None = None
    installed = False


def _install() -> None:
    if not _Active.installed:
        _Active.installed = True
        sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    watch = _Active.watch
    if watch is not None and event in _EVENTS:
        watch.saw(event, args)
