"""The same pipeline for each contestant: twenty small stages that do not need each other. Measures nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.desk import MLPIPE, ROOT, notebook

STAGES = 20
IMPORTS = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression"
WORK = "float(LinearRegression().fit(np.eye(3), pd.Series([1.0, 2.0, {n}])).coef_.sum())"


def environment(**more: str) -> dict[str, str]:
    """The caller's environment without settings of ours, and with bytecode."""
    dropped = ("MLPIPE_", "MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1", **more}


def call(command: Sequence[str | Path], folder: Path, **more: str) -> str:
    """Run a program that must succeed; gives what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Ours:
    """Twenty stages in one notebook, run by the command line; with `imports`, each uses scikit-learn."""

    def __init__(self, folder: Path, *, tracking: bool = False, warm: bool = False, imports: bool = False) -> None:
        self.folder = folder
        self.options = ["--warm"] if warm else []
        self.imports = imports
        self.settings = {"MLPIPE_TRACKING": str(tracking).lower(), "MLPIPE_SIGNING_KEY": str(folder.parent / "key")}
        folder.mkdir(parents=True)
        self.change(0)

    def change(self, value: int) -> None:
        """Write the notebook with another value in stage 7."""
        numbers = [n if n != 7 else n + 1000 * value for n in range(STAGES)]
        made = WORK if self.imports else "{n}"
        cells = [f"%%stage s{n}\nx{n} = {made.format(n=number)}" for n, number in enumerate(numbers)]
        setup = [IMPORTS] if self.imports else []
        (self.folder / "nb.ipynb").write_text(json.dumps(notebook(*setup, *cells)))

    def forget(self) -> None:
        shutil.rmtree(self.folder / ".mlpipe", ignore_errors=True)
        (self.folder / ".mlpipe").mkdir()

    def run(self) -> None:
        call([*MLPIPE, "run", "nb.ipynb", "--quiet", *self.options], self.folder, **self.settings)

    def stop(self) -> None:
        """End the process that warm runs leave."""
        call([*MLPIPE, "warm", "--stop"], self.folder, **self.settings)

    def statuses(self) -> dict[str, str]:
        out = call([*MLPIPE, "run", "nb.ipynb", "--json"], self.folder, **self.settings)
        stages: list[dict[str, Any]] = json.loads(out)["stages"]
        return {stage["name"]: stage["status"] for stage in stages}


class Dvc:
    """Twenty stages of one small script."""

    def __init__(self, folder: Path, command: Path) -> None:
        self.folder, self.command = folder, command
        folder.mkdir(parents=True)
        call([command, "init", "--no-scm", "--quiet"], folder)
        call([command, "config", "core.analytics", "false"], folder)
        (folder / "params.yaml").write_text("value: 0\n")
        lines = ["stages:"]
        for n in range(STAGES):
            (folder / f"s{n}.py").write_text(f"open('x{n}.txt', 'w').write(str({n}))\n")
            lines += [f"  s{n}:", f"    cmd: {sys.executable} s{n}.py", f"    deps: [s{n}.py]", f"    outs: [x{n}.txt]"]
        (folder / "dvc.yaml").write_text("\n".join(lines) + "\n")

    def change(self, value: int) -> None:
        (self.folder / "s7.py").write_text(f"open('x7.txt', 'w').write(str({7 + 1000 * value}))\n")

    def forget(self) -> None:
        (self.folder / "dvc.lock").unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".dvc" / "cache", ignore_errors=True)
        for path in self.folder.glob("x*.txt"):
            path.unlink()

    def run(self) -> None:
        call([self.command, "repro", "--quiet"], self.folder)


class PapermillLoop:
    """Twenty one-cell notebooks, executed one after the other in one Python process."""

    def __init__(self, folder: Path, *, imports: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        for n in range(STAGES):
            cells = [IMPORTS, f"x{n} = {WORK.format(n=n)}"] if imports else [f"x{n} = {n}"]
            (folder / f"s{n}.ipynb").write_text(json.dumps(notebook(*cells)))
        (folder / "loop.py").write_text(
            "import papermill\n"
            f"for n in range({STAGES}):\n"
            "    papermill.execute_notebook(f's{n}.ipynb', f'out{n}.ipynb', progress_bar=False)\n"
        )

    def run(self) -> None:
        call([sys.executable, "loop.py"], self.folder)
