"""Sketches made of whole arrays: within their stated errors of the truth, and what DataSketches itself would hold."""

from __future__ import annotations

import datasketches
import numpy as np
import pytest

from jupyter_mlpipe.monitoring import sketches

SHARES = np.linspace(0.001, 0.999, 199)


def columns(rows: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(rows)
    return {
        "normal": random.normal(size=rows),
        "sorted": np.arange(rows, dtype=float),
        "falling": np.arange(rows, dtype=float)[::-1].copy(),
        "heavy": random.pareto(0.5, rows),
        "periodic": np.sin(np.arange(rows) / 256 * 2 * np.pi) + random.normal(0, 1e-6, rows),
        "ties": random.integers(0, 1000, rows).astype(float),
        "constant": np.full(rows, 3.5),
        "zeros and tails": np.where(random.random(rows) < 0.9, 0.0, random.normal(size=rows)),
    }


def worst_rank_error(sketch: datasketches.kll_doubles_sketch, values: np.ndarray) -> float:
    """By how much a rank is off at most, at points of the data."""
    ordered = np.sort(values)
    points = np.unique(np.quantile(ordered, SHARES, method="inverted_cdf"))
    truth = np.searchsorted(ordered, points, side="right") / len(ordered)
    found = np.asarray(sketch.get_cdf(points, inclusive=True))[:-1]
    return float(np.abs(found - truth).max())


@pytest.mark.parametrize(
    "rows", [1, 2, 2047, 2048, 2049, 4095, 4096, 4097, 5000, 50_000, 65_535, 65_536, 67_583, 100_003, 262_144, 700_000]
)
def test_ranks_are_within_the_stated_error_of_the_truth(rows: int) -> None:
    for name, values in columns(rows).items():
        sketch = sketches.quantile_sketch(values)
        assert sketch.n == rows, name
        assert (sketch.get_min_value(), sketch.get_max_value()) == (values.min(), values.max()), name
        assert worst_rank_error(sketch, values) <= sketches.rank_error(sketch), name


@pytest.mark.parametrize("rows", [2048, 2049, 4096, 65_537, 300_001])
def test_the_same_array_gives_the_same_sketch(rows: int) -> None:
    values = np.random.default_rng(rows).normal(size=rows)
    first, again = (sketches.kll_bytes(sketches.quantile_sketch(values.copy())) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("rows", [10, 4096, 50_000])
def test_counted_values_give_the_same_ranks_as_the_values(rows: int) -> None:
    values = np.random.default_rng(1).integers(0, 200, rows).astype(float)
    distinct, counts = np.unique(values, return_counts=True)
    sketch = sketches.counted_quantiles(distinct, counts)
    assert sketch.n == rows
    assert worst_rank_error(sketch, values) <= sketches.rank_error(sketch)


@pytest.mark.parametrize("parts", [2, 30])
def test_merged_sketches_stay_within_their_error(parts: int) -> None:
    random = np.random.default_rng(parts)
    pieces = [random.normal(number % 3, 1, 20_000 + number) for number in range(parts)]
    merged = sketches.merged_quantiles(map(sketches.quantile_sketch, pieces))
    whole = np.concatenate(pieces)
    assert merged.n == len(whole)
    assert worst_rank_error(merged, whole) <= sketches.rank_error(merged)


def test_a_sketch_comes_back_from_its_bytes_and_takes_more_values() -> None:
    values = np.random.default_rng(2).normal(size=300_000)
    sketch = sketches.kll_from_bytes(sketches.kll_bytes(sketches.quantile_sketch(values)))
    more = np.random.default_rng(3).normal(1, 1, 100_000)
    sketch.update(more)
    assert worst_rank_error(sketch, np.concatenate([values, more])) <= sketches.rank_error(sketch)


def fed_one_by_one(values: list[int] | list[float] | list[str]) -> np.ndarray:
    sketch = datasketches.hll_sketch(sketches.HLL_LG_K, datasketches.tgt_hll_type.HLL_8)
    for value in values:
        sketch.update(value)
    return sketches.registers_of_sketch(bytes(sketch.serialize_compact()))


@pytest.mark.parametrize("rows", [0, 1, 5, 100, 2000, 40_000])
def test_registers_of_arrays_are_those_that_datasketches_sets_value_by_value(rows: int) -> None:
    random = np.random.default_rng(rows)
    whole = random.integers(-(2**62), 2**62, rows)
    fractions = random.normal(size=rows) * 10.0 ** random.integers(-300, 300, rows)
    fractions = fractions[fractions != np.rint(fractions)]
    texts = [f"tail {number} ü" for number in range(rows)]
    assert np.array_equal(sketches.registers_of_numbers(whole), fed_one_by_one(whole.tolist()))
    assert np.array_equal(sketches.registers_of_numbers(fractions), fed_one_by_one(fractions.tolist()))
    assert np.array_equal(sketches.registers_of_texts(texts), fed_one_by_one(texts))


def test_whole_numbers_count_the_same_as_integers_and_as_floats() -> None:
    whole = np.arange(-5000, 5000)
    registers = sketches.registers_of_numbers(whole)
    assert np.array_equal(registers, sketches.registers_of_numbers(whole.astype(float)))
    assert np.array_equal(
        sketches.registers_of_numbers(np.array([0.0])), sketches.registers_of_numbers(np.array([-0.0]))
    )
    mixed = np.concatenate([whole.astype(float), [0.5, 1e300, -1e300, 2.0**63]])
    both = sketches.registers_of_numbers(np.array([0.5, 1e300, -1e300, 2.0**63]))
    assert np.array_equal(sketches.registers_of_numbers(mixed), np.maximum(registers, both))


@pytest.mark.parametrize("distinct", [1, 10, 500, 3000, 20_000, 150_000])
def test_distinct_values_are_estimated_within_a_few_percent(distinct: int) -> None:
    values = np.random.default_rng(distinct).normal(size=distinct)
    estimate, low, high = sketches.distinct_values(sketches.registers_of_numbers(np.tile(values, 3)))
    assert low <= estimate <= high
    assert estimate == pytest.approx(distinct, rel=0.05)


def test_registers_that_saw_nothing_count_nothing() -> None:
    assert sketches.distinct_values(sketches.no_registers()) == (0.0, 0.0, 0.0)
    assert not sketches.registers_of_texts([]).any()


def test_a_sketch_with_fewer_registers_is_refused() -> None:
    small = datasketches.hll_sketch(8)
    for number in range(5000):
        small.update(number)
    with pytest.raises(ValueError, match="registers"):
        sketches.registers_of_sketch(bytes(small.serialize_compact()))
