"""Chinese remainder theorem: a number that is known by what is left of it under three divisors."""

import math
import random

from latm import Instance

NAME = "chinese_remainder_theorem"
DIVISORS = range(3, 200)
CONTAINERS = ("basket", "box", "barrel", "crate", "sack", "chest", "cart")
THINGS = ("plums", "pears", "walnuts", "marbles", "coins", "buttons", "shells", "beans", "chestnuts")
RECEIVERS = ("otters", "badgers", "parrots", "hamsters", "sailors", "cousins", "villagers", "pupils", "monks", "bakers")


def generate(rng: random.Random) -> Instance:
    """Draw pairwise coprime divisors, a bound below their product, and a number up to the bound."""
    divisors = _coprime(rng)
    product = math.prod(divisors)
    bound = rng.randrange(product // 2, product)
    number = rng.randint(max(divisors), bound)
    container, things = rng.choice(CONTAINERS), rng.choice(THINGS)
    clauses = "; if ".join(
        f"we divide them equally among {divisor} {receivers}, we have {number % divisor} left"
        for divisor, receivers in zip(divisors, rng.sample(RECEIVERS, len(divisors)), strict=True)
    )
    question = (
        f"There is a {container} of no more than {bound} {things}. If {clauses}. "
        f"How many {things} are in the {container}? Answer with the number only."
    )
    return Instance(question, answer=str(number), task=NAME)


def _coprime(rng: random.Random) -> list[int]:
    """Three divisors in rising order without a common factor between any two: one number below their product fits."""
    while True:
        divisors = sorted(rng.sample(DIVISORS, 3))
        if math.lcm(*divisors) == math.prod(divisors):
            return divisors
