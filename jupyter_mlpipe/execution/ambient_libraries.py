"""Ambient states of libraries: options, display settings, styles and random generators.

No library is imported to look at it: a state is read only where the notebook has loaded its library already, and
written by importing it. How states travel is the matter of ``ambient``.
"""

from __future__ import annotations

import base64
import importlib
import sys
import warnings
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.execution.ambient_state import AmbientState, Surroundings, plain


def _module(name: str) -> Any:
    return sys.modules.get(name) or importlib.import_module(name)


# -- NumPy ---------------------------------------------------------------------------------------------------------


def _read_numpy_random(_: Surroundings) -> dict[str, Any]:
    state = _module("numpy").random.get_state(legacy=False)
    return {key: _packed(value) for key, value in state.items()}


def _write_numpy_random(value: Mapping[str, Any], _: Surroundings) -> None:
    _module("numpy").random.set_state({key: _unpacked(item) for key, item in value.items()})


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _packed(item) for key, item in value.items()}
    if hasattr(value, "tobytes") and getattr(value, "shape", ()) != ():
        return {"dtype": str(value.dtype), "bytes": base64.b64encode(value.tobytes()).decode("ascii")}
    return value.item() if hasattr(value, "item") else value


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"dtype", "bytes"}:
        return _module("numpy").frombuffer(base64.b64decode(value["bytes"]), dtype=value["dtype"]).copy()
    if isinstance(value, dict):
        return {key: _unpacked(item) for key, item in value.items()}
    return value


def _read_print_options(_: Surroundings) -> dict[str, Any]:
    return {key: plain(value) for key, value in _module("numpy").get_printoptions().items()}


def _write_print_options(value: Mapping[str, Any], _: Surroundings) -> None:
    numpy = _module("numpy")
    known = numpy.get_printoptions()
    numpy.set_printoptions(**{key: item for key, item in value.items() if key in known})


def _initial_print_options(_: Surroundings) -> dict[str, Any]:
    return {
        "edgeitems": 3, "threshold": 1000, "floatmode": "maxprec", "precision": 8, "suppress": False, "linewidth": 75,
        "nanstr": "nan", "infstr": "inf", "sign": "-", "formatter": None, "legacy": False, "override_repr": None,
    }  # fmt: skip


def _read_errors(_: Surroundings) -> dict[str, Any]:
    return dict(_module("numpy").geterr())


def _write_errors(value: Mapping[str, Any], _: Surroundings) -> None:
    _module("numpy").seterr(**value)


def _initial_errors(_: Surroundings) -> dict[str, Any]:
    return {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


# -- pandas --------------------------------------------------------------------------------------------------------


def _pandas_options() -> Any:
    _module("pandas")
    return _module("pandas._config.config")


def _read_pandas(_: Surroundings) -> dict[str, Any]:
    options = _pandas_options()
    found: dict[str, Any] = {}
    for key in options._registered_options:  # noqa: SLF001
        value: Any = options._global_config  # noqa: SLF001
        for part in key.split("."):
            value = value[part]
        found[key] = plain(value)
    return found


def _write_pandas(value: Mapping[str, Any], _: Surroundings) -> None:
    options = _pandas_options()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key, item in value.items():
            if key in options._registered_options:  # noqa: SLF001
                options.set_option(key, item)


def _initial_pandas(_: Surroundings) -> dict[str, Any]:
    registered = _pandas_options()._registered_options  # noqa: SLF001
    return {key: plain(option.defval) for key, option in registered.items()}


# -- matplotlib, Plotly --------------------------------------------------------------------------------------------

_BACKENDS_OWN = frozenset({"backend", "backend_fallback", "interactive"})


def _read_rcparams(_: Surroundings) -> dict[str, Any]:
    return _style(_module("matplotlib").rcParams)


def _initial_rcparams(_: Surroundings) -> dict[str, Any]:
    return _style(_module("matplotlib").rcParamsOrig)


def _style(parameters: Any) -> dict[str, Any]:
    return {key: _style_value(value) for key, value in dict.items(parameters) if key not in _BACKENDS_OWN}


def _style_value(value: Any) -> Any:
    if type(value).__name__ == "Cycler":
        return {"cycle": plain(value.by_key())}
    return plain(value)


def _write_rcparams(value: Mapping[str, Any], _: Surroundings) -> None:
    matplotlib = _module("matplotlib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for key, item in value.items():
            if isinstance(item, dict) and set(item) == {"cycle"}:
                item = _module("cycler").cycler(**item["cycle"])
            matplotlib.rcParams[key] = item


def _read_template(_: Surroundings) -> dict[str, Any]:
    return {"default": _module("plotly.io").templates.default}


def _write_template(value: Mapping[str, Any], _: Surroundings) -> None:
    _module("plotly.io").templates.default = value["default"]


# -- torch, scikit-learn -------------------------------------------------------------------------------------------


def _read_torch_random(_: Surroundings) -> dict[str, Any]:
    torch = _module("torch")
    found = {"cpu": _tensor_bytes(torch.random.get_rng_state())}
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        for index, state in enumerate(torch.cuda.get_rng_state_all()):
            found[f"cuda:{index}"] = _tensor_bytes(state)
    return found


def _write_torch_random(value: Mapping[str, Any], _: Surroundings) -> None:
    torch = _module("torch")
    for device, text in value.items():
        state = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.uint8)
        if device == "cpu":
            torch.random.set_rng_state(state)
        elif torch.cuda.is_available() and int(device.partition(":")[2]) < torch.cuda.device_count():
            torch.cuda.set_rng_state(state, device)


def _tensor_bytes(state: Any) -> str:
    return base64.b64encode(bytes(state.cpu().numpy())).decode("ascii")


def _read_torch(_: Surroundings) -> dict[str, Any]:
    torch = _module("torch")
    return {
        "default_dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "deterministic_warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "grad": torch.is_grad_enabled(),
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
        "matmul_precision": torch.get_float32_matmul_precision(),
        "threads": torch.get_num_threads(),
    }


def _write_torch(value: Mapping[str, Any], _: Surroundings) -> None:
    torch = _module("torch")
    settings = {**_read_torch(_), **value}
    torch.set_default_dtype(getattr(torch, settings["default_dtype"]))
    torch.use_deterministic_algorithms(settings["deterministic"], warn_only=settings["deterministic_warn_only"])
    torch.set_grad_enabled(settings["grad"])
    torch.backends.cudnn.deterministic = settings["cudnn.deterministic"]
    torch.backends.cudnn.benchmark = settings["cudnn.benchmark"]
    torch.set_float32_matmul_precision(settings["matmul_precision"])
    if "threads" in value:
        torch.set_num_threads(value["threads"])


def _initial_torch(_: Surroundings) -> dict[str, Any]:
    start = {
        "default_dtype": "float32", "deterministic": False, "deterministic_warn_only": False, "grad": True,
        "cudnn.deterministic": False, "cudnn.benchmark": False, "matmul_precision": "highest",
    }  # fmt: skip
    return {**_read_torch(_), **start}


def _read_sklearn(_: Surroundings) -> dict[str, Any]:
    return {key: plain(value) for key, value in _module("sklearn").get_config().items()}


def _write_sklearn(value: Mapping[str, Any], _: Surroundings) -> None:
    _module("sklearn").set_config(**value)


STATES: tuple[AmbientState, ...] = (
    AmbientState("@numpy.random", "numpy", _read_numpy_random, _write_numpy_random, random=True),
    AmbientState("@numpy.printoptions", "numpy", _read_print_options, _write_print_options, _initial_print_options),
    AmbientState("@numpy.errors", "numpy", _read_errors, _write_errors, _initial_errors),
    AmbientState("@pandas.options", "pandas", _read_pandas, _write_pandas, _initial_pandas),
    AmbientState("@rcparams", "matplotlib", _read_rcparams, _write_rcparams, _initial_rcparams),
    AmbientState("@plotly.template", "plotly.io", _read_template, _write_template),
    AmbientState("@torch.random", "torch", _read_torch_random, _write_torch_random, random=True),
    AmbientState("@torch.settings", "torch", _read_torch, _write_torch, _initial_torch),
    AmbientState("@sklearn.config", "sklearn", _read_sklearn, _write_sklearn),
)
