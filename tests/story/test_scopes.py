"""Scopes: what two requests must share before they share anything."""

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latm import Answer, AsyncLatm, Example, Instance, Question, Route, Scope, Settings
from latm.errors import InputError, SettingsError
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel
from latm.provenance import Outcome

pytestmark = pytest.mark.anyio

NUMBERS = re.compile(r"\d+")
SHAPES = {"Answer in words.": "the {} is {}", "Answer in brackets.": "[{}:{}]", "": "{}={}"}
"""How each instruction wants answers: what was asked for, and the number."""
KINDS = {
    "sum": "Add the numbers {} and {} for me now.",
    "product": "How many tiles cover a floor of {} by {} feet?",
}


def truth(question: str, instructions: str) -> str:
    one, two = map(int, NUMBERS.findall(question))
    kind = "sum" if question.startswith("Add") else "product"
    return SHAPES[instructions].format(kind, one + two if kind == "sum" else one * two)


def tool(question: str, shape: str) -> str:
    """What a competent maker writes for a kind, in the form of the answers that it is shown."""
    kind = "sum" if question.startswith("Add") else "product"
    pattern = re.escape(KINDS[kind]).replace(r"\{\}", r"(\d+)")
    value = "a + b" if kind == "sum" else "a * b"
    return f'''```python
"""A {kind} as {shape}."""
import re
def parse(question):
    found = re.fullmatch(r"{pattern}", question)
    return {{"a": int(found[1]), "b": int(found[2])}} if found else None
def solve(a, b):
    return {value}
def answer(value, question):
    return {shape!r}.format({kind!r}, value)
```'''


def reply(request: Request) -> str:
    last = request.messages[-1].content
    system = "".join(message.content for message in request.messages if message.role == "system")
    if request.purpose == "direct":
        return truth(last, system.partition("Give the answer")[0].strip())
    if request.purpose == "propose":
        told = next((each for each in SHAPES if each and each in last), "")
        kind = "sum" if "Add the numbers" in last else "product"
        return tool(KINDS[kind], SHAPES[told])
    return "null"


def opened(tmp_path: Path, **values: object) -> tuple[AsyncLatm, ScriptedModel]:
    model = ScriptedModel(reply)
    given = {"store": f"sqlite:///{tmp_path / 'latm.db'}", "block": 8, "making_tokens": 50} | values
    models = Models(maker=model, user=model, dispatcher=None, direct=model, meter=Meter())
    return AsyncLatm(Settings.model_validate(given), models=models), model


async def answers_to(latm: AsyncLatm, stream: Sequence[Instance]) -> list[Answer]:
    return [answer async for answer in latm.run(stream, length=len(stream))]


def examples(instructions: str, kind: str = "sum", count: int = 6) -> list[Example]:
    questions = [KINDS[kind].format(n, n + 2) for n in range(3, 3 + count)]
    return [Example(question, truth(question, instructions)) for question in questions]


async def test_the_direct_answer_gets_the_instructions_as_system_text(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        answer = await latm.ask(KINDS["sum"].format(1, 2), instructions="Answer in words.")
    assert answer.text == "the sum is 3"
    assert [message.role for message in model.requests[0].messages] == ["system", "user"]


async def test_the_maker_reads_the_instructions_that_its_examples_follow(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        making = await latm.make("sums", examples("Answer in words."), instructions="Answer in words.")
    assert making.outcome is Outcome.MADE
    assert "Answer in words." in model.requests[0].messages[-1].content


async def test_equal_questions_of_two_customers_get_a_tool_and_an_answer_each(tmp_path: Path) -> None:
    latm, _ = opened(tmp_path)
    two = [Scope("north", "Answer in words."), Scope("south", "Answer in brackets.")]
    stream = [Instance(KINDS["sum"].format(n, n + 1), scope=scope) for n in range(30) for scope in two]
    async with latm:
        answers = await answers_to(latm, stream)
        tasks = latm.cache.tasks()
    assert [answer.text for answer in answers] == [truth(one.question, one.scope.instructions) for one in stream]
    assert {answer.route for answer in answers[-20:]} == {Route.TOOL}
    assert {task.scope for task in tasks} == set(two)
    assert all(example.scope == task.scope for task in tasks for example in task.examples)
    assert all(
        example.answer == truth(example.question, task.scope.instructions)
        for task in tasks
        for example in task.examples
    )


async def test_a_customer_gets_the_program_of_another_for_no_tokens_where_its_own_examples_verify_it(
    tmp_path: Path,
) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        await latm.make("sums of north", examples("Answer in words."), scope="north", instructions="Answer in words.")
        asked = len(model.requests)
        same = await latm.make(
            "sums of south", examples("Answer in words."), scope="south", instructions="Answer in words."
        )
        other = await latm.make(
            "sums of east", examples("Answer in brackets."), scope="east", instructions="Answer in brackets."
        )
    assert (same.outcome, same.usage.tokens) == (Outcome.REUSED, 0)
    assert other.outcome is Outcome.MADE
    assert len(model.requests) == asked + 1


async def test_programs_stay_in_their_scope_where_that_is_set(tmp_path: Path) -> None:
    latm, _ = opened(tmp_path, reuse_across_scopes=False)
    async with latm:
        await latm.make("sums of north", examples(""), scope="north")
        assert (await latm.make("sums of south", examples(""), scope="south")).outcome is Outcome.MADE


async def test_examples_of_another_scope_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    north = [Example(one.question, one.answer, scope=Scope("north")) for one in examples("")]
    south = [Example(one.question, one.answer, scope=Scope("south")) for one in examples("")]
    async with latm:
        for call in (latm.make, latm.learn):
            with pytest.raises(InputError, match="scope"):
                await call("sums", [*north, *south])
            with pytest.raises(InputError, match="scope"):
                await call("sums", north, scope="south")
        assert not latm.cache.tasks()
        await latm.learn("sums", north)
        with pytest.raises(InputError, match="scope"):
            await latm.learn("sums", south)
        assert [example.scope for example in latm.cache.task("sums").examples] == [Scope("north")] * 6
    assert not model.requests


async def test_a_making_that_is_refused_leaves_no_task(tmp_path: Path) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        with pytest.raises(InputError, match="6 different examples"):
            await latm.make("sums", examples("")[:2])
        assert not latm.cache.tasks()
    latm = AsyncLatm(latm.settings, models=Models(None, None, None, None, Meter()))
    async with latm:
        with pytest.raises(SettingsError, match="maker"):
            await latm.make("sums", examples(""))
        assert not latm.cache.tasks()
    assert not model.requests


@pytest.mark.parametrize("wrong", [{"instructions": 5}, {"instructions": b"x"}, {"scope": 5}, {"scope": ["a"]}])
async def test_what_is_no_scope_is_refused_and_nothing_is_spent(tmp_path: Path, wrong: dict[str, object]) -> None:
    latm, model = opened(tmp_path)
    async with latm:
        with pytest.raises(InputError, match=next(iter(wrong))):
            await latm.ask("Why?", **wrong)  # type: ignore[arg-type]  # that is the point
    assert not model.requests


async def test_a_scope_given_with_a_question_is_completed_by_what_is_given_beside_it(tmp_path: Path) -> None:
    latm, _ = opened(tmp_path)
    async with latm:
        question = Question(KINDS["sum"].format(1, 2), Scope("north", form="short"))
        answer = await latm.ask(question, instructions="Answer in words.")
    assert answer.scope == Scope("north", "Answer in words.", "short")


SCOPES = st.builds(Scope, st.sampled_from(["", "north", "south"]), st.sampled_from(sorted(SHAPES)))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scopes=st.lists(SCOPES, min_size=1, max_size=4, unique=True), shuffled=st.randoms(use_true_random=False))
async def test_whatever_the_scopes_nothing_of_one_is_an_answer_or_an_example_in_another(
    tmp_path_factory: pytest.TempPathFactory, scopes: list[Scope], shuffled: random.Random
) -> None:
    latm, _ = opened(tmp_path_factory.mktemp("scopes"))
    stream = [
        Instance(KINDS[kind].format(n, n + 5), scope=scope) for n in range(2, 18) for kind in KINDS for scope in scopes
    ]
    shuffled.shuffle(stream)
    async with latm:
        answers = await answers_to(latm, stream)
        tasks = latm.cache.tasks()
        logged = latm.cache.answers(limit=None)
    assert [answer.text for answer in answers] == [truth(one.question, one.scope.instructions) for one in stream]
    scope_of = {task.name: task.scope for task in tasks}
    assert all(answer.task is None or scope_of[answer.task] == answer.scope for answer in logged)
    # A task that came apart since is known by other names; the log knows them, an answer given before does not.
    assert all(scope_of.get(answer.task or "", answer.scope) == answer.scope for answer in answers)
    assert all(
        (example.scope, example.answer) == (task.scope, truth(example.question, task.scope.instructions))
        for task in tasks
        for example in task.examples
    )
