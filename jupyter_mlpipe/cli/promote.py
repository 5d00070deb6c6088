"""``mlpipe promote``: give a model version a state, or with ``--check`` say whether it may have it. For people and CI.

Exit codes: 0 done (or: it may), 3 refused, 4 waits for an approval, 1 MLflow does not answer, 2 no such version. Not
for deciding (``models.decision``).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json
from jupyter_mlpipe.errors import ApprovalNeededError, PromotionRefusedError, UsageError

if TYPE_CHECKING:
    from jupyter_mlpipe.models.decision import Decision
    from jupyter_mlpipe.workspace import Workspace

OUTCOMES = {
    "allowed": 0,
    "done": 0,
    "refused": PromotionRefusedError.exit_code,
    "waiting": ApprovalNeededError.exit_code,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_version(parser)
    add_target(parser)
    parser.add_argument("--check", action="store_true", help="only say whether it may; change nothing")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the history")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the gates as a JUnit XML report")
    add_workspace(parser)
    add_json(parser)


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add MODEL and VERSION."""
    parser.add_argument("model", metavar="MODEL", help="a model's name, or MODEL@VERSION")
    parser.add_argument("which", metavar="VERSION", nargs="?", help="a version's number or alias (default: the newest)")


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add ``--to``."""
    parser.add_argument(
        "--to", default="production", choices=("staging", "production"), metavar="STATE",
        help="staging or production (default: production)",
    )  # fmt: skip


def execute(arguments: argparse.Namespace) -> int:
    """Promote or check, print what was decided, and return its exit code."""
    from jupyter_mlpipe.models import promotion
    from jupyter_mlpipe.models.lifecycle import check_target

    with open_workspace(arguments) as workspace:
        model, version = find_version(workspace, arguments)
        target = check_target(arguments.to)
        if arguments.check:
            decision = promotion.check(workspace, model, version, target)
            facts = decision.to_json()
        else:
            try:
                move = promotion.promote(workspace, model, version, target, reason=arguments.reason)
                facts = {**(move.decision.to_json() if move.decision else {}), "decision": "done"}
                facts["text"] = f"{model} version {version} is in {target}"
            except (PromotionRefusedError, ApprovalNeededError) as error:
                if "decision" not in error.details:
                    raise
                facts = {**error.details["decision"], "hint": error.hint}
    facts |= {"action": "check" if arguments.check else "promote"}
    if arguments.junit is not None:
        write_junit(arguments.junit, facts)
    show_decision(facts, as_json=arguments.json)
    return OUTCOMES[facts["decision"]]


def find_version(workspace: Workspace, arguments: argparse.Namespace) -> tuple[str, int]:
    """The model and the version's number that the arguments name; waits for registrations that are under way.

    Raises
    ------
    UnknownModelError
        There is no such model, version or alias.
    UsageError
        The version is given twice.
    """
    from jupyter_mlpipe.errors import UnknownModelError
    from jupyter_mlpipe.models.catalogue import known_model
    from jupyter_mlpipe.notebook.model_names import split_reference, version_number

    model, version = split_reference(arguments.model)
    if version is not None and arguments.which is not None:
        raise UsageError(f"the version is given twice: {version} and {arguments.which}")
    version = version or arguments.which
    settle(workspace, model)
    known = known_model(workspace.ledger, model)
    if version is None:
        if not known.versions:
            raise UnknownModelError(f"{model} has no version yet", hint=f"`mlpipe models show {model}` tells why")
        return model, known.versions[0].version
    number = version_number(version)
    if number is not None:
        return model, number
    if version not in known.aliases:
        raise UnknownModelError(
            f"no version of {model} is in {version!r}",
            hint=f"give a number, or one of: {', '.join(known.aliases) or 'no alias was set yet'}",
        )
    return model, known.aliases[version]


def settle(workspace: Workspace, model: str | None = None) -> None:
    """Send registrations that wait, of one model or all, and wait for a courier that does so now."""
    import time

    from jupyter_mlpipe.models.catalogue import waiting_registrations

    def waiting() -> list[Any]:
        found = waiting_registrations(workspace.ledger)
        return [item for item in found if model is None or item.model == model]

    if not waiting():
        return
    from jupyter_mlpipe.execution.courier import Courier

    courier = Courier(workspace.settings, workspace.ledger)
    until = time.monotonic() + _PATIENCE
    while waiting() and time.monotonic() < until:
        # A courier that has failed already goes on trying; there is no sense in waiting for it.
        if not courier.send_all().busy or all(item.failures for item in waiting()):
            break
        time.sleep(0.2)
    for item in waiting():
        note(f"a registration of {item.model} is still waiting: {item.error or 'another process is sending it'}")


_PATIENCE = 120.0


def show_decision(facts: dict[str, Any], *, as_json: bool) -> None:
    """Print what was decided, with every gate."""
    if as_json:
        print_json(facts)
        return
    print(facts["text"])
    for check in facts.get("checks", ()):
        mark = "passed " if check["passed"] else "refused"
        where = f"{check['stage']}: " if check.get("stage") else "policy: "
        print(f"  {mark}  {where}{check['text'] or check['gate']}")
    for item in facts.get("approvals", ()):
        print(f"  approved by {item['user']}" + (f": {item['comment']}" if item["comment"] else ""))
    if facts.get("hint"):
        note(f"  → {facts['hint']}")


def decision_facts(decision: Decision, action: str) -> dict[str, Any]:
    """A decision under the names that ``--json`` gives it."""
    return {**decision.to_json(), "action": action}


def write_junit(path: Path, facts: dict[str, Any]) -> None:
    """Write a decision as a JUnit report: one test case for each gate, and one for what is no gate.

    Raises
    ------
    UsageError
        The file cannot be written.
    """
    from xml.etree import ElementTree as ET

    checks = facts.get("checks", [])
    said = {f"stage {check['stage']}: {check['text']}" if check["stage"] else check["text"] for check in checks}
    others = [reason for reason in facts.get("reasons", []) if reason not in said]
    suite = ET.Element(
        "testsuite",
        name=f"{facts['model']} version {facts['version']} to {facts['target']}",
        tests=str(len(checks) + 1),
        failures=str(sum(not check["passed"] for check in checks) + bool(others)),
    )
    for check in checks:
        case = ET.SubElement(suite, "testcase", classname=check["stage"] or "policy", name=check["gate"] or "verdict")
        if check["passed"]:
            ET.SubElement(case, "system-out").text = _clean(check["text"])
        else:
            ET.SubElement(case, "failure", message=_clean(check["text"]))
    case = ET.SubElement(suite, "testcase", classname="policy", name="may be promoted")
    if others:
        ET.SubElement(case, "failure", message=_clean("; ".join(others)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise UsageError(
            f"the report cannot be written to {path}: {error.strerror or error}", hint="give a place that is writable"
        ) from error


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(
        c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
