"""What is made of NVML's figures, on figures as NVML gives them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlpipe.execution.metering import gpus
from jupyter_mlpipe.execution.metering.gpus import GpuMeter, Sample

OWN, OTHER = os.getpid(), os.getppid()
ELSEWHERE = 2**22 + 7  # no process has so high a number here


@dataclass
class Recorded:
    """A device that plays back what was recorded."""

    name: str = "NVIDIA H100 80GB HBM3"
    held: dict[int, int] = field(default_factory=dict)
    recorded: list[Sample] = field(default_factory=list)
    whole: float | None = None

    def memory(self) -> dict[int, int]:
        return dict(self.held)

    def samples(self, since: int) -> list[Sample]:
        return [sample for sample in self.recorded if sample.moment > since]

    def busy(self) -> float | None:
        return self.whole


def second(pid: int, number: float, busy: float) -> Sample:
    return Sample(pid, 1_000_000_000 + int(number * 1e6), busy)


def test_two_stages_that_share_a_card_are_each_charged_their_own_time_and_memory() -> None:
    card = Recorded(recorded=[second(OTHER, 0, 0.9)])
    meter, other = GpuMeter([card]), GpuMeter([card])
    for number in range(1, 5):
        card.recorded += [second(OWN, number, 0.25), second(OTHER, number, 0.5)]
        card.held = {OWN: number * 10, OTHER: 7}
        meter.look({OWN})
        other.look({OTHER})
    card.held = {OWN: 1}
    meter.look({OWN})
    assert (meter.read()["gpu_seconds"], meter.read()["gpu_memory_peak"]) == (pytest.approx(1.0), 40)
    assert (other.read()["gpu_seconds"], other.read()["gpu_memory_peak"]) == (pytest.approx(2.0), 7)
    assert meter.read()["gpu_method"] == "process"
    assert meter.read()["gpu_names"] == ("NVIDIA H100 80GB HBM3",)


def test_samples_come_once_however_often_one_looks() -> None:
    card = Recorded(recorded=[second(OWN, 0, 1.0)])
    meter = GpuMeter([card])
    card.recorded += [second(OWN, 2, 0.5)]
    for _ in range(5):
        meter.look({OWN})
    assert meter.read()["gpu_seconds"] == pytest.approx(1.0)


def test_where_processes_cannot_be_told_apart_the_device_stands_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(gpus, "time", SimpleNamespace(monotonic=lambda: clock.now))
    meter = GpuMeter([Recorded(held={ELSEWHERE: 5}, whole=0.5)])
    clock.now = 4.0
    meter.look({OWN})
    found = meter.read()
    assert (found["gpu_seconds"], found["gpu_memory_peak"], found["gpu_method"]) == (2.0, 5, "device")
    assert found["gpu_utilisation"] == 0.5


@pytest.mark.parametrize(
    ("visible", "chosen"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("2,0", [2, 0]),
        ("1,9,0", [1]),
        ("GPU-b", [1]),
        ("GPU-,0", []),
        ("MIG-1,0", []),
    ],
)
def test_the_devices_are_those_that_cuda_would_choose(visible: str | None, chosen: list[int]) -> None:
    nvml: Any = SimpleNamespace(nvmlDeviceGetUUID=lambda handle: f"GPU-{handle}".encode())
    assert gpus._chosen(nvml, ["a", "b", "c"], visible) == chosen
