"""The judge of audits asks twice, in either order, and both calls are billed."""

import pytest

from latm.errors import ModelError
from latm.learning.judging import judged
from latm.ledger import Usage
from latm.models.port import Request
from latm.models.testing import ScriptedModel

pytestmark = pytest.mark.anyio


async def test_what_a_judge_took_before_it_failed_is_told() -> None:
    asked: list[Request] = []

    def fails_the_second_time(request: Request) -> str:
        asked.append(request)
        if len(asked) > 1:
            raise ModelError("The endpoint broke off.", usage=Usage(calls=1, input_tokens=1_000_000))
        return "SAME"

    with pytest.raises(ModelError) as caught:
        await judged(ScriptedModel(fails_the_second_time), "2 + 2?", "4", "four")
    usage = caught.value.usage
    assert (usage.calls, usage.input_tokens > 1_000_000, usage.output_tokens > 0) == (2, True, True)


@pytest.mark.parametrize(
    ("replies", "same", "agrees"),
    [
        (["SAME", "same."], True, True),
        (["SAME", "DIFFERENT"], False, False),
        (["DIFFERENT", "**Same**"], False, False),
        (["DIFFERENT", "I cannot say."], False, True),
    ],
)
async def test_two_answers_are_the_same_if_the_judge_says_so_in_either_order(
    replies: list[str], same: bool, agrees: bool
) -> None:
    model = ScriptedModel(replies)
    found = await judged(model, "Which bird?", "the heron", "a heron")
    assert (found.same, found.agrees, found.usage.calls) == (same, agrees, 2)
    [[one], [other]] = [request.messages for request in model.requests]
    assert (one.role, other.role) == ("user", "user")
    assert one.content.index("the heron") < one.content.index("a heron")
    assert other.content.index("the heron") > other.content.index("a heron")
