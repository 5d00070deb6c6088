"""Forked kernels beside CUDA: stages that share a GPU, and fork servers that keep away from it.

The stages speak to the driver itself, so that nothing but the driver is needed.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from jupyter_mlpipe.execution.cluster import WarmUp, open_cluster
from jupyter_mlpipe.execution.stage_task import run_stage
from jupyter_mlpipe.notebook.pipeline import StageOptions
from tests.gpu.test_cluster import Chosen
from tests.unit.execution.worker_side import stage_task, text_of

pytestmark = pytest.mark.gpu

AHEAD = ("numpy",)

OPEN_GPU = textwrap.dedent(
    """
    import ctypes
    cuda = ctypes.CDLL("libcuda.so.1")
    device, context, memory, identity = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64(), (ctypes.c_char * 16)()
    assert cuda.cuInit(0) == 0
    assert cuda.cuDeviceGet(ctypes.byref(device), 0) == 0
    assert cuda.cuDeviceGetUuid(identity, device) == 0
    assert cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device) == 0
    assert cuda.cuCtxSetCurrent(context) == 0
    assert cuda.cuMemAlloc_v2(ctypes.byref(memory), ctypes.c_size_t(64 * 2**20)) == 0
    """
)
MEET = textwrap.dedent(
    """
    import os, pathlib, time
    here = pathlib.Path({folder!r})
    (here / {own!r}).touch()
    end = time.monotonic() + 60
    while not (here / {other!r}).exists():
        assert time.monotonic() < end, "the other stage did not come"
        time.sleep(0.01)
    print(os.getppid(), bytes(identity).hex())
    """
)


def open_devices(pid: int) -> list[str]:
    """The GPU devices that a process holds open."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("/dev/nvidia"):
            found.append(target)
    return found


def test_two_stages_share_a_gpu_and_their_fork_servers_keep_away_from_it(tmp_path: Path) -> None:
    half = StageOptions(gpus=0.5)
    told: list[str] = []
    warm_up = WarmUp("python3", str(tmp_path), {}, AHEAD)
    with open_cluster(Chosen(workers=1), [half, half], warm_up=warm_up, warn=told.append) as cluster:
        assert cluster.kind == "cuda", told
        futures = [
            cluster.client.submit(
                run_stage,
                stage_task(
                    tmp_path, OPEN_GPU + MEET.format(folder=str(tmp_path), own=own, other=other), stage=own, ahead=AHEAD
                ),
                pure=False,
                resources=cluster.resources(own, half),
            )
            for own, other in (("left", "right"), ("right", "left"))
        ]
        outcomes = [future.result(timeout=180) for future in futures]
        assert [outcome.status for outcome in outcomes] == ["done", "done"], [outcome.error for outcome in outcomes]
        said = [text_of(outcome.cell_outputs[0]["outputs"]).split() for outcome in outcomes]
        (device,) = {identity for _, identity in said}
        assert device
        for server in {int(parent) for parent, _ in said}:
            assert "fork_server" in " ".join(psutil.Process(server).cmdline())
            assert open_devices(server) == []


def test_a_kernel_after_one_that_used_the_gpu_can_use_it_too(tmp_path: Path) -> None:
    whole = StageOptions(gpus=1)
    with open_cluster(Chosen(workers=1), [whole], warm_up=WarmUp("python3", str(tmp_path), {}, AHEAD)) as cluster:
        for number in range(3):
            task = stage_task(tmp_path, OPEN_GPU + "print(memory.value)", stage=f"s{number}", ahead=AHEAD)
            resources = cluster.resources("s", whole)
            outcome = cluster.client.submit(run_stage, task, pure=False, resources=resources).result(timeout=120)
            assert outcome.status == "done", outcome.error


def test_an_import_that_opens_a_gpu_is_not_done_ahead(tmp_path: Path) -> None:
    (tmp_path / "opens_gpu.py").write_text(OPEN_GPU)
    code = (
        "import sys\nfrom jupyter_mlpipe.execution.module_shelf import Shelf\nprint(Shelf(sys.path).load('opens_gpu'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "it opens a GPU", done.stderr
