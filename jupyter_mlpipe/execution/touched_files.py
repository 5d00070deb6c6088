"""The files that a stage touched: what each held at the first touch, and what became of it.

Digests are taken as late as they can be: at the end, or before the stage overwrites what it has read. How touches
become known is ``file_watch``'s matter.
"""

# Paths here are text: an audit hook asks about every file that is opened.
# ruff: noqa: PTH100, PTH113, PTH115, PTH116, PTH117, PTH118, PTH208

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
class TouchedFiles:
    """The touches of one stage under a project's root."""

    root: str
    _touched: dict[str, _Touch] = field(default_factory=dict)
    _listed: dict[str, set[str]] = field(default_factory=dict)
    _around_programs: dict[str, _Signature] | None = None
    _complete: bool = True

    def __post_init__(self) -> None:
        self.root = os.path.abspath(self.root)
        self._real_root = os.path.realpath(self.root)

    # -- where -------------------------------------------------------------------------------------------------

    @staticmethod
    def absolute(path: Any, dir_fd: int = -1) -> str:
        """A path as an audit event gives it, absolute."""
        text = os.fsdecode(path)
        if dir_fd >= 0 and not os.path.isabs(text):
            text = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), text)
        return os.path.abspath(text)

    def locate(self, path: Any, dir_fd: int = -1, *, folder: bool = False) -> tuple[str, str] | None:
        """Location and absolute path; None for what has no location."""
        absolute = self.absolute(path, dir_fd)
        name = location(self.root, absolute, folder=folder)
        if name is None and self._real_root != self.root:
            name = location(self._real_root, absolute, folder=folder)
        return None if name is None else (name, absolute)

    # -- touches -----------------------------------------------------------------------------------------------

    def read(self, name: str, path: str) -> None:
        """The stage reads a file. What it wrote itself is no input."""
        touch = self._touch(name, path)
        if not touch.written:
            touch.read = True

    def write(self, name: str, path: str, *, keeps: bool = False) -> None:
        """The stage is about to write a file; `keeps` says that the old content stays a part of the new."""
        touch = self._touch(name, path)
        if keeps and touch.before is not None and not touch.written:
            touch.read = True
        if touch.read and not touch.hashed and not touch.written:
            touch.digest = digest_file(path) if _signature(path) == touch.before else UNSTABLE
            touch.hashed = True
        touch.written = True

    def declare(self, path: str, *, absent: bool) -> None:
        """Say that the stage may read or write a file without Python's knowledge; `absent` also where none is."""
        with suppress(OSError, ValueError):
            found = self.locate(path)
            if found is None or found[0] in self._touched:
                return
            if os.path.isfile(found[1]) or (absent and _FILE_NAME.fullmatch(path)):
                self._touch(*found, declared=True)

    def list_folder(self, path: Any) -> None:
        """The stage lists a folder."""
        found = self.locate(path, folder=True)
        if found is not None and found[0] not in self._listed:
            with suppress(OSError):
                self._listed[found[0]] = set(os.listdir(found[1]))

    def before_program(self) -> None:
        """A program is about to start: remember how all files are, so that what it leaves behind can be told."""
        if self._around_programs is not None:
            return
        self._around_programs = {}
        for count, file in enumerate(files_under(self.root)):
            if count >= _MOST_FILES:
                self._complete = False
                break
            name, signature = location(self.root, file), _signature(file)
            if name is not None and signature is not None:
                self._around_programs[name] = signature

    def _touch(self, name: str, path: str, *, declared: bool = False) -> _Touch:
        touch = self._touched.get(name)
        if touch is None:
            touch = self._touched[name] = _Touch(_signature(path), declared=declared)
            if touch.before is not None and touch.before[1] <= _HASH_AT_ONCE:
                touch.digest, touch.hashed = digest_file(path), True
        return touch

    # -- the end -----------------------------------------------------------------------------------------------

    def activity(self, blobs: BlobStore, spawned: tuple[str, ...]) -> FileActivity:
        """Digest what was read, store what was written.

        Raises
        ------
        StoreUnavailableError
            A written file could not be stored.
        """
        unsure = {*self._left_by_programs(), *self._declared_and_changed()}
        written: dict[str, Mapping[str, Any] | None] = {}
        for name, touch in self._touched.items():
            if not touch.written and name not in unsure:
                continue
            version = store_file(path_of(self.root, name), blobs)
            unchanged = version is not None and touch.hashed and version["digest"] == touch.digest and touch.read
            if not unchanged and (version is not None or touch.before is not None):
                written[name] = version
        read = dict(self._inputs(written))
        for name, names in self._listed.items():
            read[name] = listing_digest(names - names_in(name, written))
        return FileActivity(
            dict(sorted(read.items())),
            dict(sorted(written.items())),
            tuple(sorted(unsure & written.keys())),
            spawned,
            self._complete,
        )

    def _inputs(self, written: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
        modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        for name, touch in self._touched.items():
            path = str(path_of(self.root, name))
            declared = touch.declared and not touch.written and (name not in written or touch.before is not None)
            if not (touch.read or declared) or (name.endswith(".py") and path in modules):
                continue
            if not touch.hashed and touch.before is not None:
                touch.digest = digest_file(path) if _signature(path) == touch.before else UNSTABLE
            yield name, touch.digest

    def _declared_and_changed(self) -> Iterator[str]:
        for name, touch in self._touched.items():
            unseen = touch.declared and not touch.read and not touch.written
            if unseen and _signature(str(path_of(self.root, name))) != touch.before:
                yield name

    def _left_by_programs(self) -> Iterator[str]:
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
