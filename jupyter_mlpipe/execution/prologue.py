"""The steps that a kernel takes before a stage's own cells: statements, parameters, loads and deletions.

Statements run in the user's namespace the way IPython runs a cell, so that tracebacks, ``inspect.getsource``, pickling
and top-level ``await`` work, but nothing that they print or display is shown: it was shown where they stand.

It does not know ambient states or files; ``session`` puts those in place.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import MlpipeError, StageFailedError, StoreError
from jupyter_mlpipe.execution.name_changes import shell_of

if TYPE_CHECKING:
    from jupyter_mlpipe.notebook.pipeline import Statement
    from jupyter_mlpipe.store.artifacts import ArtifactStore


async def take_steps(
    steps: Sequence[Mapping[str, Any]], namespace: MutableMapping[str, object], store: ArtifactStore, stage: str
) -> None:
    """Take every step in order.

    Raises
    ------
    StageFailedError
        A statement raised; the error names its label and has the user's exception as its cause.
    StoreError
        A value could not be loaded.
    """
    with _unheard(namespace):
        for number, step in enumerate(steps):
            if "run" in step:
                await _run(step, number, namespace, stage)
            elif "set" in step:
                namespace.update(step["set"])
            elif "load" in step:
                _load(step, namespace, store)
            elif "delete" in step:
                for name in step["delete"]:
                    namespace.pop(name, None)


def take_steps_at_once(
    steps: Sequence[Mapping[str, Any]], namespace: MutableMapping[str, object], store: ArtifactStore, stage: str
) -> None:
    """Take every step in order, where nothing can wait for one that awaits.

    Raises
    ------
    StageFailedError, StoreError
        As for :func:`take_steps`; also where a statement awaits.
    """
    work = take_steps(steps, namespace, store, stage)
    try:
        work.send(None)
    except StopIteration:
        return
    work.close()
    raise StoreError(
        f"a definition that stage `{stage}` needs awaits, so it cannot be made again here",
        hint="run its cell by itself",
    )


def statement_step(statement: Statement) -> dict[str, Any]:
    """The step that runs a statement of the notebook."""
    return {"run": statement.source, "binds": sorted(statement.binds), "label": statement.label}


def _load(step: Mapping[str, Any], namespace: MutableMapping[str, object], store: ArtifactStore) -> None:
    from jupyter_mlpipe.store.artifacts import Artifact

    artifact = Artifact.from_json(step["load"])
    loaded = store.load(artifact, namespace)
    if "matplotlib." in artifact.type:
        _show_figures(namespace)
    names = step.get("names")
    namespace.update({name: value for name, value in loaded.items() if names is None or name in names})


def _show_figures(namespace: Mapping[str, object]) -> None:
    """Have figures displayed as in a kernel in which ``matplotlib.pyplot`` was imported."""
    if shell_of(namespace) is not None:
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        plt.switch_backend(mpl.get_backend())


async def _run(step: Mapping[str, Any], number: int, namespace: MutableMapping[str, object], stage: str) -> None:
    label = step.get("label") or f"step {number + 1}"
    try:
        result = eval(compile_cell(step["run"], namespace), namespace)  # type: ignore[arg-type]  # noqa: S307
        if inspect.isawaitable(result):
            await result
    except (MlpipeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise StageFailedError(
            f"stage {stage} could not be set up: {label} raised {type(error).__name__}: {error}",
            hint=f"{label} runs again before {stage}, as it stands above it in the notebook; run that cell by itself",
            stage=stage,
            label=label,
            ename=type(error).__name__,
            evalue=str(error),
        ) from error


def compile_cell(source: str, namespace: Mapping[str, object]) -> Any:
    """Code of a cell's source (Python, after IPython's transformation), known to `linecache` by its file name."""
    shell = shell_of(namespace)
    if shell is None:
        name = f"<mlpipe {hash(source) & 0xFFFFFFFFFFFF:x}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        return compile(source, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    name = shell.compile.cache(source, shell.execution_count)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        return shell.compile(tree, name, "exec")


def awaits(source: str) -> bool:
    """Whether the source awaits at top level, so that it needs the kernel's event loop."""
    try:
        code = compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return bool(code.co_flags & inspect.CO_COROUTINE)


@contextmanager
def _unheard(namespace: Mapping[str, object]) -> Iterator[None]:
    """Keep what is printed and displayed from being shown.

    The streams themselves stay in place: a logging handler made here holds the stream that the stage will use.
    """
    shell = shell_of(namespace)
    silenced: list[tuple[Any, str]] = [(sys.stdout, "write"), (sys.stderr, "write")]
    if shell is not None:
        silenced += [(shell.display_pub, "publish"), (shell.display_pub, "clear_output")]
    done: list[tuple[Any, str]] = []
    for owner, name in silenced:
        with suppress(AttributeError, TypeError):
            vars(owner)[name] = _swallow
            done.append((owner, name))
    try:
        yield
    finally:
        for owner, name in done:
            vars(owner).pop(name, None)


def _swallow(*args: Any, **_: Any) -> int:
    return len(args[0]) if args and isinstance(args[0], str) else 0
