"""What a first tool covers, by how its examples were chosen: `python benchmarks/kinds_coverage.py --json`.

Three kinds with several forms each: dates asked in seven ways, units converted in ten, arguments judged in six. Thirty
questions of a kind have come, some forms often and some seldom; the maker is shown examples, and its tool is simulated
truthfully: its parser takes exactly the forms that it was shown, and is tried on 300 new questions. `first` are the
examples that came first, `chosen` those that `latm.kinds.choose` takes, both as many; `tokens` is what the chosen ones
take to read, at four characters each. What is taken is answered right, in both: precision is 1 by construction.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from statistics import mean
from typing import Any, NamedTuple

from latm.kinds import choose

CAME, TESTED, SEEDS = 30, 300, 20
SHOWN, AT_MOST = 3, 12
CHARACTERS = 24_000
NAMES = ("Ada", "Bela", "Chen", "Dora", "Emil", "Fumi", "Gita", "Hugo", "Ines", "Jiro", "Kofi", "Lena", "Milo", "Nora")
UNITS = (
    "metres",
    "miles",
    "inches",
    "litres",
    "gallons",
    "ounces",
    "grams",
    "stone",
    "acres",
    "hectares",
    "feet",
    "yards",
)
NOUNS = (
    "baker",
    "sailor",
    "painter",
    "singer",
    "swimmer",
    "gardener",
    "lawyer",
    "poet",
    "farmer",
    "skier",
    "cook",
    "judge",
)


class Asked(NamedTuple):
    """A question, and its form within its kind."""

    form: int
    question: str


def _day(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1980, 2030)
    return rng.choice((f"{month:02}/{day:02}/{year}", f"{day}.{month}.{year}", f"{year}-{month:02}-{day:02}"))


def calendar(rng: random.Random, form: int) -> str:
    """What date it is, from what is said of today or another day."""
    forms = (
        "Today is {day}. What is the date {n} days from now in MM/DD/YYYY?",
        "Yesterday was {day}. What is the date today in MM/DD/YYYY?",
        "{name} was born on {day} and turns {n} today. What is the date tomorrow in MM/DD/YYYY?",
        "The meeting planned for {day} was put off by {n} days, to today. What is the date a week ago in MM/DD/YYYY?",
        "It is the last day of the quarter that holds {day}. What is the date a month ago in MM/DD/YYYY?",
        "{name} thought that today is {day}, but in truth it is {n} days later. What is the date in MM/DD/YYYY?",
        "{name} bought {n} eggs on {day} and ate one a day; today the last went. What is the date in MM/DD/YYYY?",
    )
    return forms[form].format(day=_day(rng), n=rng.randint(2, 40), name=rng.choice(NAMES))


def units(rng: random.Random, form: int) -> str:
    """A quantity in another unit."""
    forms = (
        "Convert {n} {one} to {other}.",
        "How many {other} are {n} {one}?",
        "What is {n} {one} in {other}?",
        "{n} {one} = ? {other}",
        "Express {n} {one} in {other}, please.",
        "I have {n} {one}. How much is that in {other}?",
        "Give me the number of {other} that make up {n} {one}.",
        "A recipe says {n} {one}, but my scales show {other}. What must they show?",
        "{other} per {n} {one}: what is the figure?",
        "Someone ran or poured {n} {one}; write it down in {other}.",
    )
    one, other = rng.sample(UNITS, 2)
    return forms[form].format(n=rng.randint(2, 900), one=one, other=other)


def arguments(rng: random.Random, form: int) -> str:
    """Whether a conclusion follows."""
    forms = (
        "Every {a} is a {b}. {name} is a {a}. Therefore {name} is a {b}. Valid or invalid?",
        "No {a} is a {b}. {name} is a {b}. It follows that {name} is no {a}. Is this argument valid or invalid?",
        "If {name} is a {a}, then {other} is a {b}. {other} is no {b}. Hence {name} is no {a}. Valid or invalid?",
        "Whoever is a {a} is a {b} or a {c}. {name} is neither. So {name} is no {a}. Does it follow, valid or invalid?",
        "Being a {a} is enough for being a {b}; every {c} is a {b}. So some {c} is a {a}. Valid or invalid?",
        "It is not true that {name} is both a {a} and a {b}. {name} is a {a}. Hence no {b}. Valid or invalid?",
    )
    a, b, c = rng.sample(NOUNS, 3)
    name, other = rng.sample(NAMES, 2)
    return forms[form].format(a=a, b=b, c=c, name=name, other=other)


KINDS: dict[str, tuple[Callable[[random.Random, int], str], int]] = {
    "calendar": (calendar, 7),
    "unit conversion": (units, 10),
    "arguments": (arguments, 6),
}


def drawn(rng: random.Random, kind: str, count: int) -> list[Asked]:
    """Questions of a kind; the n-th form comes 1/n times as often as the first."""
    ask, forms = KINDS[kind]
    turns = rng.choices(range(forms), weights=[1 / (1 + form) for form in range(forms)], k=count)
    return [Asked(form, ask(rng, form)) for form in turns]


def covered(shown: Sequence[Asked], tested: Sequence[Asked]) -> float:
    """The share of new questions whose form a tool's maker was shown."""
    forms = {one.form for one in shown}
    return sum(one.form in forms for one in tested) / len(tested)


def measure(kind: str, seed: int) -> dict[str, float]:
    """One stream of a kind."""
    rng = random.Random(f"{kind} {seed}")  # noqa: S311  # questions, not secrets
    came, tested = drawn(rng, kind, CAME), drawn(rng, kind, TESTED)
    questions = [one.question for one in came]
    chosen = choose(questions, SHOWN, CAME, at_most=AT_MOST, characters=CHARACTERS).shown
    count = len(chosen)
    same = choose(questions, SHOWN, CAME, at_most=SHOWN, characters=CHARACTERS).shown
    return {
        "shown": count,
        "tokens": sum(len(questions[index]) for index in chosen) / 4,
        "first_three": covered(came[:SHOWN], tested),
        "chosen_three": covered([came[index] for index in same], tested),
        "first": covered(came[:count], tested),
        "chosen": covered([came[index] for index in chosen], tested),
        "forms_that_came": covered(came, tested),
    }


def rows() -> list[dict[str, Any]]:
    """The mean over the seeds, by kind."""
    found = []
    for kind in KINDS:
        measured = [measure(kind, seed) for seed in range(SEEDS)]
        found.append({"kind": kind, **{key: round(mean(one[key] for one in measured), 3) for key in measured[0]}})
    return found


def main() -> None:
    """Print the table, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = rows()
    if options.json:
        print(json.dumps({"rows": found}))
        return
    print(*(f"{key:>16}" for key in list(found[0])[1:]))
    for one in found:
        print(*(f"{value:>16}" for value in list(one.values())[1:]), one["kind"])


if __name__ == "__main__":
    main()
