"""What a call on an imported module is for: to configure the module, or for another effect.

A configuring call changes only the module (its options, its style, its registries), so it belongs to every later stage,
wherever it stands. The tables are read in order: calls named as effects, calls named as configuration, then the shape
of the last name. A call on none of the lists is an effect.

This module is not for expressions: ``purity`` judges those.
"""

from __future__ import annotations

from jupyter_mlpipe.notebook import mutators


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


EFFECT_PREFIXES = (
    "os.", "shutil.", "subprocess.", "requests.", "urllib.", "http.", "httpx.", "socket.", "time.", "random.",
    "secrets.", "numpy.random.", "torch.random.", "torch.cuda.manual", "torch.cuda.seed", "torch.cuda.set_rng", "gc.",
    "json.", "pickle.", "joblib.", "tempfile.", "builtins.", "IPython.display.", "IPython.core.display.", "sys.exit",
    "sys.stdout.", "sys.stderr.", "tensorflow.random.", "atexit.", "threading.", "multiprocessing.", "asyncio.",
    "ray.", "wandb.", "signal.", "mlflow.",
)  # fmt: skip
"""Origins whose calls act on the world, draw from a random state or seed one (ambient state is kept by the run)."""

CONFIGURE_CALLS = _names(
    """
    logging.getLogger().addHandler logging.getLogger.addHandler logging.addLevelName
    warnings.filterwarnings warnings.simplefilter warnings.resetwarnings logging.basicConfig logging.disable
    logging.captureWarnings matplotlib.use matplotlib.rc matplotlib.rcdefaults matplotlib.pyplot.rc
    matplotlib.pyplot.rcdefaults matplotlib.pyplot.ioff matplotlib.pyplot.ion matplotlib.pyplot.xkcd
    matplotlib.pyplot.switch_backend matplotlib.style.use matplotlib.pyplot.style.use seaborn.set
    seaborn.reset_defaults numpy.seterr numpy.seterrcall numpy.setbufsize locale.setlocale decimal.setcontext
    sys.path.append sys.path.insert sys.path.extend sys.path.remove sys.setrecursionlimit sys.setswitchinterval
    importlib.reload importlib.invalidate_caches nest_asyncio.apply tqdm.tqdm.pandas tqdm.auto.tqdm.pandas
    tqdm.notebook.tqdm.pandas plotly.offline.init_notebook_mode csv.field_size_limit faulthandler.enable
    cufflinks.go_offline shap.initjs bokeh.io.output_notebook bokeh.plotting.output_notebook panel.extension
    hvplot.extension holoviews.extension altair.renderers.enable altair.data_transformers.enable
    altair.data_transformers.disable_max_rows sklearn.set_config polars.Config torch.no_grad
    """
)
"""Calls known to configure."""

EFFECT_NAMES = _names(
    """
    plot show figure hist scatter bar barh boxplot pie imshow savefig subplots subplot axes close clf cla title
    xlabel ylabel legend grid axis xlim ylim xticks yticks tight_layout text annotate fill_between axhline
    axvline suptitle display save dump dumps write to_csv read load sleep seed manual_seed set_seed
    set_random_seed seed_everything download system run call setp
    """
)
"""Last names that draw, write, read or seed, whatever the module."""

CONFIGURE_STARTS = (
    "set_", "use", "register", "enable", "disable", "option", "config", "filter", "seterr", "setup_", "reset_", "init_",
    "rc", "theme", "setdefault", "set",
)  # fmt: skip

MODULE_PARTS = frozenset(
    {
        "logging.getLogger",
        "logging.StreamHandler",
        "logging.NullHandler",
        "logging.Formatter",
        "tensorflow.get_logger",
        "decimal.getcontext",
    }
)
"""Functions whose result belongs to the module and not to the notebook: changing it configures the module."""

RETURN_NOTHING = _names(
    """
    numpy.set_printoptions pandas.set_option pandas.reset_option pandas.plotting.register_matplotlib_converters
    seaborn.set_theme seaborn.set_style seaborn.set_context seaborn.set_palette torch.set_default_dtype
    torch.set_num_threads torch.set_printoptions torch.set_default_device torch.set_float32_matmul_precision
    tensorflow.config.set_visible_devices tensorflow.get_logger.setLevel logging.getLogger.setLevel
    logging.getLogger().setLevel logging.getLogger().addHandler logging.getLogger.addHandler
    logging.StreamHandler().setFormatter logging.StreamHandler().setLevel
    """
)
"""Configuring calls that return None, besides ``CONFIGURE_CALLS``."""

DISPLAYS = _names(
    """
    plotly.offline.init_notebook_mode bokeh.io.output_notebook bokeh.plotting.output_notebook panel.extension
    hvplot.extension holoviews.extension shap.initjs cufflinks.go_offline
    """
)
"""Configuring calls that also show something in their cell."""

_RETURN_A_VALUE = _names(
    """
    numpy.seterr numpy.seterrcall numpy.setbufsize locale.setlocale importlib.reload matplotlib.pyplot.ioff
    matplotlib.pyplot.ion torch.no_grad csv.field_size_limit matplotlib.pyplot.xkcd polars.Config
    altair.renderers.enable altair.data_transformers.enable altair.data_transformers.disable_max_rows
    """
)

CONFIGURE_MAGICS = _names(
    """
    matplotlib config autoreload load_ext reload_ext precision aimport pdb xmode colors autocall automagic
    pprint unload_ext
    """
)
"""Line magics that set an option of the shell."""


def configures(origin: str) -> bool:
    """Whether a call of the function with this dotted origin configures its module and does nothing else."""
    if origin in CONFIGURE_CALLS:
        return True
    last = origin.rpartition(".")[2]
    if origin.startswith(EFFECT_PREFIXES) or last in EFFECT_NAMES or last in mutators.SEEDERS:
        return False
    if last.startswith(CONFIGURE_STARTS):
        return True
    # ``mymod.REGISTRY.append(1)``, ``plt.rcParams.update({...})``: a part of a module changes in place.
    return origin.count(".") >= 2 and last in ("append", "update", "add", "insert", "extend", "remove", "pop", "clear")


def configuring_assignment(origin: str) -> bool:
    """Whether an assignment to this attribute or item of a module configures it (``os.environ[...]`` does not)."""
    return not origin.startswith(("os.environ", "os.", "builtins.", "sys.stdout", "sys.stderr", "sys.argv"))


def returns_nothing(origin: str) -> bool:
    """Whether a configuring call is known to return None, so that it shows nothing as a cell's last line."""
    if origin in CONFIGURE_CALLS:
        return origin not in _RETURN_A_VALUE and origin not in DISPLAYS
    return origin in RETURN_NOTHING or origin.rpartition(".")[2] in ("append", "update", "insert", "extend", "clear")
