"""The eight kinds of the benchmark of kinds, with their right answers and the dresses that those come in.

The questions are `kinds_questions.asked`, word for word; what is right is worked out from their data alone.
"""

import random
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from kinds_questions import LAYOUTS, WORDING, asked
from replies import Kind

INSTRUCTIONS: dict[str, str] = WORDING["instructions"]["english"]
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def _sorted(data: str) -> list[str]:
    return sorted(re.split(r",? ", data))


def _count(data: str) -> int:
    return sum(int(one) > 50 for one in data.split(", "))  # noqa: PLR2004  # as the instruction says


def _fahrenheit(data: str) -> Decimal:
    exact = Decimal(data.split(maxsplit=1)[0]) * 9 / 5 + 32
    return exact.quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def _latest(data: str) -> str:
    return max(map(_date, data.split("; "))).isoformat()


def _date(text: str) -> date:
    if "." in text:
        day, month, year = map(int, text.split("."))
    else:
        first, second, third = map(int, text.split("/"))
        year, month, day = (first, second, third) if first > 31 else (third, first, second)  # noqa: PLR2004  # a year
    return date(year, month, day)


def _initials(data: str) -> list[str]:
    return ["".join(part[0] for part in name.split()) for name in data.split(", ")]


def _romans(data: str) -> list[str]:
    return [_roman(int(one)) for one in data.split(", ")]


def _roman(number: int) -> str:
    written = ""
    for value, sign in _ROMAN:
        written, number = written + sign * (number // value), number % value
    return written


def _mean(data: str) -> Decimal:
    numbers = [Decimal(one) for one in data.split()]
    return (sum(numbers, Decimal(0)) / len(numbers)).quantize(Decimal("0.001"), ROUND_HALF_EVEN)


def _codes(data: str) -> list[str]:
    return data.upper().replace("-", "").split()


SOLVED: dict[str, Callable[[str], Any]] = dict(
    zip(INSTRUCTIONS, (_sorted, _count, _fahrenheit, _latest, _initials, _romans, _mean, _codes), strict=True)
)
"""By kind: the content of the answer, from the data of a question."""


def _draw(kind: str) -> Callable[[random.Random], tuple[str, Any]]:
    def draw(rng: random.Random) -> tuple[str, Any]:
        question = asked(rng, kind, LAYOUTS["one line"]).question
        return question, SOLVED[kind](question.removeprefix(f"{INSTRUCTIONS[kind]} "))

    return draw


def _decimal(value: Decimal) -> str:
    return f"{value:,}"


def _comma(value: Decimal) -> str:
    return f"{value}".replace(".", ",")


def _short(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".")


def _listed(name: str, thing: str, glues: Sequence[str], wordings: Sequence[str]) -> Kind:
    return Kind(
        name,
        _draw(name),
        lambda items: [glue.join(items) for glue in glues],
        wordings,
        reasoning=lambda rng, items: f"There are {len(items)} {thing} here. I begin with {rng.choice(items)}.",
    )


ISSUE_KINDS = (
    _listed(
        "sort",
        "words",
        (", ",),
        ("Sorted: {}", "The words in alphabetical order are: {}", "Here is the sorted list: {}", "In order: {}."),
    ),
    Kind(
        "count",
        _draw("count"),
        lambda count: [str(count)],
        ("The count is {}.", "Count: {}", "There are {} numbers greater than 50.", "I count {}."),
        ("{}", "{} numbers"),
        (str, lambda count: f"{count}.0"),
        lambda rng, count: f"I compare each number with 50; {rng.randint(0, count)} of the first half are above it.",
    ),
    Kind(
        "convert",
        _draw("convert"),
        lambda value: [str(value)],
        ("The temperature is {}.", "Result: {}", "That is {}.", "It equals {} in Fahrenheit."),
        ("{} °F", "{}°F", "{}", "{} degrees Fahrenheit"),
        (str, _comma, _short),
        lambda _rng, value: f"Multiplying by 9/5 gives {value - 32}, and 32 is added to that.",
    ),
    Kind(
        "latest",
        _draw("latest"),
        lambda day: [day],
        ("The latest date is {}.", "Latest date: {}", "It is {}.", "The latest of these is {}."),
        reasoning=lambda _rng, day: f"Several dates are before {int(day[:4])}. I compare the years first, then months.",
    ),
    _listed(
        "initials",
        "persons",
        ("; ", ";"),
        ("The initials are: {}", "Initials: {}", "Here are the initials: {}", "They are {}."),
    ),
    _listed(
        "roman",
        "integers",
        (", ",),
        ("In Roman numerals: {}", "The numerals are: {}", "Roman numerals: {}", "These are {}."),
    ),
    Kind(
        "mean",
        _draw("mean"),
        lambda value: [str(value)],
        ("The mean is {}.", "Mean: {}", "The arithmetic mean is {}.", "On average they are {}."),
        formats=(str, _decimal, _comma, _short),
        reasoning=lambda rng, value: f"The sum is {value * rng.randint(3, 9)}, which I divide by their number.",
    ),
    _listed(
        "codes",
        "codes",
        (" ", ", "),
        ("The rewritten codes: {}", "Product codes: {}", "Here are the codes: {}", "They become {}."),
    ),
)
