"""What follows when a stage ran out of memory."""

from __future__ import annotations

import pytest

from jupyter_mlpipe.errors import KernelDiedError, StageFailedError
from jupyter_mlpipe.execution.out_of_memory import enlarged
from jupyter_mlpipe.notebook.pipeline import StageOptions

GB = 10**9
RAN_OUT = StageFailedError("", ename="MemoryError")
OPTIONS = StageOptions(memory=2 * GB, max_memory=7 * GB)


@pytest.mark.parametrize(
    "error",
    [
        RAN_OUT,
        StageFailedError("", ename="numpy._core._exceptions._ArrayMemoryError"),
        KernelDiedError("", exit_code=-9),
    ],
    ids=["python", "numpy", "killed by the system"],
)
def test_it_is_tried_with_twice_as_much_up_to_what_its_line_allows(error: StageFailedError) -> None:
    second = enlarged(OPTIONS, error)
    assert second is not None
    assert second.memory == 4 * GB
    third = enlarged(second, error)
    assert third is not None
    assert third.memory == 7 * GB
    assert enlarged(third, error) is None


@pytest.mark.parametrize(
    "error",
    [
        StageFailedError("", ename="ValueError"),
        StageFailedError("", ename="OutOfMemoryError"),
        KernelDiedError("", exit_code=-11),
    ],
    ids=["another error", "a GPU's memory", "a crash"],
)
def test_what_more_memory_does_not_help_is_not_tried_again(error: StageFailedError) -> None:
    assert enlarged(OPTIONS, error) is None


def test_no_stage_gets_more_than_its_line_allows_or_the_largest_worker_has() -> None:
    assert enlarged(StageOptions(memory=2 * GB), RAN_OUT) is None
    bounded = enlarged(OPTIONS, RAN_OUT, lambda: 3 * GB)
    assert bounded is not None
    assert bounded.memory == 3 * GB
    assert enlarged(OPTIONS, RAN_OUT, lambda: 2 * GB) is None
