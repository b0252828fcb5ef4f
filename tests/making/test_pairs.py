"""The judge of pair classes: where mining cannot tell dress from content, a model is asked once."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from latm import AsyncLatm, Route, Settings
from latm.errors import BudgetError, MalformedError, ModelError
from latm.form import Form, OwnForm, Sameness, find_form
from latm.making.pairs import PairJudge
from latm.models import Model
from latm.models.port import Request
from latm.models.testing import Reply, ScriptedModel
from latm.task import Example

pytestmark = pytest.mark.anyio

NUMERALS = [
    "These are: X, IV, XX",
    "XL, IX",
    "The numerals come out as IX, V, L",
    "VII, XI",
    "C, XC",
    "All in all I get L, LX",
]


async def ruled(form: Form, model: Model, pairs: Sequence[tuple[str, str]]) -> Form:
    judge = PairJudge(model)
    for got, label in pairs:
        form, _ = await judge.ruled(form, Example("Write 10, 4 as numerals.", label), got)
    return form


async def test_a_class_of_pairs_is_judged_once_and_holds_for_other_contents() -> None:
    model = ScriptedModel(["SAME"])
    pairs = [(items, f"The numerals come out as {items}.") for items in ("X, IV", "V, C", "I, L, X")]
    form = await ruled(find_form(NUMERALS), model, pairs)
    assert len(model.requests) == 1
    assert model.requests[0].purpose == "judge"
    assert form.compare("D, M", "The numerals come out as D, M") is Sameness.REWRITTEN
    assert form.compare("D, M", "The numerals come out as D, L") is Sameness.DIFFERENT
    assert form.rendered("The numerals come out as D, M.") == form.rendered("D, M")


async def test_rulings_reach_from_one_wording_to_the_next() -> None:
    model = ScriptedModel(["SAME", "SAME"])
    pairs = [("X, IV", "The numerals come out as X, IV"), ("V, C", "All in all I get V, C")]
    form = await ruled(find_form(NUMERALS), model, pairs)
    assert form.same("The numerals come out as I, L", "All in all I get I, L.")


@pytest.mark.parametrize("said", ["DIFFERENT", "**Different.**"])
async def test_a_class_that_was_judged_different_is_not_asked_about_again(said: str) -> None:
    model = ScriptedModel([said])
    form = await ruled(find_form(NUMERALS), model, [("X, IV", "The first are X, IV"), ("V, C", "The first are V, C")])
    assert not form.same("X, IV", "The first are X, IV")
    assert Form.load(form.dump()) == form


@pytest.mark.parametrize("reply", [MalformedError("nonsense"), "I am not sure.", ""])
async def test_what_a_model_does_not_decide_is_undecided_and_not_asked_again(reply: Reply) -> None:
    model = ScriptedModel([reply])
    form = await ruled(find_form(NUMERALS), model, [("X, IV", "The first are X, IV"), ("V, C", "The first are V, C")])
    assert form == find_form(NUMERALS)


async def test_what_ends_a_run_ends_it() -> None:
    with pytest.raises(ModelError):
        await ruled(find_form(NUMERALS), ScriptedModel([BudgetError("spent")]), [("X, IV", "The first are X, IV")])


async def test_no_more_than_a_dozen_classes_of_a_task_are_judged() -> None:
    model = ScriptedModel(lambda _: "DIFFERENT")
    words = [f"{chr(97 + n)}{chr(97 + n)}{chr(98 + n)}" for n in range(20)]
    await ruled(find_form(NUMERALS), model, [("X, IV", f"{word} gives X, IV") for word in words])
    assert len(model.requests) == 12


OTHERS = {
    "nothing in common": ("X, IV", "These are L, C"),
    "a caveat": ("X, IV", "maybe X, IV"),
    "a negation": ("X, IV", "not X, IV"),
    "a number beside it": ("X, IV", "2 numerals, X, IV"),
    "a refusal": ("X, IV", "I cannot say whether X, IV is right."),
}


@pytest.mark.parametrize(("got", "label"), OTHERS.values(), ids=OTHERS)
def test_what_says_more_than_its_content_is_of_no_class(got: str, label: str) -> None:
    assert find_form(NUMERALS).open_pair(got, label, "Write 10, 4 as numerals.") is None


def test_a_form_of_ones_own_asks_nobody() -> None:
    assert OwnForm(own=str.__eq__).open_pair("X", "It is X", "What is it?") is None


GLUES = [("a, b, c", "a b c"), ("A;B", "a; b"), ("x|y|z", "x, y, z.")]


@pytest.mark.parametrize(("one", "other"), GLUES)
async def test_lists_of_the_same_items_are_a_class_by_what_stands_between_them(one: str, other: str) -> None:
    form = await ruled(Form(), ScriptedModel(["SAME"]), [(one, other)])
    assert form.same(one, other)
    assert not form.same(one + " d", other)


def test_an_old_form_without_rulings_is_read() -> None:
    text = Form().dump()
    assert "rulings" not in text
    assert Form.load(text).rulings == ()


LETTERS = """```python
import re
def parse(question):
    found = re.fullmatch(r"List the letters of ([a-z]+) from last to first\\.", question)
    return {"word": found[1]} if found else None
def solve(word):
    return ", ".join(reversed(word))
def answer(value, question):
    return value
```"""
WAYS = ("{}", "{}", "The letters come out as {}.", "{}", "Backwards one reads {}.", "{}")


class Spelling:
    """A model of one's own that words its replies in several ways."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def complete(self, request: Request) -> str:
        self.asked[request.purpose] += 1
        if request.purpose == "judge":
            return "SAME"
        if request.purpose != "direct":
            return LETTERS
        word = request.messages[-1].content.split()[4]
        way = WAYS[(self.asked["direct"] - 1) % len(WAYS)] if self.asked["direct"] <= 2 * len(WAYS) else "{}"
        return way.format(", ".join(reversed(word)))


async def test_rulings_are_counted_as_the_judges_stored_with_the_task_and_save_votes(tmp_path: Path) -> None:
    model = Spelling()
    settings = Settings(store=f"sqlite:///{tmp_path / 'latm.db'}", making_tokens=50, block=6, tool_user=False)
    words = [chr(97 + n) + chr(99 + n % 20) + chr(110 + n % 12) + "xyz" for n in range(24)]
    async with AsyncLatm(settings, maker=model) as latm:
        questions = [f"List the letters of {word} from last to first." for word in words]
        answers = [answer async for answer in latm.run(questions, length=1000)]
        judged = latm.models.meter.total(role="judge", purpose="judge")
        [task] = latm.cache.tasks()
        [making] = latm.cache.makings()
    assert answers[-1].route is Route.TOOL
    assert answers[-1].text == ", ".join(reversed(words[-1]))
    assert (judged.calls, model.asked["judge"], len(task.form.rulings)) == (2, 2, 2)
    assert sum("judged to say the same" in note for note in making.notes) == 2
    assert making.usage.calls == model.asked["propose"] + 2
    assert model.asked["direct"] == sum(answer.route is Route.DIRECT for answer in answers)
