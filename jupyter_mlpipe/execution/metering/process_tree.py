"""How much CPU time, input and output a tree of processes has used, from looks at it now and then.

The system keeps, for each process, what it used itself, and what its ended children used that it has waited for. From
that, and from what was seen of children before they ended, each is counted once:

``counted(P) = own(P) + ended(P) + sum of counted(C) over the living children C``

When children of Q have gone between two looks, ``ended(Q)`` grows by the larger of what Q's own account of its ended
children grew by, and what was counted for those that went. So a child that Q waited for counts with its last value, one
that was too short to be seen counts by Q's account, and one that nobody waits for keeps what was seen of it. A process
whose parent has gone is kept as a root of its own.

Arithmetic only: ``proc`` looks at the system, ``stage_meter`` says when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Seen(NamedTuple):
    """What the system says of a process at one moment."""

    start: float
    """When it began, on the system's own clock: tells it from another that got its number."""
    parent: int
    cpu: float
    """Seconds that it used itself."""
    reaped_cpu: float = 0.0
    """Seconds of ended children that it has waited for, and theirs."""
    read: int = 0
    """Bytes that it, and children that it has waited for, got by system calls: files, pipes and sockets."""
    written: int = 0
    anonymous: int = 0
    """Bytes of memory that no file backs."""
    file_backed: int = 0
    """Bytes of memory that a file backs: programs, libraries, mapped data."""
    most: int = 0
    """Bytes that were resident at most."""


@dataclass
class _Process:
    seen: Seen
    parent: int | None
    """Whose account it ends up in; None where it stands for itself."""
    ended: float = 0.0
    """Seconds of children that have gone."""


class ProcessTree:
    """A process and all that it started, directly or not."""

    def __init__(self, root: int) -> None:
        self.root = root
        self._living: dict[int, _Process] = {}
        self._gone_cpu = 0.0
        """Of those that stood for themselves and have gone."""
        self._gone_read = self._gone_written = 0
        self._root_counted = 0.0
        self._went_with_root = 0.0
        self.processes = 0
        """How many were there at most at once."""

    @property
    def pids(self) -> frozenset[int]:
        """Those that lived at the last look."""
        return frozenset(self._living) or frozenset({self.root})

    @property
    def cpu_seconds(self) -> float:
        """All that the tree has used so far."""
        return self._gone_cpu + sum(item.seen.cpu + item.ended for item in self._living.values())

    @property
    def bytes_read(self) -> int:
        """All that it has read."""
        return self._gone_read + sum(item.seen.read for item in self._living.values())

    @property
    def bytes_written(self) -> int:
        """All that it has written."""
        return self._gone_written + sum(item.seen.written for item in self._living.values())

    @property
    def seen(self) -> Mapping[int, Seen]:
        """What was seen of each that lived at the last look."""
        return {pid: item.seen for pid, item in self._living.items()}

    def take(self, looked: Mapping[int, Seen]) -> None:
        """Take in a look at the system: all processes known, and their children, that live now."""
        went = self._went({pid for pid, item in self._living.items() if not _same(item, looked.get(pid))})
        for pid, item in self._living.items():
            seen = looked[pid]
            item.ended += max(seen.reaped_cpu - item.seen.reaped_cpu, went.get(pid, 0.0))
            item.seen = seen
        for pid, seen in looked.items():
            if pid not in self._living:
                parent = seen.parent if pid != self.root and seen.parent in looked else None
                # What it waited for before it was seen first is its own.
                self._living[pid] = _Process(seen, parent, seen.reaped_cpu)
        for item in self._living.values():
            if item.parent is not None and item.seen.parent != item.parent:
                # Its parent ended, and the system gave it another: one of ours, where that takes in orphans.
                item.parent = item.seen.parent if item.seen.parent in self._living else None
        self.processes = max(self.processes, len(self._living))

    def root_ended(self, cpu_seconds: float) -> None:
        """Take in what the system said of the root when it was waited for: its own time and its waited-for children's.

        Children that went with the root are part of that only if there is room for them: the root did not wait for
        those that were killed together with it.
        """
        if self.root in self._living:
            self._went({self.root})
        more = cpu_seconds - self._root_counted
        self._gone_cpu += more - self._went_with_root if more >= self._went_with_root else max(0.0, more)
        self._root_counted, self._went_with_root = max(cpu_seconds, self._root_counted), 0.0

    def _went(self, gone: set[int]) -> dict[int, float]:
        """Take out those that have gone; what was counted for them, by the living process whose account has it."""
        passed: dict[int, float] = {}
        for pid in gone:
            item = self._living[pid]
            counted = item.seen.cpu + item.ended
            top = pid
            while (above := self._living[top].parent) in gone:
                top = above
            if above is not None and above in self._living:
                passed[above] = passed.get(above, 0.0) + counted
                continue
            self._gone_cpu += counted
            if pid == self.root:
                self._root_counted = counted
            elif top == self.root:
                self._went_with_root += counted
            if item.parent is None:
                self._gone_read += item.seen.read
                self._gone_written += item.seen.written
        for pid in gone:
            del self._living[pid]
        return passed


def _same(item: _Process, seen: Seen | None) -> bool:
    return seen is not None and item.seen.start == seen.start
