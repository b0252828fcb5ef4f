"""The canonical form of typography."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.kinds import canonical, readings, retyped, without_courtesies

QUESTION = 'Sort "b a" - it\'s easy.\nList: 3.5 kg, café'


@pytest.mark.parametrize(
    "typed",
    [
        QUESTION.replace("\n", "\r\n"),
        QUESTION.replace("\n", "\r"),
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


def test_a_question_that_is_retyped_asks_the_same() -> None:
    assert {canonical(way) for way in retyped(QUESTION)} == {canonical(QUESTION)}


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


EXAMPLES = [f'Sort the items of list {n}.\n\nList: it\'s {n}, "so".' for n in range(4)]


@pytest.mark.parametrize(
    "typed",
    [
        EXAMPLES[0].replace(" ", "\u00a0"),
        EXAMPLES[0].replace("'", "’").replace('"', "“"),
        EXAMPLES[0].replace(" ", "  "),
        f"Please: s{EXAMPLES[0][1:]}",
        f"{EXAMPLES[0]} Thank you!",
        f"s{EXAMPLES[0][1:]}",
        EXAMPLES[0].removesuffix("."),
        f"hello, s{EXAMPLES[0][1:-1]}\r\n\r\nmany thanks",
    ],
)
def test_a_question_is_also_read_as_the_examples_of_its_kind_are_typed(typed: str) -> None:
    assert EXAMPLES[0] in readings(typed, EXAMPLES)


def test_a_first_letter_is_read_as_small_if_all_examples_begin_so() -> None:
    assert "sort list 9" in readings("Sort list 9", [f"sort list {n}" for n in range(3)])


@pytest.mark.parametrize(
    ("typed", "reading"),
    [("Please sort it", "sort it"), ("sort it", "Sort it"), ("Sort it", "Sort it.")],
)
def test_what_too_few_examples_show_is_not_assumed(typed: str, reading: str) -> None:
    assert reading not in readings(typed, EXAMPLES[:2])


def test_courtesies_of_the_kind_itself_stay() -> None:
    polite = [f"Please sort list {n}." for n in range(4)]
    assert readings("Please sort list 9.", polite) == []


@given(st.text(), st.lists(st.text(), max_size=5))
def test_any_text_has_few_readings_none_of_them_itself(text: str, examples: list[str]) -> None:
    found = readings(text, examples)
    assert text not in found
    assert len(found) <= 8
