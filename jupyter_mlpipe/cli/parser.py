"""The parser of the command line. Not for carrying a command out (``main``)."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import NoReturn, Protocol, cast

from jupyter_mlpipe.cli.main import COMMANDS, EXIT_CODES
from jupyter_mlpipe.errors import UsageError


class Command(Protocol):
    """What a command's module gives."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options."""

    def execute(self, arguments: argparse.Namespace) -> int:
        """Carry the command out and return its exit code."""


class Parser(argparse.ArgumentParser):
    """A parser that raises ``UsageError``, with the nearest option or command where one is near."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print and exit with."""
        raise UsageError(message, hint=self._suggestion(message))

    def _suggestion(self, message: str) -> str:
        from difflib import get_close_matches

        fallback = f"`{self.prog} --help` lists what there is"
        if "unrecognized arguments" in message:
            known = [option for action in self._actions for option in action.option_strings]
            unknown = [word.partition("=")[0] for word in message.rpartition(": ")[2].split() if word.startswith("-")]
        elif "invalid choice" in message:
            known = [str(choice) for action in self._actions for choice in action.choices or ()]
            unknown = message.partition("invalid choice: ")[2].split(" (")[0].strip("'").split()[:1]
        else:
            return fallback
        near = [match for word in unknown for match in get_close_matches(word, known, n=1)]
        return f"did you mean {' '.join(near)}? {fallback}" if near else fallback


def command(name: str) -> Command:
    """The module of a command."""
    return cast(Command, import_module(f"jupyter_mlpipe.cli.{name}"))


def build_parser(only: str | None = None, *, alone: bool = False) -> Parser:
    """The whole parser; with ``only``, the options of that command; with ``alone``, no other command beside it."""
    parser = Parser(
        prog="mlpipe",
        description="Run a notebook as a pipeline: cached, in parallel, tracked.",
        epilog="exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()),
        allow_abbrev=False,
    )
    # A name of its own: VERSION is an argument of some commands.
    parser.add_argument("--version", dest="show_version", action="store_true", help="show the version and end")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an unexpected error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, text in COMMANDS.items():
        if alone and name != only:
            continue
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
        sub.set_defaults(parser=sub)
        if only in (None, name):
            command(name).configure(sub)
    return parser
