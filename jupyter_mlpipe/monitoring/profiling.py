"""Profiles of frames: pandas, Polars, Arrow and Dask, whole, by segments, and in chunks.

Each column is read once, as an array. No rows are kept: of texts the distinct values with their counts, as long as they
are few and not personal; of personal columns keyed digests. Not for what a profile is (``profile``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from jupyter_mlpipe.errors import UnprofilableError
from jupyter_mlpipe.monitoring import sketches
from jupyter_mlpipe.monitoring.column_values import ColumnValues, read_column
from jupyter_mlpipe.monitoring.frames import Frame, is_dask
from jupyter_mlpipe.monitoring.personal import DEFAULT_KEY, digest, key_name, looks_personal, shortened
from jupyter_mlpipe.monitoring.profiles import ORDERED, ColumnProfile, Kind, Moments, Profile, Segment
from jupyter_mlpipe.monitoring.value_counts import MOST_EXACT, MOST_KEPT, ValueCounts
from jupyter_mlpipe.statistics.arrays import Array

MOST_NUMBERS = 256
"""Numbers with at most so many distinct values are counted like categories."""

MOST_SEGMENTS = 1000
_LOOKED_AT = 2048


def profile(
    frame: Any,
    *,
    by: Sequence[str] = (),
    pii: Collection[str] = (),
    time: str | None = None,
    chunk: str | None = None,
    columns: Sequence[str] | None = None,
    key: bytes = DEFAULT_KEY,
) -> Profile:
    """Profile a frame.

    Parameters
    ----------
    frame
        A pandas, Polars (lazy, too) or Dask frame, or an Arrow table; shape ``(rows, columns)``.
    by
        Columns whose values tell segments apart; each combination gets a profile of its own.
    pii
        Columns with personal values, besides those in the frame's ``attrs["pii"]``: of texts keyed digests are kept, of
        numbers neither quantiles nor extremes. Texts with more than 4,096 distinct values, or with e-mail addresses
        among them, are held to be personal, too.
    time
        Column that tells when a row is from: it gives the window, and the chunks' order.
    chunk
        ``n=1000`` for chunks of so many rows, or ``day``, ``week``, ``month`` for chunks of `time`.
    columns
        Only these; all where None.
    key
        32 bytes, for digests of personal values. Only profiles made with one key can be compared there.

    Returns
    -------
    Profile

    Raises
    ------
    UnprofilableError
        It is no frame, has no such column or two columns of one name, or too many segments.
    """
    if is_dask(frame):
        from jupyter_mlpipe.monitoring.dask_profiling import profile_partitions

        if chunk is not None:
            raise UnprofilableError(
                "a Dask frame is not cut into chunks", hint="its partitions have no order: leave `chunk` out"
            )
        return profile_partitions(frame, by=by, pii=pii, time=time, columns=columns, key=key)
    source = Frame.of(frame, pii)
    names = source.names if columns is None else list(columns)
    for name in (*names, *by, *([time] if time else ()), *(pii if columns is None else ())):
        source.must_have(name)
    start, end = _window(source.column(time)) if time is not None else (None, None)
    made = {name: _column(source, name, source.column(name), key) for name in names}
    segments: dict[Segment, Profile] = {}
    chunks: tuple[Profile, ...] = ()
    if by or chunk is not None:
        table = source.table([*dict.fromkeys([*names, *by, *([time] if time else ())])])

        def of_rows(part: Any) -> Profile:
            window = _window(part.column(time)) if time is not None else (None, None)
            inner = {name: _column(source, name, part.column(name), key) for name in names}
            return Profile(part.num_rows, inner, *window)

        if by:
            segments = {segment: of_rows(part) for segment, part in _segments(table, by, source.personal, key)}
        if chunk is not None:
            chunks = tuple(of_rows(part) for part in _chunks(table, time, chunk))
    return Profile(source.rows, made, start, end, segments, chunks)


# -- columns ----------------------------------------------------------------------------------------------------------


def _column(source: Frame, name: str, values: Any, key: bytes) -> ColumnProfile:
    read = read_column(values)
    kind: Kind = read.kind if _says_its_kind(read) else "other"
    blank = ColumnProfile(
        name, kind, source.dtype(name), count=read.count, nulls=read.nulls, infinite=read.infinite, mixed=read.mixed
    )
    personal = name in source.personal
    if kind in ORDERED and read.numbers is not None and len(read.numbers):
        return _ordered(blank, read.numbers, personal=personal)
    if len(read.words) and read.occurrences is not None:
        return _worded(blank, read.words, read.occurrences, key, personal=personal)
    return replace(blank, hashed=personal)


def _says_its_kind(read: ColumnValues) -> bool:
    """Whether there is any value: a column of nulls may become anything."""
    return read.count > read.nulls


def _ordered(blank: ColumnProfile, numbers: Array, *, personal: bool) -> ColumnProfile:
    if personal:
        return replace(blank, hashed=True, registers=sketches.registers_of_numbers(numbers))
    few = _few(numbers) if blank.kind == "number" else None
    if few is None:
        return replace(
            blank,
            moments=_moments(numbers),
            registers=sketches.registers_of_numbers(numbers),
            sketch=sketches.quantile_sketch(numbers),
        )
    values, occurrences = few
    shown = map(_shown, values.tolist())
    return replace(
        blank,
        moments=_moments(values, occurrences),
        counts=ValueCounts.of(dict(zip(shown, occurrences.tolist(), strict=True))),
        registers=sketches.registers_of_numbers(values),
        sketch=sketches.counted_quantiles(values, occurrences),
    )


def _few(numbers: Array) -> tuple[Array, Array] | None:
    """Distinct sorted values and their counts, where there are few; a look at some rows spares the others."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    some = numbers[:: max(1, len(numbers) // _LOOKED_AT)]
    if len(np.unique(some)) > MOST_NUMBERS:
        return None
    counted = pc.value_counts(pa.array(numbers + 0.0))
    if len(counted) > MOST_NUMBERS:
        return None
    values = np.asarray(counted.field("values"))
    order = np.argsort(values)
    return values[order], np.asarray(counted.field("counts"))[order]


def _moments(numbers: Array, weights: Array | None = None) -> Moments:
    import numpy as np

    low, high = float(numbers.min()), float(numbers.max())
    # Of numbers near the largest that there are, sums overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        if weights is None:
            n, mean = len(numbers), float(numbers.mean())
            apart = numbers - mean
            squares = float(apart @ apart)
        else:
            n, mean = int(weights.sum()), float(numbers @ weights / weights.sum())
            squares = float(((numbers - mean) ** 2) @ weights)
    return Moments(n, mean, squares, low, high)


def _shown(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _worded(
    blank: ColumnProfile, words: Sequence[str], occurrences: Array, key: bytes, *, personal: bool
) -> ColumnProfile:
    import numpy as np

    registers = sketches.registers_of_texts(words)
    missed = 0
    if len(words) > MOST_EXACT:
        order = np.argpartition(-occurrences, MOST_KEPT)
        missed = int(occurrences[order[MOST_KEPT]])
        kept = order[:MOST_KEPT]
        words, occurrences = [words[index] for index in kept.tolist()], occurrences[kept]
    hashed = blank.kind == "text" and (personal or missed > 0 or looks_personal(words))
    counts: dict[str, int] = {}
    for word, n in zip(words, occurrences.tolist(), strict=True):
        shown = digest(word, key) if hashed else shortened(word)
        counts[shown] = counts.get(shown, 0) + n
    named = key_name(key) if hashed else ""
    return replace(blank, counts=ValueCounts(counts, missed), hashed=hashed, key=named, registers=registers)


# -- parts -----------------------------------------------------------------------------------------------------------


def _window(values: Any) -> tuple[float | None, float | None]:
    read = read_column(values)
    if read.kind != "time" or read.numbers is None or not len(read.numbers):
        return None, None
    return float(read.numbers.min()), float(read.numbers.max()) + 1e-6


def _segments(table: Any, by: Sequence[str], personal: Collection[str], key: bytes) -> Iterator[tuple[Segment, Any]]:
    import numpy as np
    import pyarrow as pa

    codes = np.zeros(table.num_rows, dtype=np.int64)
    labels: list[list[str]] = []
    for name in by:
        encoded = table.column(name).combine_chunks()
        encoded = encoded.dictionary_encode() if not pa.types.is_dictionary(encoded.type) else encoded
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        values = ["" if value is None else str(value) for value in encoded.dictionary.to_pylist()]
        secret = name in personal or looks_personal(values)
        labels.append([digest(value, key) if secret else shortened(value) for value in values] + ["null"])
        codes = codes * len(labels[-1]) + np.asarray(encoded.indices.fill_null(len(values)), dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    if len(found) > MOST_SEGMENTS:
        raise UnprofilableError(
            f"{', '.join(by)} make {len(found):,} segments, more than {MOST_SEGMENTS:,}", hint="take a coarser column"
        )
    ordered = table.take(pa.array(order))
    for code, start, stop in zip(found.tolist(), starts, np.append(starts, len(order))[1:], strict=True):
        segment: list[tuple[str, str]] = []
        for name, words in zip(reversed(by), reversed(labels), strict=True):
            code, place = divmod(code, len(words))
            segment.append((name, words[place]))
        yield tuple(reversed(segment)), ordered.slice(start, stop - start)


def _chunks(table: Any, time: str | None, chunk: str) -> Iterator[Any]:
    import pyarrow as pa

    from jupyter_mlpipe.monitoring.windows import seconds, windows

    moments = seconds(table.column(time), time) if time is not None else None
    for window in windows(moments, chunk, table.num_rows):
        if len(window.rows):
            yield table.take(pa.array(window.rows))
