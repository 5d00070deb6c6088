"""The composed notebook in a real kernel: our two cells around the user's."""

from __future__ import annotations

import json
import queue
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from jupyter_mlpipe.execution.composition import compose


@dataclass
class Ran:
    """What the kernel answered, cell by cell."""

    result: dict[str, Any] | None
    texts: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    counts: list[int | None] = field(default_factory=list)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    manager, client = start_new_kernel(kernel_name="python3", extra_arguments=["--HistoryManager.hist_file=:memory:"])
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run(client: Any, tmp_path: Path) -> Callable[..., Ran]:
    project = tmp_path / "project"
    project.mkdir()

    def run_cells(*cells: str, **spec: Any) -> Ran:
        whole = {
            "stage": "train",
            "project": str(project),
            "folder": str(project),
            "store": {
                "url": str(tmp_path / "store"),
                "cache_dir": str(tmp_path / "cache"),
                "signing_key": str(tmp_path / "key"),
            },
            "wanted": None,
            **spec,
        }
        folder = tmp_path / "staging"
        folder.mkdir(exist_ok=True)
        (folder / "result.json").unlink(missing_ok=True)
        (folder / "spec.json").write_text(json.dumps(whole))
        notebook = compose(
            [{"source": cell, "metadata": {"mlpipe": {"cell": index}}} for index, cell in enumerate(cells)],
            folder / "spec.json",
            steps=whole.get("steps"),
        )
        ran = Ran(None)
        for cell in notebook["cells"]:
            ours = "role" in cell["metadata"]["mlpipe"]
            if not _execute(client, cell["source"], ours, ran):
                break
        path = folder / "result.json"
        ran.result = json.loads(path.read_text()) if path.exists() else None
        return ran

    execute(client, "%reset -f")
    return run_cells


def execute(client: Any, source: str) -> list[str]:
    ran = Ran(None)
    _execute(client, source, False, ran)
    assert not ran.errors, ran.errors
    return ran.texts


def _execute(client: Any, source: str, ours: bool, ran: Ran) -> bool:
    def hear(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            ran.texts.append(content["text"])
        elif message["msg_type"] in ("execute_result", "display_data"):
            ran.texts.append(content["data"]["text/plain"])
        elif message["msg_type"] == "error":
            ran.errors.append(content)

    try:
        reply = client.execute_interactive(
            source, silent=ours, store_history=not ours, output_hook=hear, timeout=60, allow_stdin=False
        )
    except queue.Empty:  # pragma: no cover - only when a kernel hangs
        pytest.fail(f"the kernel does not answer: {source}")
    if reply["content"]["status"] == "error" and not ran.errors:
        ran.errors.append(reply["content"])
    ran.counts.append(reply["content"].get("execution_count"))
    return bool(reply["content"]["status"] == "ok")


def step(source: str) -> dict[str, Any]:
    return {"run": source, "label": source.split("\n", maxsplit=1)[0]}


def test_nothing_of_ours_is_left(run: Callable[..., Ran], client: Any) -> None:
    execute(client, "before = set(globals())")
    ran = run("x = 1", "sorted(set(globals()) - before - {'before'} - {n for n in globals() if n.startswith('_')})")
    assert ran.texts == ["['x']"]
    assert ran.result is not None
    assert ran.result["changed"] == ["x"]
    assert ran.result["numbers"] == {"x": 1.0}
    assert execute(client, "'fromlist' + '=[' in ''.join(In), 'Session' in str(Out)")[0] == "(False, False)"


def test_statements_of_the_prologue_are_as_cells_are(run: Callable[..., Ran]) -> None:
    ran = run(
        "import inspect, pickle",
        "print(inspect.getsource(f).splitlines()[0], pickle.loads(pickle.dumps(f)) is f, P(1), __name__, waited)",
        "f(0)",
        steps=[
            step("from __future__ import annotations"),
            step("import dataclasses"),
            step("def f(x):\n    return 1 / x"),
            step("@dataclasses.dataclass\nclass P:\n    x: Unknown"),
            step("import asyncio\nwaited = await asyncio.sleep(0.01, 'waited')"),
        ],
    )
    assert ran.errors[0]["ename"] == "ZeroDivisionError"
    trace = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(ran.errors[0]["traceback"]))
    assert "return 1 / x" in trace
    assert ran.texts == ["def f(x): True P(x=1) __main__ waited\n"]


def test_a_prologue_is_not_heard(run: Callable[..., Ran]) -> None:
    ran = run(
        "import logging\nlogging.warning('heard')",
        steps=[
            step("get_ipython().run_line_magic('matplotlib', 'inline')"),
            step("print('hidden')\nimport sys\nprint('hidden', file=sys.stderr)"),
            step("from IPython.display import display\ndisplay('hidden')\n1 + 1"),
            step("import logging\nlogging.basicConfig(format='%(message)s', force=True)"),
            step("import warnings\nwarnings.warn('hidden')"),
        ],
    )
    assert "".join(ran.texts) == "heard\n"
    assert ran.result is not None


def test_a_failing_prologue_names_the_step(run: Callable[..., Ran]) -> None:
    ran = run("1", steps=[{"run": "missing", "label": "function fit"}])
    assert ran.errors[0]["ename"] == "StageFailedError"
    assert "function fit raised NameError: name 'missing' is not defined" in ran.errors[0]["evalue"]
    assert ran.result is None


def test_contextual_states_hold_in_the_users_cells(run: Callable[..., Ran]) -> None:
    first = run(
        "import decimal\ndecimal.getcontext().prec = 5",
        "import numpy as np\nnp.set_printoptions(precision=2)\nnp.seterr(all='raise')",
    )
    assert first.result is not None
    assert set(first.result["ambient"]) == {"@decimal", "@numpy.printoptions", "@numpy.errors"}
    run("import numpy as np\nnp.set_printoptions(precision=8)\nnp.seterr(all='warn')\ndecimal.getcontext().prec = 28")
    second = run(
        "print(decimal.getcontext().prec, np.array([0.12345]), np.geterr()['divide'])",
        ambient=first.result["ambient"],
        steps=[step("import decimal, numpy as np")],
    )
    assert second.texts == ["5 [0.12] raise\n"]
    assert second.result is not None
    assert second.result["ambient"] == {}
    run("np.set_printoptions(precision=8)\nnp.seterr(all='warn')\ndecimal.getcontext().prec = 28")


def test_shell_commands_are_seen(run: Callable[..., Ran]) -> None:
    ran = run("!cat in.txt > out.txt", "lines = !ls *.txt", files={})
    assert ran.result is not None
    assert ran.result["opaque"]
    assert ran.result["spawned"][0] == "cat in.txt > out.txt"
    assert ran.result["changed"] == ["lines"]
    assert "file:out.txt" in ran.result["files_written"]


def test_values_go_from_kernel_to_kernel(run: Callable[..., Ran], client: Any) -> None:
    first = run(
        "class Model:\n    def __init__(self):\n        self.weights = [1.0]",
        "model = Model()\nweights = model.weights\nimport numpy as np\na = np.arange(6.0)\nview = a[2:4]",
        defined=[
            {"run": "class Model:\n    def __init__(self):\n        self.weights = [1.0]", "binds": ["Model"]},
            {"run": "import numpy as np", "binds": ["np"]},
        ],
    )
    assert first.result is not None
    assert first.result["changed"] == ["a", "model", "view", "weights"]
    execute(client, "%reset -f")
    loads = [{"load": item, "names": item["names"]} for item in first.result["artifacts"]]
    second = run(
        "model.weights.append(2.0)\nview[:] = -1\nprint(weights, a.tolist(), type(model) is Model)",
        steps=[step("class Model:\n    def __init__(self):\n        self.weights = [1.0]"), *loads],
        checked=["model", "weights", "a", "view", "Model"],
    )
    assert second.texts == ["[1.0, 2.0] [0.0, 1.0, -1.0, -1.0, 4.0, 5.0] True\n"]
    assert second.result is not None
    assert second.result["changed"] == ["a", "model", "view", "weights"]
    assert second.result["new"] == []


def test_what_packages_do_when_they_are_imported_is_not_the_stages_doing(run: Callable[..., Ran], client: Any) -> None:
    ran = run(
        "import os, sys\nfirst = 'requests' not in sys.modules and 'polars' not in sys.modules",
        "import requests, polars\nsame = type(requests.__loader__).__name__, vars(requests.__loader__).keys()",
        "import warnings\nwarnings.simplefilter('ignore', ResourceWarning)\nos.environ['MINE'] = '1'",
        "print(first, same, [type(f).__name__ for f in sys.meta_path])",
    )
    assert ran.result is not None
    assert ran.texts[0].startswith("True ('SourceFileLoader', dict_keys(['name', 'path'])) ['ImportWatch'")
    assert set(ran.result["ambient"]) == {"@warnings", "@environ"}
    assert ran.result["ambient"]["@environ"]["value"] == {"MINE": "1"}
    front = ran.result["ambient"]["@warnings"]["value"]
    assert len(front["front"]) == 1
    assert "ResourceWarning" in front["front"][0]
    assert front["back"] == front["removed"] == []
    assert "ImportWatch" not in execute(client, "print([type(f).__name__ for f in sys.meta_path])")[0]
    execute(client, "del os.environ['MINE']; warnings.resetwarnings()")


def test_definitions_known_by_name_are_found_in_the_cells(run: Callable[..., Ran]) -> None:
    cell = (
        "import enum\nfrom dataclasses import dataclass\nLIMITS = {'a': 1}\n"
        "@dataclass\nclass P:\n    x: int = 0\n"
        "class Color(enum.Enum):\n    RED = 1\n"
        "def f(x, seen=[]):\n    return x\n"
    )
    names = ["enum", "dataclass", "LIMITS", "P", "Color", "f"]
    assert (run(cell, defined=names).result or {})["changed"] == []
    assert (run(cell, "LIMITS['b'] = 2\nf.n = 1", defined=names).result or {})["changed"] == ["LIMITS", "f"]
    with_names_only = run("c = Color.RED\np = P(1)", steps=[step(cell)], checked=names, wanted=["c", "p", "Color"])
    assert (with_names_only.result or {})["changed"] == ["c", "p"]
