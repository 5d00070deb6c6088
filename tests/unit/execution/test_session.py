"""A stage in a plain namespace: what is proved to have changed, and what is stored of it."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jupyter_mlpipe.errors import StageFailedError
from jupyter_mlpipe.execution.session import StageSession, _drive, apply
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, StageManifest
from jupyter_mlpipe.store.signing import Signer

Result = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    path, environ, filters = sys.path[:], os.environ.copy(), list(warnings.filters)
    yield folder
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(environ)
    warnings.filters[:] = filters  # type: ignore[index]


@pytest.fixture
def stage(project: Path, store: ArtifactStore) -> Callable[..., tuple[Result, dict[str, Any]]]:
    """Runs a body after some steps in a fresh namespace; the result and the namespace."""

    def run(body: str, *steps: dict[str, Any], **spec: Any) -> tuple[Result, dict[str, Any]]:
        namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        whole = {"stage": "s", "project": str(project), "folder": str(project), "steps": steps, **spec}
        session = StageSession.open(whole, namespace, store)
        _drive(session.restore())
        session.start_watch()
        try:
            exec(compile(body, "<cell>", "exec", dont_inherit=True), namespace)
            result = session.collect()
        finally:
            session.stop_watch()
        return result, namespace

    return run


def names(result: Result) -> list[tuple[str, ...]]:
    return sorted(tuple(sorted(item["names"])) for item in result["artifacts"])


def step(source: str, **more: Any) -> dict[str, Any]:
    return {"run": source, "label": source, **more}


def test_new_rebound_changed_and_deleted_names(stage: Any) -> None:
    result, _ = stage(
        "new = [1]\nnothing = None\nrebound = 'b'\ngrown.append(1)\ndel gone\nsame.copy()",
        step("rebound = 'a'\ngrown = []\ngone = 1\nsame = [1]"),
        checked=["rebound", "grown", "gone", "same"],
        wanted=None,
    )
    assert result["changed"] == ["grown", "new", "nothing", "rebound"]
    assert result["new"] == ["new", "nothing"]
    assert result["mutated"] == ["grown"]
    assert result["deleted"] == ["gone"]
    assert names(result) == [("grown",), ("new",), ("nothing",), ("rebound",)]


def test_only_wanted_and_pinned_values_are_stored(stage: Any) -> None:
    result, _ = stage("a = [1]; b = [2]; c = [3]", wanted=["a", "zzz"], pinned=["b", "none"])
    assert names(result) == [("a",), ("b",)]
    assert result["changed"] == ["a", "b", "c"]
    assert result["unstorable"]["none"]["code"] == "MP106"


def test_names_that_share_memory_are_stored_with_the_one_that_changed(stage: Any, store: ArtifactStore) -> None:
    result, _ = stage(
        "base[0] = 7\nother = [1]",
        step("import numpy as np\nbase = np.zeros(4)\nview = base[:2]\nlonely = [0]"),
        checked=["base", "view", "lonely"],
        wanted=None,
    )
    assert names(result) == [("base", "view"), ("other",)]
    bundle = next(item for item in result["artifacts"] if len(item["names"]) == 2)
    loaded: dict[str, Any] = store.load(Artifact.from_json(bundle), {})
    loaded["base"][1] = 9
    assert loaded["view"].tolist() == [7, 9]


def test_an_alias_made_by_the_stage_is_kept(stage: Any) -> None:
    result, _ = stage(
        "holder.append(item)", step("holder = []\nitem = [1]"), checked=["holder", "item"], wanted=["holder", "item"]
    )
    assert names(result) == [("holder", "item")]
    assert result["changed"] == ["holder", "item"]


def test_arrays_can_be_resized_in_place_and_values_be_freed(stage: Any) -> None:
    result, _ = stage(
        "a.resize(6)\nr = weakref.ref(b)\ndel b\nfreed = r() is None\ndel r",
        step("import numpy as np, weakref\na = np.arange(3)\nb = np.arange(9)"),
        checked=["a", "b"],
        wanted=["a", "freed"],
    )
    assert result["changed"] == ["a", "freed"]
    assert result["numbers"]["freed"] == 1.0


def test_a_prologue_function_whose_default_grew_is_changed(stage: Any) -> None:
    result, _ = stage(
        "f(1)\ng(1)",
        step("def f(x, seen=[]):\n    seen.append(x)\n    return seen\ndef g(x):\n    return x"),
        checked=["f", "g"],
        wanted=None,
    )
    assert result["changed"] == ["f"]


DEFINITIONS = """\
class Counter:
    total = 0
    def add(self):
        Counter.total += 1
def f(x, seen=[]):
    return x
def plain(x, y=2):
    return x + y
LIMITS = {"a": 1}
"""


def test_definitions_flow_as_code_until_somebody_changes_them(stage: Any) -> None:
    defined = [{"run": DEFINITIONS, "binds": ["Counter", "f", "plain", "LIMITS"]}]
    result, _ = stage(DEFINITIONS, wanted=None, defined=defined)
    assert (result["changed"], result["artifacts"]) == ([], [])
    for body, changed in (
        ("Counter().add()", ["Counter"]),
        ("f.calls = 1", ["f"]),
        ("f.__defaults__[0].append(1)", ["f"]),
        ("LIMITS['b'] = 2", ["LIMITS"]),
        ("plain = max", ["plain"]),
        ("plain.__doc__ = 'x'", []),
    ):
        result, _ = stage(DEFINITIONS + body, wanted=None, defined=defined)
        assert result["changed"] == changed, body


def test_definitions_known_by_name_only_flow_as_code_where_they_cannot_hold_state(stage: Any) -> None:
    defined = ["Counter", "f", "plain", "LIMITS", "Empty", "os", "path"]
    body = DEFINITIONS + "class Empty:\n    def m(self): pass\nimport os\nfrom os import path\n"
    result, _ = stage(body, wanted=None, defined=defined)
    assert result["changed"] == ["Counter", "LIMITS", "f"]


def test_decorated_enum_and_dataclass_definitions_are_unchanged(stage: Any) -> None:
    source = (
        "import dataclasses, enum, functools\n"
        "@dataclasses.dataclass(frozen=True)\nclass Point:\n    x: int\n"
        "    tags: list = dataclasses.field(default_factory=list)\n"
        "class Color(enum.Enum):\n    RED = 1\n"
        "@functools.lru_cache\ndef cached(x):\n    return x\n"
        "def outer(n):\n    def inner(x):\n        return x + n\n    return inner\n"
    )
    defined = [{"run": source, "binds": ["dataclasses", "enum", "functools", "Point", "Color", "cached", "outer"]}]
    result, _ = stage(source + "cached(3)\np = Point(1)\nc = Color.RED\n", wanted=None, defined=defined)
    assert result["changed"] == ["c", "p"]


def test_numbers(stage: Any) -> None:
    result, _ = stage(
        "import numpy as np\nauc = np.float32(0.5)\nn = 3\nok = True\nz = 1j\nhuge = 10**400\na = np.ones(2)\nold = 2",
        step("old = 1\nkept = 5"),
        wanted=[],
        body_names=["auc", "kept"],
    )
    assert result["numbers"] == {"auc": 0.5, "n": 3.0, "ok": 1.0, "kept": 5.0}


def test_what_cannot_be_stored_is_reported_and_does_not_fail(stage: Any) -> None:
    result, _ = stage("g = (i for i in range(3))\nx = [1]", wanted=None)
    assert result["unstorable"]["g"]["code"] == "MP203"
    assert names(result) == [("x",)]


def test_a_failing_prologue_names_the_step(stage: Any) -> None:
    with pytest.raises(StageFailedError, match="function fit raised NameError") as caught:
        stage("", {"run": "undefined_name", "label": "function fit"})
    assert isinstance(caught.value.__cause__, NameError)
    assert caught.value.details["ename"] == "NameError"


def test_steps_set_load_and_delete(stage: Any) -> None:
    made, _ = stage("x = [1]\ny = x\nz = {'k': 1}", wanted=None)
    bundle = next(item for item in made["artifacts"] if len(item["names"]) == 2)
    single = next(item for item in made["artifacts"] if len(item["names"]) == 1)
    _, namespace = stage(
        "",
        {"set": {"alpha": 0.2}},
        {"load": bundle, "names": ["x"]},
        {"load": single, "names": ["z"]},
        {"delete": ["z"]},
        wanted=[],
    )
    assert namespace["alpha"] == 0.2
    assert namespace["x"] == [1]
    assert "y" not in namespace
    assert "z" not in namespace


def test_a_prologue_prints_nothing_and_its_log_handlers_live_on(stage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stage(
        "import sys\nh.stream.write('heard')",
        step("print('hidden')\nimport logging\nh = logging.StreamHandler()"),
        wanted=[],
    )
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "heard"


def test_ambient_states_flow_and_build_up(stage: Any, project: Path) -> None:
    first, _ = stage(
        "import os, warnings, decimal, sys\nos.makedirs('sub')\nos.chdir('sub')\nos.environ['A'] = '1'\n"
        "warnings.simplefilter('error', UserWarning)\nsys.path.append('/extra')\n",
        wanted=[],
    )
    assert set(first["ambient"]) == {"@cwd", "@environ", "@warnings", "@sys.path"}
    assert first["ambient"]["@cwd"]["value"] == {"path": "./sub"}
    os.environ.pop("A")
    sys.path.remove("/extra")
    second, _ = stage(
        "import os, sys\nassert os.environ['A'] == '1' and os.getcwd().endswith('sub') and '/extra' in sys.path\n"
        "os.environ['B'] = '2'\ndel os.environ['A']\n",
        ambient=first["ambient"],
        wanted=[],
    )
    assert set(second["ambient"]) == {"@environ"}
    assert second["ambient"]["@environ"]["value"] == {"A": None, "B": "2"}


def test_configuration_that_runs_again_is_not_undone(stage: Any) -> None:
    first, _ = stage("import os\nos.environ['FROM_STAGE'] = '1'", wanted=[])
    os.environ.pop("FROM_STAGE")
    _, namespace = stage(
        "both = os.environ['FROM_STAGE'] + os.environ['FROM_CELL']",
        step("import os\nos.environ['FROM_CELL'] = '2'"),
        ambient=first["ambient"],
        wanted=[],
    )
    assert namespace["both"] == "12"


def test_random_states_count_once_seeded(stage: Any) -> None:
    body = "import random\nimport numpy as np\nr = random.random()\nn = np.random.rand()"
    unseeded, _ = stage(body, wanted=[])
    assert unseeded["ambient"] == {}
    first, _ = stage("import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(1)", wanted=[], seeds=True)
    assert set(first["ambient"]) == {"@random", "@numpy.random"}
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002
    drawn, namespace = stage(body, wanted=[], ambient=first["ambient"], seeded={"@random": True})
    assert namespace["r"] == random.Random(1).random()
    assert namespace["n"] == np.random.RandomState(1).rand()
    assert set(drawn["ambient"]) == {"@random", "@numpy.random"}
    assert drawn["ambient"]["@random"]["digest"] != first["ambient"]["@random"]["digest"]
    looked, _ = stage("x = 1", wanted=[], ambient=first["ambient"], seeded={"@random": True})
    assert looked["ambient"] == {}


def test_library_options_flow(stage: Any) -> None:
    import matplotlib as mpl
    import pandas as pd

    body = (
        "import numpy as np, pandas as pd, matplotlib as mpl\nfrom cycler import cycler\n"
        "np.set_printoptions(precision=3, formatter={'float': lambda x: f'{x:.1f}'})\nnp.seterr(all='ignore')\n"
        "pd.set_option('display.max_rows', 7)\npd.options.display.float_format = '{:.2f}'.format\n"
        "mpl.rcParams['axes.prop_cycle'] = cycler(color=['r', 'g'])\nmpl.rcParams['figure.figsize'] = (3, 4)\n"
    )
    try:
        first, _ = stage(body, wanted=[])
        assert set(first["ambient"]) == {"@numpy.printoptions", "@numpy.errors", "@pandas.options", "@rcparams"}
        assert not first["unstorable"]
        _reset()
        again, namespace = stage(
            "f = float('1.23456')\ntext = str(np.array([f]))\nframe = str(pd.DataFrame({'a': [f]}))",
            step("import numpy as np, pandas as pd"),
            ambient=first["ambient"],
            wanted=[],
        )
        assert again["ambient"] == {}
        assert namespace["text"] == "[1.2]"
        assert "1.23\n" in namespace["frame"] + "\n"
        assert pd.get_option("display.max_rows") == 7
        assert np.geterr()["divide"] == "ignore"
        assert mpl.rcParams["figure.figsize"] == [3, 4]
        assert list(mpl.rcParams["axes.prop_cycle"]) == [{"color": "r"}, {"color": "g"}]
    finally:
        _reset()


def _reset() -> None:
    import matplotlib as mpl
    import pandas as pd

    np.set_printoptions(precision=8, formatter=None)
    np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    pd.reset_option("display.max_rows")
    pd.reset_option("display.float_format")
    mpl.rcParams.update({key: mpl.rcParamsOrig[key] for key in ("axes.prop_cycle", "figure.figsize")})


def test_files_are_put_in_place_before_the_steps(stage: Any, project: Path) -> None:
    first, _ = stage("open('helper_of_test.py', 'w').write('x = 5')", wanted=[])
    assert first["files_written"]["file:helper_of_test.py"]["size"] == 5
    (project / "helper_of_test.py").unlink()
    result, namespace = stage(
        "", step("import helper_of_test\nx = helper_of_test.x"), files=first["files_written"], wanted=None
    )
    sys.modules.pop("helper_of_test")
    assert namespace["x"] == 5
    assert result["files_written"] == {}


def test_a_hit_is_applied_to_a_live_namespace(stage: Any, store: ArtifactStore, project: Path) -> None:
    result, _ = stage(
        "class C:\n    n = 1\nc = C()\nc.items = [1]\nlist_ = c.items\ndel old\n"
        "os.environ['HIT'] = 'yes'\nopen('made.txt', 'w').write('made')",
        step("import os\nold = 1"),
        wanted=None,
    )
    os.environ.pop("HIT")
    (project / "made.txt").unlink()
    manifest = StageManifest.from_json(
        {
            "key": "k" * 64, "stage": "s", "pipeline": "p", "components": {}, "outputs": None, "numbers": {},
            "files_read": {}, "reads": {}, "spawned": [], "seconds": 0.0, "created": "", "versions": {},
            "artifacts": result["artifacts"], "deleted": result["deleted"], "ambient": result["ambient"],
            "files_written": result["files_written"], "changed": result["changed"], "unstorable": {},
        }
    )  # fmt: skip
    live: dict[str, Any] = {"__name__": "__main__", "old": 1, "mine": 2}
    bound = apply(manifest, store, live, project=project)
    assert set(bound) == {"C", "c", "list_"}
    assert type(live["c"]) is live["C"]
    assert live["c"].items is live["list_"]
    assert "old" not in live
    assert live["mine"] == 2
    assert os.environ["HIT"] == "yes"
    assert (project / "made.txt").read_text() == "made"


def test_state_of_the_projects_modules_flows(stage: Any, project: Path) -> None:
    (project / "registry_of_test.py").write_text("SEEN = {}\nCOUNT = 0\ndef add(x):\n    SEEN[x] = (x,)\n")
    try:
        first, _ = stage("r.add(1)\nr.COUNT = (2, None)", step("import registry_of_test as r"), wanted=[])
        assert list(first["ambient"]) == ["@module:registry_of_test"]
        sys.modules.pop("registry_of_test")
        second, namespace = stage(
            "r.add(2)\ngot = r.SEEN, r.COUNT",
            step("import registry_of_test as r"),
            ambient=first["ambient"],
            wanted=[],
        )
        assert namespace["got"] == ({1: (1,), 2: (2,)}, (2, None))
        assert list(second["ambient"]) == ["@module:registry_of_test"]
        sys.modules.pop("registry_of_test")
        third, namespace = stage(
            "got = r.SEEN, r.COUNT", step("import registry_of_test as r"), ambient=second["ambient"], wanted=[]
        )
        assert namespace["got"] == ({1: (1,), 2: (2,)}, (2, None))
        assert third["ambient"] == {}
    finally:
        sys.modules.pop("registry_of_test", None)
