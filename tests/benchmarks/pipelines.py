"""The workload in one notebook of ours, run by the command line. Measures nothing."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.programs import call
from tests.benchmarks.workload import IMPORTS, Workload
from tests.faults.desk import notebook

MLPIPE = Path(sys.executable).with_name("mlpipe")
"""The installed command, as the peers' are called."""


class Ours:
    """One notebook with all stages; with `warm`, the process that carries out the command is there already."""

    def __init__(self, folder: Path, workload: Workload, *, tracking: bool = False, warm: bool = False) -> None:
        self.folder, self.workload = folder, workload
        self.options = ["--warm"] if warm else []
        self.settings = {"MLPIPE_TRACKING": str(tracking).lower(), "MLPIPE_SIGNING_KEY": str(folder.parent / "key")}
        folder.mkdir(parents=True)
        self.change(0)

    def change(self, edit: int) -> None:
        """Write the notebook with another value in stage 7."""
        setup = [IMPORTS] if self.workload.imports else []
        cells = [f"%%stage s{n}\n{self.workload.assignment(n, edit)}" for n in range(self.workload.stages)]
        (self.folder / "nb.ipynb").write_text(json.dumps(notebook(*setup, *cells)))

    def forget(self) -> None:
        shutil.rmtree(self.folder / ".mlpipe", ignore_errors=True)
        (self.folder / ".mlpipe").mkdir()

    def run(self, *more: str) -> None:
        call([MLPIPE, "run", "nb.ipynb", "--quiet", *self.options, *more], self.folder, **self.settings)

    def start(self) -> None:
        """Have the process of warm runs there, with its cluster: a run of one stage alone."""
        self.run("--stage", "s0")

    def stop(self) -> None:
        """End the process that warm runs leave."""
        call([MLPIPE, "warm", "--stop"], self.folder, **self.settings)

    def statuses(self) -> dict[str, str]:
        out = call([MLPIPE, "run", "nb.ipynb", "--json"], self.folder, **self.settings)
        stages: list[dict[str, Any]] = json.loads(out)["stages"]
        return {stage["name"]: stage["status"] for stage in stages}
