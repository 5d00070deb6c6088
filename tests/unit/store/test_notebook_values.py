"""Functions, classes, closures and aliases of a notebook: what is bundled, what goes by name, what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jupyter_mlpipe.errors import StoreError
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore
from jupyter_mlpipe.store.sharing import bundles

Namespace = dict[str, Any]


def run(namespace: Namespace, source: str) -> None:
    exec(compile(source, "<cell>", "exec"), namespace)


def moved(
    store: ArtifactStore, namespace: Namespace, *names: str, prologue: str = ""
) -> tuple[list[Artifact], Namespace]:
    """Save names and load them in another kernel's namespace after its prologue."""
    artifacts, refused = store.save_values({name: namespace[name] for name in names}, namespace)
    assert not refused, refused
    other: Namespace = {"__name__": "__main__", "__builtins__": namespace["__builtins__"]}
    run(other, prologue)
    for artifact in artifacts:
        other.update(store.load(artifact, other))
    return artifacts, other


def groups(source: str, namespace: Namespace, *names: str) -> set[tuple[str, ...]]:
    run(namespace, source)
    return set(bundles({name: namespace[name] for name in names}, namespace))


def test_an_instance_finds_its_class_by_name(store: ArtifactStore, notebook: Namespace) -> None:
    cls = "class Model:\n    def __init__(self): self.w = [1]\n    def f(self): return self.w[0] + k\n"
    run(notebook, f"{cls}\nk = 1\nmodel = Model()")
    artifacts, other = moved(store, notebook, "model", prologue=f"{cls}\nk = 10")
    assert artifacts[0].requires == ("Model",)
    assert type(other["model"]) is other["Model"]
    assert other["model"].f() == 11


def test_a_class_that_is_saved_itself_goes_whole(store: ArtifactStore, notebook: Namespace) -> None:
    run(
        notebook,
        """
import enum, dataclasses
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
@dataclasses.dataclass
class Point:
    x: int
    colour: Colour = Colour.RED
    tags: list = dataclasses.field(default_factory=list)
    def far(self): return self.x > limit
class Deep(Point):
    class Inner:
        pass
    def far(self): return not super().far()
limit = 5
points = [Point(1), Deep(9, Colour.BLUE), Deep.Inner()]
""",
    )
    artifacts, other = moved(store, notebook, "points", "Deep", "Point", "Colour", prologue="limit = 5")
    assert [artifact.names for artifact in artifacts] == [("Colour",), ("Point",), ("Deep",), ("points",)]
    assert artifacts[1].uses == ("limit",)
    first, second, third = other["points"]
    assert type(first) is other["Point"]
    assert second.colour is other["Colour"].BLUE
    assert type(third) is other["Deep"].Inner
    assert [point.far() for point in (first, second)] == [False, False]
    assert first == other["Point"](1)
    again, _ = store.save_values({name: other[name] for name in ("points", "Deep", "Point", "Colour")}, other)
    assert [artifact.content for artifact in again] == [artifact.content for artifact in artifacts]


def test_a_function_that_is_saved_reads_the_globals_where_it_is_loaded(
    store: ArtifactStore, notebook: Namespace
) -> None:
    run(notebook, "def helper(x): return x * k\ndef f(x): return [helper(v) for v in x]\nk = 2\ng = lambda v: f([v])")
    artifacts, other = moved(store, notebook, "f", "g", prologue="k = 3\ndef helper(x): return x * k")
    assert artifacts[0].requires == ()
    assert artifacts[0].uses == ("helper",)
    assert other["f"]([1, 2]) == [3, 6]
    assert other["f"].__globals__ is other
    assert other["g"](5) == [15]


def test_a_rebound_function_goes_whole(store: ArtifactStore, notebook: Namespace) -> None:
    run(notebook, "def f(): return 'old'\nkept = [f]\ndef f(): return 'new'")
    artifacts, other = moved(store, notebook, "kept", prologue="def f(): return 'new'")
    assert artifacts[0].requires == ()
    assert other["kept"][0]() == "old"


def test_closures_keep_sharing_their_variable(store: ArtifactStore, notebook: Namespace) -> None:
    source = """
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    def get():
        return n
    return up, get
up, get = counter()
alone, _ = counter()
up()
def recursive():
    def fact(n): return 1 if n < 2 else n * fact(n - 1)
    return fact
fact = recursive()
"""
    run(notebook, source)
    artifacts, other = moved(store, notebook, "up", "get", "alone", "fact")
    assert {artifact.names for artifact in artifacts} == {("up", "get"), ("alone",), ("fact",)}
    assert other["up"]() == 2
    assert other["get"]() == 2
    assert other["alone"]() == 1
    assert other["fact"](5) == 120


def test_decorated_functions_and_methods(store: ArtifactStore, notebook: Namespace) -> None:
    source = """
import functools
def loud(f):
    @functools.wraps(f)
    def wrapper(*args): return f(*args) + '!'
    return wrapper
@loud
def hello(name): return name
class A:
    @staticmethod
    def s(): return 's'
    @classmethod
    def c(cls): return cls.__name__
    @property
    def p(self): return 'p'
    def m(self): return hello('m')
calls = [hello, A.s, A.c, A().m, A]
"""
    run(notebook, source)
    artifacts, other = moved(store, notebook, "calls", prologue=source)
    assert artifacts[0].requires == ("A", "hello")
    hello, static, cls, method, a = other["calls"]
    assert (hello("x"), static(), cls(), method(), a().p) == ("x!", "s", "A", "m!", "p")
    assert hello is other["hello"]
    _, other = moved(store, notebook, "hello", "A", "calls")
    assert other["calls"][0] is other["hello"]
    assert other["calls"][3]() == "m!"


def test_a_generic_function_goes_with_its_registry(store: ArtifactStore, notebook: Namespace) -> None:
    run(
        notebook,
        """
import functools
@functools.singledispatch
def show(x): return f"object {x}"
@show.register
def _(x: int): return f"int {x}"
@show.register(list)
def show_list(x): return [show(i) for i in x]
class Shape:
    @functools.singledispatchmethod
    def grow(self, by): return f"grow {by}"
    @grow.register
    def _(self, by: int): return by + 1
show.calls = 3
shape = Shape()
""",
    )
    fresh = store.fingerprint({"show": notebook["show"]}, notebook)
    assert notebook["show"]([1, "a"]) == ["int 1", "object a"]
    assert store.fingerprint({"show": notebook["show"]}, notebook) == fresh  # what was dispatched is no content
    run(notebook, "@show.register\ndef _(x: float): return f'float {x}'")
    assert store.fingerprint({"show": notebook["show"]}, notebook) != fresh
    artifacts, other = moved(
        store, notebook, "show", "Shape", "shape", prologue="def show_list(x): return [show(i) for i in x]"
    )
    assert "_" not in {name for artifact in artifacts for name in artifact.requires}
    assert other["show"]([1, 2.5, "a"]) == ["int 1", "float 2.5", "object a"]
    assert other["show"].calls == 3
    assert (other["shape"].grow(1), other["shape"].grow("x")) == (2, "grow x")


def test_a_replaced_builtin_is_still_the_modules_own(
    store: ArtifactStore, notebook: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(notebook, "import math\noriginal = math.sqrt")
    before = store.fingerprint({"original": notebook["original"]}, notebook)
    monkeypatch.setattr(math, "sqrt", lambda _: "patched")
    assert store.fingerprint({"original": notebook["original"]}, notebook) == before
    _, other = moved(store, notebook, "original")
    assert other["original"](9) == 3.0
    monkeypatch.undo()
    _, other = moved(store, notebook, "original")
    assert other["original"] is math.sqrt


def test_what_is_required_and_missing_is_named(store: ArtifactStore, notebook: Namespace) -> None:
    run(notebook, "class Model: pass\nmodel = Model()")
    (artifact,), _ = store.save_values({"model": notebook["model"]}, notebook)
    with pytest.raises(StoreError, match="`Model`"):
        store.load(artifact, {})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = [1]; b = a; c = [1]", {("a", "b"), ("c",)}),
        ("a = [1]; b = {'x': (a,)}; c = 'a'", {("a", "b"), ("c",)}),
        ("t = (1, 2); a = t; b = t; c = 1", {("a",), ("b",), ("c",)}),
        ("s = 'x' * 50; a = [s]; b = [s]; c = s", {("a",), ("b",), ("c",)}),
        ("import numpy as np; a = np.arange(9); b = a[2:]; c = a.copy()", {("a", "b"), ("c",)}),
        ("import numpy as np; x = np.arange(9); a = x[:6]; b = [x[4:]]; c = x[7:].copy()", {("a", "b"), ("c",)}),
        ("import numpy as np; x = np.arange(9); a = x[:4]; b = x[4:]; c = 0", {("a",), ("b",), ("c",)}),
        ("import pandas as pd; a = pd.DataFrame({'x': [1]}); b = a; c = a.copy()", {("a", "b"), ("c",)}),
        ("import pandas as pd; a = pd.DataFrame({'x': [1, 2]}); b = a[['x']]; c = a['x']", {("a",), ("b",), ("c",)}),
        ("import pandas as pd; l = [1]; a = pd.DataFrame({'x': [l]}); b = l; c = 1", {("a", "b"), ("c",)}),
        ("class K: pass\na = K(); b = K(); c = K(); b.to = a", {("a", "b"), ("c",)}),
        ("class K: items = []\na = K; b = K.items; c = K()", {("a", "b"), ("c",)}),
        ("def f(x=[]): return x\na = f; b = f.__defaults__[0]; c = 1", {("a", "b"), ("c",)}),
        ("a = iter(x := [1, 2]); b = x; c = iter([1])", {("a", "b"), ("c",)}),
        ("import collections; d = collections.deque([1]); a = d; b = (d,); c = 1", {("a", "b"), ("c",)}),
        ("import logging; l = logging.getLogger('x'); a = [l]; b = [l]; c = l", {("a",), ("b",), ("c",)}),
        ("import re, math; a = [re, math.sin]; b = [re, math.sin]; c = [int]", {("a",), ("b",), ("c",)}),
        ("a = bytearray(5); b = [a]; c = bytearray(5)", {("a", "b"), ("c",)}),
        ("class K:\n  def m(self): pass\nk = K(); a = k.m; b = k; c = K().m", {("a", "b"), ("c",)}),
        ("import functools; l = []; a = functools.partial(l.append, 1); b = l; c = []", {("a", "b"), ("c",)}),
    ],
)
def test_what_shares_memory_or_identity_is_one_bundle(
    source: str, expected: set[tuple[str, ...]], notebook: Namespace
) -> None:
    assert groups(source, notebook, "a", "b", "c") == expected


def test_a_bundle_comes_back_aliased(store: ArtifactStore, notebook: Namespace) -> None:
    run(
        notebook,
        """
import numpy as np, pandas as pd
a = np.arange(300_000.0)
b = a[10:20]
frame = pd.DataFrame({'x': [1.0]})
same = frame
shared = []
holder = {'x': shared, 'y': [shared]}
""",
    )
    names = ("a", "b", "frame", "same", "shared", "holder")
    artifacts, other = moved(store, notebook, *names)
    assert {artifact.names for artifact in artifacts} == {("a", "b"), ("frame", "same"), ("shared", "holder")}
    assert all(artifact.codec == "pickle" and not artifact.safe for artifact in artifacts)
    other["a"][12] = -1
    assert other["b"][2] == -1
    assert other["same"] is other["frame"]
    other["shared"].append(1)
    assert other["holder"] == {"x": [1], "y": [[1]]}
    for artifact in artifacts:
        for blob in artifact.blobs:
            store.blobs.verify(blob.digest)


def test_what_cannot_outlive_its_process_is_refused_by_name(store: ArtifactStore, notebook: Namespace) -> None:
    run(
        notebook,
        """
import os, socket, sqlite3, threading
numbers = (n for n in range(3))
handle = open(os.devnull)
lock = {'deep': [threading.Lock()]}
connection = sqlite3.connect(':memory:')
thread = threading.current_thread()
view = memoryview(b'abc')
fine = [1]
tied = {'fine': fine, 'lock': lock['deep'][0]}
nested = []
for _ in range(100_000): nested = [nested]
""",
    )
    names = ["numbers", "handle", "lock", "connection", "thread", "view", "tied", "fine", "nested"]
    artifacts, refused = store.save_values({name: notebook[name] for name in names}, notebook)
    notebook["handle"].close()
    notebook["connection"].close()
    while notebook["nested"]:
        notebook["nested"] = notebook["nested"][0]
    assert artifacts == []
    assert set(refused) == set(names)
    for name, error in refused.items():
        assert error.code == "MP203"
        assert f"`{name}`" in error.message
        assert f"`{name}`" in error.hint
    assert "generator" in refused["numbers"].message
    assert "lock" in refused["lock"].message
    assert "`tied`" in refused["fine"].message or "`lock`" in refused["fine"].message


def test_fingerprints_tell_change_and_nothing_else(store: ArtifactStore, notebook: Namespace) -> None:
    run(
        notebook,
        """
import numpy as np, pandas as pd, random, threading
class C:
    total = 0
    def __init__(self): self.x = {'a': [1]}; self.lock = threading.Lock()
frame = pd.DataFrame({'a': [1, 2], 'o': [[1], 'x']})
array = np.arange(5); part = array[1:]
thing = C()
numbers = (n for n in range(5))
rng = random.Random(1)
nprng = np.random.default_rng(1)
def f(x=[]): return x
words = {'a', 'b'}
handle = open('/dev/null')
series = frame['a']
""",
    )
    names = [name for name, value in notebook.items() if not name.startswith("__") and not hasattr(value, "__path__")]
    names = [name for name in names if name not in ("np", "pd", "random", "threading")]

    def changed(source: str) -> set[str]:
        values = {name: notebook[name] for name in names}
        before = store.fingerprint(values, notebook)
        run(notebook, source)
        after = store.fingerprint({name: notebook[name] for name in names}, notebook)
        return {name for name in names if before[name] != after[name]}

    assert changed("pass") == set()
    assert changed("frame.loc[0, 'a'] = 9") == {"frame"}
    assert changed("frame.loc[0, 'o'].append(2)") == {"frame"}
    assert changed("array[2] = 9") == {"array", "part"}
    assert changed("thing.x['a'].append(2)") == {"thing"}
    assert changed("next(numbers)") == {"numbers"}
    assert changed("list(numbers)") == {"numbers"}
    assert changed("rng.random()") == {"rng"}
    assert changed("nprng.random()") == {"nprng"}
    assert changed("f().append(1)") == {"f"}
    assert changed("C.total += 1") == {"C"}
    assert changed("words.add('c')") == {"words"}
    assert changed("C.describe = lambda self: 1") == {"C"}
    assert changed("words = {'c', 'b', 'a'}; frame = frame.copy()") == set()
    notebook["handle"].close()
