"""What one attempt at a stage used, as a value. Not for measuring it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a process tree used from its start to its end. Picklable; empty where nobody measured."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_peak: int = 0
    """Bytes, of the whole process tree."""
    memory_byte_seconds: float = 0.0
    gpu_seconds: float = 0.0
    """Seconds in which a GPU was busy with it."""
    gpu_memory_peak: int = 0
    """Bytes."""
    gpu_utilisation: float | None = None
    """Mean share of the time in which its GPUs were busy, from 0 to 1."""
    bytes_read: int = 0
    bytes_written: int = 0
    energy_joules: float | None = None
    machine: str = ""
    """The machine's class in the price book; empty where nobody said."""
    purchase: str | None = None
    """``on-demand`` or ``spot``; None where nobody said."""
    host: str = ""
    gpu_names: tuple[str, ...] = ()
    gpu_method: str | None = None
    """``process``, or ``device`` where NVML could not tell the stage's processes from others."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"gpu_names": list(self.gpu_names)}
