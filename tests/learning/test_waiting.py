"""What waits to be sorted: bounded in number and in size, whatever comes."""

import pytest

from latm.answer import Answer, Route
from latm.answering.snapshot import Snapshot
from latm.learning import kinds
from latm.learning.kinds import Kinds
from latm.question import Scope


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
    assert waiting.gave_way >= 970


def test_a_kind_is_found_once_and_waits_until_it_is_taken() -> None:
    waiting = Kinds(enough=6, bound=100)
    for n in range(12):
        waiting.add(asked(f"Add the numbers {n} and {n * n}. Reply with the sum only."))
    [found] = waiting.found(Snapshot())
    assert [found] == waiting.found(Snapshot())
    waiting.taken([found])
    assert len(found.answers) == 12
    assert waiting.found(Snapshot()) == []
