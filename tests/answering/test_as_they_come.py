"""Answers as they really come: what goes out, what comes back whole on every route, and what leads to no tool."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from latm import AsyncLatm, Route, Settings
from latm.models import Meter, Models
from latm.models.port import Request
from latm.models.testing import ScriptedModel
from openai_endpoint import completion_body, serving

pytestmark = pytest.mark.anyio

REPLIES = {
    "JSON": '{\n  "total": 45.0,\n  "lines": ["a", "b"]\n}',
    "CSV": "name,count\r\nAna,3\r\nBoris,4\r\n",
    "a list": "- eggs\n- milk\n",
    "a letter": "Dear Ana,\n\nthe answer: it is in the post.\n\nRegards\nBoris\n",
    "white space": "  42 \n",
}


def settings(tmp_path: Path, **values: Any) -> Settings:
    return Settings.model_validate({"store": f"sqlite:///{tmp_path / 'latm.db'}", "making_tokens": 50} | values)


@pytest.mark.parametrize("instructions", ["", "Be brief.\nReply in English."])
async def test_a_direct_answer_sends_what_a_client_sends_by_hand(tmp_path: Path, instructions: str) -> None:
    text = "  What is 3 + 4?\n\nGive the sum. "
    with serving() as endpoint:
        endpoint.replies = [(200, completion_body("7\n", usage=(21, 5)))]
        with OpenAI(base_url=endpoint.url, api_key="x") as client:
            messages = [{"role": "system", "content": instructions}] if instructions else []
            messages.append({"role": "user", "content": text})
            by_hand = client.chat.completions.create(model="tiny", messages=messages)  # type: ignore[arg-type]  # dicts do
        async with AsyncLatm(settings(tmp_path), maker=f"tiny@{endpoint.url}") as latm:
            answer = await latm.ask(text, instructions=instructions or None)
    sent_by_hand, sent = endpoint.bodies
    assert {name: value for name, value in sent.items() if value} == sent_by_hand
    assert by_hand.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (
        by_hand.usage.prompt_tokens,
        by_hand.usage.completion_tokens,
    )
    assert answer.text == by_hand.choices[0].message.content


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
async def test_a_reply_comes_back_byte_for_byte_from_an_endpoint(tmp_path: Path, reply: str) -> None:
    with serving() as endpoint:
        endpoint.replies = [(200, completion_body(reply))]
        async with AsyncLatm(settings(tmp_path), maker=f"tiny@{endpoint.url}") as latm:
            answer = await latm.ask("What is it?")
    assert (answer.text, answer.route) == (reply, Route.DIRECT)


WRITE = """```python
import re
def parse(question):
    found = re.fullmatch(r"Write it about number ([0-9]+)\\.", question)
    return {"n": int(found[1])} if found else None
def solve(n):
    return n
def answer(value, question):
    return WRITTEN.replace("7", str(value))
```"""
NUMBERED = {
    "JSON": '{\n  "total": 7.5,\n  "lines": ["a", "b"]\n}',
    "CSV": "name,count\r\nAna,7\r\nBoris,4\r\n",
    "a list": "- 7 eggs\n- milk\n",
    "a letter": "Dear Ana,\n\nyour number is 7. The rest is in the post.\n\nRegards\nBoris\n",
    "white space": "  7 \n",
}


@pytest.mark.parametrize("written", NUMBERED.values(), ids=NUMBERED)
async def test_a_reply_comes_back_byte_for_byte_on_every_route(tmp_path: Path, written: str) -> None:
    def reply(request: Request) -> str:
        last = request.messages[-1].content
        number = last.rpartition("number ")[2].partition(".")[0].partition(" ")[0]
        if request.purpose == "direct":
            return written.replace("7", number)
        return (
            json.dumps({"n": int(number)})
            if request.purpose == "tool-user"
            else WRITE.replace("WRITTEN", repr(written))
        )

    model = ScriptedModel(reply)
    models = Models(maker=model, user=model, dispatcher=None, direct=model, meter=Meter())
    questions = [
        *(f"Write it about number {n}." for n in range(50, 66)),
        "Write it about number 93 .",
        "What is number 8",
    ]
    async with AsyncLatm(settings(tmp_path, block=8), models=models) as latm:
        answers = [answer async for answer in latm.run(questions, length=1000)]
    assert [answer.text for answer in answers] == [written.replace("7", str(n)) for n in (*range(50, 66), 93, 8)]
    assert {answer.route for answer in answers} == {Route.DIRECT, Route.TOOL, Route.TOOL_USER}


DIVIDE = '''```python
"""Divides two numbers."""
import re
def parse(question):
    found = re.fullmatch(r"Divide ([0-9]+) by ([0-9]+) exactly\\.", question)
    return {"a": int(found[1]), "b": int(found[2])} if found else None
def solve(a, b):
    return a / b
def answer(value, question):
    return WRITTEN
```'''
TEN = "f'{value:.10g}'"


def padded(value: float, n: int) -> str:
    """Ten significant digits; every other time with zeros at the end, or as it was."""
    text = f"{value:.10g}"
    return text if n % 2 else text + ("0" if "." in text else ".0")


async def divided(
    tmp_path: Path, reply: Callable[[float, int], str], *tools: str, **values: Any
) -> tuple[dict[str, float], ScriptedModel]:
    """What tools say of 24 divisions, and what is right, after 16 replies; the maker writes these tools in turn."""
    numbers = [(7 * n + 1, (3, 7, 9, 13)[n % 4]) for n in range(8, 48)]
    quotients = {f"Divide {a} by {b} exactly.": (a / b, n) for n, (a, b) in enumerate(numbers)}
    proposed = iter([*tools, *tools[-1:] * 9])

    def says(request: Request) -> str:
        if request.purpose == "direct":
            return reply(*quotients[request.messages[-1].content])
        return DIVIDE.replace("WRITTEN", next(proposed))

    model = ScriptedModel(says)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    async with AsyncLatm(settings(tmp_path, block=16, **values), models=models) as latm:
        answers = [answer async for answer in latm.run(list(quotients), length=1000)]
    served = {answer.text: quotients[answer.question][0] for answer in answers if answer.route is Route.TOOL}
    assert len(served) == 24
    return served, model


def tries(model: ScriptedModel) -> int:
    return sum(request.purpose in {"propose", "verify"} for request in model.requests)


async def test_one_number_written_in_two_ways_leads_to_a_tool_with_all_its_digits(tmp_path: Path) -> None:
    served, model = await divided(tmp_path, padded, TEN)
    assert {text: f"{value:.10g}" for text, value in served.items()} == {text: text for text in served}
    assert tries(model) == 1
    assert "10 significant digits" in model.requests[16].messages[1].content


@pytest.mark.parametrize("written", ["f'{value:.6g}'", "repr(value)", "'about ' + f'{value:.10g}'"])
async def test_a_tool_with_other_digits_than_the_examples_is_sent_back(tmp_path: Path, written: str) -> None:
    served, model = await divided(tmp_path, padded, written, TEN)
    assert set(served) == {f"{value:.10g}" for value in served.values()}
    assert tries(model) == 2


async def test_whole_numbers_with_and_without_a_point_lead_to_a_tool(tmp_path: Path) -> None:
    served, _ = await divided(tmp_path, lambda value, n: f"{int(value * 91)}{'.0' * (n % 2)}", "str(int(value * 91))")
    assert set(served) == {str(int(value * 91)) for value in served.values()}


def in_euro(value: float, n: int) -> str:
    return (f"The total is {value:.2f} euro.", f"€{value:.2f}", f"{value:.2f}")[min(n % 4, 2)]


ASKED = {
    "the commonest dress": ({}, "'EUR ' + f'{value:.2f}'", "f'{value:.2f}'", "{:.2f}"),
    "a form that is set": ({"answer_form": "number:2"}, "'€' + f'{value:.2f}'", "f'{value:.2f}'", "{:.2f}"),
    "more decimals": ({"answer_form": "number:2"}, "str(value)", "f'{value:.2f}'", "{:.2f}"),
}


@pytest.mark.parametrize(("values", "first", "second", "dress"), ASKED.values(), ids=ASKED)
async def test_a_tool_answers_in_the_commonest_dress_or_as_asked(
    tmp_path: Path, values: dict[str, Any], first: str, second: str, dress: str
) -> None:
    served, model = await divided(tmp_path, in_euro, first, second, **values)
    assert {text: dress.format(value) for text, value in served.items()} == {text: text for text in served}
    assert tries(model) == 2


WORDS = ["lovely", "odd", "quiet", "bright", "dull", "plain", "rare"]
BAD = {
    "1 MB": (lambda n: f"{n} " + "word " * 200_000, {}, "answers have over 20,000 characters"),
    "empty": (lambda _: "", {}, ""),
    "no form": (
        lambda n: f"it is {'ab' * (n + 1)}",
        {"answer_form": "json"},
        "answers has the form 'json' that is set",
    ),
    "opinions": (
        lambda n: f"I think the {WORDS[n % 5]} ones are {WORDS[n % 7]}, but it depends.",
        {},
        "no stable content",
    ),
}


@pytest.mark.parametrize(("reply", "values", "said"), BAD.values(), ids=BAD)
async def test_what_no_tool_can_be_held_against_leads_to_no_making(
    tmp_path: Path, reply: Callable[[int], str], values: dict[str, Any], said: str
) -> None:
    questions = [f"What do you make of number {n}?" for n in range(24)]

    def says(request: Request) -> str:
        if request.purpose == "direct":
            return reply(int(request.messages[-1].content.split()[-1].rstrip("?")))
        return "NO PROGRAM: that is no kind for a tool"

    model = ScriptedModel(says)
    models = Models(maker=model, user=None, dispatcher=None, direct=model, meter=Meter())
    async with AsyncLatm(settings(tmp_path, block=8, **values), models=models) as latm:
        answers = [answer async for answer in latm.run(questions, length=1000)]
        whys = [(await latm.why(task.name)).missing for task in latm.cache.tasks()]
    assert [answer.text for answer in answers] == [reply(n) for n in range(24)]
    assert {request.purpose for request in model.requests} == {"direct"}
    assert [said in " ".join(why) for why in whys] == [True] * len(whys), whys
    assert len(whys) == bool(answers[0].text)
