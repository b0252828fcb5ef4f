"""The direct answer: the request goes out as its user wrote it, and the whole reply is the answer."""

import pytest

from latm.answering.direct import DirectAnswer
from latm.models.port import Message
from latm.models.testing import ScriptedModel
from latm.question import Question, Scope
from latm.task import Example

pytestmark = pytest.mark.anyio

EXAMPLES = [Example("What is 1 + 1?", "two"), Example("What is 1 + 2?", "three", "some:model")]
REPLIES = {
    "JSON": '{\n  "total": 45.0,\n  "lines": ["a", "b"]\n}',
    "CSV": "name,count\r\nAna,3\r\nBoris,4\r\n",
    "a list": "- eggs\n- milk\n",
    "a letter": "Dear Ana,\n\nthe answer: it is in the post.\n\nRegards\nBoris",
    "a marker": "Answer: 41\nNo.\nAnswer: 42",
    "white space": "  42 \n",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
async def test_the_whole_reply_is_the_answer_byte_for_byte(reply: str) -> None:
    answer, _ = await DirectAnswer(ScriptedModel([reply])).answer(Question("What is it?"))
    assert answer == reply


@pytest.mark.parametrize("text", ["What is 3 + 4?", "  $form\n{question} ", "Request:\nx\nAnswer: y"])
async def test_a_request_goes_out_as_it_was_written(text: str) -> None:
    model = ScriptedModel(["7"])
    await DirectAnswer(model).answer(Question(text, Scope(instructions="Be brief.")), EXAMPLES)
    [request] = model.requests
    assert request.messages == [Message("system", "Be brief."), Message("user", text)]
    assert (request.temperature, request.max_tokens) == (None, None)


async def test_the_reasoned_style_keeps_what_the_reply_commits_to() -> None:
    model = ScriptedModel(["First 3, then 7.\nAnswer: 7"])
    answer, usage = await DirectAnswer(model, "reasoned").answer(Question("What is 3 + 4?"), EXAMPLES)
    prompt = model.requests[0].messages[0].content
    assert (answer, usage.calls) == ("7", 1)
    assert "two" in prompt
    assert "three" not in prompt
