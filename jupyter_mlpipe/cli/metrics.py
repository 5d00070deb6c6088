"""``mlpipe metrics``: the ledger's figures for Prometheus. Not for what they are (``monitoring.metrics``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jupyter_mlpipe.cli.opening import add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        "--file", metavar="PATH", type=Path, help="write them into a file, at once and whole, for node_exporter"
    )
    ways.add_argument(
        "--serve", metavar="HOST:PORT", help="serve them at /metrics until interrupted; PORT alone is on the loopback"
    )
    add_workspace(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print, write or serve them."""
    from jupyter_mlpipe.monitoring.metrics import metrics_text, write_metrics

    with open_workspace(arguments) as workspace:
        if arguments.file is not None:
            write_metrics(workspace.ledger, arguments.file)
        elif arguments.serve is not None:
            from jupyter_mlpipe.monitoring.metrics_server import metrics_server, parse_address

            with metrics_server(workspace.ledger, parse_address(arguments.serve)) as server:
                host, port = server.server_address[:2]
                note(f"metrics are at http://{host!s}:{port}/metrics")
                server.serve_forever()
        else:
            sys.stdout.write(metrics_text(workspace.ledger))
    return 0
