"""Shift rotas: who works when, in a rota that moves on by one every week."""

import random
from datetime import date, timedelta

from latm import Instance
from latm_bench.tasks.generators.wording import PEOPLE

NAME = "shift_rotas"
FIRST_MONDAY = date(2024, 1, 1)
SHIFTS = ("early", "day", "late", "night", "standby", "training")


def generate(rng: random.Random) -> Instance:
    """Draw a rota, where one person stands in it, and a later week."""
    shifts = rng.sample(SHIFTS, rng.randint(3, 5))
    person = rng.choice(PEOPLE)
    start = FIRST_MONDAY + timedelta(weeks=rng.randrange(150))
    weeks = rng.randint(1, 40)
    begins = rng.randrange(len(shifts))
    question = (
        f"A team works in a weekly rota. Every Monday each person moves on to the next shift in this order, and from "
        f"the last back to the first: {', '.join(shifts)}. In the week that begins on Monday {start}, {person} has the "
        f"shift {shifts[begins]}. Which shift does {person} have in the week that begins on Monday "
        f"{start + timedelta(weeks=weeks)}? Answer with the name of the shift only."
    )
    return Instance(question, answer=shifts[(begins + weeks) % len(shifts)], task=NAME)
