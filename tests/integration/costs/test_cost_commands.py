"""``mlpipe cost`` on real runs: what they cost adds up, estimates come before, and budgets hold."""

from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.workspace import Workspace
from tests.integration.test_cli import MLPIPE, Answer, Desk, holds

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cost-commands")]

PRICES = 'currency = "EUR"\n[machines.local]\ncpu_hour = 3600\nmemory_gib_hour = 0\n'
"""A CPU second costs one euro."""
BUSY = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until:\n    pass\n"


def budgets(desk: Desk, **given: Mapping[str, Any]) -> None:
    """Write the settings."""
    lines = []
    for name, about in given.items():
        lines.append(f"[tool.mlpipe.budgets.{name}]")
        lines += [f"{key} = {value!r}".replace("'", '"') for key, value in about.items()]
    (desk.folder / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")


def money(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("costs"))
    (made.folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    made.notebook(
        "flights.ipynb",
        "%load_ext jupyter_mlpipe\n%pipeline flights --owner ml@example.com --team ops --label centre=a,b",
        f"%%stage load\n{BUSY}rows = 3",
        f"%%stage train --owner training@example.com --team research\n{BUSY}model = rows + 1",
        "%%stage late\nlate = model + 1\nraise ValueError(late)",
    )
    return made


@pytest.fixture(scope="module")
def ran(desk: Desk) -> str:
    before = holds(desk.call("cost", "estimate", "flights.ipynb", "--json"), "cost-estimate")
    assert before["unknown"] == ["load", "train", "late"]
    answer = desk.call("run", "flights.ipynb", "--json")
    assert answer.code == 1
    return str(answer.json["run"])


def report(desk: Desk, *words: str) -> Any:
    return holds(desk.call("cost", "report", "--json", *words), "cost-report")


def test_costs_add_up_from_stage_to_run_to_team(desk: Desk, ran: str) -> None:
    stages, runs, teams = (report(desk, "--by", by) for by in ("stage,outcome", "run", "team"))
    totals = {money(found["totals"][0]["amount"]) for found in (stages, runs, teams)}
    assert len(totals) == 1
    for found in (stages, runs, teams):
        assert sum(money(line["amount"]) for line in found["lines"]) in totals
    by_stage = {(line["group"]["stage"], line["group"]["outcome"]): line for line in stages["lines"]}
    assert set(by_stage) == {("load", "done"), ("train", "done"), ("late", "failed"), ("(none)", "idle")}
    load = by_stage["load", "done"]
    assert 0.3 <= load["cpu_seconds"] <= load["seconds"] + 0.3
    # One CPU is reserved for as long as it takes.
    assert money(load["amount"]) == pytest.approx(Decimal(load["seconds"]), rel=Decimal("1e-6"))
    assert money(by_stage["late", "failed"]["failed"]) > 0
    assert {line["group"]["team"] for line in teams["lines"]} == {"ops", "research"}
    assert [line["group"]["run"] for line in runs["lines"]] == [ran]
    assert report(desk, "--by", "label:centre")["lines"][0]["group"] == {"label:centre": "a,b"}


def test_what_people_see_adds_up_to_the_cent(desk: Desk, ran: str) -> None:
    lines = desk.call("cost", "report", "--by", "stage").out.splitlines()
    assert lines[0].split()[:3] == ["stage", "cost", "(EUR)"]
    figures = [money(line.split()[1]) for line in lines[1:]]
    assert sum(figures[:-1]) == figures[-1]
    assert desk.call("cost", "top", "-n", "1").out.splitlines()[-1].startswith("and 3 more: ")
    assert "expected before: unknown" in desk.call("cost", "report", "--run", ran[:8]).out
    assert desk.call("cost", "report", "--team", "nobody").out == "nothing was recorded that fits\n"


def test_rows_for_other_tools_add_up_to_the_same(desk: Desk, ran: str) -> None:
    total = money(report(desk)["totals"][0]["amount"])
    for form, column in (("csv", "amount"), ("focus", "BilledCost")):
        rows = list(csv.DictReader(io.StringIO(desk.call("cost", "export", "--format", form).out)))
        assert sum(money(row[column]) for row in rows) == total
        assert len(rows) == 4
    rows = list(csv.DictReader(io.StringIO(desk.call("cost", "report", "--by", "stage", "--csv").out)))
    assert sum(money(row["amount"]) for row in rows) == total
    written = desk.call("cost", "export", "-o", "out.csv")
    assert written.err == "wrote 4 rows to out.csv\n"
    refused = desk.call("cost", "export", "-o", "no/such/folder.csv")
    assert (refused.code, "cannot be written" in refused.err) == (2, True)


def test_the_cache_saves_what_making_cost_and_the_estimate_says_so(desk: Desk, ran: str) -> None:
    made = {line["group"]["stage"]: line["amount"] for line in report(desk, "--by", "stage", "--run", ran)["lines"]}
    plan = holds(desk.call("plan", "flights.ipynb", "--json"), "plan")["cost"]
    assert {stage["stage"]: stage["saved"] for stage in plan["stages"]}["train"] == made["train"]
    assert plan["unknown"] == ["late"], "it has failed only"
    again = desk.call("run", "flights.ipynb", "--json").json["run"]
    hits = {line["group"]["stage"]: line for line in report(desk, "--by", "stage", "--run", again)["lines"]}
    assert hits["load"]["saved_by_cache"] == made["load"]
    assert (hits["load"]["hits"], hits["load"]["amount"]) == (1, "0")
    forced = desk.call("cost", "estimate", "flights.ipynb", "--force", "--json").json
    expected = {stage["stage"]: stage for stage in forced["stages"]}["train"]
    assert money(expected["low"]) <= money(made["train"]) <= money(expected["high"])


def test_a_model_version_cost_what_it_was_made_from_cost_once(desk: Desk, ran: str) -> None:
    made = {line["group"]["stage"]: line["amount"] for line in report(desk, "--by", "stage", "--run", ran)["lines"]}
    again = desk.call("run", "flights.ipynb", "--json").json["run"]  # `load` and `train` are hits there
    with Workspace.open(desk.folder) as workspace:
        about = {"name": "model", "content": "c", "run": again, "pipeline": "flights", "stage": "train"}
        record_registration(workspace.ledger, Registration(model="delay", version=1, **about))
    told = desk.call("cost", "report", "--version", "delay@1", "--json").json
    assert {part["stage"]: part["amount"] for part in told["parts"]} == {
        "train": made["train"],
        "load": made["load"],
    }
    assert money(told["totals"]["EUR"]) == money(made["train"]) + money(made["load"])
    assert "delay version 1 cost " in desk.call("cost", "report", "--version", "delay").out
    assert desk.call("cost", "report", "--version", "delay@7").code == 2


def test_what_keeping_costs_counts_each_byte_once(desk: Desk, ran: str) -> None:
    told = holds(desk.call("cost", "storage", "--json"), "cost-storage")
    assert told["month"] is None, "the book has no price in euros for storage"
    assert told["bytes"] == desk.call("store", "stat", "--json").json["size"]
    assert {item["stage"] for item in told["kept"]} >= {"load", "train"}
    (desk.folder / "prices.toml").write_text(f"{PRICES}[storage]\nstore = 1024\n", encoding="utf-8")
    told = holds(desk.call("cost", "storage", "--json"), "cost-storage")
    assert sum(money(item["month"]) for item in told["kept"]) == money(told["month"])
    assert money(told["month"]) == pytest.approx(Decimal(told["bytes"]) / 2**20, abs=Decimal("1e-7"))
    assert "cost" in desk.call("cost", "storage").out.splitlines()[-1]
    (desk.folder / "prices.toml").write_text(PRICES, encoding="utf-8")


def test_a_run_beyond_a_budget_is_refused_before_it_begins(desk: Desk, ran: str) -> None:
    budgets(desk, ops={"amount": 0.1, "action": "refuse", "team": "ops"})
    answer = desk.call("run", "flights.ipynb", "--force", "--json")
    assert (answer.code, answer.json["status"]) == (3, "refused")
    assert {stage["status"] for stage in answer.json["stages"]} == {"skipped"}
    assert answer.json["error"]["code"] == "MP821"
    assert "budget ops: this run is expected to cost" in answer.json["error"]["message"]
    told = holds(desk.call("cost", "budgets", "ops", "--json", "--check"), "cost-budgets")
    assert desk.call("cost", "budgets", "--check").code == 3
    assert [event["event"] for event in told["events"]] == ["refused"]
    assert money(told["budgets"][0]["left"]) < 0
    # What is cached costs nothing: it may go on.
    assert desk.call("run", "flights.ipynb", "--stage", "train").code == 0


def test_one_that_exceeds_it_stops_at_a_stage_boundary_and_keeps_what_is_done(desk: Desk, ran: str) -> None:
    desk.notebook(
        "new.ipynb", "%load_ext jupyter_mlpipe\n%pipeline new --team fresh", f"%%stage one\n{BUSY}a = 1",
        "%%stage two\nb = a + 1", "print(b)",
    )  # fmt: skip
    budgets(desk, fresh={"amount": 0.2, "action": "refuse", "team": "fresh"})
    answer = desk.call("run", "new.ipynb", "--json")
    assert answer.code == 3
    assert {stage["name"]: stage["status"] for stage in answer.json["stages"]} == {"one": "done", "two": "refused"}
    assert "are spent" in answer.json["error"]["message"]
    budgets(desk, fresh={"amount": 99, "action": "refuse", "team": "fresh"})
    again = desk.call("run", "new.ipynb", "--json")
    assert {stage["name"]: stage["status"] for stage in again.json["stages"]} == {"one": "hit", "two": "done"}


def test_consent_lets_a_run_go_on_and_is_written_down(desk: Desk, ran: str) -> None:
    budgets(desk, careful={"amount": 0.1, "action": "ask", "pipeline": "flights"})
    words = ("run", "flights.ipynb", "--force", "--stage", "load")
    asked = desk.call(*words)
    assert asked.code == 4
    assert "--accept-cost careful" in asked.err
    assert desk.call(*words, "--accept-cost", "careful").code == 0
    assert at_a_terminal(desk, *words, answer="n")[0] == 4
    code, said = at_a_terminal(desk, *words, answer="y")
    assert (code, "Go on all the same?" in said) == (0, True)
    told = desk.call("cost", "budgets", "careful", "--json").json["events"]
    assert [event["event"] for event in told].count("accepted") == 2


def test_a_machine_without_a_price_is_unknown_and_never_zero(desk: Desk, ran: str) -> None:
    budgets(desk)
    answer = subprocess.run(
        [*MLPIPE, "run", "flights.ipynb", "--force", "--stage", "load", "--json"], cwd=desk.folder,
        env={**desk.environ, "MLPIPE_MACHINE": "h100-x8"}, capture_output=True, text=True, check=True, timeout=100,
    )  # fmt: skip
    run = Answer(answer.returncode, answer.stdout, answer.stderr).json["run"]
    found = desk.call("cost", "report", "--run", run)
    assert found.out.splitlines()[1].split()[1] == "unknown"
    assert "no price for machine class 'h100-x8'" in found.err
    assert sum(report(desk, "--run", run)["unknown"].values()) == 2  # the attempt, and what lay idle
    prices = holds(desk.call("cost", "prices", "--json"), "cost-prices")
    assert (prices["currency"], prices["machine"], prices["priced"]) == ("EUR", "local", True)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("prices.toml", "[machines.local]\ncpu_hour = -1\n", "MP801"),
        ("prices.toml", "[[machines.local.rates]]\ncpu_hour = 1\n[[machines.local.rates]]\ncpu_hour = 2\n", "MP801"),
        ("pyproject.toml", "[tool.mlpipe.budgets.ops]\namount = 0\n", "MP820"),
        ("pyproject.toml", '[tool.mlpipe.budgets.ops]\namount = 5\ncurrency = "USD"\n', "MP820"),
    ],
    ids=["negative", "overlapping", "nothing", "currency"],
)
def test_what_is_wrong_in_prices_or_budgets_ends_a_run_before_it_begins(
    tmp_path: Path, name: str, text: str, code: str
) -> None:
    desk = Desk(tmp_path)
    desk.notebook("n.ipynb", "%%stage a\nx = 1", "print(x)")
    (tmp_path / "prices.toml").write_text(PRICES, encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    answer = desk.call("run", "n.ipynb")
    assert answer.code == 2
    assert code in answer.err
    assert name in answer.err
    assert {stage["status"] for stage in desk.call("show", "--json").json["stages"]} == {"skipped"}


def at_a_terminal(desk: Desk, *words: str, answer: str) -> tuple[int, str]:
    """Call with a terminal, and type one line."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*MLPIPE, *words, "--quiet"], cwd=desk.folder, env=desk.environ, stdin=slave, stdout=slave, stderr=slave,
        close_fds=True,
    )  # fmt: skip
    os.close(slave)
    said = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the other end has closed
            break
        said += part
        if b"[y/N]" in part:
            os.write(master, f"{answer}\n".encode())
    os.close(master)
    return process.wait(60), said.decode()
