"""The answer is found in whatever a model puts around it, and a free-form reply stays whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.models.answers import committed_answer

LETTER = "Dear Ms Brown,\n\nthe parcel has left our house.\n\nYours,\nthe shop"


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("Answer: 42", "42"),
        ("First 40, then 42.\nAnswer: 42\n", "42"),
        ("Answer: 41\nNo, that is wrong.\nAnswer: 42", "42"),
        ("**Answer:** 42", "42"),
        ("**Answer: 42**", "42"),
        ("### Final answer: 42", "42"),
        ("Final answer: 42", "42"),
        ("The answer is: 42", "42"),
        ("The answer is: **42**", "42"),
        ("Answer：42", "42"),
        ("Answer:\n42", "42"),
        ("Answer:\n\n**42**", "42"),
        ("**Answer:**\n\n42\n", "42"),
        ("Answer: `42`", "42"),
        ("Answer: `a` and `b`", "`a` and `b`"),
        (r"Answer: $\boxed{42}$.", "42"),
        (r"So it is \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        ("42\nAnswer:", "42\nAnswer:"),
        ("Answer: a\nb\nc", "a\nb\nc"),
        ('Answer: {"n": 42}', '{"n": 42}'),
        ('Answer:\n{\n  "n": 42\n}', '{\n  "n": 42\n}'),
        ('Answer: {"n": 42}\n\nI checked it.', '{"n": 42}'),
        ("Answer: [1] and more", "[1] and more"),
        ("Answer: {x}", "{x}"),
        ('Answer:\n```json\n{"n": 42}\n```', '{"n": 42}'),
        ('Answer:\n```\n{"n": 42}\n```\nI checked it.', '{"n": 42}'),
        ("Answer:\n```\n42", "42"),
        ("Answer:\n~~~text\n42\n~~~", "42"),
        ('```json\n{"n": 42}\n```', '{"n": 42}'),
        ('Here it is:\n\n```json\n{"n": 42}\n```', '{"n": 42}'),
        ('{"n": 42}', '{"n": 42}'),
        ('{\n  "n": 42\n}', '{\n  "n": 42\n}'),
        ("I think that it is\n42", "42"),
        ("I think that it is\n**forty-two**", "forty-two"),
        ("It is the second.\n(B)", "(B)"),
        ("It follows.\nYes.", "Yes."),
        ("forty-two", "forty-two"),
        (LETTER, LETTER),
        (f"Answer: {LETTER}", LETTER),
        ("Read:\n```\na\n```\nthen:\n```\nb\n```", "Read:\n```\na\n```\nthen:\n```\nb\n```"),
        ("", ""),
        ("  \n", ""),
        ("x" + "\n" * 100_000 + "xy", "x" + "\n" * 100_000 + "xy"),
        ("`" * 100_000, "`" * 100_000),
        ("Answer:\n" * 30_000 + "42", "42"),
        ("\\boxed{" * 30_000, "\\boxed{" * 30_000),
    ],
)
def test_the_answer_that_a_completion_commits_to_counts(completion: str, answer: str) -> None:
    assert committed_answer(completion) == answer


PIECES = st.sampled_from(
    ["Answer:", "answer is:", "\n", " ", "```", "~~~", "**", "{", "}", "[1]", r"\boxed{", "42", "word"]
)


@given(st.lists(PIECES).map("".join) | st.text())
def test_an_answer_is_part_of_the_completion_and_empty_only_with_it(completion: str) -> None:
    answer = committed_answer(completion)
    assert answer in completion
    assert bool(answer) == bool(completion.strip())
