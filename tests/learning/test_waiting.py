"""What waits to be sorted: bounded in number and in size, whatever comes."""

import random

import pytest

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.known import Known
from latm.learning import kinds
from latm.learning.kinds import Kinds
from latm.question import Scope
from latm.task import Example, Task


def asked(text: str, scope: Scope | None = None) -> Answer:
    return Answer(text, "1", Route.DIRECT, scope=scope or Scope())


BAD = ["\0\1\2\3" * 50, "a" * 100_000, "ab" * 2_000_000, "\ufffd" * 300, "x", "   "]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_bad_input_becomes_no_kind(bad: str) -> None:
    waiting = Kinds(enough=6, bound=100)
    for n in range(12):
        waiting.add(asked(f"{bad}{' ' * n}"))
    assert waiting.found(Snapshot()) == []


def test_scopes_without_number_stay_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_CHARACTERS", 10_000)
    waiting = Kinds(enough=6, bound=100)
    for n in range(1_000):
        waiting.add(asked(f"What is {n} in all?" + "." * 500, Scope(instructions=f"You serve user {n}.")))
    assert 0 < sum(len(scope.answers) for scope in waiting._scopes.values()) <= 30


def test_a_kind_is_found_once_and_waits_until_it_is_taken() -> None:
    waiting = Kinds(enough=6, bound=100)
    for n in range(12):
        waiting.add(asked(f"Add the numbers {n} and {n * n}. Reply with the sum only."))
    [found] = waiting.found(Snapshot())
    assert [found] == waiting.found(Snapshot())
    waiting.taken([found])
    assert len(found.answers) == 12
    assert waiting.found(Snapshot()) == []


def test_a_kind_shows_with_the_question_that_makes_enough_of_it() -> None:
    waiting, counts = Kinds(enough=6, bound=100), list[list[int]]()
    for n in range(6):
        waiting.add(asked(f"Add the numbers {n} and {n * n}. Reply with the sum only."))
        counts.append([len(found.answers) for found in waiting.found(Snapshot())])
    assert counts == [[], [], [], [], [], [6]]


@pytest.mark.parametrize(("larger", "kinds"), [("the first", [12, 12]), ("7", [24])])
def test_questions_of_the_same_instructions_are_of_two_kinds_if_their_answers_are_unlike(
    larger: str, kinds: list[int]
) -> None:
    waiting, scope = Kinds(enough=6, bound=100), Scope(instructions="Be brief.")
    for n in range(12):
        for which, text in (("larger", larger), ("smaller", "7")):
            question = f"Look at the numbers {n + 10} and {n * 7 % 13 + 20}. Which one is {which}?"
            waiting.add(Answer(question, text, Route.DIRECT, scope=scope))
    assert [len(found.answers) for found in waiting.found(Snapshot())] == kinds


def known(name: str, examples: list[Answer]) -> Snapshot:
    scope = examples[0].scope
    task = Task(name, tuple(Example(one.question, one.text, "m", scope) for one in examples), scope=scope)
    return Snapshot().after(1, [Known(task, None)])


def sums_waiting() -> tuple[Kinds, list[Answer]]:
    """Questions of one kind, in a scope with instructions, that nobody has sorted yet."""
    waiting, scope = Kinds(enough=6, bound=100), Scope(instructions="Answer with the number only.")
    sums = [asked(f"Add the numbers {n} and {n * n} for me now.", scope) for n in range(12)]
    for answer in sums:
        waiting.add(answer)
    return waiting, sums


def test_questions_that_wait_and_are_examples_of_a_task_already_found_no_second_one() -> None:
    waiting, sums = sums_waiting()
    found = waiting.found(known("sums", sums[:9]))
    assert [(one.task, one.is_new, len(one.answers)) for one in found] == [("sums", False, 12)]


def test_what_waits_is_sorted_again_though_nothing_came_once_its_scope_has_other_tasks() -> None:
    waiting, sums = sums_waiting()
    waiting.taken([])
    assert waiting.found(known("sums", sums)) == []
    waiting.look_again(sums[0].scope.digest)
    [found] = waiting.found(known("sums", sums))
    assert (found.task, len(found.answers)) == ("sums", 12)


def test_what_comes_while_a_maker_has_yet_to_say_how_many_kinds_instructions_have_belongs_to_them_all() -> None:
    waiting = Kinds(enough=6, bound=100)
    scope = Scope(instructions="Answer with the number only.")
    frames = ["Add the numbers {} and {} for me now.", "How many tiles cover a floor of {} by {} feet?"]
    first, later = (
        [asked(frame.format(n, n + 2), scope) for frame in frames for n in numbers]
        for numbers in (range(3), range(10, 30))
    )
    for answer in later:
        waiting.add(answer)
    assert {(one.task, one.is_new) for one in waiting.found(known("all", first))} == {("all", False)}


def test_however_many_kinds_are_known_none_is_found_again() -> None:
    def of(kind: int, numbers: range) -> list[Answer]:
        return [asked(question(kind, n, 7 * n)) for n in numbers]

    shown = [
        Known(Task(f"kind {kind}", tuple(Example(one.question, "1", "m") for one in of(kind, range(1, 9)))), None)
        for kind in range(150)
    ]
    waiting = Kinds(enough=6, bound=2000)
    for number in range(100, 107):
        for kind in range(150):
            waiting.add(*of(kind, range(number, number + 1)))
    found = waiting.found(Snapshot().after(1, shown))
    assert [one.task for one in found if one.is_new] == []
    assert len(found) == 150


def question(kind: int, first: int, second: int) -> str:
    rng = random.Random(kind)
    one, two, three, four = ("".join(rng.choices("bdfgklmnprst", k=8)) for _ in range(4))
    return f"{one} {two} {first} {three} {second} {four}?"
