"""When a kind is ripe for a tool, and how closely that tool is watched."""

import random
from decimal import Decimal

import pytest

from latm.auditing import goal_of
from latm.learning.economy import examples_needed, is_ripe, pays_from
from latm.ledger import Usage
from latm.settings import Settings
from latm.task import Example, Record, Task
from letters import ASK, ticket
from toy import sum_question

SETTINGS = Settings()


def letters(count: int) -> Task:
    rng = random.Random(9)
    return Task("letters", tuple(Example(f"{ASK}\n\n{ticket(rng, f'KD-{n}')}", f"KD-{n}") for n in range(count)))


def sums(count: int) -> Task:
    return Task("sums", tuple(Example(sum_question(n, n), str(2 * n)) for n in range(count)))


@pytest.mark.parametrize(
    ("task", "needed"),
    [(sums(3), 6), (sums(8), 6), (letters(3), 6), (letters(6), 12), (letters(9), 12), (letters(12), 6)],
    ids=lambda value: f"{value.name} {len(value.examples)}" if isinstance(value, Task) else str(value),
)
def test_a_kind_that_carries_free_text_waits_for_more_examples(task: Task, needed: int) -> None:
    assert examples_needed(task, SETTINGS) == needed


@pytest.mark.parametrize(
    ("making", "ripe"), [(None, True), (Usage(1, 900, 100), True), (Usage(1, 90_000, 10_000), False)]
)
def test_what_makings_have_cost_decides_what_another_must_save(making: Usage | None, *, ripe: bool) -> None:
    came = Record(came=20, direct_answers=20, direct_tokens=2_000)
    settings = Settings(making_tokens=1_000)
    assert is_ripe(sums(8), came, settings, passed=20, remaining=None, making=making, now=0.0) is ripe


@pytest.mark.parametrize(("making", "came"), [(Usage(1, 900, 100, Decimal(3)), 30), (Usage(1, 900, 100, None), 10)])
def test_money_decides_if_all_prices_are_known_and_tokens_if_not(making: Usage, came: int) -> None:
    assert pays_from(Record(20, 20, 2_000, direct_cost=2.0), making, 1) == came


@pytest.mark.parametrize(
    ("asked", "searches", "share"),
    [
        ({"max_error": 0.01}, False, 0.05),
        ({"max_error": 0.01}, True, 0.1),
        ({"max_error": 0.01, "audit": 0.02}, True, 0.02),
        ({}, True, 0.0),
    ],
)
def test_a_tool_that_searches_is_audited_twice_as_often(asked: dict[str, float], searches: bool, share: float) -> None:
    assert goal_of(Settings.model_validate(asked), "letters", searches=searches).audit_share == share
