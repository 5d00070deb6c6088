"""Loading a registered model, after its files, and the alias that names it, were found to be what was signed.

Everything is verified before any byte of the model is interpreted. A model that is kept as a pickle is loaded only
where the caller says so. Not for serving it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import UnknownModelError, UntrustedModelError
from jupyter_mlpipe.models import registry
from jupyter_mlpipe.models.lifecycle import TARGETS
from jupyter_mlpipe.models.registry import RegisteredVersion, Registry
from jupyter_mlpipe.models.statements import files_digest, files_of, read_statement
from jupyter_mlpipe.notebook.model_names import split_reference, version_number
from jupyter_mlpipe.settings import Settings
from jupyter_mlpipe.store.signing import Signer

_FLAVORS = ("sklearn", "xgboost", "lightgbm", "pytorch")


def load_model(settings: Settings, reference: str, *, allow_pickle: bool = False) -> Any:
    """Load ``flight-delay@production`` or ``flight-delay@3``: the model itself, as it was registered.

    Parameters
    ----------
    settings
        Say where MLflow is, and which keys are trusted.
    reference
        A model with an alias or a version's number; the alias ``production`` where there is none.
    allow_pickle
        Also a version that is kept as a pickle, which runs code of whoever made it.

    Raises
    ------
    UnknownModelError
        There is no such model, version or alias.
    UntrustedModelError
        Its files or its alias are not what a trusted key signed; or it is a pickle.
    RegistryUnavailableError
        MLflow does not answer.
    """
    opened = Registry(settings)
    found = resolve(opened, settings, reference)
    claims = signed_claims(settings, found)
    if not claims.get("safe") and not allow_pickle:
        raise UntrustedModelError(
            f"{found.model} version {found.version} is kept as a pickle, which can run any code when it is loaded",
            hint="register it in a safe format, or load it with allow_pickle=True",
            model=found.model,
            version=found.version,
        )
    with verified_files(opened, settings, found) as folder:
        return _load(folder, str(claims.get("flavor")))


def resolve(opened: Registry, settings: Settings, reference: str) -> RegisteredVersion:
    """The version that a reference names; an alias counts only where the version was signed as having passed for it.

    Raises
    ------
    UnknownModelError, UntrustedModelError, RegistryUnavailableError
        As `load_model`.
    """
    model, name = split_reference(reference)
    name = name or "production"
    number = version_number(name)
    if number is not None:
        return opened.version(model, number)
    aliases = opened.aliases(model)
    if name not in aliases:
        known = ", ".join(f"{model}@{alias}" for alias in sorted(aliases)) or "none"
        raise UnknownModelError(f"no version of {model} has the alias {name!r}", hint=f"those that have one: {known}")
    found = opened.version(model, aliases[name])
    if name in TARGETS and not has_passed(settings, found, name):
        raise UntrustedModelError(
            f"{model}@{name} names version {found.version}, which did not pass for it: the alias was moved in MLflow",
            hint=f"`mlpipe models rollback {model} --to {name}` puts it back; `mlpipe models show {model}` tells more",
            model=model,
            version=found.version,
        )
    return found


def has_passed(settings: Settings, version: RegisteredVersion, target: str) -> bool:
    """Whether a trusted key signed that this version, with the files it was registered with, passed for a state."""
    statement = read_statement(version.tags.get(registry.passed_tag(target)))
    try:
        digest = signed_claims(settings, version)["digest"]
    except (UntrustedModelError, KeyError):
        return False
    expected = {"model": version.model, "version": version.version, "target": target, "digest": digest}
    return statement is not None and statement.holds(expected, _trusted(settings))


@contextmanager
def verified_files(
    opened: Registry, settings: Settings, version: RegisteredVersion, *, numbered: bool = True
) -> Iterator[Path]:
    """A version's files in a folder of their own, which is deleted at the end.

    Parameters
    ----------
    opened, settings, version
        The registry, the keys that are trusted, the version.
    numbered
        As `signed_claims` has it.

    Raises
    ------
    UntrustedModelError
        They are not what a trusted key signed.
    """
    claims = signed_claims(settings, version, numbered=numbered)
    with tempfile.TemporaryDirectory(prefix="mlpipe-model-") as name:
        folder = opened.download(version, Path(name))
        if files_digest(files_of(folder)) != claims.get("digest"):
            raise UntrustedModelError(
                f"the files of {version.model} version {version.version} are not those that were registered: they were "
                "changed or swapped",
                hint=_WAY_OUT,
                model=version.model,
                version=version.version,
            )
        yield folder


def signed_claims(settings: Settings, version: RegisteredVersion, *, numbered: bool = True) -> Mapping[str, Any]:
    """What a trusted key signed of a version's files: ``digest``, ``content``, ``flavor``, ``safe``.

    Parameters
    ----------
    settings
        Say which keys are trusted.
    version
        As MLflow has it.
    numbered
        The statement must name the version's number, so that one version's files and tags cannot stand in for those of
        another. False: also one that names none yet, as a registration leaves it that was killed midway.

    Raises
    ------
    UntrustedModelError
        Nothing, or by a key that is not trusted.
    """
    statement = read_statement(version.tags.get(registry.FILES_TAG))
    name = f"{version.model} version {version.version}"
    if statement is None:
        raise UntrustedModelError(f"{name} is not signed: it was not registered by mlpipe", hint=_WAY_OUT)
    expected: dict[str, Any] = {"model": version.model}
    if numbered or "version" in statement.claims:
        expected["version"] = version.version
    if not statement.holds(expected, _trusted(settings)):
        raise UntrustedModelError(
            f"{name} is not signed by a key that this workspace trusts, or what was signed is not of this version",
            hint=_WAY_OUT,
        )
    return statement.claims


_WAY_OUT = (
    "register it again with `%%stage … --model`; if a colleague's key signed it, put that key's id into trusted-keys"
)


def _trusted(settings: Settings) -> tuple[str, ...]:
    return (Signer(settings.signing_key).key_id, *settings.trusted_keys)


def _load(folder: Path, flavor: str) -> Any:
    # Whether a pickle may be loaded is decided above, by what was signed; MLflow's own default allows all.
    from importlib import import_module

    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    module = import_module(f"mlflow.{flavor}" if flavor in _FLAVORS else "mlflow.pyfunc")
    return module.load_model(str(folder))
