"""Values that share memory stay in it."""

from typing import Any

import pandas as pd

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.sharing import bundles


def loaded(store: ArtifactStore, values: dict[str, object]) -> dict[str, Any]:
    artifacts, refused = store.save_values(values, values)
    assert not refused
    found: dict[str, Any] = {}
    for artifact in artifacts:
        found |= store.load(artifact, found)
    return found


def test_an_array_taken_out_of_a_frame_stays_in_its_memory(store: ArtifactStore) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    values: dict[str, Any] = {"frame": frame, "view": frame["a"].to_numpy()}
    for found in (loaded(store, values), values):
        found["frame"].iloc[0, 0] = 100.0
        assert found["view"].tolist() == [100.0, 2.0]


def test_frames_that_copy_on_write_do_not_share(store: ArtifactStore) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    values: dict[str, Any] = {"frame": frame, "view": frame["a"].to_numpy(), "other": frame.copy(deep=False)}
    assert bundles(values, {}) == [("frame",), ("view",), ("other",)]
    for found in (loaded(store, values), values):
        found["frame"].iloc[0, 0] = 100.0
        assert found["view"].tolist() == [1.0, 2.0]
        assert found["other"]["a"].tolist() == [1.0, 2.0]
