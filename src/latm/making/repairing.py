"""Repair: the maker sees the tool that failed, and what it failed on; it is checked against all cases that stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from latm.form import Form
from latm.making.gates import said
from latm.prompting import render
from latm.sandbox.protocol import Result, Sandbox, Verdict
from latm.task import Example
from latm.tool import ANSWER_FUNCTION, Program

_MOST = 6
"""Failures shown at most; the others are held out."""
_WRONG = "There was a tool for this kind, and its answers were found wrong."
_NARROW = "There is a tool for this kind that abstains too often. Keep what it answers, and let it answer these too."


@dataclass(frozen=True, slots=True)
class Case:
    """An example, and what the tool that failed makes of it.

    Attributes:
        example: with the answer that counts.
        got: what the tool does, in words; empty if it says what it should.
    """

    example: Example
    got: str = ""


@dataclass(frozen=True, slots=True)
class Repair:
    """The examples of a repair, in the order in which its maker needs them.

    Attributes:
        examples: failures and what the tool still does right, then the others of both.
        shown: how many of them are shown.
        told: what the maker is told of the tool.
    """

    examples: Sequence[Example]
    shown: int
    told: str


async def repair_of(  # noqa: PLR0913  # what a repair begins with
    sandbox: Sandbox,
    old: Program,
    examples: Sequence[Example],
    form: Form,
    *,
    shown: int,
    held_out: int,
    widens: bool = False,
) -> Repair:
    """See what a tool makes of the examples, and arrange them for the maker that is to repair it.

    Args:
        sandbox: where it runs.
        old: the tool that failed.
        examples: that stand, the newest last.
        form: when two answers are the same.
        shown: how many the maker sees at least.
        held_out: how many it does not see at least.
        widens: whether it abstains too often, instead of being wrong.
    """
    newest = list(reversed(examples))
    results = await sandbox.batch(old.code, ANSWER_FUNCTION, [(example.question,) for example in newest])
    cases = [Case(example, _got(result, example, form)) for example, result in zip(newest, results, strict=True)]
    failing, right = [case for case in cases if case.got], [case for case in cases if not case.got]
    few = min((len(failing) + 1) // 2, _MOST, max(1, len(examples) - held_out - 1))
    beside = max(1, shown - few)
    ordered = [*failing[:few], *right[:beside], *failing[few:], *right[beside:]]
    seen = [*failing[:few], *right[:beside]]
    failures = "\n\n".join(f"Request:\n{case.example.question}\nThe tool: {case.got}" for case in failing[:few])
    why = _NARROW if widens else _WRONG
    told = render("latm.making", "repair", why=why, source=old.source.strip(), failures=failures or "(nothing)")
    return Repair([case.example for case in ordered], max(len(seen), shown), told)


def _got(result: Result, example: Example, form: Form) -> str:
    """What a tool does instead of what it should; empty if it says that."""
    is_right = result.verdict is Verdict.OK and result.text is not None and form.same(result.text, example.answer)
    return "" if is_right else said(result)
