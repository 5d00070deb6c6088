"""What statements are for, and which of them may run again elsewhere: the decision tables, row by row."""

from __future__ import annotations

import pytest

from jupyter_mlpipe.notebook.dataflow import mark_unused_imports, read_source
from jupyter_mlpipe.notebook.pipeline import Kind
from tests.unit.notebook.decisions import check, last


@pytest.mark.parametrize(
    "source",
    ["import x", "import x.y as z", "from x import y", "from x import *", "import numpy as np, os"],
)
def test_imports(source: str) -> None:
    check(source, Kind.IMPORT, True)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): return value",
        "def f(x=K, y=[], z=None): pass",
        "def f(x: pd.DataFrame, y: 'Later', z: list[int] | None = None) -> tuple[Base, ...]: pass",
        "def f(m: Literal['a']): pass",
        "async def f(): pass",
        "def f(): print('only when called')",
        "@lru_cache(maxsize=None)\ndef f(): pass",
        "@functools.wraps(helper)\ndef f(): pass",
        "@quiet\ndef f(): pass",
        "@np.vectorize\ndef f(x): pass",
        "class C: pass",
        "class C(Base, abc.ABC):\n  '''doc'''\n  x: int = 3\n  ys = []\n  def m(self, a=K): return value",
        "class C:\n  x = 1\n  y = x + 1\n  @property\n  def p(self): pass\n  @p.setter\n  def p(self, v): pass",
        "class C:\n  @staticmethod\n  def s(): pass\n  @classmethod\n  def c(cls): pass",
        "class C(metaclass=abc.ABCMeta): pass",
        "@dataclass(frozen=True)\nclass C:\n  a: int\n  b: list = field(default_factory=list)",
        "class Colour(Enum):\n  RED = auto()\n  BLUE = 'b'",
        "class Row(NamedTuple):\n  a: int = 0",
        "class C(torch.nn.Module):\n  def __init__(self): super().__init__()",
        "class C:\n  class Meta:\n    ordering = ['a']",
        "class C:\n  if sys.platform == 'linux':\n    sep = '/'",
        "class C:\n  f = lambda self: 1",
        "if TYPE_CHECKING:\n  from x import Y",
        "try:\n  import fast\nexcept ImportError:\n  fast = None",
        "try:\n  import torch2\n  OK = True\nexcept (ImportError, OSError) as error:\n  OK = False",
        "if K > 2:\n  def f(): pass\nelse:\n  def f(): return 1",
        "with warnings.catch_warnings():\n  warnings.simplefilter('ignore')\n  import noisy",
        "%%time\nimport x\ndef f(): pass",
        "%time import x",
        "Base.norm = helper",
        "Base.unit = 'm'",
    ],
)
def test_definitions(source: str) -> None:
    check(source, Kind.DEFINE, True)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x=time.time()): pass",
        "def f(x=value): pass",
        "def f(x=np.random.rand()): pass",
        "def f(x=items): pass",
        "def f(x=helper(1)): pass",
        "@loud\ndef f(): pass",
        "@factory(3)\ndef f(): pass",
        "@value.register\ndef f(): pass",
        "@atexit.register\ndef f(): pass",
        "@unknown\ndef f(): pass",
        "from ipywidgets import interact\n@interact(x=3)\ndef f(x): pass",
        "class C(value): pass",
        "class C(Hooked): pass",
        "class C:\n  x = value",
        "class C:\n  x = helper(1)",
        "class C:\n  t = time.time()",
        "class C:\n  ys = items",
        "class C:\n  print('made')",
        "class C:\n  for i in range(3): pass",
        "class C:\n  r = np.random.rand()",
        "Base.table = value",
        "Base.table = []",
        "if value: import x",
        "try:\n  import fast\nexcept ImportError:\n  !pip install fast",
        "try:\n  value = helper(1)\nexcept Exception:\n  value = 1",
    ],
)
def test_definitions_that_must_run_once(source: str) -> None:
    statement = last(source)
    assert not statement.replayable
    assert statement.kind in (Kind.BIND, Kind.EFFECT)


@pytest.mark.parametrize(
    "source",
    [
        "plt.style.use('ggplot')",
        "pd.set_option('display.max_rows', 10)",
        "pd.options.display.max_rows = 5",
        "plt.rcParams['figure.figsize'] = (3, K)",
        "plt.rcParams.update({'font.size': 10})",
        "mpl.rc('font', size=10)",
        "mpl.use('Agg')",
        "sns.set_theme()",
        "sns.set(style='white')",
        "np.set_printoptions(precision=3)",
        "np.seterr(all='ignore')",
        "warnings.filterwarnings('ignore')",
        "warnings.simplefilter('ignore', FutureWarning)",
        "logging.basicConfig(level=logging.INFO, stream=sys.stdout)",
        "logging.getLogger('a').setLevel(logging.ERROR)",
        "log.setLevel('INFO')",
        "log.propagate = False",
        "log.addHandler(logging.StreamHandler(sys.stdout))",
        "decimal.getcontext().prec = 6",
        "sys.path.append('..')",
        "sys.path.insert(0, os.path.abspath('lib'))",
        "sys.path.append(str(Path('..').resolve()))",
        "sys.setrecursionlimit(10_000)",
        "mymod.CONST = 3",
        "mymod.TABLE['a'] = 3",
        "mymod.ITEMS.append(3)",
        "Thing.method = helper",
        "settings.debug = True",
        "math.sqrt = helper",
        "torch.set_num_threads(1)",
        "torch.backends.cudnn.deterministic = True",
        "%matplotlib inline",
        "%config InlineBackend.figure_format = 'retina'",
        "%load_ext autoreload",
        "%autoreload 2",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "pd.set_option(\n    'display.width',\n    K)",
        "%%capture\nplt.style.use('ggplot')",
    ],
)
def test_configuration(source: str) -> None:
    check(source, Kind.CONFIGURE, True)
    assert last(source).mutates == frozenset()


@pytest.mark.parametrize(
    "source",
    [
        "os.mkdir('a')",
        "os.makedirs('a', exist_ok=True)",
        "os.remove('a')",
        "os.rename('a', 'b')",
        "os.chdir('..')",
        "os.putenv('a', 'b')",
        "os.environ['A'] = '1'",
        "os.environ.setdefault('A', '1')",
        "os.environ.update(A='1')",
        "shutil.rmtree('a')",
        "time.sleep(1)",
        "random.seed(0)",
        "np.random.seed(0)",
        "torch.manual_seed(0)",
        "random.random()",
        "plt.plot([1])",
        "plt.show()",
        "plt.figure()",
        "plt.savefig('a.png')",
        "plt.title('t')",
        "plt.setp(value)",
        "display(value)",
        "print('x')",
        "json.dump(value, value)",
        "np.save('a', value)",
        "joblib.dump(value, 'a')",
        "torch.save(value, 'a')",
        "pd.read_csv('a.csv')",
        "mymod.run()",
        "mymod.set_state(value)",
        "pd.set_option('display.width', value)",
        "value.head()",
        "value",
        "1 + 1",
        "helper(1)",
        "assert value",
        "raise ValueError",
        "!ls",
        "%cd ..",
        "%env A=1",
        "%pip install x",
        "%%bash\nls",
        "%%writefile a.py\nx = 1",
        "if value: print(1)",
        "if __name__ == '__main__': helper(1)",
        "with open('f') as f: pass",
        "log.info('x')",
        "mymod.CONST = value",
    ],
)
def test_effects(source: str) -> None:
    statement = last(source)
    assert not statement.replayable
    assert statement.kind is (Kind.BIND if statement.binds | statement.mutates else Kind.EFFECT)


@pytest.mark.parametrize(
    ("source", "replayable"),
    [
        ("items.append(3)\nx = len(items)", False),
        ("K = helper(1)\nx = K + 1", False),
        ("K = 5\nx = K + 1", True),
        ("del K\nx = K", False),
        ("def len(x): return 3\nx = len(items)", False),
        ("list = [1]\nx = list(items)", False),
        ("np = value\nx = np.array([1])", False),
        ("if value: K = 4\nx = K", False),
        ("from numpy import *\nx = array([1])", True),
        ("try:\n  import fast\n  xs = []\nexcept ImportError:\n  xs = None\ny = xs", False),
    ],
)
def test_what_stands_above_counts(source: str, replayable: bool) -> None:
    assert last(source).replayable is replayable


@pytest.mark.parametrize(
    "source",
    [
        "%load_ext jupyter_mlpipe",
        "%reload_ext jupyter_mlpipe",
        "%pipeline p --owner x",
        "%stages",
        "%stage_inputs train",
    ],
)
def test_directives(source: str) -> None:
    check(source, Kind.DIRECTIVE, False)


@pytest.mark.parametrize("source", ["pass", "'''text'''", "...", "x: int"])
def test_statements_that_do_nothing(source: str) -> None:
    check(source, Kind.EFFECT, True)


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("import seaborn", ["configure"]),
        ("import seaborn\nseaborn.x()", ["import", "effect"]),
        ("import os", ["import"]),
        ("import seaborn\nexec(x)", ["import", "effect"]),
        ("import seaborn\ndef f(): return seaborn.x", ["import", "define"]),
        ("from tqdm import *", ["import"]),
        ("from __future__ import annotations", ["configure"]),
        ("import sklearn.experimental", ["configure"]),
    ],
)
def test_imports_that_nothing_uses_configure(source: str, kinds: list[str]) -> None:
    statements = mark_unused_imports(read_source(source))
    assert [item.kind for item in statements] == kinds
    assert all(item.replayable for item in statements if "import" in item.source)


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("def fit(): pass", "function fit"),
        ("class C: pass", "class C"),
        ("import pandas as pd", "import pandas"),
        ("from a.b import c, d", "import c, d from a.b"),
        ("alpha = 1", "alpha"),
        ("a, b = 1, 2", "a, b"),
        ("df['x'] = 1", "df['x']"),
        ("for i in x: pass", "for loop"),
        ("%matplotlib inline", "%matplotlib inline"),
        ("%%time\nx = 1", "%%time"),
        ("!ls -l", "!ls -l"),
        ("print('a' * 100, 'b' * 100, 'c' * 100, 'd' * 100, x)", None),
    ],
)
def test_labels(source: str, label: str | None) -> None:
    found = read_source(source)[-1].label
    assert len(found) <= 60
    assert label is None or found == label
