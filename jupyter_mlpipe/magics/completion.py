"""Completion of the options on our lines, of stage names, and of names to pin."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.notebook.directive import pipeline_parser, stage_parser

if TYPE_CHECKING:
    from jupyter_mlpipe.magics.live import LiveKernel

_LINE = re.compile(r"(%%(?:ml)?stage|%pipeline|%stages|%stage_inputs|%restore|%drift)\s(.*)\Z", re.DOTALL)
_MOST_VERSIONS = 20
_KEY_LENGTH = 12
"""Characters of a key that are offered: more than enough to tell a stage's results apart."""


def matcher(kernel_of: Callable[[], LiveKernel]) -> Callable[[Any], Any]:
    """A matcher for IPython's completer."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    def mlpipe_options(context: Any) -> dict[str, Any]:
        match = _LINE.match(context.text_until_cursor)
        if match is None:
            return {"completions": []}
        word = re.search(r"\S*\Z", match[2])
        typed = word[0] if word else ""
        found = [SimpleCompletion(text, type="param") for text in _choices(kernel_of(), match[1], match[2], typed)]
        return {"completions": found, "matched_fragment": typed, "suppress": bool(found)}

    made: Callable[[Any], Any] = context_matcher(identifier="mlpipe_options")(mlpipe_options)
    return made


def _choices(kernel: LiveKernel, magic: str, line: str, typed: str) -> list[str]:
    words = line[: len(line) - len(typed)].split()
    before = words[-1] if words else ""
    if magic == "%stages":
        known = ["--all"]
    elif magic == "%stage_inputs":
        known = _stage_names(kernel) if not words else ["--run"]
    elif magic == "%drift":
        known = _for_drift(kernel, words, before, typed)
    elif magic == "%restore":
        known = _versions(kernel, words[0], before) if words else _stage_names(kernel)
    elif magic == "%pipeline":
        known = _options(pipeline_parser())
    elif before == "--after":
        known = _stage_names(kernel)
    elif before in ("-i", "--in", "-o", "--out"):
        known = [name for name in kernel.shell.user_ns if not name.startswith("_")]
    elif typed.startswith("-") or words:
        known = _options(stage_parser(kernel.extend))
    else:
        known = _stage_names(kernel)
    return sorted(word for word in known if word.startswith(typed))


def _for_drift(kernel: LiveKernel, words: list[str], before: str, typed: str) -> list[str]:
    """Frames of the kernel, models with their aliases, columns of the frame, or options."""
    frames = [name for name, value in kernel.shell.user_ns.items() if hasattr(value, "columns") and name[0] != "_"]
    if not words:
        return frames
    if before == "--against":
        return frames + _models(kernel)
    if before in ("--by", "--columns"):
        begun = typed.rpartition(",")[0]
        columns = getattr(kernel.shell.user_ns.get(words[0]), "columns", ())
        return [f"{begun},{name}" if begun else str(name) for name in columns]
    return [option for option in ("--against", "--by", "--columns") if option not in words]


def _models(kernel: LiveKernel) -> list[str]:
    from jupyter_mlpipe.ledger.transitions import all_sightings

    try:
        seen = all_sightings(kernel.workspace.ledger)
    except Exception:  # noqa: BLE001 - completion says nothing rather than fail
        return []
    return [f"{model}@{alias}" for model, aliases in seen.items() for alias, version in aliases.items() if version]


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [text for action in parser._actions for text in action.option_strings if text.startswith("--")]  # noqa: SLF001


def _versions(kernel: LiveKernel, stage: str, before: str) -> list[str]:
    """Keys, or runs, of the results of a stage; else the options that name one."""
    if before not in ("--key", "--run"):
        return ["--key", "--run"]
    from jupyter_mlpipe.ledger.stages import stage_results

    try:
        pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
        results = stage_results(kernel.workspace.ledger, pipeline.name, stage)[:_MOST_VERSIONS]
    except Exception:  # noqa: BLE001 - completion says nothing rather than fail
        return []
    return [result.key[:_KEY_LENGTH] if before == "--key" else result.run for result in results]


def _stage_names(kernel: LiveKernel) -> list[str]:
    try:
        pipeline = kernel.notebook.whole(kernel.path, kernel.extend)
    except Exception:  # noqa: BLE001 - completion says nothing rather than fail
        return []
    return [stage.name for stage in pipeline.explicit]
