"""How many workers are kept: as many as are asked for again."""

from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from latm.sandbox.room import Room


def sizes(programs: Iterator[str], *, least: int, most: int) -> list[int]:
    """The room after each request; the worker used longest ago is ended where there is none."""
    room = Room(least, most)
    kept: list[str] = []
    found = []
    for program in programs:
        if program in kept:
            kept.remove(program)
        else:
            room.missed(program)
        kept.append(program)
        while len(kept) > room.size:
            room.ended(kept.pop(0))
        found.append(room.size)
    return found


@pytest.mark.parametrize(
    ("hot", "room"), [(3, 8), (8, 8), (12, 12), (16, 16), (400, 8)], ids=["few", "all", "more", "most", "far too many"]
)
def test_room_grows_to_hold_the_hot_programs_and_no_further(hot: int, room: int) -> None:
    asked = islice(cycle([f"program {n}" for n in range(hot)]), 4_000)
    assert sizes(asked, least=8, most=16)[-1] == room


def test_room_that_is_not_used_any_more_is_given_back() -> None:
    hot = islice(cycle([f"program {n}" for n in range(12)]), 400)
    once = (f"one-off {n}" for n in range(20))
    assert sizes(iter([*hot, *once]), least=8, most=16)[-1] == 8
