"""The peers that we are measured against, each installed and compiled as its users have it. Measures nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DVC = "dvc==3.67.1"


def cache_folder() -> Path:
    """Where peers are kept between benchmark runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "jupyter-mlpipe-benchmarks"


def dvc() -> Path:
    """The ``dvc`` command of an environment of its own, made on first use, with compiled bytecode."""
    place = cache_folder() / DVC.replace("==", "-")
    command = place / "bin" / "dvc"
    finished = place / ".installed"
    if not finished.exists():
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, env=environ)
        python = str(place / "bin" / "python")
        install = [python, "-m", "pip", "install", "--quiet", "--compile", "--disable-pip-version-check", DVC]
        subprocess.run(install, check=True, env=environ)
        subprocess.run([python, "-m", "compileall", "-q", str(place / "lib")], check=False, env=environ)
        finished.touch()
    return command
