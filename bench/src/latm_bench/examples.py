"""Damaged examples: malformed, ambiguous, contradictory, mislabelled, and too few."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from latm import Example

Spoil = Callable[[list[Example], Sequence[Example]], list[Example]]
"""From six right examples, and examples of other tasks, to damaged ones."""


@dataclass(frozen=True, slots=True)
class ExampleDamage:
    """One way in which examples go wrong.

    Attributes:
        name: unique.
        spoil: what becomes of them.
        mislabels: whether right questions get wrong answers, which a maker may learn by heart.
    """

    name: str
    spoil: Spoil
    mislabels: bool = False


def _relabelled(examples: Sequence[Example], places: Sequence[int]) -> list[Example]:
    """Wrong labels at these places: the answer of the next example that has another, or no answer that any has."""
    spoilt = list(examples)
    for place in places:
        right = examples[place].answer
        others = [example.answer for example in (*examples[place:], *examples[:place]) if example.answer != right]
        spoilt[place] = replace(examples[place], answer=others[0] if others else f"not {right}")
    return spoilt


def _questions(change: Callable[[str], str]) -> Spoil:
    return lambda examples, _foreign: [replace(one, question=change(one.question)) for one in examples]


def _answers(change: Callable[[str], str]) -> Spoil:
    return lambda examples, _foreign: [replace(one, answer=change(one.answer)) for one in examples]


def _mislabel(*places: int) -> Spoil:
    return lambda examples, _foreign: _relabelled(examples, places)


EXAMPLE_DAMAGES = (
    ExampleDamage("questions cut in half", _questions(lambda text: text[: len(text) // 2])),
    ExampleDamage("questions without spaces", _questions(lambda text: text.replace(" ", ""))),
    ExampleDamage("questions in a wrong encoding", _questions(lambda text: text.encode().decode("utf-16", "replace"))),
    ExampleDamage("empty answers", _answers(lambda _: "")),
    ExampleDamage("answers with an explanation", _answers(lambda text: f"I think that it is {text}, is it not?")),
    ExampleDamage("questions of another task among them", lambda examples, foreign: [*examples[:3], *foreign[:3]]),
    ExampleDamage("the same question twice, with two answers",
                  lambda examples, _foreign: [*examples, *_relabelled(examples, [0])[:1]], mislabels=True),
    ExampleDamage("the same questions again under two answers each",
                  lambda examples, _foreign: [*examples[:3], *_relabelled(examples[:3], [0, 1, 2])], mislabels=True),
    ExampleDamage("one shown label wrong", _mislabel(0), mislabels=True),
    ExampleDamage("one held-out label wrong", _mislabel(4), mislabels=True),
    ExampleDamage("two labels wrong", _mislabel(1, 3), mislabels=True),
    ExampleDamage("all labels wrong", _mislabel(0, 1, 2, 3, 4, 5), mislabels=True),
    ExampleDamage("only five examples", lambda examples, _foreign: examples[:5]),
    ExampleDamage("no examples", lambda _examples, _foreign: []),
)  # fmt: skip
