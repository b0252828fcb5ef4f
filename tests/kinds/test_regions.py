"""Frame and holes."""

import itertools
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.kinds import Role, regions

NOUNS = ("driver", "parcel", "bridge", "office", "ladder", "window", "garden", "bottle", "engine")
VERBS = ["found", "moved", "broke", "sold", "painted", "carried", "missed", "opened", "dropped", "cleaned"]


def ticket(rng: random.Random, sentences: int) -> str:
    return " ".join(
        f"{rng.choice(('The', 'My', 'Our', 'A'))} {rng.choice(NOUNS)} {rng.choice(VERBS)} the {rng.choice(NOUNS)} "
        f"near a {rng.choice(NOUNS)} before {rng.choice(('noon', 'dawn', 'lunch'))}."
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
    asked = [form.format(closed(rng), ticket(rng, rng.randint(3, 9))) for _ in range(30)]
    learnt = regions(asked)
    fresh = form.format(closed(rng), ticket(rng, 5))
    found = learnt.of(fresh)
    assert tuple(one.role for one in found if one.role is not Role.FRAME) == roles
    frame = " ".join(fresh[one.start : one.end] for one in found if one.role is Role.FRAME)
    assert all(word in frame for word in re.findall("[a-z]+", form))


def test_another_instruction_shows_in_the_regions() -> None:
    rng = random.Random(5)
    form = "Find the order number in this ticket: {}"
    learnt = regions([form.format(ticket(rng, 4)) for _ in range(20)])
    changed = form.replace("order number", "telephone number").format(ticket(rng, 4))
    assert len(learnt.of(changed)) > len(learnt.of(form.format(ticket(rng, 4))))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=12), st.text(max_size=200))
def test_regions_cover_every_character_once(asked: list[str], question: str) -> None:
    found = regions(asked).of(question)
    assert "".join(question[one.start : one.end] for one in found) == question
    assert all(one.role != other.role for one, other in itertools.pairwise(found))
    assert all(one.start < one.end for one in found)
