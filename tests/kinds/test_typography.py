"""The canonical form of typography."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.kinds import canonical, without_courtesies

QUESTION = 'Sort "b a" - it\'s easy.\nList: 3.5 kg, café'


@pytest.mark.parametrize(
    "typed",
    [
        QUESTION.replace("\n", "\r\n"),
        QUESTION.replace("\n", "\n\n"),
        QUESTION.replace("\n", "  \n "),
        QUESTION.replace(" ", "\u00a0"),
        QUESTION.replace(" ", "  "),
        QUESTION.replace('"b a"', "“b a”").replace("'", "’"),
        QUESTION.replace("-", "–"),
        QUESTION.replace("easy", "ea\u200bsy"),
        unicodedata.normalize("NFD", QUESTION),
        f"\ufeff {QUESTION}\n\n",
    ],
)
def test_typing_as_people_type_changes_nothing(typed: str) -> None:
    assert canonical(typed) == canonical(QUESTION)


@pytest.mark.parametrize("other", [QUESTION.replace("b a", "B a"), QUESTION.replace("3.5", "3,5"), f"{QUESTION}!"])
def test_what_may_be_asked_otherwise_stays_apart(other: str) -> None:
    assert canonical(other) != canonical(QUESTION)


def test_joiners_of_scripts_and_emoji_stay() -> None:
    assert canonical("👩‍🔬 می‌خواهم") == "👩‍🔬 می‌خواهم"


@given(st.text())
def test_the_canonical_form_is_its_own(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Please: sort b, a.", "sort b, a."),
        ("Please sort b, a.", "sort b, a."),
        ("Hello, sort b, a. Thank you!", "sort b, a."),
        ("Hi there!\nSort b, a.\nThanks in advance.", "Sort b, a."),
        ("请：排序 b, a。谢谢！", "排序 b, a。"),
        ("Bitte sortiere b, a. Danke!", "sortiere b, a."),
        ("Thanks", "Thanks"),
        ("Please", "Please"),
        ("Pleased to meet you.", "Pleased to meet you."),
        ("Translate into French: thank you", "Translate into French: thank you"),
        ("Highlight the verbs.", "Highlight the verbs."),
    ],
)
def test_courtesies_at_the_ends_are_no_instruction(typed: str, asked: str) -> None:
    assert without_courtesies(typed) == asked
