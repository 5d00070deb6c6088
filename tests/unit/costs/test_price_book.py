"""The price book: read whole or refused with all that is wrong in it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from jupyter_mlpipe.costs.price_book import FILE, load_prices, read_prices
from jupyter_mlpipe.errors import PriceBookError

OWN = """
currency = "EUR"
[exchange]
USD = 0.9
[machines.local]
cpu_hour = 0
[machines."gpu-*"]
gpu_hour = { "NVIDIA H100*" = 3, "*" = 1.5 }
[[machines."gpu-*".rates]]
cpu_hour = 0.05
until = 2026-03-01
[[machines."gpu-*".rates]]
cpu_hour = 0.06
from = 2026-03-01
[[machines."gpu-*".rates]]
purchase = "spot"
cpu_hour = 0.02
[storage]
store = 0.05
"""
MARCH = 1772323200.0  # 2026-03-01T00:00Z


def test_without_a_book_the_default_prices_hold_and_name_their_sources(tmp_path: Path) -> None:
    book = load_prices(tmp_path)
    assert book.currency == "USD"
    assert all(rate.source.startswith("https://") for rate in book.rates)
    assert book.rate("local", "on-demand", MARCH) is not None
    assert book.rate("nobody-knows", "on-demand", MARCH) is None
    assert book.rate("local", "spot", MARCH) is None


def test_a_workspace_s_prices_stand_over_the_default_ones(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(OWN, encoding="utf-8")
    book = load_prices(tmp_path)
    local = book.rates_of("local", "on-demand")
    assert [rate.cpu_hour for rate in local] == [Decimal(0)]
    before, since = (book.rate("gpu-8", "on-demand", moment) for moment in (MARCH - 1, MARCH))
    assert before is not None
    assert since is not None
    assert (before.cpu_hour, since.cpu_hour) == (Decimal("0.05"), Decimal("0.06"))
    assert (since.of_gpu("nvidia h100 80GB HBM3"), since.of_gpu("T4")) == (Decimal(3), Decimal("1.5"))
    spot = book.rate("gpu-8", "spot", 0.0)
    assert spot is not None
    assert spot.cpu_hour == Decimal("0.02")
    rented = book.rate("g5.xlarge", "on-demand", MARCH)
    assert rented is not None
    assert rented.machine_hour == Decimal("1.006") * Decimal("0.9")
    assert book.storage_gib_month == {"store": Decimal("0.05")}


def test_default_prices_in_another_currency_are_no_prices() -> None:
    book = read_prices('currency = "EUR"')
    assert (book.currency, book.rates, book.egress_gib) == ("EUR", (), None)
    assert read_prices("default = false").rates == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("currency = 'dollars'", "line 1: currency is 'dollars': give its three letters"),
        ("[machines.a]\ncpu_hour = -1", "line 2, [machines.a]: cpu_hour is -1: give a number of 0 or more"),
        ("[machines.a]\ncpu_hour = nan", "cpu_hour is NaN"),
        ("[machines.a]\ncpu_hour = 'cheap'", "cpu_hour is cheap"),
        ("[machines.a]\ncpu_hour = true", "cpu_hour is True"),
        ("[machines.a]\ncpu_hours = 1", "cpu_hours means nothing here: did you mean cpu_hour?"),
        ("[machines.a]\nsource = 'x'", "it has no price"),
        ("[machines.a]\nmachine_hour = 1", "machine_hour needs the machine's size"),
        ("[machines.a]\nmachine_hour = 1\nmemory = '8 apples'", "memory: '8 apples' is not a size"),
        ("[machines.a]\ncpu_hour = 1\npurchase = 'lease'", "purchase is 'lease'"),
        ("[machines.a]\ncpu_hour = 1\nfrom = '2026'", "from is '2026': give a date, without quotes"),
        ("[machines.a]\ncpu_hour = 1\nfrom = 2026-02-01\nuntil = 2026-02-01", "until is not after from"),
        (
            "[machines.a]\nrates = [{cpu_hour = 1, until = 2026-02-02}, {cpu_hour = 2, from = 2026-02-01}]",
            "two on-demand rates are in force at once",
        ),
        ("[machines.a]\nrates = 3", "rates must be tables"),
        ("[machines.a]\ncpu_hour = 1\nwindows = [{from = '22:00', to = '22:00', factor = 1}]", "at the same time"),
        ("[machines.a]\ncpu_hour = 1\nwindows = [{from = '22:00', to = '23:00'}]", "needs its factor"),
        ("[machines.a]\ncpu_hour = 1\nwindows = [{from = '22', to = 'x', factor = 1}]", "'x': give a time as 22:00"),
        (
            "[machines.a]\ncpu_hour = 1\nwindows = [{from = '22:00', to = '23:00', factor = 1, zone = 'Mars/Crater'}]",
            "zone 'Mars/Crater' is not known",
        ),
        (
            "[machines.a]\ncpu_hour = 1\nwindows = [{from = '22:00', to = '23:00', factor = 1, days = 'caturday'}]",
            "days is 'caturday'",
        ),
        ("[storage]\nstore = -0.1", "[storage]: store is -0.1"),
        ("machines = 3", "machines must be a table"),
        ("[exchange]\ndollars = 1", "'dollars' is no currency"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(PriceBookError) as caught:
        read_prices(text)
    assert told in caught.value.message
    assert caught.value.code == "MP801"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(PriceBookError) as caught:
        read_prices("currency = 1\n[machines.a]\ncpu_hour = -1\nmemory_gib_hour = -2")
    assert len(caught.value.details["problems"]) == 3


@pytest.mark.parametrize("content", [b"currency = ", b"\xff\xfe"], ids=["no TOML", "no text"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(PriceBookError, match=FILE):
        load_prices(tmp_path)
