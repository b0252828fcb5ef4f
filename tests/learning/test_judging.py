"""The judge of audits asks twice, and both calls are billed."""

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
