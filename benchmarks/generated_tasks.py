"""Tasks without number, for benchmarks of size: their wordings share common words, and many are near siblings."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

_COMMON = (
    *("the", "of", "to", "in", "is", "for", "and", "a", "with", "from", "that", "on", "as", "at", "by", "this", "it"),
    *("are", "be", "each", "all", "both", "when", "if", "then", "so", "its", "their", "number", "value", "total"),
    *("given", "following", "list", "please", "find", "how", "many", "much", "what", "which", "take", "use", "give"),
)
_OPENINGS = (
    "Please work out the following.",
    "What is the value when",
    "You are a careful assistant. Answer the question below.",
    "Find the number for which",
    "How much is it if",
)
_NAMES = ("Ada", "Bela", "Chen", "Dora", "Emil", "Fumi", "Gita", "Hugo", "Ines", "Jiro", "Kofi", "Lena", "Milo", "Nora")
_FAMILIES = (1, 1, 1, 4, 1, 1, 20, 1, 1, 2)
_LARGE_FAMILY, _LARGE_FROM = 200, 1_000
_SOURCE = '''"""Generated."""

import re
import unicodedata


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().strip(".,;:")


_FRAME = {frame!r}.split()
_WORDS = [_plain(word) for word in _FRAME]
_NUMBER = re.compile(r"[0-9]+")
_NAME = re.compile(r"[A-Z][a-z]+")


def parse(question: str) -> dict | None:
    words = question.strip().removesuffix("?").split()
    if len(words) != len(_FRAME):
        return None
    found = {{}}
    for word, expected, plain in zip(words, _FRAME, _WORDS):
        if expected == "{{name}}":
            if not _NAME.fullmatch(word):
                return None
        elif expected in ("{{first}}", "{{second}}"):
            if not _NUMBER.fullmatch(word):
                return None
            found[expected.strip("{{}}")] = int(word)
        elif _plain(word) != plain:
            return None
    return found


def solve(first: int, second: int) -> int:
    return {a} * sum(_factors(first)) + {b} * sum(_factors(second)) + {c}


def _factors(number: int) -> list[int]:
    found, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return [*found, number]


def answer(value: int, question: str) -> str:
    return str(value)
'''


@dataclass(frozen=True, slots=True)
class GeneratedTask:
    """A task that was made up.

    Attributes:
        name: its name.
        examples: three to six questions to make it known by.
        tests: four other questions of it.
        source: a right tool for it: `parse`, `solve`, `answer`.
    """

    name: str
    examples: list[str]
    tests: list[str]
    source: str


def generated_tasks(count: int, seed: int) -> list[GeneratedTask]:
    """So many tasks, of unlike rules: the same ones for the same seed.

    Families have up to 20 tasks, and from 1,000 tasks on one has 200. Within a family the wordings differ in one word.
    """
    rng = random.Random(seed)  # noqa: S311  # no secrets here
    words = [_made_up(rng) for _ in range(2_000)]
    frames = (frame for size in _sizes(count) for frame in _family(rng, words, size))
    return [_task(rng, f"task-{number}", frame) for number, frame in zip(range(count), frames, strict=False)]


def _sizes(count: int) -> Iterator[int]:
    if count >= _LARGE_FROM:
        yield _LARGE_FAMILY
    while True:
        yield from _FAMILIES


def _family(rng: random.Random, words: list[str], size: int) -> list[str]:
    """Frames that differ in one word."""
    body = [rng.choice(_COMMON) if rng.random() < 0.6 else rng.choice(words) for _ in range(rng.randint(7, 12))]  # noqa: PLR2004
    for hole in ("{name}", "{first}", "{second}"):
        body.insert(rng.randint(1, len(body) - 1), hole)
    place = rng.randint(1, len(body) - 1)
    opening = rng.choice(_OPENINGS)
    return [" ".join((opening, *body[:place], _made_up(rng) + _made_up(rng), *body[place:])) + "?" for _ in range(size)]


def _made_up(rng: random.Random) -> str:
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3)))


def _task(rng: random.Random, name: str, frame: str) -> GeneratedTask:
    source = _SOURCE.format(
        frame=frame.removesuffix("?"), a=rng.randint(2, 99), b=rng.randint(2, 99), c=rng.randint(0, 999)
    )
    questions = [
        frame.format(name=rng.choice(_NAMES), first=rng.randint(1, 250_000), second=rng.randint(1, 250_000))
        for _ in range(rng.randint(3, 6) + 4)
    ]
    return GeneratedTask(name, questions[:-4], questions[-4:], source)
