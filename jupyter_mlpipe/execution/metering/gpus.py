"""What the processes of a stage do with NVIDIA's GPUs, by NVML: busy time, memory, names, energy.

NVML tells of each process how busy it kept a GPU's multiprocessors, in samples of a fraction of a second each.
Their integral is GPU time: a stage that keeps half a GPU busy for ten seconds has five. Where NVML cannot tell them
apart (their numbers are another container's, a slice of a GPU), the whole device's figures stand for them, and the
method says so.

Not for whether there is a GPU to run on (``cuda_cluster``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

_DRIVER = "/dev/nvidiactl"
_MICRO = 1e-6
_ROOM = 2**64 - 1
"""NVML's way to say that a figure is not available."""


class Sample(NamedTuple):
    """How busy one process kept a GPU until a moment, since the sample before."""

    pid: int
    moment: int
    """Microseconds, on NVML's clock."""
    busy: float
    """Share of the time, from 0 to 1."""


class Device(Protocol):
    """One GPU. Implementers must return empty answers, and not raise, where NVML does not tell."""

    name: str

    def memory(self) -> dict[int, int]:
        """Bytes that each process has on it, by process id."""

    def samples(self, since: int) -> list[Sample]:
        """Samples that are newer than a moment."""

    def busy(self) -> float | None:
        """How busy the whole device was just now, from 0 to 1; None where nobody tells."""


class GpuMeter:
    """Follows the processes of one stage on the devices that it may use.

    Parameters
    ----------
    devices
        Those that the stage sees.
    """

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = devices
        self._begun = self._looked = time.monotonic()
        self._since = [max((sample.moment for sample in device.samples(0)), default=0) for device in devices]
        self._last: dict[tuple[int, int], int] = {}
        self._busy = 0.0
        self._peak = 0
        self._whole = False

    def look(self, pids: Collection[int]) -> None:
        """Take in what happened since the last look."""
        now = time.monotonic()
        passed, self._looked = now - self._looked, now
        held = 0
        for index, device in enumerate(self._devices):
            memory = device.memory()
            own = [pid for pid in memory if pid in pids]
            if memory and not any(_is_here(pid) for pid in memory):
                # Numbers of another container: nobody can be told apart.
                self._whole = True
                held += sum(memory.values())
                self._busy += passed * (device.busy() or 0.0)
                continue
            held += sum(memory[pid] for pid in own)
            self._take(index, device.samples(self._since[index]), pids)
        self._peak = max(self._peak, held)

    def _take(self, index: int, samples: Sequence[Sample], pids: Collection[int]) -> None:
        begin = self._since[index]
        for sample in sorted(samples, key=lambda sample: sample.moment):
            before = self._last.get((index, sample.pid), begin)
            if sample.pid in pids and 0 < before < sample.moment:
                self._busy += sample.busy * (sample.moment - before) * _MICRO
            self._last[index, sample.pid] = sample.moment
            self._since[index] = max(self._since[index], sample.moment)

    def read(self) -> dict[str, Any]:
        """What `measured.Measured` has of GPUs, by the names of its fields."""
        seconds = (self._looked - self._begun) * len(self._devices)
        return {
            "gpu_seconds": self._busy,
            "gpu_memory_peak": self._peak,
            "gpu_utilisation": min(1.0, self._busy / seconds) if seconds else None,
            "gpu_names": tuple(device.name for device in self._devices),
            "gpu_method": "device" if self._whole else "process",
        }


def visible_gpus() -> list[Device]:
    """The devices that this process may use, by ``CUDA_VISIBLE_DEVICES``; none where there is no driver."""
    if not os.path.exists(_DRIVER) and not os.path.exists("/dev/dxg"):  # noqa: PTH110 - asked for every stage
        return []
    return list(_nvml_devices(os.environ.get("CUDA_VISIBLE_DEVICES")))


@lru_cache(maxsize=4)
def _nvml_devices(visible: str | None) -> tuple[Device, ...]:
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return tuple(_Nvml(pynvml, handles[index]) for index in _chosen(pynvml, handles, visible))
    except Exception:  # noqa: BLE001 - without NVML, or with one that fails, there is nothing to look at
        return ()


def _chosen(nvml: Any, handles: Sequence[Any], visible: str | None) -> list[int]:
    """The indices that CUDA would choose: numbers, or beginnings of UUIDs; it stops at the first that is not there."""
    if visible is None:
        return list(range(len(handles)))
    uuids = [_text(nvml.nvmlDeviceGetUUID(handle)) for handle in handles]
    found: list[int] = []
    for word in filter(None, (part.strip() for part in visible.split(","))):
        matching = [index for index, uuid in enumerate(uuids) if uuid.startswith(word)]
        if word.isdigit() and int(word) < len(handles):
            matching = [int(word)]
        if len(matching) != 1:
            break
        found += matching
    return found


class _Nvml:
    """A device as NVML has it."""

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml, self._handle = nvml, handle
        self.name = _text(nvml.nvmlDeviceGetName(handle))

    def memory(self) -> dict[int, int]:
        try:
            running = self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handle)
        except self._nvml.NVMLError:
            return {}
        return {item.pid: item.usedGpuMemory for item in running if item.usedGpuMemory not in (None, _ROOM)}

    def samples(self, since: int) -> list[Sample]:
        try:
            found = self._nvml.nvmlDeviceGetProcessUtilization(self._handle, since)
        except self._nvml.NVMLError:  # nothing new, or not supported
            return []
        return [Sample(item.pid, item.timeStamp, item.smUtil / 100) for item in found if 0 <= item.smUtil <= 100]

    def busy(self) -> float | None:
        try:
            return float(self._nvml.nvmlDeviceGetUtilizationRates(self._handle).gpu) / 100
        except self._nvml.NVMLError:
            return None


def _is_here(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
