"""The buffer: bounded, with groups whose identities last."""

import random

from hypothesis import given
from hypothesis import strategies as st

from latm.kinds import Buffer, Regrouped, grouping

SORT, TOTAL, DATES = (
    "Put these towns in the order of their populations:",
    "What do the following amounts come to in all?",
    "Write every date below in the German style.",
)


def fill(buffer: Buffer, instruction: str, ids: range) -> None:
    rng = random.Random(ids.start)
    for id_ in ids:
        buffer.add(id_, f"{instruction} {' '.join(str(rng.randint(1, 999)) for _ in range(5))}")


def identities(found: Regrouped) -> dict[str, int]:
    return {kind.group.name.split()[0]: kind.id for kind in found.kinds}


def test_identities_last_while_others_come_and_the_oldest_go() -> None:
    buffer = Buffer(most=60)
    fill(buffer, SORT, range(20))
    fill(buffer, TOTAL, range(20, 40))
    first = identities(buffer.regroup())
    fill(buffer, DATES, range(40, 70))
    second = identities(buffer.regroup())
    assert first.items() <= second.items()
    assert len(set(second.values())) == 3
    assert buffer.dropped == 10


def test_a_kind_that_is_served_leaves_nothing_behind() -> None:
    buffer = Buffer()
    fill(buffer, SORT, range(10))
    fill(buffer, TOTAL, range(10, 20))
    buffer.regroup()
    for id_ in range(10):
        buffer.discard(id_)
    found = buffer.regroup()
    assert found.ids == tuple(range(10, 20))
    assert set(buffer._of) <= set(found.ids)


def test_one_off_questions_leave_nothing_behind() -> None:
    buffer = Buffer(most=5)
    words = ("amber beryl", "coral ebony", "flint garnet", "heron indigo", "jasper kelp", "lotus maple", "opal pearl")
    for number, pair in enumerate(words):
        buffer.add(number, f"{pair}?")
    found = buffer.regroup()
    assert found.kinds == ()
    assert len(found.loose) == len(buffer) == 5
    assert buffer._of == {}


def test_what_came_while_grouping_waits_for_the_next_time() -> None:
    buffer = Buffer()
    fill(buffer, SORT, range(10))
    ids, questions = buffer.snapshot()
    fill(buffer, SORT, range(10, 20))
    buffer.discard(0)
    found = buffer.settle(ids, questions, grouping(questions))
    assert [kind.members for kind in found.kinds] == [tuple(range(10))]
    assert buffer.regroup().kinds[0].id == found.kinds[0].id


@given(st.lists(st.tuples(st.integers(0, 9), st.text(max_size=20)), max_size=40), st.integers(1, 6), st.integers(1, 50))
def test_the_buffer_stays_in_its_bounds(added: list[tuple[int, str]], most: int, characters: int) -> None:
    buffer = Buffer(most=most, characters=characters)
    for id_, question in added:
        buffer.add(id_, question)
    ids, questions = buffer.snapshot()
    assert len(ids) <= most
    assert len(ids) <= 1 or sum(map(len, questions)) <= characters
    if added:
        assert (ids[-1], questions[-1]) == added[-1]
