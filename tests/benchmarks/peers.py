"""The peers that we are measured against, each installed and compiled as its users have it. Measures nothing.

The packages of a stage's own code (NumPy, pandas, scikit-learn, ipykernel) are those of the Python that runs the
benchmarks, for every peer alike.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RELEASES = {"dvc": "3.67.1", "snakemake": "9.27.1", "ploomber": "0.23.3"}


def cache_folder() -> Path:
    """Where peers are kept between benchmark runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "jupyter-mlpipe-benchmarks"


def command_of(peer: str) -> Path:
    """The command of a peer in an environment of its own, made on first use, with compiled bytecode."""
    release = RELEASES[peer]
    place = cache_folder() / f"{peer}-{release}"
    finished = place / ".installed"
    if not finished.exists():
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, env=environ)
        python = str(place / "bin" / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--compile", "--disable-pip-version-check"]
        subprocess.run([*pip, f"{peer}=={release}"], check=True, env=environ)
        # Templates among the packages' files are no Python: what does not compile is left out without a word.
        subprocess.run([python, "-m", "compileall", "-qq", str(place / "lib")], check=False, env=environ)
        finished.touch()
    return place / "bin" / peer
