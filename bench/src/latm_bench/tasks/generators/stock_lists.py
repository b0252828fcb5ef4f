"""Stock lists: two counts of a store room, added up; the answer is a list over several lines."""

import random
from collections import Counter

from latm import Instance

NAME = "stock_lists"
GOODS = (
    "bolts", "brackets", "cables", "clamps", "filters", "fuses", "gloves", "hinges", "hoses", "lamps", "nails", "pipes",
    "plugs", "pumps", "rivets", "screws", "seals", "springs", "valves", "washers",
)  # fmt: skip
LENGTHS = (2, 6)


def generate(rng: random.Random) -> Instance:
    """Draw two lists that share some of their goods."""
    lists = [{what: rng.randint(1, 400) for what in rng.sample(GOODS, rng.randint(*LENGTHS))} for _ in range(2)]
    total = Counter(lists[0]) + Counter(lists[1])
    first, second = ("\n".join(f"- {what}: {count}" for what, count in one.items()) for one in lists)
    question = (
        "Two people counted the stock of two shelves.\n"
        f"First shelf:\n{first}\nSecond shelf:\n{second}\n"
        "Add up what there is of each of the goods on both shelves. Answer with one line for each, in alphabetical "
        "order, in the form name: number, and nothing else."
    )
    answer = "\n".join(f"{what}: {total[what]}" for what in sorted(total))
    return Instance(question, answer=answer, task=NAME)
