"""Data contracts: ``%%stage validate --contract flights_schema``.

A contract is a pandera schema that a frame of the stage must hold to. The stage's kernel finds out what breaks it
(``contract_check``); this hook says what is on the line, and judges: by the share of bad rows, and by what the line
wants done on a violation. Nothing here looks at data.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.data.contract_check import SCHEMA_FILES
from jupyter_mlpipe.data.contract_words import counted, listed, shortened
from jupyter_mlpipe.data.quarantine import quarantined_name
from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.hooks import StageHook, Verdict

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext
    from jupyter_mlpipe.notebook.pipeline import StageOptions

STOP, QUARANTINE, WARN = "stop", "quarantine", "warn"

_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,12})?)\s*(%?)\Z", re.ASCII)
_ENDINGS = ("schema", "contract", "model")


@dataclass(frozen=True)
class Contract:
    """Which schema is for which frame."""

    schema: str
    """A name of the notebook, or the path of a file."""
    frame: str
    stated: bool = False
    """The line names the frame; otherwise it follows from the schema's name."""

    @classmethod
    def parse(cls, text: str) -> Contract:
        """Read ``SCHEMA`` or ``FRAME=SCHEMA``.

        Raises
        ------
        ValueError
            It is neither, or the schema's name does not tell the frame. That the schema has a name of its own does not
            help: who reads the frame must wait for the check, and is known before the schema is.
        """
        frame, equals, schema = (part.strip() for part in text.rpartition("="))
        if equals and not frame.isidentifier():
            raise ValueError(f"{shortened(repr(frame))} is no name of a frame; write FRAME=SCHEMA")
        if not schema.isidentifier() and not schema.endswith(SCHEMA_FILES):
            wanted = "the name of a schema, or the path of a .yaml or .json file"
            raise ValueError(f"{shortened(repr(schema))} is no contract: give {wanted}")
        usual = frame or usual_frame(schema)
        if usual is None:
            raise ValueError(
                f"{shortened(schema)} does not say by its name which frame it is for; write FRAME={shortened(schema)}"
            )
        return cls(schema, usual, stated=bool(equals))

    @property
    def is_file(self) -> bool:
        """The schema is in a file."""
        return self.schema.endswith(SCHEMA_FILES)

    def __str__(self) -> str:
        return f"{self.frame}={self.schema}" if self.stated else self.schema


def usual_frame(schema: str) -> str | None:
    """The frame that a schema is for by its name: ``flights`` for ``flights_schema`` and for ``FlightsSchema``.

    None where the name says nothing of a frame.
    """
    name = PurePosixPath(schema).stem if schema.endswith(SCHEMA_FILES) else schema
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    frame = next((words.removesuffix(f"_{end}") for end in _ENDINGS if words.endswith(f"_{end}")), words)
    return frame if frame.isidentifier() and frame != schema else None


def parse_share(text: str) -> Fraction:
    """The share of rows in ``1%`` or ``0.01``, exactly.

    Raises
    ------
    ValueError
        It is no share, or could be read in two ways.
    """
    match = _SHARE.match(text.strip())
    share = Fraction(match[1]) / (100 if match[2] else 1) if match else Fraction(2)
    if not match or share > 1 or (share == 1 and not match[2]):
        raise ValueError(f"{shortened(repr(text))} is no share of the rows: write it as 1% or as 0.01")
    return share


class ContractHook(StageHook):
    """The stage hook behind ``--contract``."""

    name = "contract"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--contract``, which may be given several times, ``--on-violation`` and ``--max-bad``."""
        parser.add_argument(
            "--contract",
            action="append",
            type=_checked(lambda text: str(Contract.parse(text))),
            default=argparse.SUPPRESS,
            metavar="[FRAME=]SCHEMA",
            help="hold a frame to a pandera schema; repeatable",
        )
        parser.add_argument(
            "--on-violation",
            choices=(STOP, QUARANTINE, WARN),
            default=argparse.SUPPRESS,
            help="stop what is downstream (the default), take bad rows out of the frame, or only say so",
        )
        parser.add_argument(
            "--max-bad",
            type=_checked(lambda text: (parse_share(text), "".join(text.split()))[1]),
            default=argparse.SUPPRESS,
            metavar="SHARE",
            help="the share of bad rows that is tolerated: 1%%; none by default",
        )

    def names(self, options: StageOptions) -> Iterable[str]:
        """Schemas and frames.

        Raises
        ------
        DirectiveError
            The options do not go together.
        """
        contracts = _contracts(options)
        _must_agree(contracts, options)
        schemas = [contract.schema for contract in contracts if not contract.is_file]
        return [*schemas, *(contract.frame for contract in contracts)]

    def in_kernel(self, options: StageOptions) -> Mapping[str, Any] | None:
        """What to hold to what. Limits are not in it: to change them runs nothing again."""
        contracts = [{"schema": item.schema, "frame": item.frame} for item in _contracts(options)]
        return {"contracts": contracts, "quarantine": _severity(options) == QUARANTINE} if contracts else None

    def binds(self, options: StageOptions) -> Iterable[str]:
        """The frames, so that whoever reads one waits for its check; a quarantine binds the bad rows too."""
        frames = [contract.frame for contract in _contracts(options)]
        kept = [quarantined_name(frame) for frame in frames] if _severity(options) == QUARANTINE else []
        return [*frames, *kept]

    def before_stage(self, context: StageContext) -> None:
        """Nothing to look at before the cells ran."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Judge what the kernel found."""
        contracts = _contracts(context.options)
        if not contracts:
            return None
        severity, most = _severity(context.options), str(context.options.extra.get("max_bad", "0"))
        found = context.kernel_facts.get(self.name, {}).get("contracts", [])
        checks = [_check(document, severity, most) for document in found]
        if len(checks) < len(contracts):
            unseen = f"the stage's result says nothing of {listed([item.schema for item in contracts])}"
            checks.append({"gate": "contract", "passed": False, "severity": severity, "text": unseen})
        refused = tuple(check["text"] for check in checks if not check["passed"])
        tolerated = tuple(check["text"] for check in checks if check.get("broken"))
        return Verdict(not refused, refused or tolerated, {"checks": checks})


# -- the line ---------------------------------------------------------------------------------------------------------


def _contracts(options: StageOptions) -> list[Contract]:
    given = options.extra.get("contract") or ()
    return [Contract.parse(text) for text in ((given,) if isinstance(given, str) else given)]


def _severity(options: StageOptions) -> str:
    return str(options.extra.get("on_violation", STOP))


def _must_agree(contracts: list[Contract], options: StageOptions) -> None:
    for key in ("on_violation", "max_bad"):
        if key in options.extra and not contracts:
            option = "--" + key.replace("_", "-")
            raise DirectiveError(
                f"{option} is given without a contract", hint=f"add --contract SCHEMA, or take {option} out"
            )


def _checked(read: Any) -> Any:
    """A converter whose message reaches the user."""

    def converter(text: str) -> str:
        try:
            return str(read(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).replace("%", "%%")) from None

    return converter


# -- the verdict ------------------------------------------------------------------------------------------------------


def _check(document: Mapping[str, Any], severity: str, most: str) -> dict[str, Any]:
    """What is said of one contract."""
    schema, frame, problem = document["schema"], document["frame"], document["problem"]
    check: dict[str, Any] = {
        "gate": f"contract {schema} on {frame}",
        "severity": severity,
        "schema": schema,
        "frame": frame,
        "max_bad": most,
    }
    if problem:  # a contract that cannot be looked at does not hold, whatever its violations would lead to
        return {**check, "passed": False, "text": problem}
    rows, bad = document["rows"], document["bad"]
    share = Fraction(bad, rows) if rows else Fraction(0)
    too_many = share > parse_share(most)
    held = not too_many and not document["frame_is_wrong"]
    text = _text(document, share, most if bad and not too_many else None)
    if severity == QUARANTINE and bad:
        text += f"; {'they are' if bad > 1 else 'it is'} kept as {quarantined_name(frame)}"
    return {
        **check,
        "passed": held or severity == WARN,
        "text": text,
        "broken": bool(document["failures"]),
        "rows": rows,
        "bad_rows": bad,
        "share": float(share),
        "failures": document["failures"],
        "sample": document["sample"],
    }


def _text(document: Mapping[str, Any], share: Fraction, tolerated: str | None) -> str:
    schema, frame, rows, bad = (document[key] for key in ("schema", "frame", "rows", "bad"))
    hard = [item for item in document["failures"] if not item["warns"]]
    soft = [item for item in document["failures"] if item["warns"]]
    whole = [item["text"] for item in hard if item["rows"] is None]
    said = []
    if whole:
        said.append(f"{frame} breaks {schema}: {_some(whole, document)}")
    if bad:
        within = f", of which {tolerated} is tolerated" if tolerated else ""
        kinds = [_with_rows(item) for item in hard if item["rows"]]
        said.append(
            f"{bad:,} of {counted(rows, 'row')} of {frame} ({percent(share)}{within}) "
            f"{'break' if bad > 1 else 'breaks'} {schema}: {_some(kinds, document)}"
        )
    if not said:
        every = f"{counted(rows, 'row')} of {frame} {'holds' if rows == 1 else 'hold'} to {schema}"
        said.append(every if rows else f"{frame} holds to {schema}, but has no rows")
    if soft:
        said.append(f"warnings: {_some([_with_rows(item) for item in soft], document)}")
    return "; ".join(said)


def _with_rows(item: Mapping[str, Any]) -> str:
    return str(item["text"]) if item["rows"] is None else f"{item['text']} ({counted(item['rows'], 'row')})"


def _some(texts: list[str], document: Mapping[str, Any]) -> str:
    return listed(texts) + (" and others" if document["failures_left_out"] and len(texts) <= 5 else "")


def percent(share: Fraction) -> str:
    """A share with two digits that count, never rounded to nothing or to all: ``0.012 %``."""
    value = float(share * 100)
    text = f"{value:.2g}" if value < 10 else f"{value:.1f}"
    if share < 1 and float(text) >= 100:
        return "over 99.9 %"
    return f"{float(text):.15g} %" if value >= 1e-4 or not value else "under 0.0001 %"
