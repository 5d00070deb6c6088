"""PyTorch tensors: exact, writable, and sharing memory as they did."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.sharing import bundles

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


def _leaf() -> Any:
    return torch.ones(3, requires_grad=True)


TENSORS: dict[str, tuple[str, Callable[[], Any]]] = {
    "tensor": ("safetensors", lambda: torch.arange(12.0).reshape(3, 4)),
    "large": ("safetensors", lambda: torch.arange(600_000, dtype=torch.int64)),
    "scalar": ("safetensors", lambda: torch.tensor(5, dtype=torch.int8)),
    "empty": ("safetensors", lambda: torch.empty(0, 3)),
    "bfloat": ("safetensors", lambda: torch.arange(3).to(torch.bfloat16)),
    "leaf": ("safetensors", _leaf),
    "dict": ("safetensors", lambda: {"b": torch.ones(2, dtype=torch.uint8), "a": torch.zeros(3), "c": torch.ones(1)}),
    "ordered": ("safetensors", lambda: collections.OrderedDict(w=torch.ones(2))),
    "transposed": ("pickle", lambda: torch.arange(6.0).reshape(2, 3).T),
    "view": ("pickle", lambda: torch.arange(6.0)[2:4]),
    "complex": ("pickle", lambda: torch.tensor([1j])),
    "sparse": ("pickle", lambda: torch.eye(3).to_sparse()),
    "list": ("pickle", lambda: [torch.ones(2), torch.zeros(2)]),
    "module": ("pickle", lambda: torch.nn.Linear(2, 1)),
    "parameter": ("safetensors", lambda: torch.nn.Parameter(torch.ones(2))),
}


@pytest.mark.parametrize("kind", TENSORS)
def test_tensors_come_back_exactly(store: ArtifactStore, kind: str) -> None:
    codec, make = TENSORS[kind]
    torch.manual_seed(0)
    value = make()
    (artifact,), refused = store.save_values({"v": value}, {})
    assert not refused
    assert artifact.codec == codec
    loaded = store.load(artifact, {})["v"]
    assert type(loaded) is type(value)
    assert store.content_digest("v", loaded, {}) == artifact.content
    if isinstance(value, torch.Tensor) and not value.is_sparse:
        assert torch.equal(value, loaded)
        assert (value.dtype, value.stride(), value.requires_grad) == (
            loaded.dtype,
            loaded.stride(),
            loaded.requires_grad,
        )
        if loaded.numel() and not loaded.requires_grad:
            loaded.zero_()
            store.blobs.verify(artifact.blobs[0].digest)
            assert torch.equal(store.load(artifact, {})["v"], value)
    if isinstance(value, dict):
        assert list(value) == list(loaded)


def test_tensors_that_share_storage_are_one_bundle(store: ArtifactStore) -> None:
    a = torch.arange(6.0)
    values = {"a": a, "b": a[2:4], "c": a.clone()}
    groups = bundles(values, values)
    assert groups == [("a", "b"), ("c",)]
    artifacts, refused = store.save_values({"a": a, "b": a[2:4]}, values)
    assert not refused
    loaded: dict[str, Any] = store.load(artifacts[0], {})
    loaded["a"][2] = -1
    assert loaded["b"][0] == -1


def test_an_optimizer_still_trains_its_model(store: ArtifactStore) -> None:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    (artifact,), refused = store.save_values({"model": model, "optimizer": optimizer}, {})
    assert not refused
    assert artifact.names == ("model", "optimizer")
    loaded: dict[str, Any] = store.load(artifact, {})
    before = loaded["model"].weight.clone()
    loaded["model"](torch.ones(1, 2)).sum().backward()
    loaded["optimizer"].step()
    assert not torch.equal(before, loaded["model"].weight)
