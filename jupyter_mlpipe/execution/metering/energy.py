"""The energy that a stage's CPU time took: its share of what the machine's processors took meanwhile.

``energy = energy of the processors x CPU seconds of the stage / CPU seconds of all`` while the stage ran. The energy is
what the processors' own counters say (RAPL, ``/sys/class/powercap``) where they may be read; else their thermal design
power, of which each core has an equal part, from codecarbon's table (the extra ``energy``). Off unless the setting
``energy`` is on.

Not for GPUs' energy, nor for what it costs.
"""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path

_COUNTERS = Path("/sys/class/powercap")
_TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


class EnergyMeter:
    """Follows the machine's processors from now on."""

    def __init__(self) -> None:
        self._energy = _counted()
        self._busy = _busy_seconds()

    def read(self, cpu_seconds: float) -> float | None:
        """Joules that so many seconds of CPU time took; None where nobody can tell."""
        now = _counted()
        busy = _busy_seconds() - self._busy
        if now and now.keys() == self._energy.keys():
            # A counter begins again at its end; one turn is far longer than a stage.
            taken = sum((after - self._energy[name][0]) % most for name, (after, most) in now.items()) * 1e-6
            return taken * min(1.0, cpu_seconds / busy) if busy > 0 else 0.0
        watts = _watts_of_a_core()
        return None if watts is None else watts * cpu_seconds


def _counted() -> dict[str, tuple[int, int]]:
    """Microjoules and the counter's range, by package."""
    found: dict[str, tuple[int, int]] = {}
    for package in sorted(_COUNTERS.glob("intel-rapl:[0-9]*")):
        if package.name.count(":") == 1:
            try:
                most = int((package / "max_energy_range_uj").read_text(encoding="ascii"))
                found[package.name] = (int((package / "energy_uj").read_text(encoding="ascii")), most)
            except (OSError, ValueError):  # only root may read them on many systems
                return {}
    return found


def _busy_seconds() -> float:
    """CPU seconds of everybody on this machine since it started."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:
        return 0.0
    user, nice, system, _idle, _wait, interrupts, soft = (int(field) for field in line[1:8])
    return (user + nice + system + interrupts + soft) * _TICK


@lru_cache(maxsize=1)
def _watts_of_a_core() -> float | None:
    logging.getLogger("codecarbon").setLevel(logging.ERROR)  # it tells every notebook what it looks for
    try:
        from codecarbon.core.cpu import TDP

        watts = TDP().tdp
    except Exception:  # noqa: BLE001 - not installed, or it does not know this processor
        return None
    return float(watts) / (os.cpu_count() or 1) if watts else None
