"""Rows for other tools: nothing in them is a formula, labels keep their commas, amounts are exact."""

from __future__ import annotations

import csv
import io
import json

import pytest

from jupyter_mlpipe.costs.export import export_usage, focus_row
from jupyter_mlpipe.ledger.usage import Usage

FACT = Usage(
    task="r/train/1/1", run="r", pipeline="flights", stage="train", owner="=HYPERLINK(1)", team="ops",
    labels={"centre": "a,b", "quote": '"'}, started=1_700_000_000.0, ended=1_700_003_600.0, seconds=3600.0,
    currency="USD", amount=1_234_567_891, machine="local",
)  # fmt: skip

MANDATORY = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
]
"""Columns that FOCUS 1.1 makes mandatory whatever a provider supports (https://focus.finops.org/focus-specification/v1-1)."""


def written(form: str, *facts: Usage) -> list[dict[str, str]]:
    stream = io.StringIO(newline="")
    export_usage(facts, stream, form, account="flights")
    stream.seek(0)
    return [json.loads(line) for line in stream] if form == "jsonl" else list(csv.DictReader(stream))


def test_a_label_with_a_comma_comes_back_as_it_was() -> None:
    (row,) = written("csv", FACT)
    assert json.loads(row["labels"]) == {"centre": "a,b", "quote": '"'}
    (row,) = written("focus", FACT)
    assert json.loads(row["Tags"])["centre"] == "a,b"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(begin: str) -> None:
    from dataclasses import replace

    (row,) = written("csv", replace(FACT, owner=f"{begin}1+1"))
    assert row["owner"] == f"'{begin}1+1"


def test_amounts_lose_nothing() -> None:
    assert written("csv", FACT)[0]["amount"] == "1.234567891"
    assert written("jsonl", FACT)[0]["amount"] == "1.234567891"
    row = written("focus", FACT)[0]
    assert row["BilledCost"] == row["EffectiveCost"] == "1.234567891"
    assert row["ChargePeriodStart"] == "2023-11-14T22:13:20Z"
    assert row["BillingPeriodStart"] == "2023-11-01T00:00:00Z"


def test_an_unknown_cost_is_empty_and_counted() -> None:
    from dataclasses import replace

    stream = io.StringIO(newline="")
    unknown = replace(FACT, amount=None, unknown="no price")
    assert export_usage([FACT, unknown], stream, "focus", account="flights") == 1
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert [row["BilledCost"] for row in rows] == ["1.234567891", ""]
    assert rows[1]["x_UnknownCost"] == "no price"


def test_focus_has_its_mandatory_columns() -> None:
    assert set(MANDATORY) <= focus_row(FACT, "flights").keys()
