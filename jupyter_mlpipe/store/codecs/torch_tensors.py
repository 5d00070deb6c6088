"""PyTorch tensors, and plain dictionaries of them, in the safetensors format.

Tensors in main memory, contiguous, each over memory of its own. Loaded tensors are writable: they lie over a private
mapping. Modules and optimizers are pickled; their state dictionaries are not.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Mapping
from typing import Any

import torch

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch

SAFE = True

_DTYPES = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.int32: "I32",
    torch.int64: "I64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
}
_BACK = {name: dtype for dtype, name in _DTYPES.items()}
_ONE = "tensor"


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """One safetensors file, or None where a tensor would not come back exactly."""
    kind = {torch.Tensor: "tensor", torch.nn.Parameter: "parameter", dict: "dict", collections.OrderedDict: "ordered"}
    form = kind.get(type(value))
    if form is None:
        return None
    tensors = value if isinstance(value, dict) else {_ONE: value}
    if not tensors or not all(type(key) is str and key != "__metadata__" for key in tensors):
        return None
    # A state dictionary carries its modules' versions in an attribute.
    extra = dict(vars(value)) if form == "ordered" else {}
    if extra or not all(_plain(tensor, form) for tensor in tensors.values()):
        return None
    memory = [tensor.untyped_storage().data_ptr() for tensor in tensors.values() if tensor.numel()]
    if len(set(memory)) != len(memory):
        return None
    header: dict[str, Any] = {}
    position = 0
    for key, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        offsets = [position, position + size]
        header[key] = {"dtype": _DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        position += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = scratch()
    with path.open("xb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            if tensor.numel():
                file.write(tensor.detach().reshape(-1).view(torch.uint8).numpy())
    grads = [key for key, tensor in tensors.items() if tensor.requires_grad]
    return Encoded({"data": path}, {"kind": form, "grads": grads})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The tensor or the dictionary of tensors, writable."""
    buffer = parts.buffer("data")
    start = 8 + int.from_bytes(buffer[:8], "little")
    header = json.loads(bytes(buffer[8:start]))
    tensors: dict[str, Any] = {}
    for key, item in header.items():
        dtype, shape = _BACK[item["dtype"]], item["shape"]
        low, high = item["data_offsets"]
        if high == low:
            tensor = torch.empty(shape, dtype=dtype)
        else:
            tensor = torch.frombuffer(buffer[start + low : start + high], dtype=torch.uint8)
            # A view of bytes as wider numbers needs an aligned start, which small files read into memory may lack.
            aligned = tensor if tensor.data_ptr() % dtype.itemsize == 0 else tensor.clone()
            tensor = aligned.view(dtype).reshape(shape)
        tensors[key] = tensor.requires_grad_() if key in meta["grads"] else tensor
    if meta["kind"] == "tensor":
        return tensors[_ONE]
    if meta["kind"] == "parameter":
        return torch.nn.Parameter(tensors[_ONE].detach(), requires_grad=bool(meta["grads"]))
    return collections.OrderedDict(tensors) if meta["kind"] == "ordered" else tensors


def _plain(tensor: Any, form: str) -> bool:
    return (
        type(tensor) is (torch.nn.Parameter if form == "parameter" else torch.Tensor)
        and tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and tensor.dtype in _DTYPES
        and tensor.is_contiguous()
        and tensor.is_leaf
        and tensor.grad is None
        and not tensor.is_neg()
        and not tensor.is_conj()
        and not tensor._backward_hooks  # noqa: SLF001 - no public way to ask
        and not vars(tensor)
        and tensor.untyped_storage().nbytes() == tensor.numel() * tensor.element_size()
    )
