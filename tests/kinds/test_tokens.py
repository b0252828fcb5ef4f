"""What a question is made of, and how much each piece says."""

import pytest

from latm.kinds.tokens import CUT, LINE, is_spaceless, tokens, weight


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("Sort the WORDS", ["sort", "the", "words"]),
        ("v2.1 of 3,500 on 2024-01-31", ["0", "of", "0", "on", "0"]),
        ("按字母 排序", ["按", "字", "母", "排", "序"]),
        ("가나다 순서", ["가나다", "순서"]),
        ('{"a": "b\\nc\\u00e9"}', ["{", '"', "a", '"', ":", '"', "b", LINE, "c", "é", '"', "}"]),
        ("a\nb", ["a", LINE, "b"]),
        ("don't", ["don", "'", "t"]),
        ("", []),
    ],
)
def test_a_question_is_words_signs_folded_numbers_and_ends_of_lines(question: str, texts: list[str]) -> None:
    assert [token.text for token in tokens(question)] == [LINE, *texts, LINE]


def test_a_question_begins_and_ends_with_an_end_of_line_that_takes_no_room() -> None:
    first, *_, last = tokens("Sort these")
    assert (first, last) == ((LINE, 0, 0), (LINE, 10, 10))


def test_the_middle_of_a_long_question_is_left_out_and_its_ends_stay_in_place() -> None:
    question = f"Begin {'word ' * 5_000}end"
    found = tokens(question)
    assert [token.text for token in found].count(CUT) == 1
    assert (found[1].text, found[-2].text) == ("begin", "end")
    spelt = [question[token.start : token.end] for token in found if token.text not in {CUT, LINE}]
    assert {*spelt} == {"Begin", "word", "end"}
    cut = next(token for token in found if token.text == CUT)
    assert [token.start for token in found] == sorted(token.start for token in found)
    assert cut.end - cut.start > len(question) / 2


@pytest.mark.parametrize(
    ("sign", "spaceless"),
    [("a", False), ("é", False), ("ж", False), ("ไ", True), ("あ", True), ("語", True), ("한", False)],
)
def test_scripts_without_spaces_are_known(sign: str, spaceless: bool) -> None:
    assert is_spaceless(sign) is spaceless


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((LINE, 0), (CUT, 0), (" ", 0), (".", 0.1), ("0", 0.1), ("--", 0.1)),
        *(("a", 0.3), ("of", 0.5), ("the", 0.7), ("sort", 0.9), ("words", 1), ("alphabetically", 1)),
        *(("語", 0.51), ("ไ", 0.31)),
    ],
)
def test_long_words_say_more_than_short_ones_and_marks_hardly_anything(text: str, words: float) -> None:
    assert weight(text) == words
