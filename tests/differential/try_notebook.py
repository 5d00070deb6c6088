"""``python -m tests.differential.try_notebook NOTEBOOK…``: the comparison on any notebook.

Runs each by papermill and by us, with every cell a stage and with a stage per section, cold and cached, and prints what
came of it with the counts. The notebook's folder is copied, so nothing beside it is touched.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.differential.ours import shared_cluster
from tests.differential.plain import run_plain
from tests.differential.trap import notebook_trap
from tests.differential.verdict import Verdict, judge


def main(arguments: list[str] | None = None) -> int:
    """Compare; returns 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.try_notebook", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--staging", action="append", choices=["none", "cells", "sections"], default=[])
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    with shared_cluster() as address, tempfile.TemporaryDirectory() as scratch:
        settings = {"cluster": address, "signing_key": f"{scratch}/key"}
        for number, path in enumerate(options.notebooks):
            trap = notebook_trap(path)
            plain = run_plain(trap, Path(scratch) / f"plain{number}" / trap.name)
            print(f"{path}: papermill {'ends with ' + plain.error if plain.error else 'runs it through'}")
            for staging in options.staging or ["cells", "sections"]:
                folder = Path(scratch) / f"{staging}{number}" / trap.name
                verdict = judge(trap, plain, staging, folder, settings)
                counts[verdict.outcome] += 1
                _tell(staging, verdict)
    print("  ".join(f"{outcome} {counts[outcome]}" for outcome in ("equal", "refused", "different")))
    return 1 if counts["different"] else 0


def _tell(staging: str, verdict: Verdict) -> None:
    seconds = f"cold {verdict.cold_seconds:.1f} s, cached {verdict.cached_seconds:.2f} s"
    print(f"  {staging}: {verdict.outcome} {verdict.code} {verdict.message} ({seconds})".rstrip())
    for detail in verdict.details:
        print(f"    {detail}")


if __name__ == "__main__":
    sys.exit(main())
