"""Words, pairs and triples, and what is silent among them."""

import pytest

from latm.kinds.features import Vocabulary, postings, without

BITS = 20
WORDS = ("sort", "these", "towns")
EVERY = {(one,) for one in WORDS} | {WORDS[:2], WORDS[1:], WORDS}


def spelt(feature: int, vocabulary: Vocabulary) -> tuple[str, ...]:
    numbers = [feature >> shift * BITS & (1 << BITS) - 1 for shift in (2, 1, 0)]
    return tuple(vocabulary.texts[number] for number in numbers if number)


@pytest.mark.parametrize(
    ("silent", "gone"),
    [
        ((), set[tuple[str, ...]]()),
        (("these",), {("these",), WORDS[:2], WORDS[1:], WORDS}),
        (("towns",), {("towns",), WORDS[1:], WORDS}),
        (WORDS[:2], {WORDS[:2], WORDS}),
        (WORDS[1:], {WORDS[1:], WORDS}),
        (WORDS, {WORDS}),
    ],
)
def test_what_is_silent_silences_all_that_contains_it(silent: tuple[str, ...], gone: set[tuple[str, ...]]) -> None:
    vocabulary = Vocabulary()
    having = postings([vocabulary.sequence(WORDS)] * 3)
    assert {spelt(feature, vocabulary) for feature in having} == EVERY
    quiet = {feature for feature in having if spelt(feature, vocabulary) == silent}
    assert {spelt(feature, vocabulary) for feature in without(having, quiet)} == EVERY - gone
