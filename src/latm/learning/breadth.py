"""A task's examples in an order that shows its maker how broad it is, and the parts of a task that is several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from latm.answer import Answer, Route
from latm.errors import InputError
from latm.kinds import choose, split, whole
from latm.learning.kinds import named
from latm.task import Example, Task

_MOST = 12
"""The most examples to show, two of each variant."""
_CHARACTERS = 24_000
"""The most characters of all shown questions together: about 6,000 tokens of English."""


@dataclass(frozen=True, slots=True)
class Breadth:
    """Examples in the order that a maker needs.

    Attributes:
        examples: all examples; the first are shown, and the next, which are equally broad, verify the tool.
        shown: how many to show.
    """

    examples: tuple[Example, ...]
    shown: int


def in_breadth(examples: Sequence[Example], shown: int, held_out: int) -> Breadth:
    """Order the examples of a task so that the first cover its variants.

    Args:
        examples: the task's examples.
        shown: how many to show of a task without variants; of others two of each variant are shown, up to a dozen.
        held_out: how many to keep for verifying, at least.
    """
    questions = [example.question for example in examples]
    most = max(shown, min(_MOST, len(examples) - held_out))
    choice = choose(questions, shown, len(examples), at_most=most, characters=_CHARACTERS)
    ordered = tuple(examples[index] for index in (*choice.shown, *choice.held_out))
    return Breadth(ordered, len(choice.shown))


def all_of(task: Task, answers: Sequence[Answer], others: Iterable[Task], source: str) -> list[Example]:
    """The examples of a task, and the direct answers to its other questions as examples.

    Args:
        task: with the examples that are kept.
        answers: on record under it, the newest first. A question is there that was most like it when it came, and has
            been found to be of another task since: it goes with that.
        others: the tasks of its scope.
        source: the model that answers directly.
    """
    elsewhere = {example.question for other in others if other.name != task.name for example in other.examples}
    given = {
        answer.question: Example(answer.question, answer.text, source, answer.scope)
        for answer in reversed(answers)
        if answer.route is Route.DIRECT and answer.question not in elsewhere
    }
    return list((given | {example.question: example for example in task.examples}).values())


def parts_of(
    task: str, examples: Sequence[Example], sorted_: Sequence[Sequence[str]]
) -> Mapping[str, Sequence[Example]]:
    """The tasks that a task becomes, by name, with all of its examples; those that nobody sorted go by their wording.

    Args:
        task: its name.
        examples: all its known examples.
        sorted_: the questions of some of the examples, by kind.
    """
    questions = [example.question for example in examples]
    number = {question: index for index, one in enumerate(sorted_) for question in one}
    labels = {index: number[question] for index, question in enumerate(questions) if question in number}
    parts = split(questions, whole(questions), labels)
    return {
        named(part.template, f"{task} {questions[part.members[0]]}", examples[0].scope): [
            examples[index] for index in part.members
        ]
        for part in parts
    }


def told_apart(task: Task, containing: str = "", new: str = "") -> Mapping[str, Sequence[Example]]:
    """Split a task that a person says is several: the examples by the names of the new tasks. The largest part stays.

    Args:
        task: the task with its examples.
        containing: a text that the questions of the part to split off contain, in any case, and the others do not;
            empty: the wordings decide.
        new: the name of that part; empty: a name after its wording.

    Raises:
        InputError: this does not tell the examples apart.
    """
    questions = list(dict.fromkeys(example.question for example in task.examples))
    if containing:
        within = [question for question in questions if containing.casefold() in question.casefold()]
        sorted_ = [within, [question for question in questions if question not in set(within)]]
    else:
        parts = whole(questions).parts if questions else ()
        sorted_ = [[questions[index] for index in part.members] for part in parts]
    sorted_ = [one for one in sorted_ if one]
    if len(sorted_) <= 1:
        how = (
            f"{containing!r} is in all of its {len(questions)} examples, or in none"
            if containing
            else (f"the wordings of its {len(questions)} examples do not tell any kinds apart")
        )
        raise InputError(
            f"{task.name!r} cannot be split: {how}.", hint="Say what one part has in it: --containing TEXT"
        )
    named_ = parts_of(task.name, task.examples, sorted_)
    stays = max(named_, key=lambda name: (not _has(named_[name], containing), len(named_[name])))
    going = {name: part for name, part in named_.items() if name != stays}
    return dict(zip([new], going.values(), strict=True)) if new else going


def _has(part: Sequence[Example], containing: str) -> bool:
    return bool(containing) and containing.casefold() in part[0].question.casefold()
