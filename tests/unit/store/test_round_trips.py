from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlpipe.errors import CorruptBlobError, MissingBlobError
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore
from tests.unit.store.exactness import differences
from tests.unit.store.values import VALUES


def saved(store: ArtifactStore, value: Any) -> Artifact:
    artifacts, refused = store.save_values({"v": value}, {"v": value})
    assert not refused
    (artifact,) = artifacts
    return artifact


@pytest.mark.parametrize("kind", VALUES)
def test_every_kind_comes_back_exactly(store: ArtifactStore, kind: str) -> None:
    codec, make = VALUES[kind]
    value = make()
    artifact = saved(store, value)
    assert artifact.codec == codec
    assert artifact.safe == (codec != "pickle")
    assert Artifact.from_json(artifact.to_json()) == artifact
    loaded = store.load(artifact, {})["v"]
    assert differences(make(), loaded) == []
    assert differences(make(), value) == [], "saving changed the value"
    assert store.content_digest("v", value, {}) == artifact.content
    assert store.content_digest("v", loaded, {}) == artifact.content
    assert store.content_digest("v", make(), {}) == artifact.content


def test_different_values_have_different_contents(store: ArtifactStore) -> None:
    contents = {kind: store.content_digest("v", make(), {}) for kind, (_, make) in VALUES.items()}
    assert len(set(contents.values())) == len(contents)


@pytest.mark.parametrize("rows", [10, 300_000])
def test_loaded_frames_are_written_in_place_and_the_store_stays_as_it_was(store: ArtifactStore, rows: int) -> None:
    frame = pd.DataFrame({"a": np.arange(rows) * 1.0, "b": np.arange(rows) * 2.0, "n": np.arange(rows)})
    frame["i"] = pd.array(np.arange(rows), "Int64")
    frame["c"] = pd.Categorical(["x", "y"] * (rows // 2))
    frame["s"] = ["p", "q"] * (rows // 2)
    artifact = saved(store, frame)
    loaded = store.load(artifact, {})["v"]
    loaded.loc[3, "a"] = -1.0
    loaded.iloc[4, 1] = -2.0
    loaded.loc[5, "i"] = None
    loaded.loc[6, "c"] = "y"
    loaded.loc[7, "s"] = "new"
    loaded["n"] += 1
    del loaded["b"]
    loaded.fillna(0, inplace=True)
    assert loaded.loc[3, "a"] == -1.0
    for blob in artifact.blobs:
        store.blobs.verify(blob.digest)
    assert differences(frame, store.load(artifact, {})["v"]) == []


@pytest.mark.parametrize("size", [10, 300_000])
def test_loaded_arrays_are_written_in_place(store: ArtifactStore, size: int) -> None:
    for value in (np.arange(size * 1.0), [np.arange(size), "beside"]):
        artifact = saved(store, value)
        loaded = store.load(artifact, {})["v"]
        array = loaded if isinstance(loaded, np.ndarray) else loaded[0]
        array[0] = 99
        array.sort()
        store.blobs.verify(artifact.blobs[-1].digest)
        assert differences(value, store.load(artifact, {})["v"]) == []


def test_sums_of_a_frame_are_the_same_to_the_last_bit(store: ArtifactStore) -> None:
    values = np.random.default_rng(3).normal(size=(50_000, 4)) * 1e6
    for frame in (
        pd.DataFrame(values, columns=list("abcd")),
        pd.DataFrame({name: values[:, at].copy() for at, name in enumerate("abcd")}),
    ):
        loaded = store.load(saved(store, frame), {})["v"]
        for axis in (0, 1):
            assert frame.sum(axis=axis).tolist() == loaded.sum(axis=axis).tolist()
            assert frame.std(axis=axis).tolist() == loaded.std(axis=axis).tolist()


def test_a_frames_columns_have_digests_of_their_own(store: ArtifactStore) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0], "s": ["x", "y"]})
    before = saved(store, frame)
    frame.loc[1, "b"] = 5.0
    after = saved(store, frame)
    assert before.meta["rows"] == 2
    changed = [name for name in before.meta["columns"] if before.meta["columns"][name] != after.meta["columns"][name]]
    assert changed == ["b"]
    assert before.content != after.content


def test_views_still_share_memory(store: ArtifactStore) -> None:
    loaded = store.load(saved(store, VALUES["views"][1]()), {})["v"]
    loaded["base"][12] = -5
    assert loaded["view"][2] == loaded["back"][-13] == loaded["strided"][4] == -5
    assert loaded["other"][12] == 12
    loaded = store.load(saved(store, VALUES["views without their base"][1]()), {})["v"]
    loaded[0][2, 3] = -5
    assert loaded[1][0, 3] == loaded[2][4] == -5


def test_a_view_of_something_large_is_stored_alone(store: ArtifactStore) -> None:
    artifact = saved(store, [np.arange(1_000_000)[:10], "x"])
    assert artifact.size < 10_000


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(codec=None))
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.decimals()
    | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain)
def test_any_plain_value_comes_back_exactly(store: ArtifactStore, value: Any) -> None:
    artifact = saved(store, value)
    assert artifact.codec == "json"
    loaded = store.load(artifact, {})["v"]
    assert differences(value, loaded) == []
    assert store.content_digest("v", loaded, {}) == artifact.content


columns = st.dictionaries(
    st.text(min_size=1, max_size=3),
    st.sampled_from(["int8", "uint64", "float32", "float64", "bool", "str", "datetime64[ns]", "Int64", "category"]),
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(columns, st.integers(0, 20), st.booleans(), st.randoms(use_true_random=False))
def test_any_frame_comes_back_exactly(
    store: ArtifactStore, columns: dict[str, str], rows: int, pick: bool, random: Any
) -> None:
    numbers = [[random.randint(0, 1) for _ in range(rows)] for _ in columns]
    frame = pd.DataFrame(dict(zip(columns, numbers, strict=True)), index=range(rows)).astype(columns)
    if pick and rows:
        frame = frame.sample(frac=0.5, random_state=1)
    artifact = saved(store, frame)
    loaded = store.load(artifact, {})["v"]
    assert differences(frame, loaded) == []
    assert store.content_digest("v", loaded, {}) == artifact.content


def test_a_value_has_one_content_in_every_process(tmp_path: Path) -> None:
    program = """
import sys, datetime, decimal
from jupyter_mlpipe.store.content import content_digest
class Thing:
    tags = {"x", "y", "zz", "w"}
    def __init__(self):
        self.b, self.a = {"p", "q", "r"}, [1, "x" * 3]
def f(x, y={"k", "l", "m"}):
    return x in {"some", "names", "here"}
ns = globals()
value = [Thing(), f, lambda x: x + 1, {"a", "b", "c"}, "".join(["in", "terned"]), decimal.Decimal(1), Thing]
print(content_digest("v", value, ns), content_digest("Thing", Thing, ns), content_digest("f", f, ns))
"""
    outputs = set()
    for seed in ("1", "2", "77"):
        path = tmp_path / f"program-{seed}.py"
        path.write_text("\n" * int(seed) + program)
        done = subprocess.run(
            [sys.executable, str(path)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_plain_values_load_no_library(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer
folder = Path({str(tmp_path)!r})
store = ArtifactStore.open(str(folder / "s"), cache_dir=folder, signer=Signer(folder / "key"))
artifacts, refused = store.save_values({{"a": 1.5, "b": [1], "c": {{"x": object}}, "f": lambda: 1}}, {{}})
assert len(artifacts) == 4 and not refused
for artifact in artifacts:
    store.load(artifact, {{}})
print([name for name in ("numpy", "pandas", "pyarrow", "polars", "torch", "sklearn", "fsspec") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("kind", ["list", "vector", "frame", "objects", "polars frame", "arrow table", "large frame"])
def test_damaged_and_missing_blobs_are_never_served(store: ArtifactStore, kind: str) -> None:
    artifact = saved(store, VALUES[kind][1]())
    path = store.blobs.open_local(artifact.blobs[0].digest)
    data = path.read_bytes()
    path.chmod(0o644)
    for at in range(0, len(data), max(1, len(data) // 12)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        with pytest.raises(CorruptBlobError):
            store.load(artifact, {})
    path.write_bytes(data[:-1])
    with pytest.raises(CorruptBlobError):
        store.load(artifact, {})
    path.unlink()
    with pytest.raises(MissingBlobError) as caught:
        store.load(artifact, {})
    assert "verify" in caught.value.hint
    assert saved(store, VALUES[kind][1]()) == artifact
    store.load(artifact, {})


def test_equal_values_of_different_kinds_differ(store: ArtifactStore) -> None:
    values = [1, 1.0, True, "1", b"1", decimal.Decimal(1), np.int64(1), np.float64(1), [1], (1,), {1}, dt.timedelta(1)]
    assert len({store.content_digest("v", value, {}) for value in values}) == len(values)
