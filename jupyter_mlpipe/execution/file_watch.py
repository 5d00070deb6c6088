"""Which files of the project a stage reads and writes, as Python's own audit events tell.

One audit hook a process, installed with the first watch. It cannot be taken out again, so it returns at once while no
watch is active, and it never raises into the user's code.

What Python does not see is declared or compared: string literals of the stage that name files (readers and writers in
C++ and Rust open those themselves), and what programs that the stage starts name or leave behind.

This module decides nothing: it does not know versions, edges or hits.
"""

# Paths are text here: the hook runs at every file that is opened.
# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH113, PTH115, PTH116, PTH117, PTH118, PTH208

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from jupyter_mlpipe.execution import spawned_programs
from jupyter_mlpipe.execution.project_files import (
    digest_file,
    files_under,
    listing_digest,
    location,
    names_in,
    path_of,
    store_file,
)

if TYPE_CHECKING:
    from jupyter_mlpipe.store.blobs import BlobStore

UNSTABLE = "unstable"
"""The digest of a file that changed while the stage ran, by whom we cannot say. It equals no file's digest."""

_HASH_AT_ONCE = 64 * 1024
_MOST_FILES = 20_000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FILE_NAME = re.compile(r"(?!\w+://)[^\s*?\"'<>|]*[\w\-/]\.[A-Za-z]\w{0,7}")

_Signature = tuple[int, int, int]


@dataclass(frozen=True)
class FileActivity:
    """What a watch saw, by location.

    Attributes
    ----------
    read
        Digest at the first touch; None for a file that was absent.
    written
        Digest, size and mode at the end; None for a file that is gone.
    unsure
        Written locations that changed without an audit event: a program or a C++ writer of this stage, or another
        process, did it.
    spawned
        Command lines of the programs that the stage started.
    complete
        False where the project has too many files to compare around a started program.
    """

    read: Mapping[str, str | None]
    written: Mapping[str, Mapping[str, Any] | None]
    unsure: tuple[str, ...] = ()
    spawned: tuple[str, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class _Touch:
    """A location since its first touch."""

    before: _Signature | None
    digest: str | None = None
    hashed: bool = False
    read: bool = False
    written: bool = False
    declared: bool = False


@dataclass
class FileWatch:
    """Watches one stage in this process.

    Parameters
    ----------
    root
        The project's root; only files under it are seen.
    literals
        String literals of the stage that could name a file, relative to the working directory at the start.
    """

    root: str
    literals: Iterable[str] = ()
    _touched: dict[str, _Touch] = field(default_factory=dict)
    _listed: dict[str, set[str]] = field(default_factory=dict)
    _spawned: list[str] = field(default_factory=list)
    _around_programs: dict[str, _Signature] | None = None
    _complete: bool = True
    _busy: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self.root = os.path.abspath(self.root)
        self._real_root = os.path.realpath(self.root)

    def start(self) -> None:
        """Begin to see; ends any other watch of this process."""
        for literal in self.literals:
            self._declare(literal)
        _install()
        _Active.watch = self

    def stop(self) -> None:
        """See no more. May be called twice."""
        if _Active.watch is self:
            _Active.watch = None

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
        writes = bool(flags & _WRITES) and flags & (os.O_WRONLY | os.O_RDWR)
        found = self._locate(path)
        if found is None:
            return
        name, absolute = found
        if writes:
            self._write(name, absolute, keeps=not flags & os.O_TRUNC and not flags & os.O_EXCL)
        elif os.path.isfile(absolute) or (mode is not None and not os.path.exists(absolute)):
            self._read(name, absolute)

    def _listing(self, path: Any = None) -> None:
        if isinstance(path, int) or _importing():
            return
        found = self._locate("." if path is None else path, folder=True)
        if found is not None and found[0] not in self._listed:
            with suppress(OSError):
                self._listed[found[0]] = set(os.listdir(found[1]))

    def _removed(self, path: Any, dir_fd: int = -1) -> None:
        self._write_path(path, dir_fd)

    def _tree_removed(self, path: Any, *_rest: Any) -> None:
        for file in files_under(self._absolute(path)):
            self._write_path(file)

    def _renamed(self, source: Any, target: Any, source_fd: int = -1, target_fd: int = -1) -> None:
        start, end = self._absolute(source, source_fd), self._absolute(target, target_fd)
        pairs = [(start, end)]
        if os.path.isdir(start):
            pairs = [(file, end + file[len(start) :]) for file in files_under(start)]
        for old, new in pairs:
            found = self._locate(old)
            if found is not None:
                self._read(*found)
                self._write(*found)
            self._write_path(new)

    def _made_folder(self, path: Any, _mode: int = 0, dir_fd: int = -1) -> None:
        found = self._locate(path, dir_fd, folder=True)
        if found is not None and not os.path.lexists(found[1]):
            self._write(*found)

    def _removed_folder(self, path: Any, dir_fd: int = -1) -> None:
        found = self._locate(path, dir_fd, folder=True)
        if found is not None and os.path.isdir(found[1]):
            self._write(*found)

    def _linked(self, source: Any, target: Any, *_rest: Any) -> None:
        found = self._locate(source)
        if found is not None:
            self._read(*found)
        self._write_path(target)

    def _changed(self, path: Any, *_rest: Any) -> None:
        found = None if isinstance(path, int) else self._locate(path)
        if found is not None:
            self._write(*found, keeps=True)

    def _connected(self, database: Any) -> None:
        text = os.fsdecode(database)
        if text.startswith("file:"):
            text = unquote(text[5:].split("?", 1)[0])
        if not text or text == ":memory:":
            return
        found = self._locate(text)
        if found is not None:
            self._write(*found, keeps=True)

    def _started(self, event: str, args: tuple[Any, ...]) -> None:
        program = spawned_programs.describe(event, args)
        if program is None:
            return
        self._spawned.append(program.text)
        if self._around_programs is None:
            self._around_programs = {}
            for count, file in enumerate(files_under(self.root)):
                if count >= _MOST_FILES:
                    self._complete = False
                    break
                name, signature = location(self.root, file), _signature(file)
                if name is not None and signature is not None:
                    self._around_programs[name] = signature
        for word in program.words:
            found = self._locate(os.path.join(program.cwd or os.getcwd(), word))
            if found is not None and found[0] not in self._touched and os.path.isfile(found[1]):
                self._touch(*found, declared=True)

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

    # -- touches -----------------------------------------------------------------------------------------------

    def _declare(self, literal: str) -> None:
        with suppress(OSError, ValueError):
            found = self._locate(literal)
            if found is not None and (os.path.isfile(found[1]) or _FILE_NAME.fullmatch(literal)):
                self._touch(*found, declared=True)

    def _touch(self, name: str, path: str, *, declared: bool = False) -> _Touch:
        touch = self._touched.get(name)
        if touch is None:
            touch = self._touched[name] = _Touch(_signature(path), declared=declared)
            if touch.before is not None and touch.before[1] <= _HASH_AT_ONCE:
                touch.digest, touch.hashed = digest_file(path), True
        return touch

    def _read(self, name: str, path: str) -> None:
        touch = self._touch(name, path)
        if not touch.written:
            touch.read = True

    def _write(self, name: str, path: str, *, keeps: bool = False) -> None:
        touch = self._touch(name, path)
        if keeps and touch.before is not None and not touch.written:
            touch.read = True
        if touch.read and not touch.hashed and not touch.written:
            touch.digest = digest_file(path) if _signature(path) == touch.before else UNSTABLE
            touch.hashed = True
        touch.written = True

    def _write_path(self, path: Any, dir_fd: int = -1) -> None:
        found = self._locate(path, dir_fd)
        if found is not None:
            self._write(*found)

    def _absolute(self, path: Any, dir_fd: int = -1) -> str:
        text = os.fsdecode(path)
        if dir_fd >= 0 and not os.path.isabs(text):
            text = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), text)
        return os.path.abspath(text)

    def _locate(self, path: Any, dir_fd: int = -1, *, folder: bool = False) -> tuple[str, str] | None:
        absolute = self._absolute(path, dir_fd)
        name = location(self.root, absolute, folder=folder)
        if name is None and self._real_root != self.root:
            name = location(self._real_root, absolute, folder=folder)
        return None if name is None else (name, absolute)

    # -- the end -----------------------------------------------------------------------------------------------

    def finish(self, blobs: BlobStore) -> FileActivity:
        """Stop, digest what was read, store what was written.

        Raises
        ------
        StoreUnavailableError
            A written file could not be stored.
        """
        self.stop()
        unsure = set(self._compare_programs()) | set(self._compare_declared())
        written: dict[str, Mapping[str, Any] | None] = {}
        for name, touch in self._touched.items():
            if not touch.written and name not in unsure:
                continue
            version = store_file(path_of(self.root, name), blobs)
            unchanged = version is not None and touch.hashed and version["digest"] == touch.digest and touch.read
            if not unchanged and (version is not None or touch.before is not None):
                written[name] = version
        read = {name: touch.digest for name, touch in self._reads(written, unsure)}
        for name, names in self._listed.items():
            read[name] = listing_digest(names - names_in(name, written))
        return FileActivity(
            dict(sorted(read.items())),
            dict(sorted(written.items())),
            tuple(sorted(unsure & written.keys())),
            tuple(self._spawned),
            self._complete,
        )

    def _reads(self, written: Mapping[str, Any], unsure: set[str]) -> Iterator[tuple[str, _Touch]]:
        modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        for name, touch in self._touched.items():
            path = str(path_of(self.root, name))
            if touch.declared and not touch.read:
                touch.read = not touch.written and (name not in written or touch.before is not None)
            if not touch.read or (name.endswith(".py") and path in modules):
                continue
            if not touch.hashed and touch.before is not None:
                same = name not in unsure and _signature(path) == touch.before
                touch.digest, touch.hashed = (digest_file(path) if same else UNSTABLE), True
            yield name, touch

    def _compare_declared(self) -> Iterator[str]:
        for name, touch in self._touched.items():
            if not touch.written and _signature(str(path_of(self.root, name))) != touch.before:
                yield name

    def _compare_programs(self) -> Iterator[str]:
        if self._around_programs is None or not self._complete:
            return
        now: dict[str, str] = {}
        for file in files_under(self.root):
            name = location(self.root, file)
            if name is not None:
                now[name] = file
        for name in {*now, *self._around_programs}:
            before = self._around_programs.get(name)
            if name in self._touched or name.endswith(".ipynb"):
                continue
            if before != (_signature(now[name]) if name in now else None):
                self._touched[name] = _Touch(before)
                yield name


def _signature(path: str) -> _Signature | None:
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _importing() -> bool:
    """Whether the audited call comes from Python's import system, which reads modules and lists folders."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


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
