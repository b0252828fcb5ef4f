"""Which blocks of text divide a set of questions, and which say nothing."""

import pytest

from latm.kinds.blocks import Block, cover, own_weight, silent
from latm.kinds.features import Vocabulary, postings


def block(members: range, weight: float = 20.0, feature: int = 0) -> Block:
    return Block(sum(1 << at for at in members), len(members), weight, (feature,))


@pytest.mark.parametrize(("weight", "enough"), [(20.0, 60), (10.0, 60), (8.0, 70), (6.0, 80), (3.5, 90), (1.2, 97)])
def test_the_slighter_blocks_are_the_more_questions_they_must_speak_of(weight: float, enough: int) -> None:
    chosen = [block(range(30), weight), block(range(30, 60), weight)]
    assert cover(chosen, 100, enough - 60)
    assert not cover(chosen, 101, enough - 60)


@pytest.mark.parametrize(
    ("chosen", "covers"),
    [([block(range(9), 1.0)], False), ([block(range(100), 1.1)], False), ([block(range(9), 2.0)], True)],
    ids=["a word in a few", "hardly a word in all", "two words in a few"],
)
def test_what_may_be_chance_covers_nothing(chosen: list[Block], covers: bool) -> None:
    assert cover(chosen, chosen[0].size, 0) is covers


PARTS = [range(10), range(10, 20), range(20, 30)]
CHOSEN = [block(part, 5.0) for part in PARTS]


@pytest.mark.parametrize(
    ("across", "is_silent"),
    [
        (range(5, 25), True),
        (range(0, 30, 2), True),
        (range(0, 20, 2), True),
        (range(10), False),
        (range(0, 10, 2), False),
        (range(9), False),
    ],
    ids=["through all", "a half of each", "a half of two", "one part", "a half of one", "most of one"],
)
def test_text_that_nearly_every_part_has_its_share_of_says_nothing_within_them(across: range, is_silent: bool) -> None:
    parts = [block(part).bits for part in PARTS]
    assert silent([block(across, feature=7)], CHOSEN, parts) == ({7} if is_silent else set())


@pytest.mark.parametrize(
    ("weight", "left"), [(4.9, {7, 8}), (5.0, set[int]()), (20.0, {7, 8})], ids=["slight", "slighter", "as heavy"]
)
def test_text_that_is_slighter_than_the_parts_but_not_slight_still_divides_them(weight: float, left: set[int]) -> None:
    halves = [range(0, 30, 2), range(1, 30, 2)]
    across = [block(half, weight, feature) for half, feature in zip(halves, (7, 8), strict=True)]
    assert silent(across, [block(part) for part in PARTS], [block(part).bits for part in PARTS]) == left


@pytest.mark.parametrize(
    ("rest", "words"),
    [(range(3, 6), 1.0), (range(3), 1.0), (range(2, 5), 0.0), (range(0), 0.0)],
    ids=["these say towns", "those say sorts", "these have nothing of their own", "none"],
)
def test_wording_is_a_rests_own_if_it_is_in_nearly_all_of_it_and_hardly_elsewhere(rest: range, words: float) -> None:
    vocabulary = Vocabulary()
    having = postings([vocabulary.sequence([word]) for word in ["sorts"] * 3 + ["towns"] * 3])
    assert own_weight(having, sum(1 << at for at in rest), vocabulary) == words
