"""Reading the price book: ``prices.toml`` of a workspace over the default prices that come with the package.

A book with a mistake is refused whole, with every mistake told: a cost by half a book would be wrong in silence. Not
for what the prices mean (``prices``).
"""

from __future__ import annotations

import datetime as dt
import difflib
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from blake3 import blake3

from jupyter_mlpipe.costs.periods import is_zone
from jupyter_mlpipe.costs.prices import ON_DEMAND, PURCHASES, PriceBook, Rate, Window
from jupyter_mlpipe.costs.scope import PRICES
from jupyter_mlpipe.errors import PriceBookError
from jupyter_mlpipe.notebook.directive import parse_size

FILE = PRICES
DEFAULT = Path(__file__).with_name("default_prices.toml")

_TOP = ("currency", "default", "machines", "storage", "egress", "exchange", "as_of")
_PRICES = ("cpu_hour", "memory_gib_hour", "machine_hour", "energy_kwh")
_SIZES = ("cpus", "memory", "gpus")
_RATE = (*_PRICES, *_SIZES, "gpu_hour", "purchase", "from", "until", "windows", "source")
_WINDOW = ("days", "from", "to", "zone", "factor")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CURRENCY = re.compile(r"[A-Z]{3}")


def load_prices(root: Path) -> PriceBook:
    """Read the prices of a workspace.

    Parameters
    ----------
    root
        The workspace's folder. Without a ``prices.toml`` the default prices hold.

    Raises
    ------
    PriceBookError
        The file cannot be read, or something in it is wrong; says what and where.
    """
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _default()
    except (OSError, UnicodeDecodeError) as error:
        raise PriceBookError(f"{FILE} cannot be read: {error}", hint="correct the file", path=str(path)) from error
    return read_prices(text, FILE)


@lru_cache(maxsize=1)
def _default() -> PriceBook:
    return _read(DEFAULT.read_text(encoding="utf-8"), DEFAULT.name)[0]


def read_prices(text: str, name: str = FILE) -> PriceBook:
    """Read a price book, over the default one unless it says ``default = false``. Raises `PriceBookError`."""
    own, document = _read(text, name)
    if document.get("default") is False:
        return own
    default = _default()
    factor = Decimal(1) if own.currency == default.currency else _exchanged(document, default.currency)
    if factor is None:  # in another currency they would be no prices
        return own
    said = {rate.machine for rate in own.rates}
    rates = tuple(_times(rate, factor) for rate in default.rates if rate.machine not in said)
    storage = {tier: price * factor for tier, price in default.storage_gib_month.items()} | dict(own.storage_gib_month)
    egress = own.egress_gib if own.egress_gib is not None else _product(default.egress_gib, factor)
    return PriceBook(own.currency, _ordered(own.rates) + rates, storage, egress, own.digest)


def _exchanged(document: Mapping[str, Any], currency: str) -> Decimal | None:
    found = document.get("exchange", {}).get(currency)
    return None if found is None else Decimal(str(found))


def _times(rate: Rate, factor: Decimal) -> Rate:
    if factor == 1:
        return rate
    return replace(
        rate,
        cpu_hour=_product(rate.cpu_hour, factor),
        memory_gib_hour=_product(rate.memory_gib_hour, factor),
        machine_hour=_product(rate.machine_hour, factor),
        energy_kwh=_product(rate.energy_kwh, factor),
        gpu_hour={glob: price * factor for glob, price in rate.gpu_hour.items()},
    )


def _product(price: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if price is None else price * factor


def _ordered(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """Exact names first, then long globs."""
    return tuple(sorted(rates, key=lambda rate: ("*" in rate.machine or "?" in rate.machine, -len(rate.machine))))


def _read(text: str, name: str) -> tuple[PriceBook, Mapping[str, Any]]:
    import tomllib

    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PriceBookError(f"{name} is not TOML: {error}", hint="correct that line", path=name) from error
    reading = _Reading(text, name)
    book = reading.book(document)
    if reading.problems:
        told = "\n".join(f"  {problem}" for problem in reading.problems)
        raise PriceBookError(
            f"{name} cannot be used:\n{told}",
            hint="docs/how-to/set-prices.md shows what may stand there; `mlpipe cost prices --check` reads it again",
            problems=reading.problems,
        )
    return book, document


class _Reading:
    """One reading of a book, with the mistakes it found."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = text.splitlines()
        self._name = name
        self._digest = blake3(text.encode()).hexdigest()[:16]
        self.problems: list[str] = []

    def book(self, document: Mapping[str, Any]) -> PriceBook:
        self._unknown("", document, _TOP)
        currency = document.get("currency", "USD")
        if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
            self._note("", f"currency is {currency!r}: give its three letters, such as USD", "currency")
            currency = "USD"
        if not isinstance(document.get("default", True), bool):
            self._note("", "default must be true or false", "default")
        for key, value in self._table("", document, "exchange").items():
            if not _CURRENCY.fullmatch(key):
                self._note("exchange", f"{key!r} is no currency", key)
            self._price("exchange", {key: value}, key)
        rates: list[Rate] = []
        for machine, given in self._table("", document, "machines").items():
            at = f"machines.{machine}"
            if not isinstance(given, Mapping):
                self._note("machines", f"{machine} must be a table", machine)
                continue
            found = [rate for entry in self._entries(at, given) if (rate := self._rate(at, machine, entry))]
            self._overlaps(at, found)
            rates += found
        storage = self._table("", document, "storage")
        self._unknown("storage", storage, ("store", "archive", "source"))
        tiers = {
            tier: price for tier in ("store", "archive") if (price := self._price("storage", storage, tier)) is not None
        }
        egress = self._table("", document, "egress")
        self._unknown("egress", egress, ("gib", "source"))
        return PriceBook(currency, _ordered(rates), tiers, self._price("egress", egress, "gib"), self._digest)

    def _entries(self, at: str, given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """A table is one entry, or it holds several under ``rates``; what it says beside them is in all of them."""
        entries = given.get("rates")
        if entries is None:
            yield given
        elif isinstance(entries, list) and entries and all(isinstance(entry, Mapping) for entry in entries):
            shared = {key: value for key, value in given.items() if key != "rates"}
            yield from ({**shared, **entry} for entry in entries)
        else:
            self._note(at, "rates must be tables: [[machines.NAME.rates]]", "rates")

    def _rate(self, at: str, machine: str, given: Mapping[str, Any]) -> Rate | None:
        before = len(self.problems)
        self._unknown(at, given, _RATE)
        purchase = given.get("purchase", ON_DEMAND)
        if purchase not in PURCHASES:
            self._note(at, f"purchase is {purchase!r}: give one of {', '.join(PURCHASES)}", "purchase")
        prices = {key: self._price(at, given, key) for key in _PRICES}
        gpu = given.get("gpu_hour", {})
        gpu = gpu if isinstance(gpu, Mapping) else {"*": gpu}
        gpu_hour = {glob: price for glob in gpu if (price := self._price(at, gpu, glob, "gpu_hour")) is not None}
        if not given.keys() & {*_PRICES, "gpu_hour"}:
            self._note(at, f"it has no price: give one of {', '.join((*_PRICES, 'gpu_hour'))} (0 where it is free)")
        sizes = {key: self._size(at, given, key) for key in _SIZES}
        if prices["machine_hour"] is not None and not any(sizes.values()):
            self._note(at, "machine_hour needs the machine's size: cpus, memory or gpus", "machine_hour")
        begin, end = self._moment(at, given, "from", -math.inf), self._moment(at, given, "until", math.inf)
        if not begin < end:
            self._note(at, "until is not after from", "until")
        windows = tuple(filter(None, (self._window(at, item) for item in self._list(at, given, "windows"))))
        if len(self.problems) > before:
            return None
        return Rate(
            machine=machine,
            purchase=purchase,
            begin=begin,
            end=end,
            **prices,
            gpu_hour=gpu_hour,
            cpus=None if sizes["cpus"] is None else Decimal(sizes["cpus"]),
            memory=None if sizes["memory"] is None else int(sizes["memory"]),
            gpus=None if sizes["gpus"] is None else Decimal(sizes["gpus"]),
            windows=windows,
            source=str(given.get("source", "")),
        )

    def _overlaps(self, at: str, rates: Sequence[Rate]) -> None:
        for purchase in PURCHASES:
            ordered = sorted((rate for rate in rates if rate.purchase == purchase), key=lambda rate: rate.begin)
            for first, second in itertools.pairwise(ordered):
                if second.begin < first.end:
                    self._note(at, f"two {purchase} rates are in force at once: give `until` to the one that ends")

    def _price(self, at: str, given: Mapping[str, Any], key: str, shown: str = "") -> Decimal | None:
        value = given.get(key)
        if value is None:
            return None
        number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        if number is None or not number.is_finite() or number < 0:
            self._note(at, f"{shown or key} is {value!s}: give a number of 0 or more", shown or key)
            return None
        return number

    def _size(self, at: str, given: Mapping[str, Any], key: str) -> Decimal | None:
        value = given.get(key)
        if key == "memory" and isinstance(value, str):
            try:
                return Decimal(parse_size(value))
            except ValueError as error:
                self._note(at, f"memory: {error}", key)
                return None
        return self._price(at, given, key)

    def _moment(self, at: str, given: Mapping[str, Any], key: str, absent: float) -> float:
        value = given.get(key)
        if value is None:
            return absent
        if isinstance(value, dt.datetime):
            return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
        if isinstance(value, dt.date):
            return dt.datetime.combine(value, dt.time(), dt.UTC).timestamp()
        self._note(at, f"{key} is {value!r}: give a date, without quotes: 2026-01-01", key)
        return absent

    def _window(self, at: str, given: Any) -> Window | None:
        if not isinstance(given, Mapping):
            self._note(at, "windows must be tables", "windows")
            return None
        before = len(self.problems)
        self._unknown(at, given, _WINDOW)
        begin, end = (self._time(at, given, key) for key in ("from", "to"))
        if begin == end:
            self._note(at, "a window begins and ends at the same time", "windows")
        zone = given.get("zone", "UTC")
        if not is_zone(zone):
            self._note(at, f"zone {zone!r} is not known: give one as Europe/Berlin", "zone")
        factor = self._price(at, given, "factor")
        if "factor" not in given:
            self._note(at, "a window needs its factor: 0.5 for half the price", "windows")
        days = self._days(at, given.get("days", "mon-sun"))
        if len(self.problems) > before or factor is None:
            return None
        return Window(days=days, begin=begin, end=end, zone=zone, factor=factor)

    def _time(self, at: str, given: Mapping[str, Any], key: str) -> dt.time:
        value = given.get(key)
        try:
            return value if isinstance(value, dt.time) else dt.time.fromisoformat(str(value))
        except ValueError:
            self._note(at, f"a window's {key} is {value!r}: give a time as 22:00", "windows")
            return dt.time()

    def _days(self, at: str, written: Any) -> frozenset[int]:
        found: set[int] = set()
        for part in str(written).lower().replace(" ", "").split(","):
            first, _, last = part.partition("-")
            if first not in _DAYS or (last or first) not in _DAYS:
                self._note(at, f"days is {written!r}: give them as mon-fri or sat,sun", "days")
                return frozenset()
            begin, count = _DAYS.index(first), (_DAYS.index(last or first) - _DAYS.index(first)) % 7
            found.update((begin + step) % 7 for step in range(count + 1))
        return frozenset(found)

    def _list(self, at: str, given: Mapping[str, Any], key: str) -> list[Any]:
        found = given.get(key, [])
        if not isinstance(found, list):
            self._note(at, f"{key} must be a list of tables", key)
            return []
        return found

    def _table(self, at: str, above: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = above.get(key, {})
        if isinstance(found, Mapping):
            return found
        self._note(at, f"{key} must be a table", key)
        return {}

    def _unknown(self, at: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in given.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1)
            self._note(at, f"{key} means nothing here{f': did you mean {near[0]}?' if near else ''}", key)

    def _note(self, at: str, text: str, key: str = "") -> None:
        line = self._line(at, key)
        where = ", ".join(filter(None, (self._name, f"line {line}" if line else "", f"[{at}]" if at else "")))
        problem = f"{where}: {text}"
        if problem not in self.problems:
            self.problems.append(problem)

    def _line(self, table: str, key: str) -> int | None:
        """Where a table, or a key of it, is written first; None where it is written in another way."""
        inside, found = not table, None
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if text.startswith("["):
                header = text.strip("[] ").replace('"', "").replace("'", "")
                inside = header == table or header.startswith(f"{table}.")
                found = number if inside and found is None else found
            elif inside and key and re.match(rf"""["']?{re.escape(key)}["']?\s*[.=]""", text):
                return number
        return found
