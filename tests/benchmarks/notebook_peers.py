"""The workload as one notebook a stage, for the peers that run those. Measures nothing.

Their kernels do not load our extension, which the environment would have every kernel load: it would cost each of
them a fifth of a second.
"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.peer_folder import StageFiles
from tests.benchmarks.peers import command_of
from tests.benchmarks.programs import call
from tests.benchmarks.workload import Workload
from tests.faults.desk import notebook

KERNEL = "python-alone"


def write_kernel(folder: Path) -> dict[str, str]:
    """Make the kernel that peers use, this Python's without our extension; gives the variables that have it found."""
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True)
    launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": [*launch, "--InteractiveShellApp.extensions=[]"], "display_name": KERNEL, "language": "python"}
    (place / "kernel.json").write_text(json.dumps(spec))
    return {"JUPYTER_PATH": str(folder)}


class NotebookPeer(StageFiles):
    """A notebook for each stage."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        self.variables = write_kernel(folder / "jupyter")

    def write(self, n: int, edit: int = 0) -> None:
        first = self.first_cells(n)
        content = notebook(*first, *self.workload.with_files(n, edit), kernel=KERNEL)
        for cell in content["cells"][: len(first)]:
            cell["metadata"]["tags"] = ["parameters"]
        (self.folder / f"s{n}.ipynb").write_text(json.dumps(content))

    def first_cells(self, n: int) -> Sequence[str]:
        """What the peer wants as parameters, above the stage's own cells."""
        return ()


class NotebookLoop(NotebookPeer):
    """One notebook after the other in one Python process."""

    setup: str
    each: str
    """What is done with notebook ``n``."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        loop = f"{self.setup}\nfor n in range({workload.stages}):\n{textwrap.indent(self.each, '    ')}\n"
        (folder / "loop.py").write_text(loop)

    def run(self) -> None:
        call([sys.executable, "loop.py"], self.folder, **self.variables)


class PapermillLoop(NotebookLoop):
    """papermill."""

    setup = "import papermill"
    each = "papermill.execute_notebook(f's{n}.ipynb', f'out{n}.ipynb', progress_bar=False)"


class NbclientLoop(NotebookLoop):
    """nbclient."""

    setup = "import nbformat\nfrom nbclient import NotebookClient"
    each = (
        "notebook = nbformat.read(f's{n}.ipynb', 4)\n"
        "NotebookClient(notebook).execute()\n"
        "nbformat.write(notebook, f'out{n}.ipynb')"
    )


class Ploomber(NotebookPeer):
    """``ploomber build`` with notebooks in parallel; as many at a time as there are processors."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        self.command = command_of("ploomber")
        self.variables |= {"PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"}
        lines = ["executor: parallel", "tasks:"]
        for n in range(workload.stages):
            lines += [f"  - source: s{n}.ipynb", f"    name: s{n}"]
            lines += [f"    product: {{nb: out/s{n}.ipynb, value: x{n}.txt}}"]
        (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")

    def first_cells(self, n: int) -> Sequence[str]:
        needed = self.workload.needs(n)
        return (f"upstream = {None if needed is None else [f's{needed}']}\nproduct = None",)

    def forget(self) -> None:
        super().forget()
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        for path in self.folder.glob(".x*.metadata"):
            path.unlink()

    def run(self) -> None:
        call([self.command, "build"], self.folder, **self.variables)
