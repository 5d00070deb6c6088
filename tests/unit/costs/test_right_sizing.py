"""Advice on what stages ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from jupyter_mlpipe.costs.charging import Charger
from jupyter_mlpipe.costs.prices import PriceBook, Rate
from jupyter_mlpipe.costs.right_sizing import advice_on, rounded_up, written
from jupyter_mlpipe.ledger.usage import Usage

GIB = 1 << 30
PRICES = {"cpu_hour": Decimal(1), "memory_gib_hour": Decimal(1), "gpu_hour": {"*": Decimal(10)}}
CHARGER = Charger(PriceBook("USD", (Rate(machine="local", **PRICES),)))


def attempts(count: int = 5, **about: Any) -> list[Usage]:
    given: dict[str, Any] = {
        "run": "r", "pipeline": "p", "stage": "s", "machine": "local", "cpus": 1.0, "memory": 8 * GIB,
        "memory_peak": round(1.2 * GIB), "seconds": 3600.0, "cpu_seconds": 3000.0,
    }  # fmt: skip
    return [Usage(task=str(number), **given | about) for number in range(count)]


def test_memory_that_nobody_used_is_advised_away_with_what_that_saves() -> None:
    (advice,) = advice_on(attempts(), CHARGER)
    assert advice.option == "--memory 1536MiB"
    assert "asks for 8.6 GB of memory and used 1.3 GB at most: more than it needs" in advice.text
    assert advice.saves == round(6.5 * 10**9)


def test_memory_that_is_nearly_too_little_is_advised_up() -> None:
    (advice,) = advice_on(attempts(memory_peak=round(7.8 * GIB)), CHARGER)
    assert (advice.option, advice.saves) == ("--memory 9GiB", None)


def test_a_gpu_that_idles_can_go() -> None:
    found = advice_on(attempts(gpus=1.0, gpu_seconds=30.0, measured={"gpus": ["H100"]}, memory=0), CHARGER)
    (advice,) = found
    assert (advice.resource, advice.option, advice.advised) == ("gpus", "", 0)
    assert advice.saves == 10 * 10**9
    (advice,) = advice_on(attempts(gpus=1.0, gpu_seconds=700.0, measured={"gpus": ["H100"]}, memory=0), CHARGER)
    assert advice.option == "--gpus 0.2"


def test_nothing_is_said_of_a_gpu_that_nobody_measured() -> None:
    assert advice_on(attempts(gpus=1.0, memory=0), CHARGER) == []


def test_cpus_that_nobody_used_are_advised_away() -> None:
    (advice,) = advice_on(attempts(cpus=8.0, cpu_seconds=3600 * 2.2, memory=0), CHARGER)
    assert advice.option == "--cpus 3"


@pytest.mark.parametrize(
    "about",
    [{"count": 2}, {"memory_peak": 6 * GIB}, {"memory": 0}, {"outcome": "failed"}, {"memory_peak": 0}],
    ids=["few", "fits", "asked-nothing", "failures", "unmeasured"],
)
def test_nothing_is_advised(about: dict[str, Any]) -> None:
    assert advice_on(attempts(**about), CHARGER) == []


@pytest.mark.parametrize(
    ("memory", "text"),
    [
        (1, "64MiB"),
        (100 << 20, "128MiB"),
        (GIB, "1GiB"),
        (1.2 * GIB, "1536MiB"),
        (3.9 * GIB, "4GiB"),
        (9.1 * GIB, "10GiB"),
    ],
)
def test_sizes_are_those_that_people_write(memory: float, text: str) -> None:
    assert written(rounded_up(memory)) == text
