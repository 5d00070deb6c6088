"""``mlpipe store verify|stat|sweep``: the artifact store's order. Not for carrying it out: ``store.sweep`` does."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json, print_table, size

if TYPE_CHECKING:
    from jupyter_mlpipe.store.sweep import StatReport, SweepReport, VerifyReport

DAMAGED = 1
"""Exit code of ``verify`` where something is damaged and was not repaired."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="read every blob and manifest, and say what is damaged")
    verify.add_argument("--repair", action="store_true", help="remove what is damaged; its stages run again")
    stat = actions.add_parser("stat", help="say what the store holds")
    sweep = actions.add_parser("sweep", help="remove unfinished files and what no manifest names")
    sweep.add_argument("--keep", type=_count, metavar="N", help="results to keep for each key (default: all)")
    sweep.add_argument(
        "--older-than", type=_seconds, metavar="AGE", help="spare what is younger: 30m, 12h, 7d (default: 24h)"
    )
    sweep.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    for action in (verify, stat, sweep):
        action.set_defaults(parser=action)
        add_workspace(action)
        add_json(action)


def execute(arguments: argparse.Namespace) -> int:
    """Do one of the three, and print its report."""
    from jupyter_mlpipe.ledger.profiles import profile_blobs
    from jupyter_mlpipe.store import sweep as order
    from jupyter_mlpipe.store.blobs import YOUNG

    with open_workspace(arguments) as workspace:
        if arguments.action == "verify":
            report = order.verify(workspace.store, repair=arguments.repair, kept=profile_blobs(workspace.ledger))
            damaged = [fault for fault in report.faults if fault.kind != "untrusted manifest" and not fault.repaired]
            if arguments.json:
                print_json({**asdict(report), "ok": report.ok})
            else:
                _print_verified(report)
            return DAMAGED if damaged else 0
        if arguments.action == "stat":
            measured = order.stat(workspace.store, profile_blobs(workspace.ledger))
            if arguments.json:
                print_json(asdict(measured))
            else:
                _print_measured(measured)
            return 0
        age = YOUNG if arguments.older_than is None else arguments.older_than
        swept = order.sweep(
            workspace.store,
            keep=arguments.keep,
            older_than=age,
            dry_run=arguments.dry_run,
            kept=lambda: profile_blobs(workspace.ledger),
        )
    if arguments.json:
        print_json(asdict(swept))
    else:
        _print_swept(swept)
    return 0


def _print_verified(report: VerifyReport) -> None:
    for fault in report.faults:
        print(f"{fault.kind} {fault.name}: {fault.text}" + (" (removed)" if fault.repaired else ""))
    print(f"{report.blobs} blobs ({size(report.size)}) and {report.manifests} manifests read; {_faults(report)}")


def _faults(report: VerifyReport) -> str:
    if not report.faults:
        return "all intact"
    return "1 fault" if len(report.faults) == 1 else f"{len(report.faults)} faults"


def _print_measured(report: StatReport) -> None:
    print(f"{report.blobs} blobs, {size(report.size)}; {report.manifests} manifests")
    if report.unused:
        print(f"{size(report.unused)} that no manifest names: `mlpipe store sweep` removes it once it is a day old")
    for title, sizes in (("stage", report.by_stage), ("codec", report.by_codec)):
        if sizes:
            print()
            ordered = sorted(sizes.items(), key=lambda item: -item[1])
            print_table((title, "size"), [(name, size(count)) for name, count in ordered])


def _print_swept(report: SweepReport) -> None:
    verb = "would remove" if report.dry_run else "removed"
    print(
        f"{verb} {report.blobs} blobs ({size(report.size)}), {report.manifests} manifests "
        f"and {report.temporary} unfinished files"
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError("below 1")
    return count


def _seconds(text: str) -> float:
    units = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    if not text or text[-1] not in units:
        raise ValueError("no unit")
    seconds = float(text[:-1]) * units[text[-1]]
    if not 0 <= seconds < float("inf"):
        raise ValueError("not a time")
    return seconds


# argparse names the type in its message, so the name says what is wanted.
_seconds.__name__ = "age (30m, 12h, 7d)"
_count.__name__ = "count (1 or more)"
