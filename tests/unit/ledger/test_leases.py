"""One holder at a time: over time, over processes, and over deaths."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from jupyter_mlpipe.ledger import Ledger, leases

ROOT = Path(__file__).parents[3]


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_a_lease_has_one_holder(ledger: Ledger) -> None:
    assert leases.holder_of(ledger, "k") is None
    assert leases.acquire(ledger, "k", "a", 30)
    assert not leases.acquire(ledger, "k", "b", 30)
    assert leases.acquire(ledger, "k", "a", 30)
    assert leases.acquire(ledger, "other", "b", 30)
    assert leases.holder_of(ledger, "k") == "a"
    assert {(lease.key, lease.holder) for lease in leases.held(ledger)} == {("k", "a"), ("other", "b")}
    assert not leases.release(ledger, "k", "b")
    assert leases.release(ledger, "k", "a")
    assert leases.acquire(ledger, "k", "b", 30)
    assert leases.release_all(ledger, "b") == 2
    assert leases.held(ledger) == []


def test_an_expired_lease_is_taken_over(ledger: Ledger) -> None:
    assert leases.acquire(ledger, "k", "a", 0.05)
    time.sleep(0.1)
    assert leases.holder_of(ledger, "k") is None
    assert leases.acquire(ledger, "k", "b", 30)
    assert not leases.renew(ledger, "k", "a", 30)
    assert leases.holder_of(ledger, "k") == "b"


def test_a_renewed_lease_is_kept(ledger: Ledger) -> None:
    assert leases.acquire(ledger, "k", "a", 0.05)
    assert leases.acquire(ledger, "j", "a", 0.05)
    assert leases.renew(ledger, ["k", "j", "k"], "a", 30)
    time.sleep(0.1)
    assert not leases.acquire(ledger, "k", "b", 30)
    assert not leases.renew(ledger, ["k", "never"], "a", 30)
    assert leases.renew(ledger, [], "a", 30)


def test_of_many_processes_one_gets_the_lease(ledger_url: str) -> None:
    code = """
import os, sys, time
from jupyter_mlpipe.ledger import Ledger, leases
with Ledger.open(sys.argv[1]) as ledger:
    print(*(leases.acquire(ledger, f"k{index}", str(os.getpid()), 60) for index in range(50)), flush=True)
    sys.stdin.readline()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, ledger_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(4)
    ]
    answers = []
    for process in processes:
        assert process.stdout is not None
        answers.append(process.stdout.readline().split())
    for process in processes:
        process.communicate("\n")
    assert [sum(answer == "True" for answer in of_key) for of_key in zip(*answers, strict=True)] == [1] * 50


def test_nobody_waits_for_the_dead(ledger_url: str) -> None:
    code = """
import sys, time
from jupyter_mlpipe.ledger import Ledger, leases
with Ledger.open(sys.argv[1]) as ledger:
    print(leases.acquire(ledger, "k", "dead", 3600), flush=True)
    time.sleep(600)
"""
    process = python(code, ledger_url)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    with Ledger.open(ledger_url) as ledger:
        assert not leases.acquire(ledger, "k", "b", 30)
        process.kill()
        # Not yet waited for: a process that has ended but that its parent has not noticed is no holder either.
        deadline = time.monotonic() + 10
        while leases.holder_of(ledger, "k") and time.monotonic() < deadline:
            time.sleep(0.01)
        assert leases.acquire(ledger, "k", "b", 30)
        process.communicate()
        assert leases.holder_of(ledger, "k") == "b"


def test_a_later_process_with_the_same_id_is_another(ledger: Ledger) -> None:
    assert leases.acquire(ledger, "k", "a", 3600)
    with ledger.write() as connection:
        mine = connection.rows("SELECT process FROM leases")[0]["process"]
        connection.execute("UPDATE leases SET process = :process", process=mine.split()[0] + " 1")
    assert leases.acquire(ledger, "k", "b", 30)


def test_a_holder_on_another_machine_is_trusted_until_it_expires(ledger: Ledger) -> None:
    assert leases.acquire(ledger, "k", "a", 3600)
    with ledger.write() as connection:
        connection.execute("UPDATE leases SET machine = 'elsewhere', process = '1 1'")
    assert not leases.acquire(ledger, "k", "b", 30)
    assert leases.holder_of(ledger, "k") == "a"
