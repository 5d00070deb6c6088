"""The ``%%stage`` and ``%pipeline`` lines: their options, and what a line asks for.

Lines are split as a shell splits them and read by ``argparse``; they hold no Python expressions. Hooks may add options
of their own, which land in ``StageOptions.extra``. Whatever is wrong with a line is a ``DirectiveError`` with the usage
as its hint: nothing here prints or exits.

This module is not for finding the lines in a cell: ``syntax`` does that.
"""

from __future__ import annotations

import argparse
import difflib
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NoReturn, Protocol

from jupyter_mlpipe.durations import parse_duration
from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.notebook.pipeline import StageOptions


class LineExtension(Protocol):
    """A stage hook, as far as a stage's line and meaning go. The defaults say: nothing."""

    @property
    def name(self) -> str:
        """How it is named."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add options to the ``%%stage`` line. Values that are not given must not appear in ``options.extra``."""

    def names(self, options: StageOptions) -> Iterable[str]:  # noqa: ARG002 - a default answer
        """Names of the notebook whose values it looks at.

        Those that the stage binds are kept in the store, the others become its inputs.
        """
        return ()

    def in_kernel(self, options: StageOptions) -> Mapping[str, Any] | None:  # noqa: ARG002 - a default answer
        """JSON for its part in the stage's kernel, which belongs to the stage's key; None where it has none."""
        return None

    def binds(self, options: StageOptions) -> Iterable[str]:  # noqa: ARG002 - a default answer
        """Names that its part in the kernel may bind or change."""
        return ()


STAGE_MAGICS = ("stage", "mlstage")
PIPELINE_MAGIC = "pipeline"
RESERVED_PREFIX = "cell-"
MAX_NAME = 64

_NAME = re.compile(r"[^\W.-][\w.-]*\Z")
_LABEL_KEY = re.compile(r"[A-Za-z_][\w.-]*")
_MAX_LABEL = 256
_UNITS = {
    "": 1, "b": 1,
    "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12,
    "ki": 2**10, "kib": 2**10, "mi": 2**20, "mib": 2**20, "gi": 2**30, "gib": 2**30, "ti": 2**40, "tib": 2**40,
}  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)\Z", re.IGNORECASE)
_STAGE_FIELDS = frozenset(item.name for item in fields(StageOptions)) - {"extra"}


@dataclass(frozen=True, slots=True)
class StageLine:
    """A ``%%stage`` line, read."""

    name: str
    given: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Only what the line says, so that the lines of one stage can be merged."""

    @property
    def options(self) -> StageOptions:
        """The options with defaults for what was not said."""
        known = {key: value for key, value in self.given.items() if key in _STAGE_FIELDS}
        extra = {key: value for key, value in self.given.items() if key not in _STAGE_FIELDS}
        return StageOptions(**known, extra=MappingProxyType(extra))


@dataclass(frozen=True, slots=True)
class PipelineLine:
    """A ``%pipeline`` line, read."""

    name: str
    owner: str | None = None
    team: str | None = None
    escalate: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


class _LineParser(argparse.ArgumentParser):
    """An argument parser that raises instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        raise DirectiveError(f"{self.prog}: {message}", hint=self.usage_hint())

    def exit(
        self,
        status: int = 0,  # noqa: ARG002 - argparse's signature
        message: str | None = None,
    ) -> NoReturn:
        raise DirectiveError(f"{self.prog}: {(message or 'this option is not for notebooks').strip()}",
                             hint=self.usage_hint())  # fmt: skip

    def print_help(self, file: Any = None) -> None:
        """Nothing: the caller shows ``format_help()`` where it wants to."""

    def usage_hint(self) -> str:
        return " ".join(self.format_usage().split())

    def read(self, line: str) -> argparse.Namespace:
        try:
            words = shlex.split(line)
        except ValueError as error:
            self.error(f"{str(error).lower()} in {_shortened(line)!r}")
        if "-h" in words or "--help" in words:
            raise DirectiveError(f"{self.prog} shows no help in a run", hint=self.usage_hint())
        found, unknown = self.parse_known_args(words)
        if unknown:
            self._unknown(unknown[0])
        return found

    def _unknown(self, word: str) -> NoReturn:
        shown = _shortened(word)
        if not word.startswith("-"):
            self.error(f"unexpected {shown!r}; quote values that hold spaces")
        option = word.split("=", 1)[0]
        known = [text for action in self._actions for text in action.option_strings]
        near = difflib.get_close_matches(option, known, n=1, cutoff=0.5)
        raise DirectiveError(
            f"{self.prog}: unknown option {_shortened(option)!r}",
            hint=f"did you mean {near[0]}?" if near else self.usage_hint(),
            option=_shortened(option),
        )


class _Listed(argparse.Action):
    """A repeatable option whose values may also be separated by commas."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:  # fmt: skip
        words = [word.strip() for value in _as_list(values) for word in str(value).split(",")]
        if not all(words):
            parser.error(f"argument {option_string}: an empty name")
        before: tuple[str, ...] = getattr(namespace, self.dest, ())
        setattr(namespace, self.dest, (*before, *(word for word in dict.fromkeys(words) if word not in before)))


class _Labelled(argparse.Action):
    """A repeatable ``KEY=VALUE``; the value may hold commas and spaces."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:  # fmt: skip
        before: tuple[tuple[str, str], ...] = getattr(namespace, self.dest, ())
        key, value = values
        if dict(before).get(key, value) != value:
            parser.error(f"argument {option_string}: the label {key} has two values")
        setattr(namespace, self.dest, before if (key, value) in before else (*before, (key, value)))


def stage_parser(extend: Sequence[LineExtension] = ()) -> argparse.ArgumentParser:
    """The parser of a ``%%stage`` line, with the options that hooks add. For completion and ``%%stage?`` too."""
    return _stage_parser(tuple(extend))


def parse_stage_line(line: str, extend: Sequence[LineExtension] = ()) -> StageLine:
    """Read a ``%%stage`` line, with or without its ``%%stage``.

    Raises
    ------
    DirectiveError
        The name or an option is missing, unknown or malformed.
    """
    found = vars(_stage_parser(tuple(extend)).read(_without_magic(line, "%%", STAGE_MAGICS)))
    if "max_memory" in found and not 0 < found.get("memory", 0) <= found["max_memory"]:
        raise DirectiveError(
            "%%stage: --max-memory needs a smaller --memory on the same line",
            hint="for example `--memory 2GB --max-memory 8GB`: after 2 GB it is tried with 4, then with 8",
        )
    return StageLine(found.pop("name"), MappingProxyType(found))


def parse_pipeline_line(line: str) -> PipelineLine:
    """Read a ``%pipeline`` line, with or without its ``%pipeline``. Raises ``DirectiveError``."""
    return PipelineLine(**vars(pipeline_parser().read(_without_magic(line, "%", (PIPELINE_MAGIC,)))))


def pipeline_parser() -> _LineParser:
    """The parser of a ``%pipeline`` line."""
    parser = _new_parser("%pipeline", "Name the pipeline that this notebook is.")
    parser.add_argument("name", type=_name_of("pipeline"), metavar="NAME")
    parser.add_argument("--owner", help="who answers for it")
    parser.add_argument("--team", help="the team that its cost counts for")
    parser.add_argument("--escalate", action=_Listed, metavar="WHO", help="whom to tell next; repeatable")
    _add_labels(parser)
    return parser


def merge_stage_lines(first: StageLine, second: StageLine) -> StageLine:
    """The one line that two lines of the same stage amount to; lists add up, other options must agree.

    Raises
    ------
    DirectiveError
        The lines give one option two values.
    """
    merged = dict(first.given)
    for key, value in second.given.items():
        before = merged.get(key, value)
        if isinstance(before, (list, tuple)) and isinstance(value, (list, tuple)) and key in merged:
            merged[key] = type(before)((*before, *(item for item in value if item not in before)))
            if key == "labels" and len(dict(merged[key])) < len(merged[key]):
                raise DirectiveError(
                    f"stage {first.name!r} gives one label two values",
                    hint="give --label on one of its cells only",
                    stage=first.name,
                )
        elif before != value:
            option = "--" + {"inputs": "in", "outputs": "out", "files": "file", "labels": "label"}.get(
                key, key
            ).replace("_", "-")
            raise DirectiveError(
                f"stage {first.name!r} says {option} twice: {before!r} and {value!r}",
                hint=f"give {option} on one of its cells only",
                stage=first.name,
            )
        else:
            merged[key] = value
    return StageLine(first.name, MappingProxyType(merged))


def parse_size(text: str) -> int:
    """Bytes in ``8GB`` (powers of ten) or ``8GiB`` (powers of two). Raises ``ValueError``."""
    match = _SIZE.match(text.strip())
    if match is None or match[2].lower() not in _UNITS:
        raise ValueError(f"{_shortened(text)!r} is not a size such as 8GB or 512MiB")
    return round(float(match[1]) * _UNITS[match[2].lower()])


def check_name(name: str, what: str = "stage") -> str:
    """Return the name of a stage or pipeline if it is a legal one. Raises ``ValueError``."""
    if len(name) > MAX_NAME:
        raise ValueError(
            f"the {what} name {_shortened(name)!r} has {len(name)} characters; at most {MAX_NAME} are allowed"
        )
    if not _NAME.match(name):
        raise ValueError(
            f"{_shortened(name)!r} is no {what} name: use letters, digits, _ - and . and begin with a letter"
        )
    if what == "stage" and name.lower().startswith(RESERVED_PREFIX):
        raise ValueError(f"the {what} name {name!r} begins with {RESERVED_PREFIX!r}, which is kept for plain cells")
    return name


@lru_cache(maxsize=16)  # to make one takes ten times as long as to read a line
def _stage_parser(extend: tuple[LineExtension, ...]) -> _LineParser:
    parser = _new_parser("%%stage", "Make this cell part of a stage of the pipeline.")
    add = parser.add_argument
    add("name", type=_name_of("stage"), metavar="NAME", help="the stage's name; cells with one name make one stage")
    add("-i", "--in", dest="inputs", action=_Listed, metavar="NAME", help="names it reads, besides those found")
    add("-o", "--out", dest="outputs", action=_Listed, metavar="NAME", help="names to store, besides those needed")
    add("--after", action=_Listed, metavar="STAGE", help="stages that must be done first")
    add(
        "--file",
        dest="files",
        action=_Listed,
        metavar="PATH",
        help="input files, relative to the notebook; globs allowed",
    )
    add("--gpus", type=_typed(_amount), metavar="N", help="GPUs it needs")
    add("--cpus", type=_typed(_amount), metavar="N", help="CPUs it needs")
    add("--memory", type=_typed(parse_size), metavar="SIZE", help="memory it needs: 8GB, 512MiB")
    add(
        "--max-memory",
        type=_typed(parse_size),
        metavar="SIZE",
        help="after it ran out of --memory, try again with twice as much, up to this",
    )
    add("--retries", type=_typed(_count), metavar="N", help="how often to try again")
    add("--backoff", type=_typed(parse_duration), metavar="TIME", help="wait before the first retry; doubles")
    add("--timeout", type=_typed(parse_duration), metavar="TIME", help="when to give up: 90s, 30m, 1h30m")
    add("--owner", help="who answers for it")
    add("--team", help="the team that its cost counts for")
    add("--escalate", action=_Listed, metavar="WHO", help="whom to tell after the owner; repeatable")
    _add_labels(parser)
    add("--cache", action=argparse.BooleanOptionalAction, help="take its result from the store when nothing changed")
    for extension in extend:
        extension.add_options(parser)
    return parser


def _add_labels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--label",
        dest="labels",
        action=_Labelled,
        type=_typed(_label),
        metavar="KEY=VALUE",
        help="what its cost counts for, besides its team; repeatable",
    )


def _new_parser(prog: str, description: str) -> _LineParser:
    # argparse reads "%" in usage and help as its own placeholder only in help texts, so the prog may hold it.
    return _LineParser(prog=prog, description=description, add_help=False, allow_abbrev=False,
                       argument_default=argparse.SUPPRESS)  # fmt: skip


def _without_magic(line: str, escape: str, names: Sequence[str]) -> str:
    text = line.strip()
    for name in names:
        if text == escape + name or text.startswith((escape + name + " ", escape + name + "\t")):
            return text[len(escape) + len(name) :]
    return text


def _typed(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A converter whose message reaches the user."""

    def converter(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).replace("%", "%%")) from None

    return converter


def _name_of(what: str) -> Callable[[str], Any]:
    return _typed(lambda text: check_name(text, what))


def _amount(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"{_shortened(text)!r} is not a number of 0 or more")
    return float(text)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not _LABEL_KEY.fullmatch(key) or not value.strip() or not value.isprintable():
        raise ValueError(f"{_shortened(text)!r} is not KEY=VALUE with a key of letters, digits, _, - and .")
    if len(key) > MAX_NAME or len(value) > _MAX_LABEL:
        raise ValueError(
            f"{_shortened(text)!r} is too long: a key has {MAX_NAME} characters at most, a value {_MAX_LABEL}"
        )
    return key, value.strip()


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise ValueError(f"{_shortened(text)!r} is not a whole number of 0 or more")
    return int(text)


def _as_list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else [values]


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
