"""A peer's folder: its stages leave their values in files there, which must be the right ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from tests.benchmarks.workload import EDITED, Workload


class PeerFolder(ABC):
    """What all peers share: a folder in which they write the workload's stages, run them and leave the values."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        self.folder, self.workload = folder, workload
        self.edit = 0
        folder.mkdir(parents=True)

    @abstractmethod
    def run(self) -> None:
        """Run all stages that have to."""

    def forget(self) -> None:
        """Remove the values, and with them all that spares work."""
        for path in self.folder.glob("x*.txt"):
            path.unlink()

    def check(self) -> None:
        """Hold the values to what the code as it was last written says: a peer that did less is no peer."""
        values = self.workload.values(self.edit)
        kept = {name: float((self.folder / f"{name}.txt").read_text()) for name in values}
        assert kept == values, f"{type(self).__name__} came to other values"


class StageFiles(PeerFolder):
    """A peer with a file for each stage, which can be edited."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        for n in range(workload.stages):
            self.write(n)

    @abstractmethod
    def write(self, n: int, edit: int = 0) -> None:
        """Write stage `n` in the peer's form."""

    def change(self, edit: int) -> None:
        """Edit stage 7."""
        self.edit = edit
        self.write(EDITED, edit)
