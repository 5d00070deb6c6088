"""The rules of the house that no linter knows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "jupyter_mlpipe"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
HEAVY = {
    "IPython", "alembic", "cryptography", "dask", "distributed", "ipywidgets", "jsonschema", "jupyter_client",
    "matplotlib", "mlflow", "nbclient", "nbformat", "numpy", "pandas", "papermill", "plotly", "polars", "pyarrow",
    "rich", "sklearn", "sqlalchemy", "torch",
}  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_one_thing(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST, "look for the second thing in it"
    assert not BANNED & set(path.stem.split("_")), "name it after what it is for"


def test_every_error_has_a_code_of_its_own():
    errors = error_classes()
    codes = [cls.code for cls in errors]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"MP\d{3}", code) for code in codes)


def test_every_error_is_raised_in_its_family():
    for cls in error_classes():
        base = cls.__mro__[1]
        if base.__name__ != "MlpipeError" and cls.__name__ != "MlpipeError":
            assert cls.code[2] == base.code[2], f"{cls.__name__} is a {base.__name__} but has the code {cls.code}"


def test_every_error_is_used():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in MODULES if "errors" not in path.parts)
    families = {cls.__name__ for cls in error_classes() if "MlpipeError" in (cls.__name__, cls.__base__.__name__)}
    unused = [cls.__name__ for cls in error_classes() if cls.__name__ not in families | words(sources)]
    assert not unused


@pytest.mark.xdist_group("house")
def test_tests_of_one_group_run_in_one_worker(request):
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@house"), "this pytest and this pytest-xdist do not go together"


def test_the_reference_is_current():
    check = [sys.executable, "docs/generate_reference.py", "--check"]
    found = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_links_between_pages_hold():
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{name_of(page)} links to {target}"


@pytest.mark.parametrize(
    "code",
    [
        "import jupyter_mlpipe",
        "import jupyter_mlpipe.cli.main",
        "from jupyter_mlpipe.cli.main import main; main(['--version'])",
        "from jupyter_mlpipe.cli.parser import build_parser; build_parser()",
        "import jupyter_mlpipe.notebook.reader",
        "import jupyter_mlpipe.workspace",
    ],
)
def test_light_code_loads_no_heavy_library(code):
    loaded = modules_after(code)
    assert not HEAVY & loaded


def test_a_command_line_start_loads_little_of_our_own():
    loaded = modules_after("from jupyter_mlpipe.cli.main import main; main(['--version'])", whole=True)
    ours = {name for name in loaded if name.startswith("jupyter_mlpipe.")}
    assert {name for name in ours if not name.startswith("jupyter_mlpipe.errors.")} <= {
        "jupyter_mlpipe._version",
        "jupyter_mlpipe.cli",
        "jupyter_mlpipe.cli.main",
        "jupyter_mlpipe.cli.parser",
        "jupyter_mlpipe.errors",
    }


def test_a_warm_run_loads_only_what_it_needs_to_ask():
    loaded = modules_after("import jupyter_mlpipe.cli.main, jupyter_mlpipe.cli.resident_client", whole=True)
    slow = {"typing", "argparse", "dataclasses", "hashlib", "inspect", "subprocess", "tomllib", "jupyter_core"}
    assert not slow & loaded


def test_public_names_can_be_had():
    import jupyter_mlpipe

    for name in jupyter_mlpipe.__all__:
        assert getattr(jupyter_mlpipe, name) is not None
    assert set(jupyter_mlpipe.__all__) <= set(dir(jupyter_mlpipe))


def test_the_extension_is_loaded_by_the_installed_kernel_configuration():
    configuration = json.loads((PACKAGE / "etc/ipython/ipython_kernel_config.json").read_text(encoding="utf-8"))
    assert configuration == {"InteractiveShellApp": {"extensions": ["jupyter_mlpipe"]}}


def test_every_dependency_has_a_lower_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(item for extra in extras for item in extra)]:
        assert ">=" in requirement, requirement


def error_classes() -> list[type]:
    from jupyter_mlpipe import errors

    return [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, errors.MlpipeError)]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def modules_after(code: str, *, whole: bool = False) -> set[str]:
    """Names of the modules (without ``whole``: of their packages) that are loaded once the code has run."""
    script = f"import sys\nbefore = set(sys.modules)\n{code}\nprint('|', *(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    names = run.stdout.rpartition("|")[2].split()
    return set(names) if whole else {name.partition(".")[0] for name in names}
