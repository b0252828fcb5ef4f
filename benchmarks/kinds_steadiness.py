"""How steady grouping is, and what bad input does to it: `python benchmarks/kinds_steadiness.py --json`.

Eight kinds of thirty questions in each of several layouts are grouped as they come, then once more after each change.
The measure is the adjusted Rand index of the two groupings over the questions that both have: 1 for the same, 0 for
chance (Hubert and Arabie, 1985). Bad input is put among the questions of one layout.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import kinds_questions as source

from latm.kinds import group

LAYOUTS = (
    "one line",
    "preamble before",
    "few-shot examples",
    "JSON envelope",
    "transcript",
    "document before",
    "Markdown",
)
FOOTER = "This message was sent by the service desk of Halloran & Sons; do not reply to it, and delete it after a year."
LETTERS = str.maketrans("0123456789", "ghijklmnop")
BAD: Mapping[str, Callable[[random.Random], str]] = {
    "empty": lambda _: " \n",
    "one character, 100,000 times": lambda _: "=" * 100_000,
    "binary": lambda rng: rng.randbytes(4_000).decode("latin-1"),
    "a million random letters": lambda rng: "".join(rng.choices("abcdefghij \n", k=1_000_000)),
    "300,000 random words": lambda rng: " ".join(
        f"{rng.randrange(20_000):x}".translate(LETTERS) for _ in range(300_000)
    ),
}


def labels(asked: Sequence[str]) -> dict[str, int]:
    """The group of each question; one of none is a group of its own."""
    found = {question: -number for number, question in enumerate(asked, start=1)}
    for number, one in enumerate(group(asked)):
        found |= {asked[index]: number for index in one.members}
    return found


def adjusted_rand(one: Mapping[str, int], other: Mapping[str, int], back: Callable[[str], str]) -> float:
    """How alike two groupings are; `back` gives a question of the second as it was in the first."""
    pairs = [(one[back(question)], label) for question, label in other.items()]

    def together(counts: Counter[Any]) -> float:
        return sum(count * (count - 1) / 2 for count in counts.values())

    both, first, second = (together(Counter(one)) for one in (pairs, [a for a, _ in pairs], [b for _, b in pairs]))
    chance = first * second / (len(pairs) * (len(pairs) - 1) / 2)
    return 1.0 if first + second == 2 * chance else (both - chance) / ((first + second) / 2 - chance)


def steadiness(layout: str, seed: int) -> dict[str, float]:
    """The index after each change."""
    rng = random.Random(f"{layout} {seed}")  # noqa: S311  # questions, not secrets
    asked = list(dict.fromkeys(one.question for one in source.in_layout(rng, layout)))
    before = labels(asked)
    preamble = f"{source.WORDING['preamble']}\n\n"
    changes: dict[str, tuple[list[str], Callable[[str], str]]] = {
        "permuted": (rng.sample(asked, len(asked)), str),
        "a preamble before each": ([preamble + one for one in asked], lambda text: text.removeprefix(preamble)),
        "a footer after each": ([f"{one}\n{FOOTER}" for one in asked], lambda text: text.removesuffix(f"\n{FOOTER}")),
        "a third of them thrice": (asked + 2 * asked[: len(asked) // 3], str),
        "a tenth of them gone": (rng.sample(asked, len(asked) * 9 // 10), str),
    }
    return {name: adjusted_rand(before, labels(changed), back) for name, (changed, back) in changes.items()}


def bad_input(name: str, count: int = 60) -> dict[str, Any]:
    """What becomes of so many bad texts among 240 questions, and the seconds that they cost."""
    rng = random.Random(name)  # noqa: S311  # questions, not secrets
    asked = [one.question for one in source.in_layout(rng, "preamble before")]
    bad = [BAD[name](rng) for _ in range(count)]
    started = time.process_time()
    before = group(asked)
    between = time.process_time()
    after = group([*asked, *bad])
    seconds = time.process_time() - between - (between - started)
    grouped = sum(index >= len(asked) for one in after for index in one.members)
    kept = {one.members for one in after} >= {one.members for one in before}
    return {"input": name, "texts": count, "grouped": grouped, "others_as_before": kept, "more_seconds": seconds}


def main() -> None:
    """Print both tables, as JSON or for people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=3, help="how many streams of each layout")
    options = parser.parse_args()
    measured = [steadiness(layout, seed) for layout in LAYOUTS for seed in range(options.seeds)]
    rows = [
        {
            "change": name,
            "least": round(min(one[name] for one in measured), 4),
            "mean": round(sum(one[name] for one in measured) / len(measured), 4),
        }
        for name in measured[0]
    ]
    bad = [bad_input(name) for name in BAD]
    if options.json:
        print(json.dumps({"rows": rows, "bad_input": bad}))
        return
    for row in (*rows, *bad):
        print(*row.values(), sep="  ")


if __name__ == "__main__":
    main()
