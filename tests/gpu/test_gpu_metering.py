"""What two stages that share a card are said to have used of it, against NVML's own figures.

The stages speak to the driver itself: one holds memory and fills it all the time, the other holds twice as much and
does nothing with it.
"""

from __future__ import annotations

import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.stage_task import StageOutcome, run_stage
from tests.gpu.test_forked_kernels import OPEN_GPU
from tests.unit.execution.worker_side import stage_task, text_of

pytestmark = pytest.mark.gpu

MIB = 2**20
SECONDS = 8.0
STAGE = textwrap.dedent(
    """
    import os, pathlib, time
    more = ctypes.c_uint64()
    assert cuda.cuMemAlloc_v2(ctypes.byref(more), ctypes.c_size_t({mib} * 2**20)) == 0
    here = pathlib.Path({folder!r})
    (here / {own!r}).touch()
    while not (here / {other!r}).exists():
        time.sleep(0.01)
    end = time.monotonic() + {seconds}
    while time.monotonic() < end:
        if {busy}:
            for _ in range(20):
                assert cuda.cuMemsetD32_v2(more, ctypes.c_uint(7), ctypes.c_size_t({mib} * 2**18)) == 0
            assert cuda.cuCtxSynchronize() == 0
        else:
            time.sleep(0.05)
    print(os.getpid())
    """
)


class Watch:
    """NVML's figures of all processes on the first card, taken beside the stages."""

    def __init__(self) -> None:
        import pynvml

        pynvml.nvmlInit()
        self._nvml = pynvml
        self._card = pynvml.nvmlDeviceGetHandleByIndex(0)
        self._stopped = threading.Event()
        self.memory: dict[int, int] = {}
        self.busy: list[float] = []
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stopped.wait(0.05):
            for process in self._nvml.nvmlDeviceGetComputeRunningProcesses(self._card):
                self.memory[process.pid] = max(self.memory.get(process.pid, 0), process.usedGpuMemory or 0)
            self.busy.append(self._nvml.nvmlDeviceGetUtilizationRates(self._card).gpu / 100)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def test_two_stages_that_share_a_card_are_each_charged_their_own(tmp_path: Path) -> None:
    def run(own: str, other: str, mib: int, *, busy: bool) -> StageOutcome:
        source = OPEN_GPU + STAGE.format(
            folder=str(tmp_path), own=own, other=other, mib=mib, busy=busy, seconds=SECONDS
        )
        return run_stage(stage_task(tmp_path, source, stage=own), lambda _: None)

    watch = Watch()
    begun = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        left = pool.submit(run, "left", "right", 512, busy=True)
        right = pool.submit(run, "right", "left", 1024, busy=False)
        outcomes = {"left": left.result(timeout=180), "right": right.result(timeout=180)}
    passed = time.monotonic() - begun
    watch.stop()
    assert [outcome.status for outcome in outcomes.values()] == ["done", "done"], outcomes
    used = {name: outcome.usage for name, outcome in outcomes.items()}
    assert all(usage.gpu_names for usage in used.values())
    pids = {name: int(text_of(outcome.cell_outputs[0]["outputs"]).split()[-1]) for name, outcome in outcomes.items()}
    if used["left"].gpu_method == "device":
        pytest.skip("NVML tells of this container's processes by other numbers: stages cannot be told apart here")
    for name in ("left", "right"):
        assert used[name].gpu_memory_peak == pytest.approx(watch.memory[pids[name]], rel=0.03)
    assert used["right"].gpu_memory_peak - used["left"].gpu_memory_peak == pytest.approx(512 * MIB, rel=0.1)
    # The card's own figure, over the whole time: the stage that filled memory made it, and the other nothing.
    whole = sum(watch.busy) / len(watch.busy) * passed
    assert used["left"].gpu_seconds == pytest.approx(whole, rel=0.25)
    assert used["right"].gpu_seconds < 0.1 * used["left"].gpu_seconds
