"""How well a form found from dressed, partly wrong replies tells what is the same from what is not.

Run: `python benchmarks/answers.py --forms [--json]`. For every kind and layout a form is found from some replies, and
judges pairs of new ones: right answers to one question in two dresses are the same; a right answer and a wrong one, a
refusal, a rounded value, another unit or a caveat are not.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from replies import KINDS, LAYOUTS, OPINION, REFUSALS, Kind, dressed, reply, wrong

from latm.form import Form, find_form

EXAMPLES = (6, 12, 24)
SEEDS = 5
QUESTIONS = 20


@dataclass
class Score:
    """Pairs judged, and dresses printed, in one layout."""

    same: list[bool] = field(default_factory=list)
    different: list[bool] = field(default_factory=list)
    constant: list[bool] = field(default_factory=list)


def judge(score: Score, rng: random.Random, kind: Kind, layout: str, form: Form) -> None:
    """Judge pairs of new replies to one question."""
    _, content = kind.draw(rng)
    one, other = dressed(rng, kind, layout, content), dressed(rng, kind, layout, content)
    score.same.append(form.same(one, other))
    score.constant.append(form.rendered(one) == form.rendered(other))
    for foreign in _foreign(rng, kind, layout, content):
        score.different.append(not form.same(one, foreign))


def _foreign(rng: random.Random, kind: Kind, layout: str, content: Any) -> Iterator[str]:
    yield dressed(rng, kind, layout, wrong(rng, kind, content))
    yield rng.choice(REFUSALS)
    other: Callable[[Any], str]
    for other in kind.other:
        yield other(content)


def measure(layout: str, examples: int) -> Score:
    """All kinds in one layout, over the seeds."""
    score = Score()
    for seed in range(SEEDS):
        for kind in KINDS:
            rng = random.Random(f"{seed} {kind.name} {layout} {examples}")  # noqa: S311  # seeded replies are no secrets
            form = find_form([reply(rng, kind, layout) for _ in range(examples)])
            for _ in range(QUESTIONS):
                judge(score, rng, kind, layout, form)
    return score


def opinions(examples: int) -> float:
    """The share of seeds in which opinions are seen to have no stable content."""
    found = [find_form([reply(rng, OPINION, "") for _ in range(examples)]) for rng in map(random.Random, range(SEEDS))]
    return sum(not form.is_stable for form in found) / SEEDS


def _share(judged: list[bool]) -> float:
    return round(sum(judged) / len(judged), 4)


def rows() -> list[dict[str, Any]]:
    """Every layout at every number of examples, and opinions."""
    found: list[dict[str, Any]] = []
    for layout in LAYOUTS:
        for examples in EXAMPLES:
            score = measure(layout, examples)
            found.append(
                {
                    "replies": layout,
                    "examples": examples,
                    "kinds": len(KINDS),
                    "pairs": len(score.same) + len(score.different),
                    "same": _share(score.same),
                    "different": _share(score.different),
                    "dress_constant": _share(score.constant),
                }
            )
    found += [{"replies": "opinions", "examples": count, "unstable": opinions(count)} for count in EXAMPLES]
    return found
