"""Tracking shuffled objects: five people each have one thing, and pairs of them swap."""

import random
from dataclasses import dataclass

from latm import Instance
from latm_bench.tasks.generators.wording import PEOPLE, letter, listed, options

NAME = "tracking_shuffled_objects"
SIZE = 5
SWAPS = (4, 8)


@dataclass(frozen=True, slots=True)
class Context:
    """What the people are doing, and what each of them has."""

    scene: str
    things: tuple[str, ...]


CONTEXTS = (
    Context(
        "are playing a game, and each of them holds one ball",
        ("the red ball", "the green ball", "the white ball", "the black ball", "the pink ball", "the orange ball"),
    ),
    Context(
        "are in a reading circle, and each of them has one book",
        ("the atlas", "the cookbook", "the dictionary", "the thriller", "the diary", "the comic", "the songbook"),
    ),
    Context(
        "are at a dance, and each of them has one partner",
        ("Alois", "Bettina", "Carlo", "Delphine", "Emil", "Felicia", "Gaston", "Helga", "Igor", "Julienne"),
    ),
    Context(
        "are on the same team, and each of them has one job",
        (
            "the accounts",
            "the archive",
            "the mailroom",
            "the canteen",
            "the helpdesk",
            "the workshop",
            "the press desk",
        ),
    ),
)


def generate(rng: random.Random) -> Instance:
    """Draw people, what they have, the swaps, and whose thing is asked for."""
    context = rng.choice(CONTEXTS)
    people = rng.sample(PEOPLE, SIZE)
    things = rng.sample(context.things, SIZE)
    swaps = [rng.sample(people, 2) for _ in range(rng.randint(*SWAPS))]
    asked = rng.choice(people)

    held = dict(zip(people, things, strict=True))
    for one, other in swaps:
        held[one], held[other] = held[other], held[one]

    start = listed([f"{person} has {thing}" for person, thing in zip(people, things, strict=True)])
    question = (
        f"{listed(people)} {context.scene}. At the start, {start}. Then pairs of them swap. {_told(swaps)} "
        f"What does {asked} have at the end? Answer with the letter in parentheses only.\n{options(things)}"
    )
    return Instance(question, answer=letter(things.index(held[asked])), task=NAME)


def _told(swaps: list[list[str]]) -> str:
    words = ["First", *["Then"] * (len(swaps) - 2), "Finally"]
    return " ".join(f"{word}, {one} and {other} swap." for word, (one, other) in zip(words, swaps, strict=True))
