"""The books of the gateway: holds, settlements and draws add up, whoever writes them at once."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from latm.gateway.accounts import Accounts
from latm.gateway.app import accounts_beside
from latm.gateway.books import Draw, Hold, Spent, subjects
from latm.gateway.limits import Limit, nano
from latm.store import ToolCache
from postgresql_server import fresh_database


def test_holds_and_settlements_add_up(accounts: Accounts) -> None:
    _, key = accounts.create_key(project="north", limit=Limit(usd=nano(Decimal(1))))

    def hold(number: str, usd: str) -> Hold:
        return Hold(number, key, "m", nano(Decimal(usd)) or 0, 10, 60)

    assert accounts.write([hold("a", "0.6"), hold("b", "0.6"), hold("c", "0.4")], {}) == [True, False, True]
    accounts.write([Spent(key.id, "north", "m", 5, 5, nano(Decimal("0.1")), "a")], {})
    assert accounts.write([hold("d", "0.5"), hold("e", "0.1")], {}) == [True, False]
    name, of_project = subjects(key.id, "north", "month", time.time())
    assert accounts.spent(name) == accounts.spent(of_project) == (nano(Decimal("0.1")), 10)


def test_a_project_has_a_limit_for_all_its_keys(accounts: Accounts) -> None:
    keys = [accounts.create_key(project="north")[1] for _ in range(2)]
    accounts.limit_project("north", Limit(tokens=100))
    limits = accounts.known().limits
    holds = [Hold(f"{number}", key, "m", 0, 60, 60) for number, key in enumerate(keys)]
    assert accounts.write(holds, limits) == [True, False]


def test_what_the_dead_held_counts_as_spent(accounts: Accounts) -> None:
    _, key = accounts.create_key(project="north", limit=Limit(tokens=100))
    accounts.write([Hold("a", key, "m", 0, 70, -1)], {})
    accounts.write([], {})
    name, _ = subjects(key.id, "north", "month", time.time())
    assert accounts.spent(name)[1] == 70


def test_ten_times_as_many_requests_take_as_many_statements(accounts: Accounts) -> None:
    """Each waits for the transaction in which it is written."""
    keys = [accounts.create_key(project="north", limit=Limit(tokens=1_000))[1] for _ in range(20)]

    def statements(start: int, count: int) -> int:
        said: list[Any] = []
        event.listen(accounts._engine, "before_cursor_execute", hear := lambda *told: said.append(told[2]))
        names = [f"{number}" for number in range(start, start + count)]
        accounts.write([Hold(name, key, "m", 0, 10, 60) for name, key in zip(names, keys, strict=False)], {})
        spent = [Spent(key.id, "north", "m", 2, 1, 0, name) for name, key in zip(names, keys, strict=False)]
        accounts.write([*spent, *(Draw(key, 1) for key in keys[:count])], {})
        event.remove(accounts._engine, "before_cursor_execute", hear)
        return len(said)

    assert statements(0, 2) == statements(100, 20)
    assert accounts.spent(subjects(keys[0].id, "north", "month", time.time())[1])[1] == 3 * 22


def test_processes_reserve_and_settle_at_once_and_never_overspend(books: str, accounts: Accounts) -> None:
    """Four processes with 25 threads each, all at one moment."""
    _, key = accounts.create_key(project="north", limit=Limit(tokens=2_000))
    command = [sys.executable, str(Path(__file__).with_name("spenders.py")), books, key.id]
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        running = [stack.enter_context(subprocess.Popen(command, **pipes)) for _ in range(4)]  # type: ignore[call-overload]  # noqa: S603  # our own program
        for one in running:
            assert one.stdout.readline() == "ready\n"
        for one in running:
            one.stdin.write("go\n")
            one.stdin.flush()
        held = sum(json.loads(one.stdout.readline()) for one in running)
        name, of_project = subjects(key.id, "north", "month", time.time())
        assert held == 20
        assert accounts.spent(name) == (0, 0)
        for one in running:
            one.stdin.write("settle\n")
            one.stdin.flush()
        settled = sum(json.loads(one.stdout.readline()) for one in running)
    assert settled == held
    assert accounts.spent(name) == accounts.spent(of_project) == (20 * 7, 20 * 60)
    more = [Hold(f"more-{number}", key, "m", 0, 100, 60) for number in range(10)]
    assert accounts.write(more, {}) == [True] * 8 + [False] * 2
    accounts.rebuild()
    assert accounts.spent(name) == (20 * 7, 20 * 60)


def test_the_books_wait_for_no_writer_of_the_store(postgresql: str) -> None:
    url = fresh_database(postgresql)
    with ToolCache.open(url) as cache, Accounts(accounts_beside(url)) as accounts, cache.writing():
        _, key = accounts.create_key(limit=Limit(tokens=100))
        assert accounts.write([Hold("a", key, "m", 0, 70, 60)], {}) == [True]


@pytest.mark.parametrize("model", ["a\0b", "\ud800", "\x1a", ""])
def test_a_model_of_any_name_is_kept_in_the_books(accounts: Accounts, model: str) -> None:
    _, key = accounts.create_key(limit=Limit(tokens=100))
    assert accounts.write([Hold("a", key, model, 0, 70, 60), Hold("b", key, model, 0, 70, 60)], {}) == [True, False]
    accounts.write([Spent(key.id, key.project, model, 10, 10, None, "a")], {})
    assert accounts.spent(subjects(key.id, key.project, "month", time.time())[0])[1] == 20


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_counters_can_be_rebuilt(entries: list[tuple[str, int, int]]) -> None:
    with Accounts("sqlite://") as accounts:
        accounts.write([Spent(key, f"p{key}", "m", sent, received, sent * 7) for key, sent, received in entries], {})
        names = [
            subjects(key, f"p{key}", period, time.time())[0] for key in "ab" for period in ("day", "month", "total")
        ]
        before = [accounts.spent(name) for name in names]
        accounts.rebuild()
        assert [accounts.spent(name) for name in names] == before
