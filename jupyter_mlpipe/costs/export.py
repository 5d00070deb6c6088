"""Every fact of usage as a row of a file: all that is known of it, or the columns that FinOps tools read (FOCUS).

FOCUS is the FinOps Open Cost and Usage Specification (https://focus.finops.org); the columns are those that its
version 1.1 makes mandatory, with our own behind ``x_`` as it asks. Amounts are exact. What has no price has an empty
cost, never zero.

Not for sums (``reports``).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TextIO

from jupyter_mlpipe.costs.cost_lines import exact
from jupyter_mlpipe.costs.money import to_decimal
from jupyter_mlpipe.costs.periods import period_at
from jupyter_mlpipe.ledger.usage import Usage

FORMATS = ("csv", "focus", "jsonl")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_usage(facts: Iterable[Usage], stream: TextIO, form: str, *, account: str) -> int:
    """Write usage as rows.

    Parameters
    ----------
    facts
        What to write.
    stream
        A text stream that translates no line ends.
    form
        One of `FORMATS`.
    account
        The workspace's name: FOCUS's billing account.

    Returns
    -------
    int
        How many rows have no cost, since it is unknown.
    """
    unknown = 0
    write: Callable[[Usage], None]
    if form == "jsonl":

        def write(usage: Usage) -> None:
            stream.write(json.dumps(plain_row(usage), ensure_ascii=False) + "\n")

    else:
        writer = csv.writer(stream)
        row = plain_row if form == "csv" else lambda usage: focus_row(usage, account)
        writer.writerow(_PLAIN if form == "csv" else _FOCUS)

        def write(usage: Usage) -> None:
            writer.writerow([cell(value) for value in row(usage).values()])

    for usage in facts:
        unknown += usage.amount is None
        write(usage)
    return unknown


def plain_row(usage: Usage) -> dict[str, Any]:
    """All that is known of a fact, amounts as exact decimal text."""
    row = asdict(usage)
    for name in ("amount", "saved"):
        row[name] = None if row[name] is None else exact(row[name])
    for name in ("started", "ended"):
        row[name] = _moment(row[name])
    return row


def focus_row(usage: Usage, account: str) -> dict[str, Any]:
    """A fact in FOCUS's columns."""
    cost = None if usage.amount is None else exact(usage.amount)
    hours = usage.seconds / 3600
    month = period_at("month", usage.ended)
    tags = {**usage.labels}
    for name in ("pipeline", "stage", "model", "owner", "environment"):
        value = getattr(usage, name)
        if value:
            tags[name] = value
    unit_price = None if usage.amount is None or not hours else f"{float(to_decimal(usage.amount)) / hours:.9f}"
    return {
        "BilledCost": cost,
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingCurrency": usage.currency,
        "BillingPeriodEnd": _moment(month.end),
        "BillingPeriodStart": _moment(month.begin),
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{usage.kind} of {usage.pipeline}{f'/{usage.stage}' if usage.stage else ''}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _moment(usage.ended),
        "ChargePeriodStart": _moment(usage.started),
        "ConsumedQuantity": hours,
        "ConsumedUnit": "Hours",
        "ContractedCost": cost,
        "ContractedUnitPrice": unit_price,
        "EffectiveCost": cost,
        "InvoiceIssuerName": "jupyter_mlpipe",
        "ListCost": cost,
        "ListUnitPrice": unit_price,
        "PricingCategory": "Dynamic" if usage.purchase == "spot" else "Standard",
        "PricingQuantity": hours,
        "PricingUnit": "Hours",
        "ProviderName": "jupyter_mlpipe",
        "PublisherName": "jupyter_mlpipe",
        "ResourceId": usage.task,
        "ResourceName": f"{usage.pipeline}{f'/{usage.stage}' if usage.stage else ''}",
        "ResourceType": "Stage" if usage.stage else "Cluster",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Pipelines",
        "SkuId": f"{usage.machine}/{usage.purchase}",
        "SubAccountId": usage.team,
        "SubAccountName": usage.team,
        "Tags": tags,
        "x_Run": usage.run,
        "x_Kind": usage.kind,
        "x_Outcome": usage.outcome,
        "x_Attempt": usage.attempt,
        "x_CpuSeconds": usage.cpu_seconds,
        "x_GpuSeconds": usage.gpu_seconds,
        "x_MemoryPeak": usage.memory_peak,
        "x_EnergyJoules": usage.energy,
        "x_SavedCost": None if usage.saved is None else exact(usage.saved),
        "x_UnknownCost": usage.unknown,
    }


def cell(value: Any) -> Any:
    """A value as a cell: structures as JSON; text that a spreadsheet would take for a formula, quoted (OWASP)."""
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat().replace("+00:00", "Z")


_PLAIN = [item.name for item in fields(Usage)]
_FOCUS = list(focus_row(Usage(task="", run="", pipeline=""), ""))
