"""Package upgrades and the key: a small distribution with a dependency, installed into a folder on the path."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.faults.desk import Desk

pytestmark = [pytest.mark.xdist_group("keys"), pytest.mark.slow]


def install(site: Path, name: str, version: str, source: str, requires: str | None = None) -> None:
    """Install a distribution of one module, as pip leaves it; any other version of it goes."""
    for old in site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    shutil.rmtree(site / "__pycache__", ignore_errors=True)
    (site / f"{name}.py").write_text(source)
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    (info / "METADATA").write_text("\n".join([*lines, *([f"Requires-Dist: {requires}"] if requires else [])]) + "\n")
    (info / "RECORD").write_text(f"{name}.py,,\n{name}-{version}.dist-info/METADATA,,\n")
    (info / "top_level.txt").write_text(f"{name}\n")
    (info / "INSTALLER").write_text("pip\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    install(site, "tinylow", "1.0", "def low():\n    return 1\n")
    install(site, "tinydist", "1.0", "import tinylow\n\ndef value():\n    return tinylow.low()\n", requires="tinylow")
    install(site, "tinyother", "1.0", "def value():\n    return 0\n")
    return site


@pytest.fixture
def desk(tmp_path: Path, site: Path) -> Desk:
    desk = Desk(tmp_path / "project", tmp_path / "traces")
    (desk.folder / ".mlpipe").mkdir(parents=True)
    desk.traces.mkdir()
    desk.write(
        "import tinydist", "%%stage uses\nx = tinydist.value()", "%%stage free\ny = 1", "%%stage after\nprint(x)"
    )
    desk.settings["PYTHONPATH"] = f"{desk.environ['PYTHONPATH']}:{site}"
    assert set(desk.statuses().values()) == {"done"}
    return desk


def test_an_upgrade_runs_what_imports_the_package(desk: Desk, site: Path) -> None:
    install(site, "tinydist", "2.0", "import tinylow\n\ndef value():\n    return 2\n", requires="tinylow")
    plan = json.loads(desk.mlpipe("plan", "nb.ipynb", "--json").stdout)["stages"]
    reason = next(stage["reason"] for stage in plan if stage["name"] == "uses")
    assert "tinydist" in reason
    assert "1.0" in reason
    assert "2.0" in reason
    assert desk.statuses() == {"uses": "done", "free": "hit", "after": "done"}


def test_an_upgrade_with_the_same_result_is_cut_off(desk: Desk, site: Path) -> None:
    install(site, "tinydist", "1.1", "import tinylow\n\ndef value():\n    return 1\n", requires="tinylow")
    assert desk.statuses() == {"uses": "done", "free": "hit", "after": "hit"}


def test_an_upgraded_dependency_counts(desk: Desk, site: Path) -> None:
    install(site, "tinylow", "1.1", "def low():\n    return 3\n")
    assert desk.statuses() == {"uses": "done", "free": "hit", "after": "done"}


def test_an_upgrade_of_another_package_does_not_count(desk: Desk, site: Path) -> None:
    install(site, "tinyother", "5.0", "def value():\n    return 5\n")
    assert set(desk.statuses().values()) == {"hit"}
