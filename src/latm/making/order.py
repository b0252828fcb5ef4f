"""What a making starts from, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from latm.errors import InputError
from latm.form import Form, is_refusal
from latm.making.several import Parts
from latm.provenance import Making
from latm.settings import Settings
from latm.task import Example
from latm.tool import Demonstration, Program, Verification

LONGEST = 20_000
"""Characters of an answer that a maker is shown; longer ones are held out."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a tool is to be made for.

    Attributes:
        task: the task's name.
        examples: in order; the first are shown to the maker, all others are held out.
        foreign: examples of other tasks, each with its task's name; the tool must not answer them differently.
        reusable: programs that may already answer this task.
        form: when two answers are the same, and how they are to look.
        shown: how many of the examples are shown, so many that all variants are; None: as the settings say.
        may_be_several: whether the examples may be of several kinds: then the maker may say so, and what a tool answers
            of them divides them.
        asked_form: what the user called that form; empty if it was found from the examples.
        previous: the tool that this one is to take the place of, because it was found wrong or abstains too often.
        widens: whether it abstains too often: what it answers right, the new one is to answer too, and more.
    """

    task: str
    examples: Sequence[Example]
    foreign: Sequence[tuple[str, Example]] = ()
    reusable: Sequence[Program] = ()
    form: Form = Form()
    shown: int | None = None
    may_be_several: bool = False
    asked_form: str = ""
    previous: Program | None = None
    widens: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What came of an order.

    Attributes:
        making: the record of it, whole.
        program: None if it led to none.
        demonstrations: what its tool user learns from.
        verification: what it was checked against.
        form: of the order.
        dropped: questions whose labels fell, each with why.
        doubted: the same of other tasks' examples, each with its task.
        parts: questions of each of the kinds that there are, if there are several.
        second: another program, made from other examples; None if one decides.
    """

    making: Making
    program: Program | None = None
    demonstrations: tuple[Demonstration, ...] = ()
    verification: Verification = Verification()
    form: Form = Form()
    dropped: Sequence[tuple[str, str]] = ()
    doubted: Sequence[tuple[str, str, str]] = ()
    parts: Parts = ()
    second: Program | None = None


class DeclinedError(Exception):
    """The maker found that no program can do this."""


class SeveralError(Exception):
    """The examples are of several kinds."""

    def __init__(self, reason: str, parts: Parts) -> None:
        super().__init__(reason)
        self.parts = parts


class OutOfTriesError(Exception):
    """No try of a stage passed its gates."""


def distinct_examples(task: str, examples: Sequence[Example], settings: Settings) -> list[Example]:
    """Examples for a making, one of each question.

    Raises:
        InputError: there are too few.
    """
    wanted = settings.examples_shown + settings.examples_held_out
    distinct = list({example.question: example for example in examples}.values())
    # A refusal shows nothing: it is held out, and a fresh answer takes its place. So are answers too long to show.
    distinct.sort(
        key=lambda example: len(example.answer) > LONGEST or (not example.is_gold and is_refusal(example.answer))
    )
    if len(distinct) < wanted:
        raise InputError(
            f"Making a tool for {task!r} takes {wanted} different examples, and there are {len(distinct)}.",
            hint="Give more examples, or set examples_shown and examples_held_out lower.",
        )
    return distinct
