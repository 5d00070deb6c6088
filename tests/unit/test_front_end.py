"""The front end that is committed as it was built. That it is what its source gives is for `make test-lab` to say."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from jupyter_mlpipe import __version__

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "labextension"
BUILT = ROOT / "jupyter_mlpipe/labextension"


@pytest.mark.parametrize("path", [SOURCE / "package.json", BUILT / "package.json"], ids=["source", "built"])
def test_front_end_and_package_have_one_version(path):
    assert read_json(path)["version"] == __version__


def test_jupyterlab_finds_what_it_loads():
    build = read_json(BUILT / "package.json")["jupyterlab"]["_build"]
    assert (BUILT / build["load"]).is_file()


def test_jupyterlab_says_how_to_uninstall_it():
    assert (BUILT / "install.json").read_bytes() == (SOURCE / "install.json").read_bytes()
    assert read_json(BUILT / "install.json")["packageName"] == "jupyter_mlpipe"


def test_an_install_puts_everything_where_jupyter_looks():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    homes = wheel["shared-data"]
    assert (
        homes["jupyter_mlpipe/labextension"]
        == f"share/jupyter/labextensions/{read_json(SOURCE / 'package.json')['name']}"
    )
    assert homes["jupyter_mlpipe/etc/jupyter_server_config.d"] == "etc/jupyter/jupyter_server_config.d"
    assert all((ROOT / source).is_dir() for source in homes)


def test_the_server_extension_is_enabled_by_its_configuration():
    configuration = read_json(ROOT / "jupyter_mlpipe/etc/jupyter_server_config.d/jupyter_mlpipe.json")
    assert configuration == {"ServerApp": {"jpserver_extensions": {"jupyter_mlpipe": True}}}


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
