"""The direct answer: what is taken from a completion, and what the prompt says."""

import pytest

from latm.answering.direct import DirectAnswer, committed_answer
from latm.models.testing import ScriptedModel
from latm.task import Example


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("Answer: 42", "42"),
        ("First 40, then 42.\nAnswer: 42\n", "42"),
        ("Answer: 41\nNo, that is wrong.\nAnswer: 42", "42"),
        ("**Answer:** 42", "42"),
        ("**Answer: 42**", "42"),
        ("Final answer: 42", "42"),
        ("Answer: a\nb\nc", "a\nb\nc"),
        ("I think that it is\n42", "42"),
        ("The answer: is hidden\nAnswer: 42", "42"),
        ("", ""),
    ],
)
def test_the_last_answer_that_a_completion_commits_to_counts(completion: str, answer: str) -> None:
    assert committed_answer(completion) == answer


@pytest.mark.anyio
async def test_gold_examples_show_the_form_and_a_models_own_answers_do_not() -> None:
    model = ScriptedModel(["Answer: 7"])
    examples = [Example("What is 1 + 1?", "two"), Example("What is 1 + 2?", "three", "some:model")]
    answer, usage = await DirectAnswer(model).answer("What is 3 + 4?", examples)
    prompt = model.requests[0].messages[0].content
    assert (answer, usage.calls) == ("7", 1)
    assert "two" in prompt
    assert "three" not in prompt
