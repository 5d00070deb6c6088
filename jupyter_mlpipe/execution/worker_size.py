"""How large workers must be: what a stage's options ask of Dask, and how this machine is cut up so that all fit.

Arithmetic only. Nothing here opens a cluster (``cluster``) or looks at the machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlpipe.errors import ClusterError
from jupyter_mlpipe.notebook.pipeline import StageOptions


@dataclass(frozen=True)
class WorkerSize:
    """How the embedded cluster's workers are cut out of the machine."""

    workers: int
    threads: int
    cpus: float
    memory: int
    """Bytes that stages on one worker may ask for together."""
    gpus: float = 0.0

    @property
    def resources(self) -> dict[str, float]:
        """What a worker of this size declares to Dask."""
        found = {"CPU": self.cpus, "MEMORY": float(self.memory), "GPU": self.gpus}
        return {name: value for name, value in found.items() if value}


def resources_for(options: StageOptions) -> dict[str, float]:
    """What a stage's options ask for, as Dask resources."""
    found = {"CPU": float(options.cpus), "MEMORY": float(options.memory), "GPU": float(options.gpus)}
    return {name: amount for name, amount in found.items() if amount > 0}


def size_workers(
    needs: Sequence[StageOptions], *, cpus: int, memory: int, gpus: int, workers: int | None
) -> WorkerSize:
    """Cut `cpus`, `memory` (bytes) and `gpus` of this machine into equal workers that hold every stage of `needs`.

    Raises
    ------
    ClusterError
        A stage asks for more than the machine has, or than one of `workers` workers would have.
    """
    cpu = max([1.0, *(stage.cpus for stage in needs)])
    ram = max([1, *(stage.memory for stage in needs)])
    # As large as a stage may get that runs out of memory, but no larger than the machine.
    ram = max(ram, min(memory, max([0, *(stage.max_memory for stage in needs)])))
    gpu = max([0.0, *(stage.gpus for stage in needs)])
    for asked, there, name in ((cpu, cpus, "CPU"), (ram, memory, "MEMORY"), (gpu, gpus, "GPU")):
        if asked > there:
            raise ClusterError(
                f"a stage asks for {shown_resource(name, asked)}; this machine has {shown_resource(name, there)}",
                hint="ask for less on the %%stage line, or run on another cluster with --cluster",
            )
    fitting = min(math.floor(cpus / cpu), memory // ram)
    if gpus:
        fitting = min(fitting, math.floor(gpus / max(gpu, 1.0)))
    count = workers or max(1, fitting)
    if workers and count > fitting and (cpu > 1 or memory // count < ram or gpus / count < gpu):
        asked_for = {"CPU": cpu, "MEMORY": ram if ram > 1 else 0, "GPU": gpu}
        largest = " and ".join(shown_resource(name, amount) for name, amount in asked_for.items() if amount)
        raise ClusterError(
            f"{workers} workers are too many for this machine: the largest stage asks for {largest}",
            hint=f"set workers to {max(1, fitting)} or fewer",
        )
    share = max(cpu, float(cpus // count))
    least = min([1.0, *(max(0.25, stage.cpus) for stage in needs)])
    return WorkerSize(count, max(1, math.ceil(share / least)), share, memory // count, gpus / count)


def own_devices(devices: Sequence[object], first: object, each: int) -> str:
    """``CUDA_VISIBLE_DEVICES`` for the worker named by a device; workers take `each` devices, one after another."""
    begin = list(devices).index(first) * max(1, each)
    return ",".join(str(device) for device in devices[begin : begin + max(1, each)])


def shown_resource(name: str, amount: float) -> str:
    """An amount of a resource for people: ``2 CPUs``, ``8 GB of memory``."""
    if name == "MEMORY":
        size = amount / 1e9
        return f"{f'{size:.3g}' if size < 1000 else f'{size:,.0f}'} GB of memory"
    return f"{amount:g} {name}{'s' if amount != 1 else ''}"
