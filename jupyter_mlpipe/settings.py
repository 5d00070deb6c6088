"""One frozen ``Settings`` for a workspace.

Values come, each over the one before, from the defaults, ``[tool.mlpipe]`` in the root's ``pyproject.toml``, the
``MLPIPE_*`` environment variables (and ``MLFLOW_TRACKING_URI``), and overrides such as command-line options. A name
that is not a setting is refused with its nearest neighbour: a misspelt setting must not be ignored.

This module is not for opening what the settings point at (``workspace`` does that), nor for finding the
workspace's folder (``root``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import SettingsError
from jupyter_mlpipe.root import FOLDER, absolute, tool_table

ENVIRONMENT_PREFIX = "MLPIPE_"
INTERNAL_PREFIX = "MLPIPE_INTERNAL_"
"""Variables that the package sets for its own processes; they are no settings."""


@dataclass(frozen=True)
class Settings:
    """All settings of a workspace, with every relative path resolved against ``root``."""

    root: Path
    store_url: str = field(repr=False)
    """Artifact store: an absolute local path or an fsspec URL (``s3://bucket/prefix``)."""
    ledger_url: str = field(repr=False)
    """Ledger: ``sqlite:////absolute/path`` or ``postgresql://…``."""
    tracking_uri: str = field(repr=False)
    """MLflow's tracking URI."""
    signing_key: Path
    """The user's private key; made on first use by the store."""
    tracking: bool = True
    """Whether runs are sent to MLflow."""
    experiment: str | None = None
    """MLflow experiment; the pipeline's name where it is None."""
    openlineage_url: str | None = field(default=None, repr=False)
    """Where runs are told in OpenLineage's terms: a server's http(s) URL, or a file; nowhere where it is None."""
    cluster: str = "local"
    """``local``, a scheduler's address, or the path of a Dask cluster class."""
    cluster_options: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments for the cluster class."""
    workers: int | None = None
    """Number of workers; the cluster's own default where it is None."""
    adapt_minimum: int | None = None
    adapt_maximum: int | None = None
    """Bounds of an adaptive cluster; adaptive only where the maximum is set."""
    idle_timeout: float = 300.0
    """Seconds after which a cluster that `mlpipe run --warm` keeps, and that no run uses, is sent away."""
    machine: str | None = None
    """Class in the price book of the machines that stages run on; `local` for this machine, where None."""
    purchase: str | None = None
    """How these machines are paid: `on-demand`, where None, or `spot`."""
    energy: bool = False
    """Whether the energy that stages take is measured."""
    environment: str = "development"
    """What the costs of runs here count for: development, staging, production."""
    budgets: Mapping[str, Any] = field(default_factory=dict)
    """How much may be spent, by name (docs/how-to/set-budgets.md)."""
    retention: Mapping[str, Any] = field(default_factory=dict)
    """What is kept, archived and deleted, rule by rule (docs/how-to/keep-and-delete.md)."""
    kernel_name: str | None = None
    """Jupyter kernel for all stages; the notebook's own where it is None."""
    fork_kernels: bool = True
    """Whether the kernels of stages are forked from a process that has imported what the notebook imports."""
    trusted_keys: tuple[str, ...] = ()
    """Public keys whose manifests and models are trusted beside the user's own."""
    models: Mapping[str, Any] = field(default_factory=dict)
    """By model (``*`` for all): what a version must show to be promoted (docs/how-to/promote-models.md)."""
    alerts: Mapping[str, Any] = field(default_factory=dict)
    """What is worth an alert, and how alerts go out (docs/how-to/alert-owners.md)."""
    lease_ttl: float = 30.0
    """Seconds after which a lease that is not renewed may be taken over."""

    @property
    def tells_openlineage(self) -> bool:
        """Whether somebody gathers lineage."""
        return self.openlineage_url is not None

    @property
    def folder(self) -> Path:
        """The ``.mlpipe`` folder."""
        return self.root / FOLDER

    @property
    def cache_dir(self) -> Path:
        """Local copies of what lives elsewhere; may be deleted at any time."""
        return self.folder / "cache"


# -- types --------------------------------------------------------------------------------------------------------


def _string(value: Any, _root: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a non-empty string")
    return value


def _boolean(value: Any, _root: Path) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("true or false")


def _count(value: Any, _root: Path) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return value


def _seconds(value: Any, _root: Path) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < 1e9:
        raise ValueError("a number of seconds above 0")
    return number


def _duration(value: Any, root: Path) -> float:
    return _seconds(parse_duration(value) if isinstance(value, str) else value, root)


def _purchase(value: Any, _root: Path) -> str:
    if value not in ("on-demand", "spot"):
        raise ValueError("on-demand or spot")
    return str(value)


def _strings(value: Any, _root: Path) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of strings (in a variable: separated by commas)")
    return tuple(value)


def _mapping(value: Any, _root: Path) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, Mapping):
        raise ValueError("a table (in a variable: a JSON object)")  # noqa: TRY004 (the caller shows it as a bad value)
    return dict(value)


def _path(value: Any, root: Path) -> Path:
    if isinstance(value, Path):
        value = str(value)
    text = _string(value, root)
    return absolute(root / Path(text).expanduser())


def _place(value: Any, root: Path) -> str:
    """Read a path or a URL; only paths are resolved."""
    if isinstance(value, Path):
        value = str(value)
    text = _string(value, root)
    return text if "://" in text or text.startswith("databricks") else str(_path(text, root))


def _database(value: Any, root: Path) -> str:
    """Read a database URL; the path of an SQLite URL, or a plain path, is resolved."""
    text = _place(value, root)
    if text.startswith("sqlite:///"):
        return f"sqlite:///{_path(text.removeprefix('sqlite:///'), root)}"
    return text if "://" in text else f"sqlite:///{text}"


def _tracking(value: Any, root: Path) -> str:
    """Read MLflow's URI: a server, a database, ``databricks``, or a folder."""
    text = _place(value, root)
    return _database(text, root) if text.startswith("sqlite:") else text


def _events_url(value: Any, root: Path) -> str:
    """Read where events go: an http(s) URL, or a file as a path or a ``file://`` URL."""
    text = _place(value, root)
    scheme, separator, rest = text.partition("://")
    if separator and (scheme not in ("http", "https", "file") or not rest.strip("/")):
        raise ValueError("an http(s) URL or a file")
    return text


_READERS: Mapping[str, Callable[[Any, Path], Any]] = {
    "store_url": _place,
    "ledger_url": _database,
    "tracking_uri": _tracking,
    "signing_key": _path,
    "tracking": _boolean,
    "experiment": _string,
    "openlineage_url": _events_url,
    "cluster": _string,
    "cluster_options": _mapping,
    "workers": _count,
    "adapt_minimum": _count,
    "adapt_maximum": _count,
    "idle_timeout": _duration,
    "machine": _string,
    "purchase": _purchase,
    "energy": _boolean,
    "environment": _string,
    "budgets": _mapping,
    "retention": _mapping,
    "kernel_name": _string,
    "fork_kernels": _boolean,
    "trusted_keys": _strings,
    "models": _mapping,
    "alerts": _mapping,
    "lease_ttl": _seconds,
}


# -- reading ------------------------------------------------------------------------------------------------------


def load_settings(
    root: Path, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read the settings of the workspace at ``root``.

    Parameters
    ----------
    root
        The workspace's folder.
    environ
        Environment variables; ``os.environ`` where None.
    overrides
        Settings by name (``lease_ttl`` or ``lease-ttl``); an override that is None counts as not given.

    Raises
    ------
    SettingsError
        An unknown name, a bad value, or a ``pyproject.toml`` that is not TOML.
    """
    root = absolute(root)
    environ = os.environ if environ is None else environ
    values = _defaults(root, environ)
    values |= _from_pyproject(root)
    values |= _from_environment(root, environ)
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    values |= _read(given, root, "the options")
    settings = Settings(root=root, **values)
    low, high = settings.adapt_minimum, settings.adapt_maximum
    if low is not None and high is not None and low > high:
        raise SettingsError(
            f"adapt-minimum ({low}) is above adapt-maximum ({high})", hint="set a minimum that is at most the maximum"
        )
    return settings


def public_url(url: str) -> str:
    """A URL without the user and password that it may hold."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def setting_names() -> tuple[str, ...]:
    """Names of all settings, as they stand in ``pyproject.toml``."""
    return tuple(item.name.replace("_", "-") for item in fields(Settings) if item.name != "root")


def _defaults(root: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    folder = root / FOLDER
    config = Path(environ.get("XDG_CONFIG_HOME") or "")
    base = config if config.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".config"
    return {
        "store_url": str(folder / "store"),
        "ledger_url": f"sqlite:///{folder / 'ledger.db'}",
        "tracking_uri": f"sqlite:///{folder / 'mlflow.db'}",
        "signing_key": base / "jupyter_mlpipe" / "signing.key",
    }


def _from_pyproject(root: Path) -> dict[str, Any]:
    path = root / "pyproject.toml"
    table = tool_table(path)
    return _read(table, root, "[tool.mlpipe] of pyproject.toml") if table is not None else {}


def _from_environment(root: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, str] = {}
    tracking = environ.get("MLFLOW_TRACKING_URI")
    if tracking:
        given["tracking_uri"] = tracking
    for name, value in environ.items():
        if name.startswith(ENVIRONMENT_PREFIX) and not name.startswith(INTERNAL_PREFIX) and value != "":
            given[name.removeprefix(ENVIRONMENT_PREFIX).lower()] = value
    return _read(given, root, "the environment", shown=_variable)


def _variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper().replace("-", "_")


def _read(
    given: Mapping[str, Any], root: Path, origin: str, shown: Callable[[str], str] = lambda name: name.replace("_", "-")
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for written, value in given.items():
        name = written.replace("-", "_")
        reader = _READERS.get(name)
        if reader is None:
            import difflib

            near = difflib.get_close_matches(name, _READERS, n=1, cutoff=0.0)[0]
            raise SettingsError(
                f"{shown(written)} in {origin} is not a setting",
                hint=f"did you mean {shown(near)}? The settings are: {', '.join(shown(item) for item in _READERS)}",
                name=written,
            )
        try:
            values[name] = reader(value, root)
        except ValueError as error:
            raise SettingsError(
                f"{shown(written)} in {origin} is {value!r}", hint=f"give {error}", name=written
            ) from error
    return values
