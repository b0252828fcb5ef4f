"""When a model's answer counts as right, and what a recorded one concludes."""

from pathlib import Path

import pytest
from toy_tasks import SUMS, write_baseline

from latm.errors import InputError
from latm_bench.answers import says
from latm_bench.baseline import concluded, read_baseline, same_answer


@pytest.mark.parametrize(
    ("answer", "label", "right"),
    [
        ("(B)", "(B)", True),
        ("B", "(B)", True),
        ("b.", "(B)", True),
        ("(B) The finch is on the left.", "(B)", True),
        ("(A)", "(B)", False),
        ("Because", "(B)", False),
        ("} ] >", "}]>", True),
        ("}]", "}]>", False),
        ("12.0", "12", True),
        ("1,200", "1200", True),
        ("13", "12", False),
        ("nan", "12", False),
        ('"The  Cat"', "the cat", True),
        ("the cat.", "the cat", True),
        ("the dog", "the cat", False),
        ("", "(A)", False),
        ("", "5", False),
    ],
)
def test_an_answer_says_what_the_label_says(answer: str, label: str, right: bool) -> None:
    assert says(answer, label) is right


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("We add. So the answer is 5.", "5"),
        ("So the answer is 4. No: So the answer is 5.", "5"),
        ("so the answer is ] ].", "] ]"),
        ("We add, and add, and", ""),
    ],
)
def test_a_recorded_answer_is_what_it_concludes(completion: str, answer: str) -> None:
    assert concluded(completion) == answer


def test_brackets_are_compared_without_spaces_where_the_paper_has_none() -> None:
    assert same_answer("} ]", "}]", "dyck_languages")
    assert not same_answer("a b", "ab", "word_sorting")


def test_recorded_answers_are_found_by_question(tmp_path: Path) -> None:
    write_baseline(tmp_path, SUMS, wrong=2)
    items = list(SUMS.instances())
    records = read_baseline(tmp_path, "sums", items)
    assert records
    assert [records[item.question].answer == item.answer for item in items].count(False) == 2
    assert records[items[0].question].tokens - records[items[0].question].tokens_bare == 100


def test_a_task_without_recorded_answers_has_none(tmp_path: Path) -> None:
    assert read_baseline(tmp_path, "sums", list(SUMS.instances())) is None


def test_recorded_answers_of_other_items_are_refused(tmp_path: Path) -> None:
    write_baseline(tmp_path, SUMS, wrong=0)
    with pytest.raises(InputError, match="does not answer the 39 questions"):
        read_baseline(tmp_path, "sums", list(SUMS.instances())[1:])


@pytest.mark.parametrize("content", ["", "{}", "no json", '{"prompt_prefix": "x"}\n{"question": "q"}'])
def test_damaged_recorded_answers_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "sums.jsonl").write_text(content)
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(tmp_path, "sums", list(SUMS.instances()))
