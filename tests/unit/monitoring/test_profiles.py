"""Profiles: merging them gives what profiling the whole would, and their bytes hold all of them, or are refused."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.errors import ProfileError
from jupyter_mlpipe.monitoring.profiles import Profile, merged
from jupyter_mlpipe.monitoring.profiling import profile

AT = np.linspace(0, 1, 21)

NUMBERS = st.one_of(
    st.none(), st.floats(-1e9, 1e9), st.sampled_from([np.inf, -np.inf, np.nan]), st.integers(-5, 5).map(float)
)
WORDS = st.one_of(st.none(), st.sampled_from(["a", "b", "ü", ""]), st.text(max_size=5))
ROWS = st.lists(st.tuples(NUMBERS, WORDS, st.sampled_from([True, False]), st.integers(0, 10**9)), max_size=30)


def frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [[], [], [], []]
    return pd.DataFrame(
        {
            "number": pd.Series(columns[0], dtype="float64"),
            "word": pd.Series(columns[1], dtype="str"),
            "flag": pd.Series(columns[2], dtype="bool"),
            "when": pd.to_datetime(pd.Series(columns[3], dtype="int64"), unit="s"),
        }
    )


def same(left: Profile, right: Profile, *, approximate: bool = True) -> None:
    """Raise where two profiles tell different things."""
    assert (left.rows, left.start, left.end, set(left.columns)) == (
        right.rows, right.start, right.end, set(right.columns),
    )  # fmt: skip
    for name, mine in left.columns.items():
        other = right.columns[name]
        for field in ("kind", "count", "nulls", "infinite", "mixed", "hashed", "key", "complete", "minimum", "maximum"):
            assert getattr(mine, field) == getattr(other, field), (name, field)
        assert mine.distinct == other.distinct
        assert mine.frequent() == other.frequent()
        assert np.array_equal(mine._registers, other._registers)
        assert np.array_equal(mine.quantiles(AT), other.quantiles(AT), equal_nan=True)
        for field in ("mean", "stddev"):
            got, wanted = getattr(mine, field), getattr(other, field)
            assert got == (pytest.approx(wanted, rel=1e-6, abs=1e-3) if approximate else wanted), (name, field)
    assert set(left.segments) == set(right.segments)
    for segment, part in left.segments.items():
        same(part, right.segments[segment], approximate=approximate)
    assert len(left.chunks) == len(right.chunks)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS, ROWS)
def test_merging_is_commutative_associative_and_what_the_whole_gives(a: list, b: list, c: list) -> None:
    one, two, three = (profile(frame(rows), by=["flag"], time="when") for rows in (a, b, c))
    same(one.merge(two), two.merge(one))
    same(one.merge(two).merge(three), one.merge(two.merge(three)))
    same(merged([one, two, three]), one.merge(two).merge(three))
    whole = profile(frame([*a, *b, *c]), by=["flag"], time="when")
    together = merged([one, two, three])
    for name, column in whole.columns.items():
        part = together.columns[name]
        assert (part.count, part.nulls, part.infinite) == (column.count, column.nulls, column.infinite)
        assert (part.minimum, part.maximum, part.frequent()) == (column.minimum, column.maximum, column.frequent())


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_the_empty_profile_is_neutral(rows: list) -> None:
    made = profile(frame(rows), by=["flag"])
    for empty in (Profile(0), profile(frame([]), by=["flag"])):
        same(made.merge(empty), made)
        same(empty.merge(made), made)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_bytes_hold_all_of_a_profile(rows: list) -> None:
    made = profile(frame(rows), by=["flag"], time="when", chunk="n=7", pii=["word"])
    data = made.to_bytes()
    back = Profile.from_bytes(data)
    assert back.to_bytes() == data
    assert list(back.columns) == list(made.columns)
    same(back, made, approximate=False)


def large() -> Profile:
    random = np.random.default_rng(1)
    return profile(
        pd.DataFrame({"x": random.normal(size=9000), "tail": [f"N{n}" for n in random.integers(0, 9000, 9000)]})
    )


def test_large_columns_come_back_and_merge_within_their_errors() -> None:
    made = large()
    back = Profile.from_bytes(made.to_bytes())
    same(back, made, approximate=False)
    twice = back.merge(made)
    assert twice.columns["x"].distinct == pytest.approx(9000, rel=0.05)
    assert twice.columns["x"].cdf(np.array([0.0]))[0] == pytest.approx(
        made.columns["x"].cdf(np.array([0.0]))[0], abs=0.01
    )


def test_damage_anywhere_is_refused() -> None:
    data = large().to_bytes()
    random = np.random.default_rng(7)
    for place in {*range(40), *range(len(data) - 20, len(data)), *random.integers(0, len(data), 200).tolist()}:
        damaged = bytearray(data)
        damaged[place] ^= int(random.integers(1, 256))
        with pytest.raises(ProfileError):
            Profile.from_bytes(bytes(damaged))
    for length in (0, 1, 6, 7, 8, 23, 24, 25, len(data) // 2, len(data) - 1):
        with pytest.raises(ProfileError):
            Profile.from_bytes(data[:length])
    with pytest.raises(ProfileError):
        Profile.from_bytes(data + b"\0")


def sealed(body: bytes, version: int = 1) -> bytes:
    whole = b"MLPROF" + struct.pack("<H", version) + body
    return whole + blake3(whole).digest(16)


def test_a_newer_version_says_to_upgrade() -> None:
    with pytest.raises(ProfileError, match="version 2") as caught:
        Profile.from_bytes(sealed(b"anything", 2))
    assert caught.value.hint == "upgrade it"


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", "null", '{"rows": 1}', json.dumps({"columns": [{}], "rows": 1, "start": None})]
)
def test_bytes_with_a_right_checksum_and_wrong_content_are_refused(document: str) -> None:
    with pytest.raises(ProfileError):
        Profile.from_bytes(sealed(zlib.compress(struct.pack("<I", len(document)) + document.encode())))
    with pytest.raises(ProfileError):
        Profile.from_bytes(sealed(document.encode()))


def test_kinds_that_differ_are_told_as_mixed_whichever_comes_first() -> None:
    numbers, words = profile(pd.DataFrame({"x": [1.0, 2.0, 3.0]})), profile(pd.DataFrame({"x": ["a", "b"]}))
    for both in (numbers.merge(words), words.merge(numbers)):
        column = both.columns["x"]
        assert (column.kind, column.count, column.mixed, column.valid) == ("number", 5, 2, 3)
    even = profile(pd.DataFrame({"x": ["a", "b", "c"]}))
    assert numbers.merge(even).columns["x"].kind == even.merge(numbers).columns["x"].kind


def test_a_column_that_one_side_lacks_is_null_there() -> None:
    both = profile(pd.DataFrame({"x": [1.0, 2.0]})).merge(profile(pd.DataFrame({"y": ["a"]})))
    assert (both.rows, both.columns["x"].nulls, both.columns["y"].nulls) == (3, 1, 2)
    assert both.columns["y"].count == 3


def test_digests_of_two_keys_are_not_counted_together() -> None:
    people = pd.DataFrame({"name": ["Ada", "Bo"]})
    left, right = (profile(people, pii=["name"], key=bytes([n]) * 32) for n in (1, 2))
    assert left.merge(left).columns["name"].frequent() == dict.fromkeys(left.columns["name"].frequent(), 2)
    column = left.merge(right).columns["name"]
    assert (column.frequent(), column.complete, column.hashed) == ({}, False, True)
    assert column.distinct == pytest.approx(2, abs=0.1)


def test_plain_texts_do_not_stay_beside_hashed_ones() -> None:
    people = pd.DataFrame({"name": ["Ada Canary", "Bo"]})
    both = profile(people).merge(profile(people, pii=["name"]))
    assert both.columns["name"].hashed
    assert b"Canary" not in zlib.decompress(both.to_bytes()[8:-16])


def test_points_of_a_cdf_may_be_unsorted_and_repeated() -> None:
    column = profile(pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})).columns["x"]
    assert column.cdf(np.array([3.0, 0.0, 3.0, 9.0])).tolist() == [0.75, 0.0, 0.75, 1.0]
    assert column.cdf(np.array([])).tolist() == []
    assert np.isnan(profile(pd.DataFrame({"x": ["a"]})).columns["x"].cdf(np.array([1.0]))).all()
