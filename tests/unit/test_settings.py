from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import SettingsError
from jupyter_mlpipe.root import find_root
from jupyter_mlpipe.settings import Settings, load_settings, setting_names

HOME = {"HOME": "/home/someone"}


def write(root: Path, table: str) -> None:
    (root / "pyproject.toml").write_text(f"[tool.mlpipe]\n{table}\n", encoding="utf-8")


def test_defaults_lie_in_the_workspace_and_the_key_in_the_users_config(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, HOME)
    assert settings == Settings(
        root=tmp_path,
        store_url=f"{tmp_path}/.mlpipe/store",
        ledger_url=f"sqlite:///{tmp_path}/.mlpipe/ledger.db",
        tracking_uri=f"sqlite:///{tmp_path}/.mlpipe/mlflow.db",
        signing_key=Path("/home/someone/.config/jupyter_mlpipe/signing.key"),
    )
    assert load_settings(tmp_path, {"XDG_CONFIG_HOME": "/etc/x"}).signing_key == Path(
        "/etc/x/jupyter_mlpipe/signing.key"
    )
    assert load_settings(tmp_path, HOME | {"XDG_CONFIG_HOME": "relative"}).signing_key == settings.signing_key


def test_each_source_stands_over_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, 'workers = 2\ncluster = "tcp://a:1"\nlease-ttl = 5\nkernel_name = "k"')
    environment = HOME | {"MLPIPE_WORKERS": "3", "MLPIPE_LEASE_TTL": "7.5"}
    settings = load_settings(tmp_path, environment, {"workers": 4, "cluster": None})
    assert (settings.workers, settings.lease_ttl, settings.cluster, settings.kernel_name) == (4, 7.5, "tcp://a:1", "k")
    assert load_settings(tmp_path, environment).workers == 3
    assert load_settings(tmp_path, HOME).workers == 2
    assert load_settings(tmp_path, HOME | {"MLPIPE_WORKERS": ""}).workers == 2


def test_mlflows_own_variable_counts_unless_ours_is_set(tmp_path: Path) -> None:
    write(tmp_path, 'tracking-uri = "http://file"')
    assert load_settings(tmp_path, HOME).tracking_uri == "http://file"
    environment = HOME | {"MLFLOW_TRACKING_URI": "http://mlflow"}
    assert load_settings(tmp_path, environment).tracking_uri == "http://mlflow"
    assert load_settings(tmp_path, environment | {"MLPIPE_TRACKING_URI": "http://ours"}).tracking_uri == "http://ours"
    assert load_settings(tmp_path, HOME | {"MLFLOW_TRACKING_URI": "databricks"}).tracking_uri == "databricks"


def test_relative_paths_are_of_the_root(tmp_path: Path) -> None:
    write(
        tmp_path,
        'store-url = "../shared/store"\nledger-url = "sqlite:///facts/l.db"\n'
        'tracking-uri = "mlruns"\nsigning-key = "~/k.pem"',
    )
    settings = load_settings(tmp_path, os.environ)
    assert settings.store_url == f"{tmp_path.parent}/shared/store"
    assert settings.ledger_url == f"sqlite:///{tmp_path}/facts/l.db"
    assert settings.tracking_uri == f"{tmp_path}/mlruns"
    assert settings.signing_key == Path.home() / "k.pem"
    assert load_settings(tmp_path, HOME | {"MLPIPE_LEDGER_URL": "x.db"}).ledger_url == f"sqlite:///{tmp_path}/x.db"
    for url in ("s3://bucket/prefix", "memory://m", "file:///there"):
        assert load_settings(tmp_path, HOME | {"MLPIPE_STORE_URL": url}).store_url == url
    postgres = "postgresql://me:secret@host/ledger"
    found = load_settings(tmp_path, HOME | {"MLPIPE_LEDGER_URL": postgres})
    assert found.ledger_url == postgres
    assert "secret" not in repr(found)


def test_tables_and_lists(tmp_path: Path) -> None:
    write(tmp_path, 'cluster-options = { n = 1, deep = { a = [1] } }\ntrusted-keys = ["a", "b"]\ntracking = false')
    settings = load_settings(tmp_path, HOME)
    assert settings.cluster_options == {"n": 1, "deep": {"a": [1]}}
    assert settings.trusted_keys == ("a", "b")
    assert settings.tracking is False
    given = HOME | {"MLPIPE_CLUSTER_OPTIONS": '{"n": 2}', "MLPIPE_TRUSTED_KEYS": "c, d", "MLPIPE_TRACKING": "yes"}
    settings = load_settings(tmp_path, given)
    assert (dict(settings.cluster_options), settings.trusted_keys, settings.tracking) == ({"n": 2}, ("c", "d"), True)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize(
    ("table", "environment", "overrides", "answer"),
    [
        ('store-ulr = "x"', {}, {}, ("store-ulr in [tool.mlpipe] of pyproject.toml", "store-url")),
        ("", {"MLPIPE_LEDGER_URI": "x"}, {}, ("MLPIPE_LEDGER_URI in the environment", "MLPIPE_LEDGER_URL")),
        ("", {"MLPIPE_": "x"}, {}, ("MLPIPE_ in the environment", "MLPIPE_")),
        ("", {}, {"worker": 1}, ("worker in the options", "workers")),
        ("", {}, {"zzzz": 1}, ("zzzz in the options", "")),
        ("[tool.mlpipe.clusters]\nn = 1", {}, {}, ("clusters in", "cluster")),
    ],
)
def test_an_unknown_name_is_refused_with_its_neighbour(
    tmp_path: Path, table: str, environment: dict[str, str], overrides: dict[str, Any], answer: tuple[str, str]
) -> None:
    write(tmp_path, table)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, HOME | environment, overrides)
    assert caught.value.code == "MP401"
    assert caught.value.exit_code == 2
    assert answer[0] in caught.value.message
    assert f"did you mean {answer[1]}" in caught.value.hint


def test_variables_of_our_own_processes_and_of_others_are_no_settings(tmp_path: Path) -> None:
    assert load_settings(tmp_path, HOME | {"MLPIPE_INTERNAL_SPEC": "x", "MLPIPELINE": "x", "mlpipe_x": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", '"many"'),
        ("workers", "-1"),
        ("workers", "true"),
        ("workers", "1.5"),
        ("lease-ttl", "0"),
        ("lease-ttl", "nan"),
        ("lease-ttl", "inf"),
        ("lease-ttl", "true"),
        ("openlineage-url", '"ftp://host/x"'),
        ("openlineage-url", '"http://"'),
        ("openlineage-url", "1"),
        ("tracking", '"perhaps"'),
        ("tracking", "2"),
        ("cluster", "1"),
        ("cluster", '" "'),
        ("store-url", '""'),
        ("cluster-options", '"not json"'),
        ("cluster-options", "[1]"),
        ("trusted-keys", "[1]"),
        ("signing-key", "[]"),
    ],
)
def test_a_bad_value_is_refused(tmp_path: Path, name: str, value: str) -> None:
    write(tmp_path, f"{name} = {value}")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, HOME)
    assert caught.value.message.startswith(f"{name} in [tool.mlpipe]")
    assert caught.value.hint.startswith("give ")


@pytest.mark.parametrize("name", ["WORKERS", "LEASE_TTL", "TRACKING", "CLUSTER_OPTIONS", "ADAPT_MINIMUM"])
def test_a_bad_variable_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    for value in ("x", "²", "-"):
        with pytest.raises(SettingsError, match=f"MLPIPE_{name} in the environment"):
            load_settings(tmp_path, HOME | {f"MLPIPE_{name}": value})


def test_bounds_of_an_adaptive_cluster_must_be_in_order(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="adapt-minimum"):
        load_settings(tmp_path, HOME, {"adapt_minimum": 3, "adapt_maximum": 2})


@pytest.mark.parametrize("content", [b"[tool.mlpipe", b"\xff\xfe", b"tool = 1\n[tool.mlpipe]", b"[tool]\nmlpipe = 1"])
def test_a_broken_pyproject_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        load_settings(tmp_path, HOME)


def test_a_pyproject_without_our_table_gives_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 1", encoding="utf-8")
    assert load_settings(tmp_path, HOME).cluster == "local"


def test_setting_names() -> None:
    assert "store-url" in setting_names()
    assert "root" not in setting_names()


# -- the root -----------------------------------------------------------------------------------------------------


def test_the_nearest_workspace_wins_over_a_nearer_repository(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "b" / ".git").mkdir()
    assert find_root(inner / "n.ipynb") == tmp_path / "a" / "b"
    (tmp_path / ".mlpipe").mkdir()
    assert find_root(inner / "n.ipynb") == tmp_path
    (tmp_path / "a" / ".mlpipe").mkdir()
    assert find_root(inner) == tmp_path / "a"


def test_a_pyproject_counts_only_with_our_table(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner.parent / "pyproject.toml").write_text("[project]\nname = 'x'", encoding="utf-8")
    write(tmp_path, "workers = 1")
    assert find_root(inner) == tmp_path
    (inner.parent / "pyproject.toml").write_text("[broken", encoding="utf-8")
    assert find_root(inner) == tmp_path


def test_a_worktree_has_a_git_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".git").write_text("gitdir: elsewhere", encoding="utf-8")
    assert find_root(tmp_path / "a" / "n.ipynb") == tmp_path


def test_without_any_mark_the_notebooks_folder_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert find_root(tmp_path / "a" / "n.ipynb") == tmp_path / "a"
    assert find_root(tmp_path / "a" / ".." / "a") == tmp_path / "a"


def test_what_anyone_may_put_into_a_shared_folder_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / ".mlpipe").mkdir()
    write(tmp_path, 'trusted-keys = ["theirs"]')
    mine = tmp_path / "mine"
    mine.mkdir()
    tmp_path.chmod(0o1777)
    assert find_root(mine / "n.ipynb") == mine
    assert find_root(tmp_path) == tmp_path


def test_settings_load_no_heavy_library() -> None:
    code = "import sys, jupyter_mlpipe.settings, jupyter_mlpipe.workspace; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"sqlalchemy", "sqlite3", "alembic", "numpy", "pandas", "fsspec", "cryptography", "IPython"}
