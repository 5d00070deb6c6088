"""The table at the end of a test session: how many traps came out equal, refused, different. A pytest plugin.

Counts what the tests recorded as ``differential`` property, so that it also works where tests run in several processes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

PROPERTY = "differential"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the counts by staging, and every trap that was refused or different."""
    entries = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if not entries or getattr(terminalreporter, "traps_are_told", False):
        return
    terminalreporter.traps_are_told = True
    terminalreporter.section("the linear meaning: papermill's result against ours")
    for staging in sorted({entry["staging"] for entry in entries}):
        counts = Counter(entry["outcome"] for entry in entries if entry["staging"] == staging)
        total = sum(counts.values())
        numbers = "  ".join(f"{outcome} {counts[outcome]}" for outcome in ("equal", "refused", "different"))
        terminalreporter.write_line(f"{staging:<9} traps {total:>4}  {numbers}")
    for entry in sorted(entries, key=lambda entry: (entry["outcome"], entry["trap"], entry["staging"])):
        if entry["outcome"] != "equal":
            terminalreporter.write_line(
                f"  {entry['outcome']:<9} {entry['trap']} ({entry['staging']}) {entry['code']} {entry['message']}"
            )
