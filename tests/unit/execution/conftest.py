"""What tests of execution share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.execution import worker_side


@pytest.fixture(autouse=True)
def earlier_kernels() -> Iterator[None]:
    """Kernels of clusters that other tests share are not this test's."""
    worker_side.EARLIER.clear()
    worker_side.EARLIER.update(kernel.pid for kernel in worker_side.kernels_below())
    yield
    worker_side.EARLIER.clear()
