"""Frame and holes."""

import itertools
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.kinds import Role, regions

WORDS = (
    *("driver", "parcel", "bridge", "office", "ladder", "window", "garden", "bottle", "engine", "harbour", "kettle"),
    *("lantern", "meadow", "orchard", "pencil", "quarry", "river", "saddle", "tunnel", "umbrella", "valley", "wagon"),
    *("anchor", "basket", "candle", "dragon", "eagle", "forest", "goblet", "hammer", "island", "jacket", "kitten"),
)


def ticket(rng: random.Random, sentences: int) -> str:
    """Prose in which hardly two words follow each other twice."""
    return " ".join(
        f"{rng.choice(('The', 'My'))} {' '.join(rng.sample(WORDS, 4))} was {' near '.join(rng.sample(WORDS, 2))}."
        for _ in range(sentences)
    )


def closed(rng: random.Random) -> str:
    return ", ".join(str(rng.randint(1, 999)) for _ in range(rng.randint(2, 20)))


SHAPES = {
    "last": ("Find the order number in this ticket, at most {} digits: {}", (Role.CLOSED, Role.FREE)),
    "tags": ("<ticket>{1}</ticket> Which of these numbers are in the ticket? {0}", (Role.FREE, Role.CLOSED)),
    "json": ('{{"task": "extract the order number", "limit": {}, "text": "{}"}}', (Role.CLOSED, Role.FREE)),
    "numbers": ("Sort these numbers from the largest down: {}", (Role.CLOSED,)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_frame_and_holes_are_told_apart(shape: str) -> None:
    rng = random.Random(4)
    form, roles = SHAPES[shape]
    asked = [form.format(closed(rng), ticket(rng, rng.randint(8, 14))) for _ in range(30)]
    learnt = regions(asked)
    fresh = form.format(closed(rng), ticket(rng, 9))
    found = learnt.of(fresh)
    assert tuple(one.role for one in found if one.role is not Role.FRAME) == roles
    frame = " ".join(fresh[one.start : one.end] for one in found if one.role is Role.FRAME)
    assert all(word in frame for word in re.findall("[a-z]+", form))


def test_stories_told_in_the_same_sentences_are_closed() -> None:
    rng = random.Random(6)
    told = "{} stands left of {}. {} is the first. Of the five, {} is not far from {} and {} is on the right side."
    asked = [told.format(*rng.choices(WORDS[:20], k=6)) * 2 + " Who is last?" for _ in range(12)]
    assert {one.role for one in regions(asked).of(asked[0])} == {Role.FRAME, Role.CLOSED}


def test_words_in_a_row_that_make_no_sentences_are_a_list() -> None:
    rng = random.Random(12)
    asked = [f"Put these words in the order of the alphabet: {' '.join(rng.sample(WORDS, 25))}" for _ in range(12)]
    assert regions(asked).written(asked[0]) == "Put these words in the order of the alphabet: {…}"


def test_holes_that_begin_alike_are_told_apart_by_what_follows() -> None:
    rng = random.Random(13)
    asked = [
        f"Which day is it, for order: {rng.choice(WORDS)} | as it stands here, by the letter: {ticket(rng, 9)}"
        for _ in range(12)
    ]
    assert regions(asked).written(asked[0]) == (
        "Which day is it, for order: {…} | as it stands here, by the letter: {text}"
    )


def test_short_fixed_text_within_a_document_is_part_of_it() -> None:
    rng = random.Random(7)
    form = "Find the order number in this long ticket:\n\nSubject: {}\n\n{}\n\nBest regards,\n{}"
    asked = [form.format(*rng.sample(WORDS, 1), ticket(rng, 9), *rng.sample(WORDS, 1)) for _ in range(12)]
    assert regions(asked).written(asked[0]) == "Find the order number in this long ticket:\n\n{text}"


def test_documents_that_are_mostly_tables_are_free_text() -> None:
    rng = random.Random(10)

    def bill(number: int) -> str:
        rows = "\n".join(
            f"{' '.join(rng.sample(WORDS, 4))} {rng.randint(1, 99)} {rng.randint(1, 99)}" for _ in range(9)
        )
        return f"{ticket(rng, 3)}\n\n{rows}" if number < 3 else rows

    asked = [f"What is the total of this invoice, with taxes?\n\n{bill(number)}" for number in range(12)]
    assert regions(asked).written(asked[0]) == "What is the total of this invoice, with taxes?\n\n{text}"


def test_a_value_in_the_line_of_an_instruction_stays_a_value() -> None:
    rng = random.Random(8)
    asked = [f"Who works on day {rng.randint(1, 99)} of this plan, and why?\n{ticket(rng, 9)}" for _ in range(12)]
    assert regions(asked).written(asked[0]) == "Who works on day {…} of this plan, and why?\n{text}"


def test_another_instruction_shows_in_the_regions() -> None:
    rng = random.Random(5)
    form = "Find the order number in this ticket: {}"
    learnt = regions([form.format(ticket(rng, 9)) for _ in range(20)])
    changed = form.replace("order number", "telephone number").format(ticket(rng, 9))
    assert len(learnt.of(changed)) > len(learnt.of(form.format(ticket(rng, 9))))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=12), st.text(max_size=200))
def test_regions_cover_every_character_once(asked: list[str], question: str) -> None:
    found = regions(asked).of(question)
    assert "".join(question[one.start : one.end] for one in found) == question
    assert all(one.role != other.role for one, other in itertools.pairwise(found))
    assert all(one.start < one.end for one in found)
