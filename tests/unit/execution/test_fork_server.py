"""Kernels forked from a server: clean processes of their own, each like one that was started, and quicker."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlpipe.execution.fork_client import CannotForkError, ServerPlace
from jupyter_mlpipe.execution.fork_servers import ForkServers, close_fork_servers
from jupyter_mlpipe.execution.kernel_process import KernelPlace, LiveKernel, start_kernel
from jupyter_mlpipe.execution.provisioner import _launcher_arguments
from jupyter_mlpipe.execution.shared_address import AVAILABLE
from tests.unit.execution.worker_side import wait_until

pytestmark = [
    pytest.mark.skipif(not AVAILABLE, reason="kernels are forked on Linux only"),
    pytest.mark.xdist_group("fork_server"),
]

AHEAD = ("numpy", "pandas", "pyarrow", "matplotlib.pyplot", "dask.array", "sklearn.linear_model")


@pytest.fixture(scope="module", autouse=True)
def _servers_end() -> Iterator[None]:
    yield
    close_fork_servers()


@contextmanager
def forked(folder: Path, *ahead: str, **options: Any) -> Iterator[LiveKernel]:
    place = KernelPlace.of("python3", str(folder), ahead=ahead or AHEAD, **options)
    kernel = start_kernel(place)
    try:
        yield kernel
    finally:
        kernel.close()


def reason(kernel: LiveKernel) -> str:
    """Why the kernel was not forked."""
    return str(kernel.manager.provisioner.reason)


def run(kernel: LiveKernel, source: str) -> dict[str, Any]:
    """The reply to a cell, with the value of `answer` as ``reply["answer"]``."""
    message = kernel.client.execute(textwrap.dedent(source), user_expressions={"answer": "answer"}, stop_on_error=False)
    while True:
        for reply in kernel.poll(0.05)[0]:
            if reply["parent_header"]["msg_id"] == message:
                content: dict[str, Any] = reply["content"]
                found = content.get("user_expressions", {}).get("answer", {})
                if found.get("status") == "ok":
                    content["answer"] = ast.literal_eval(found["data"]["text/plain"])
                return content
        kernel.check_alive()


def answer(kernel: LiveKernel, source: str) -> Any:
    reply = run(kernel, source)
    assert reply["status"] == "ok", reply
    return reply["answer"]


def test_a_forked_kernel_is_like_a_started_one(tmp_path: Path) -> None:
    source = """
    import os, random, sys, threading, signal, warnings
    handlers = [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)]
    loaded = [name for name in ("numpy", "pandas", "sklearn", "matplotlib", "pyarrow") if name in sys.modules]
    before = [str(item) for item in warnings.filters]
    import numpy, pandas, matplotlib.pyplot
    after = [str(item) for item in warnings.filters]
    environment = {name: value for name, value in os.environ.items() if name not in ("JPY_PARENT_PID", "_")}
    answer = [os.getcwd(), os.path.basename(sys.argv[0]), sys.argv[1], sys.path, loaded, before, after, environment,
              handlers, sys.flags.hash_randomization, os.getpgid(0) == os.getpid(), __name__, sys.stdin.isatty(),
              matplotlib.get_backend(), len(threading.enumerate())]
    """
    with forked(tmp_path) as fork:
        assert reason(fork) == ""
        one = answer(fork, source)
    cold = start_kernel(KernelPlace.of("python3", str(tmp_path)))
    try:
        other = answer(cold, source)
    finally:
        cold.close()
    assert [*one[:7], *one[8:]] == [*other[:7], *other[8:]]
    assert set(one[7].items()) ^ set(other[7].items()) == set()
    assert one[4] == []


def test_two_stages_never_see_each_other(tmp_path: Path) -> None:
    change = """
    import os, random, sys, threading, time, types, warnings
    import numpy as np, pandas as pd, matplotlib.pyplot as plt
    sys.modules["ghost"] = types.ModuleType("ghost")
    os.environ["GHOST"] = "1"
    os.mkdir("below"); os.chdir("below")
    threading.Thread(target=time.sleep, args=(60,), name="ghost", daemon=True).start()
    handle = open("ghost.txt", "w")
    plt.figure(); plt.rcParams["lines.linewidth"] = 99
    pd.set_option("display.max_rows", 7); np.set_printoptions(precision=1); random.seed(1); np.random.seed(1)
    pd.DataFrame.ghost = 1
    answer = [random.random(), np.random.rand()]
    """
    look = """
    import os, random, sys, threading
    import numpy as np, pandas as pd, matplotlib.pyplot as plt
    answer = ["ghost" in sys.modules, "GHOST" in os.environ, os.path.basename(os.getcwd()),
              [thread.name for thread in threading.enumerate() if thread.name == "ghost"],
              [link for n in os.listdir("/proc/self/fd") if os.path.exists(path := f"/proc/self/fd/{n}")
               and "ghost" in (link := os.readlink(path))],
              plt.get_fignums(), plt.rcParams["lines.linewidth"] == 99, pd.get_option("display.max_rows") == 7,
              np.get_printoptions()["precision"] == 1, hasattr(pd.DataFrame, "ghost")
              ], random.random(), np.random.rand()
    """
    with forked(tmp_path) as first, forked(tmp_path) as second:
        drawn = answer(first, change)
        seen, *random = answer(second, look)
        assert seen == [False, False, tmp_path.name, [], [], [], False, False, False, False]
        assert set(random).isdisjoint(drawn)
        with forked(tmp_path) as third:
            assert set(answer(third, look)[1:]).isdisjoint([*random, *drawn])


def test_thread_pools_work_after_the_fork(tmp_path: Path) -> None:
    source = """
    import numpy as np, pyarrow as pa, pyarrow.compute as pc, dask.array as da, pandas as pd
    from sklearn.linear_model import LogisticRegression
    from concurrent.futures import ThreadPoolExecutor
    a = np.ones((700, 700))
    table = pa.table({"x": np.arange(200_000)})
    ones = da.ones((1000, 1000), chunks=100)
    answer = [float((a @ a)[0, 0]), pc.sum(table["x"]).as_py(), float(ones.sum().compute()),
              pa.Table.from_pandas(table.to_pandas()).num_rows, list(ThreadPoolExecutor(4).map(abs, [-1, -2])),
              LogisticRegression().fit(np.arange(40.).reshape(20, 2), [0, 1] * 10).classes_.tolist()]
    """
    with forked(tmp_path) as kernel:
        assert reason(kernel) == ""
        assert answer(kernel, source) == [700.0, 19999900000, 1000000.0, 200000, [1, 2], [0, 1]]


def test_torch_works_after_the_fork(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    source = "import torch\nanswer = [float((torch.ones(600, 600) @ torch.ones(600, 600))[0, 0]), torch.initial_seed()]"
    look = "from jupyter_mlpipe.execution.module_shelf import Shelf\nimport sys\n"
    look += "answer = any(isinstance(finder, Shelf) and 'torch' in finder.names for finder in sys.meta_path)"
    seeds = []
    for _ in range(2):
        with forked(tmp_path, "torch") as kernel:
            assert reason(kernel) == ""
            assert answer(kernel, look)
            product, seed = answer(kernel, source)
            assert product == 600.0
            seeds.append(seed)
    started = [
        subprocess.check_output([sys.executable, "-c", "import torch; print(torch.initial_seed())"]) for _ in "ab"
    ]
    assert (seeds[0] == seeds[1]) == (started[0] == started[1])


def test_imported_modules_are_shared_memory(tmp_path: Path) -> None:
    source = """
    import numpy, pandas, sklearn.linear_model
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    answer = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    """
    with ExitStack() as stack:
        kernels = [stack.enter_context(forked(tmp_path)) for _ in range(4)]
        for kernel in kernels:
            memory = answer(kernel, source)
        assert memory["Pss"] < memory["Rss"] * 0.6


def test_a_folder_that_shadows_a_module_gets_a_started_kernel(tmp_path: Path) -> None:
    (tmp_path / "skops.py").write_text("answer = 'mine'")
    with forked(tmp_path, "skops") as kernel:
        assert reason(kernel) == "the folder has modules of its own called skops"
        assert answer(kernel, "import skops\nanswer = skops.answer") == "mine"


def test_an_unsafe_import_is_left_to_the_notebook(tmp_path: Path) -> None:
    with forked(tmp_path, "this", "wave") as kernel:  # `import this` prints
        assert reason(kernel) == ""
        source = "import sys; before = [name in sys.modules for name in ('this', 'wave')]\nimport this\nanswer = before"
        assert answer(kernel, source) == [False, False]


def test_changed_packages_get_a_new_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The user's own site folder, moved away: the environment's is that of other tests too.
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "base"))
    lookup = [sys.executable, "-c", "import site; print(site.getusersitepackages())"]
    site = Path(subprocess.run(lookup, capture_output=True, text=True, check=True).stdout.strip())
    site.mkdir(parents=True)
    with forked(tmp_path, "wave") as first, forked(tmp_path, "wave") as second:
        (site / "package").mkdir()
        with forked(tmp_path, "wave") as third:
            assert {reason(kernel) for kernel in (first, second, third)} == {""}
            servers = [psutil.Process(kernel.pid).ppid() for kernel in (first, second, third)]
            assert servers[0] == servers[1] != servers[2]
            assert answer(first, "answer = 1") == 1


def test_another_interpreters_kernel_is_started() -> None:
    for command in (["/usr/bin/env", "-m", "ipykernel_launcher"], [sys.executable, "-m", "bash_kernel", "-f", "x"]):
        with pytest.raises(CannotForkError):
            _launcher_arguments(command)
    assert _launcher_arguments([sys.executable, "-m", "ipykernel_launcher", "-f", "x"])[1:] == ["-f", "x"]


def test_a_killed_server_takes_no_kernel_with_it(tmp_path: Path) -> None:
    with forked(tmp_path, "json.tool") as kernel:
        (server,) = [item for item in servers_below() if item.pid == psutil.Process(kernel.pid).ppid()]
        server.kill()
        server.wait(10)
        assert answer(kernel, "answer = 1 + 1") == 2
        with forked(tmp_path, "json.tool") as other:
            assert reason(other) == ""
            assert answer(other, "answer = 3") == 3
        kernel.kill_process()
        wait_until(lambda: kernel.exit_code() is not None)


def test_signals_and_exit_codes(tmp_path: Path) -> None:
    with forked(tmp_path, "json.tool") as kernel:
        message = kernel.client.execute("import time\nopen('begun', 'x').close()\ntime.sleep(60)")
        wait_until((tmp_path / "begun").exists)
        kernel.manager.interrupt_kernel()
        replies: list[Any] = []
        wait_until(lambda: replies.extend(kernel.poll(0.05)[0]) or replies)
        assert (replies[-1]["parent_header"]["msg_id"], replies[-1]["content"]["ename"]) == (
            message,
            "KeyboardInterrupt",
        )
        kernel.client.execute("import os; os._exit(7)")
        wait_until(lambda: kernel.exit_code() is not None)
        assert kernel.exit_code() == 7
    with forked(tmp_path, "json.tool") as kernel:
        kernel.client.execute("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
        wait_until(lambda: kernel.exit_code() is not None)
        assert kernel.exit_code() == -signal.SIGSEGV


@pytest.mark.parametrize(("end", "code"), [("os._exit(7)", 7), ("os.kill(os.getpid(), signal.SIGSEGV)", -11)])
def test_exit_codes_where_the_server_was_killed(tmp_path: Path, end: str, code: int) -> None:
    with forked(tmp_path, "json.tool") as kernel:
        (server,) = [item for item in servers_below() if item.pid == psutil.Process(kernel.pid).ppid()]
        server.kill()
        server.wait(10)
        kernel.client.execute(f"import os, signal; {end}")
        wait_until(lambda: kernel.exit_code() is not None)
        release = tuple(int(part) for part in os.uname().release.split(".")[:2])
        # Before 6.15 it depends on how quickly the process is noticed that adopted it.
        assert kernel.exit_code() in ({code} if release >= (6, 15) else {code, 1})


def test_a_kernel_is_held_to_its_memory(tmp_path: Path) -> None:
    source = "import numpy\nblock = numpy.empty({size} * 2**20 // 8)\nanswer = block.nbytes"
    with forked(tmp_path, "numpy", memory=300 * 2**20) as kernel:
        reply = run(kernel, source.format(size=4000))
        assert reply["status"] == "error"
        assert "MemoryError" in reply["ename"]
        assert answer(kernel, source.format(size=200)) == 200 * 2**20


def test_nothing_outlives_its_process(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import json, os, sys, time
        from jupyter_mlpipe.execution.kernel_process import KernelPlace, start_kernel
        place = KernelPlace.of("python3", {str(tmp_path)!r}, ahead=("json.tool",))
        kernel = start_kernel(place)
        import psutil
        below = psutil.Process().children(recursive=True)
        print(json.dumps([item.pid for item in below]), flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        below = [psutil.Process(pid) for pid in json.loads(process.stdout.readline())]
        assert len(below) == 2
        process.kill()
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []


def test_many_kernels_in_a_row_leave_nothing(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import json, os, tempfile
        from pathlib import Path
        import psutil
        from jupyter_mlpipe.execution.kernel_process import KernelPlace, start_kernel
        place = KernelPlace.of("python3", {str(tmp_path)!r}, ahead=("json.tool",))
        me = psutil.Process()
        def held():
            return [me.num_fds(), len(me.children(recursive=True)), sorted(os.listdir(tempfile.gettempdir()))]
        start_kernel(place).close()
        before = held()
        for _ in range(20):
            kernel = start_kernel(place)
            assert kernel.manager.provisioner.reason == ""
            kernel.close()
        print(json.dumps([before, held()]))
        """
    )
    with tempfile.TemporaryDirectory(prefix="mlp-") as own:  # short enough for sockets
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "TMPDIR": own},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        before, after = json.loads(done.stdout)
        assert after == before
        assert after[2] == []


def test_servers_are_few(tmp_path: Path) -> None:
    servers = ForkServers()
    try:
        made = [servers.prepare(ServerPlace.of((name,), os.environ)) for name in ("json", "csv", "wave")]
        wait_until(lambda: made[0].ended)
        assert not made[2].ended
        assert servers.prepare(made[2].place) is made[2]
    finally:
        servers.close()
    assert all(server.ended for server in made)


def servers_below() -> list[psutil.Process]:
    return [item for item in psutil.Process().children() if any("fork_server" in part for part in item.cmdline())]
