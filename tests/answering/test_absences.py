"""Absences: claims that nothing is there, by tools that search free text."""

import pytest

from latm.answering.absences import are_trusted, claims_absence
from latm.known import Known
from latm.task import Task
from latm.tool import Program, ToolVersion, Verification


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("none", True),
        ("Unclear", True),
        ('{"street": "Mill Lane", "house": null}', True),
        ('{"phones": []}', True),
        ("[]", True),
        ("null", True),
        ("KD-123456", False),
        ('{"street": "Mill Lane", "house": "0"}', False),
        ('{"count": 0, "is_paid": false}', False),
        ("[1, null]", False),
        ("{not JSON", False),
        ("There is none of it left, and nothing to pay.", False),
    ],
)
def test_an_answer_claims_an_absence_if_all_or_a_field_of_it_is_empty(answer: str, claims: bool) -> None:
    assert claims_absence(answer) == claims


@pytest.mark.parametrize(
    ("frame", "absences", "trusted"),
    [
        ("", (0, 0), True),
        ("Read: {text}", (0, 0), False),
        ("Read: {text}", (9, 0), False),
        ("Read: {text}", (10, 0), True),
        ("Read: {text}", (10, 1), False),
        ("Read: {text}", (20, 1), True),
        ("Read: {text}", (100, 6), False),
    ],
)
def test_a_tool_that_searches_is_believed_once_the_model_has_agreed_often(
    frame: str, absences: tuple[int, int], trusted: bool
) -> None:
    tool = ToolVersion("orders", Program(""), verification=Verification(frame=frame))
    assert are_trusted(Known(Task("orders"), tool, absences=absences), 10) == trusted
