"""``mlpipe models``: the registered models, their versions and history, and what is done with them.

Not for what it looks like (``models_shown``), nor for promoting, which is a command of its own as well (``promote``).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli import promote
from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import note, print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=text, allow_abbrev=False)
        found.set_defaults(parser=found)
        return found

    listed = action("list", "list the models and where their aliases are in MLflow")
    listed.add_argument("--offline", action="store_true", help="do not ask MLflow: show what the ledger knows")
    shown = action("show", "show a model's versions, or one version with its evidence")
    promote.add_version(shown)
    compared = action("compare", "compare two versions: metrics, parameters, data, environment")
    compared.add_argument("model", metavar="MODEL")
    compared.add_argument("first", metavar="VERSION")
    compared.add_argument("second", metavar="VERSION")
    moved = action("promote", "give a version a state: `mlpipe promote`")
    promote.configure(moved)
    checked = action("check", "say whether a version may be promoted; change nothing")
    promote.add_version(checked)
    promote.add_target(checked)
    approved = action("approve", "approve a version for a state, or reject it")
    promote.add_version(approved)
    promote.add_target(approved)
    approved.add_argument(
        "--reject", action="store_true", help="reject it: an earlier approval of yours counts no more"
    )
    approved.add_argument("--comment", default="", metavar="TEXT", help="what you looked at")
    back = action("rollback", "give a state back to the version that had it before")
    back.add_argument("model", metavar="MODEL")
    promote.add_target(back)
    back.add_argument(
        "--version", dest="back_to", type=int, metavar="N", help="to this version, which passed for the state before"
    )
    ended = action("deprecate", "say that nobody shall use a version any more")
    promote.add_version(ended)
    for item in (back, ended):
        item.add_argument("--reason", default="", metavar="TEXT", help="why, for the history")
    logged = action("log", "show the history of a model, refusals and approvals too")
    logged.add_argument("model", metavar="MODEL")
    for item in (listed, shown, compared, checked, approved, back, ended, logged):
        add_workspace(item)
        add_json(item)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out one action."""
    if arguments.action == "promote":
        return promote.execute(arguments)
    with open_workspace(arguments) as workspace:
        return _ACTIONS[arguments.action](workspace, arguments)


def _list(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import models_shown
    from jupyter_mlpipe.errors import RegistryUnavailableError
    from jupyter_mlpipe.models.catalogue import known_models
    from jupyter_mlpipe.models.promotion import look

    failed = None
    elsewhere: dict[str, dict[str, int]] = {}
    if not arguments.offline:
        promote.settle(workspace)
        try:
            elsewhere = look(workspace)
        except RegistryUnavailableError as error:
            failed = error
    known = known_models(workspace.ledger)
    if arguments.json:
        facts = [models_shown.model_facts(model) for model in known]
        others = sorted(elsewhere.keys() - {model.name for model in known})
        print_json({"models": facts, "elsewhere": others, "error": failed.to_json() if failed else None})
    else:
        models_shown.print_models(known, elsewhere)
        if failed is not None:
            note(f"{failed.message}; shown as it was last seen")
    return 0 if failed is None else failed.exit_code


def _show(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import models_shown
    from jupyter_mlpipe.models.catalogue import known_model
    from jupyter_mlpipe.models.evidence import stage_verdicts
    from jupyter_mlpipe.models.promotion import look
    from jupyter_mlpipe.notebook.model_names import split_reference

    model, version = split_reference(arguments.model)
    if version is None and arguments.which is None:
        promote.settle(workspace, model)
        look(workspace)
        known = known_model(workspace.ledger, model)
        if arguments.json:
            print_json(models_shown.model_facts(known))
        else:
            models_shown.print_model(known)
        return 0
    model, number = promote.find_version(workspace, arguments)
    found = known_model(workspace.ledger, model).version(number)
    verdicts = stage_verdicts(workspace.ledger, found.registration)
    if arguments.json:
        print_json({**models_shown.version_facts(found), "verdicts": [item.to_json() for item in verdicts]})
    else:
        models_shown.print_version(found, verdicts)
    return 0


def _compare(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import models_shown

    both = []
    for version in (arguments.first, arguments.second):
        asked = argparse.Namespace(model=arguments.model, which=version)
        model, number = promote.find_version(workspace, asked)
        both.append(_version(workspace, model, number))
    facts = models_shown.comparison(*both)
    if arguments.json:
        print_json(facts)
    else:
        models_shown.print_comparison(facts)
    return 0


def _version(workspace: Workspace, model: str, number: int) -> Any:
    from jupyter_mlpipe.models.catalogue import known_model

    return known_model(workspace.ledger, model).version(number)


def _check(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.models import promotion

    model, version = promote.find_version(workspace, arguments)
    facts = promote.decision_facts(promotion.check(workspace, model, version, arguments.to), "check")
    promote.show_decision(facts, as_json=arguments.json)
    return promote.OUTCOMES[facts["decision"]]


def _approve(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.models import promotion

    model, version = promote.find_version(workspace, arguments)
    decision = promotion.approve(
        workspace, model, version, arguments.to, approved=not arguments.reject, comment=arguments.comment
    )
    facts = promote.decision_facts(decision, "approve")
    facts |= {"decision": "done", "text": f"{'rejected' if arguments.reject else 'approved'}; {decision.text}"}
    promote.show_decision(facts, as_json=arguments.json)
    return 0


def _rollback(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.models import promotion
    from jupyter_mlpipe.notebook.model_names import check_model_name

    model = check_model_name(arguments.model)
    move = promotion.rollback(workspace, model, arguments.to, version=arguments.back_to, reason=arguments.reason)
    return _done(move, arguments)


def _deprecate(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.models import promotion

    model, version = promote.find_version(workspace, arguments)
    return _done(promotion.deprecate(workspace, model, version, reason=arguments.reason), arguments)


def _done(move: Any, arguments: argparse.Namespace) -> int:
    made = move.transition
    was = f" (it was version {made.before})" if made.before not in (None, made.version) else ""
    facts = {
        "model": made.model,
        "version": made.version,
        "action": made.action,
        "target": made.target,
        "decision": "done",
        "before": made.before,
        "text": f"{made.model}: {made.note}{was}",
        "reasons": [],
        "checks": [],
        "approvals": [],
    }
    promote.show_decision(facts, as_json=arguments.json)
    return 0


def _log(workspace: Workspace, arguments: argparse.Namespace) -> int:
    from jupyter_mlpipe.cli import models_shown
    from jupyter_mlpipe.ledger.transitions import approvals
    from jupyter_mlpipe.models.catalogue import known_model
    from jupyter_mlpipe.notebook.model_names import check_model_name

    known = known_model(workspace.ledger, check_model_name(arguments.model))
    facts = models_shown.history(known, approvals(workspace.ledger, known.name))
    if arguments.json:
        print_json({"model": known.name, "history": facts})
    else:
        models_shown.print_history(facts)
    return 0


_ACTIONS = {
    "list": _list,
    "show": _show,
    "compare": _compare,
    "check": _check,
    "approve": _approve,
    "rollback": _rollback,
    "deprecate": _deprecate,
    "log": _log,
}
