"""The workload as plain scripts and functions, for the peers that run those. Measures nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.benchmarks.peer_folder import PeerFolder, StageFiles
from tests.benchmarks.peers import command_of
from tests.benchmarks.programs import call
from tests.benchmarks.workload import IMPORTS, Workload


class ScriptPeer(StageFiles):
    """A script for each stage."""

    def write(self, n: int, edit: int = 0) -> None:
        (self.folder / f"s{n}.py").write_text(self.workload.script(n, edit))

    def files_read(self, n: int) -> list[str]:
        needed = self.workload.needs(n)
        return [f"s{n}.py", *([] if needed is None else [f"x{needed}.txt"])]


class Dvc(ScriptPeer):
    """``dvc repro``: one script after the other, without Git."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        self.command = command_of("dvc")
        self._call("init", "--no-scm", "--quiet")
        lines = ["stages:"]
        for n in range(workload.stages):
            lines += [f"  s{n}:", f"    cmd: {sys.executable} s{n}.py"]
            lines += [f"    deps: [{', '.join(self.files_read(n))}]", f"    outs: [x{n}.txt]"]
        (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")

    def forget(self) -> None:
        super().forget()
        (self.folder / "dvc.lock").unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".dvc" / "cache", ignore_errors=True)

    def run(self) -> None:
        self._call("repro", "--quiet")

    def _call(self, *arguments: str) -> None:
        call([self.command, *arguments], self.folder, DVC_NO_ANALYTICS="1")


class Snakemake(ScriptPeer):
    """``snakemake --cores 2``: two scripts at a time where they do not need each other."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        self.command = command_of("snakemake")
        made = ", ".join(f"'x{n}.txt'" for n in range(workload.stages))
        rules = [f"rule all:\n    input: {made}\n"]
        for n in range(workload.stages):
            read = ", ".join(f"'{name}'" for name in self.files_read(n))
            program = f"'{sys.executable} s{n}.py'"
            rules.append(f"rule s{n}:\n    input: {read}\n    output: 'x{n}.txt'\n    shell: {program}\n")
        (folder / "Snakefile").write_text("\n".join(rules))

    def forget(self) -> None:
        super().forget()
        shutil.rmtree(self.folder / ".snakemake", ignore_errors=True)

    def run(self) -> None:
        call([self.command, "--cores", "2", "--quiet", "all"], self.folder)


class DaskScript(PeerFolder):
    """Plain functions on a ``LocalCluster`` of two processes; no cache, no kernel, nothing kept of a run."""

    def __init__(self, folder: Path, workload: Workload) -> None:
        super().__init__(folder, workload)
        lines = ["from dask.distributed import Client, LocalCluster"]
        lines += [IMPORTS] if workload.imports else []
        calls = []
        for n in range(workload.stages):
            needed = "" if workload.needs(n) is None else f"x{workload.needs(n)}"
            lines.append(f"def s{n}({needed}):\n    return {workload.expression(n)}")
            calls.append(f"x{n} = client.submit(s{n}{needed and ', ' + needed})")
        body = [
            "with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:",
            "    with Client(cluster) as client:",
            *(f"        {line}" for line in calls),
            f"        futures = [{', '.join(f'x{n}' for n in range(workload.stages))}]",
            "        for n, value in enumerate(client.gather(futures)):",
            "            with open(f'x{n}.txt', 'w') as file:",
            "                file.write(str(value))",
        ]
        lines += ["if __name__ == '__main__':", *(f"    {line}" for line in body)]
        (folder / "loop.py").write_text("\n".join(lines) + "\n")

    def run(self) -> None:
        call([sys.executable, "loop.py"], self.folder)
