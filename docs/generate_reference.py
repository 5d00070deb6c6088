"""Write what follows from the code: the pages of docs/reference, and the REST API's OpenAPI document.

Run ``python docs/generate_reference.py`` to write them, with ``--check`` to see whether they are current (exit code 1
if not). Not for pages that people write.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from jupyter_mlpipe import errors, settings  # noqa: E402 - the checkout's own package, installed or not
from jupyter_mlpipe.cli import main as command_line  # noqa: E402
from jupyter_mlpipe.cli.parser import build_parser  # noqa: E402
from jupyter_mlpipe.notebook import lint  # noqa: E402
from jupyter_mlpipe.server import openapi  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
SCHEMAS = ROOT / "tests" / "schemas"

_NOTE = "<!-- Written by docs/generate_reference.py; edit the code it reads instead. -->\n"


def errors_page() -> str:
    """All error classes by code."""
    lines = [
        "# Errors\n",
        _NOTE,
        "Every error that is raised on purpose has a code that never changes its meaning, says what happened, and says",
        "what to do next. The command line prints `mlpipe: CODE: message` and the way out on the next line, with",
        '`--json` `{"error": {…}}` ([shape](json.md#an-error-with---json)). The exit code is the class\'s own.\n',
        "| code | name | meaning | exit code |",
        "|---|---|---|---|",
    ]
    for found in sorted(error_classes(), key=lambda cls: cls.code):
        meaning = _summary(found)
        hint = f" *{found.default_hint}*" if found.default_hint else ""
        lines.append(f"| {found.code} | `{found.__name__}` | {meaning}{hint} | {found.exit_code} |")
    lines += ["", "`MP000` also stands for an error that nobody foresaw; its message names the file with the report."]
    return "\n".join(lines) + "\n"


def error_classes() -> Iterator[type[errors.MlpipeError]]:
    """Every class of the tree."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.MlpipeError):
            yield value


def lint_page() -> str:
    """All lint rules by code."""
    lines = [
        "# Lint rules\n",
        _NOTE,
        "`mlpipe lint NOTEBOOK` applies these. `# mlpipe: ignore ML016` at the end of a line silences a rule for the",
        "line, on a line of its own for the cell; `--ignore ML016` for the whole call.\n",
        "| code | name | severity | what it finds |",
        "|---|---|---|---|",
    ]
    lines += [f"| {rule.code} | {rule.name} | {rule.severity} | {_summary(type(rule))} |" for rule in lint.RULES]
    return "\n".join(lines) + "\n"


def _summary(cls: type) -> str:
    """The first paragraph of a class's docstring, for a table's cell."""
    return (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ").replace("``", "`").replace("|", "\\|")


def settings_page() -> str:
    """All settings with their docstrings, which only the source holds."""
    tree = ast.parse(inspect.getsource(settings.Settings))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    described: dict[str, str] = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = " ".join(str(following.value.value).split())
            described[statement.target.id] = text
    lines = [
        "# Settings\n",
        _NOTE,
        "Read from `[tool.mlpipe]` in the workspace's `pyproject.toml`, then from `MLPIPE_*` variables, then from",
        "options; the later one holds. `MLFLOW_TRACKING_URI` counts as `MLPIPE_TRACKING_URI`.\n",
        "| in `pyproject.toml` | variable | meaning |",
        "|---|---|---|",
    ]
    for name in settings.setting_names():
        key = name.replace("-", "_")
        variable = f"{settings.ENVIRONMENT_PREFIX}{key.upper()}"
        lines.append(f"| `{name}` | `{variable}` | {described.get(key, '').replace('``', '`')} |")
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """What each command's ``--help`` says."""
    parser = build_parser()
    lines = [
        "# Commands\n",
        _NOTE,
        "`jupyter mlpipe` is the same command as `mlpipe`.\n",
        "| exit code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in command_line.EXIT_CODES.items()),
    ]
    for name, sub in subparsers(parser):
        lines += ["", f"## mlpipe {name}", "", sub.description or "", *_options(sub)]
        for action, inner in subparsers(sub):
            lines += ["", f"### mlpipe {name} {action}", "", *_options(inner)]
    return "\n".join(lines) + "\n"


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """A table of a parser's arguments. argparse's own help is laid out differently by each version of Python."""
    rows = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to list them
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):  # noqa: SLF001
            continue
        if action.help == argparse.SUPPRESS:
            continue
        names = action.metavar if isinstance(action.metavar, tuple) else (action.metavar or action.dest.upper(),)
        value = " ".join("{" + ",".join(action.choices) + "}" if action.choices else str(name) for name in names)
        optional = f"[{value}]" if action.nargs == "?" else f"{value} …" if action.nargs == "+" else value
        if action.option_strings:
            shown = ", ".join(action.option_strings) + ("" if action.nargs == 0 else f" {optional}")
        else:
            shown = optional
        rows.append(f"| `{shown.replace('|', chr(92) + '|')}` | {(action.help or '').replace('|', chr(92) + '|')} |")
    return ["", "| argument | meaning |", "|---|---|", *rows] if rows else []


def subparsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A parser's commands."""
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.items()


def json_page() -> str:
    """The shapes of ``--json``, from the schemas that the tests hold them to."""
    lines = [
        "# JSON\n",
        _NOTE,
        "What `--json` prints, one document a call. `tests/schemas` has the same as JSON Schema.",
    ]
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        lines += [
            "",
            f"## {schema['title']}",
            "",
            schema["description"],
            "",
            "| field | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| `{name}` | {kind} | {text} |" for name, kind, text in _fields(schema, "")]
    return "\n".join(lines) + "\n"


def _fields(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        text = field.get("description", "")
        if "enum" in field:
            text += ": " + ", ".join(f"`{value}`" for value in field["enum"])
        yield path, _kind(field), text
        if field.get("type") == "array":
            yield from _fields(field["items"], f"{path}[].")
        else:
            yield from _fields(field, f"{path}.")


def _kind(field: Mapping[str, Any]) -> str:
    kinds = field.get("type", "any value")
    if kinds == "array":
        return f"array of {_kind(field['items'])}"
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def rest_page() -> str:
    """All routes of the server extension."""
    document = openapi.document()
    lines = [
        "# REST API\n",
        _NOTE,
        "What the JupyterLab extension asks the Jupyter server. Every route needs a login (a token, or a browser's",
        "cookie with its XSRF token) and is put to Jupyter's authorizer as the action given below on the resource",
        "`mlpipe`. The shapes of requests and replies are in [`openapi.json`](../../labextension/openapi.json).\n",
        'An error is `{"error": {"code", "message", "hint", "details"}}` with one of our [codes](errors.md), whatever',
        "the status.\n",
        "| route | action | what it does |",
        "|---|---|---|",
    ]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines.append(f"| `{method.upper()} {path}` | {operation['x-mlpipe-action']} | {operation['summary']} |")
    lines += [
        "",
        "News of runs come as events of the schema `https://events.jupyter-mlpipe.org/run_progress/v1` on Jupyter",
        "Server's event stream: which run has events up to which id. `GET …/runs/{run}/events` gives the events.",
        "",
    ]
    return "\n".join(lines)


def openapi_document() -> str:
    """The OpenAPI document, which the front end's types are made from."""
    return json.dumps(openapi.document(), indent=2, ensure_ascii=False) + "\n"


FILES: dict[Path, Callable[[], str]] = {
    REFERENCE / "cli.md": commands_page,
    REFERENCE / "errors.md": errors_page,
    REFERENCE / "json.md": json_page,
    REFERENCE / "lint.md": lint_page,
    REFERENCE / "rest.md": rest_page,
    REFERENCE / "settings.md": settings_page,
    ROOT / "labextension" / "openapi.json": openapi_document,
}


def main() -> int:
    """Write the files, or with ``--check`` compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where one is not current")
    check = parser.parse_args().check
    stale = []
    for path, made in FILES.items():
        text = made()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not check:
            path.write_text(text, encoding="utf-8")
    if stale and check:
        print(f"not current: {', '.join(stale)}; run `make docs`", file=sys.stderr)
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
