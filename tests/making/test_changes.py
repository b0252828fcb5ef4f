"""How questions are changed to try a tool: what asks for something else, and what makes no difference."""

import pytest

from latm.kinds import Region, Role
from latm.making.changes import (
    documents,
    interrupted,
    noisy,
    ordered,
    reframed,
    sentences,
    surrounded,
    with_text,
    without,
)

HEAD, LIMIT, MIDDLE, MAIL, TAIL = (
    "Find the first date, of ",
    "3",
    " at most, in: ",
    "Hello all.\nWe go on May 3. Bye. ",
    "\nEnd",
)
QUESTION = HEAD + LIMIT + MIDDLE + MAIL + TAIL


def laid_out(*parts: tuple[str, Role]) -> list[Region]:
    found: list[Region] = []
    for text, role in parts:
        start = found[-1].end if found else 0
        found.append(Region(start, start + len(text), role))
    return found


REGIONS = laid_out(
    (HEAD, Role.FRAME), (LIMIT, Role.CLOSED), (MIDDLE, Role.FRAME), (MAIL, Role.FREE), (TAIL, Role.FRAME)
)
[DOCUMENT] = documents(QUESTION, REGIONS)


def test_an_instruction_is_added_before_or_after() -> None:
    changed = surrounded("Sort b a")
    assert len({*changed}) == 4
    assert [text.endswith("Sort b a") for text in changed] == [True, True, False, False]
    assert [text.startswith("Sort b a") for text in changed] == [False, False, True, True]


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("Sort the towns", "Sort the (but leave out the first one) towns"),
        ("Sort all the towns", "Sort all (but leave out the first one) the towns"),
        ("Sort", "Sort (but leave out the first one)"),
        ("", " (but leave out the first one)"),
    ],
)
def test_an_instruction_is_added_at_the_white_space_nearest_to_the_middle(question: str, changed: str) -> None:
    assert interrupted(question) == changed


def test_a_changed_frame_leaves_the_document_as_it_is_and_no_change_is_made_twice() -> None:
    never, data = reframed(QUESTION, REGIONS)
    assert len({*never}) == len(never)
    assert all(MAIL in text and text != QUESTION for text in (*never, *data))
    assert data == [f"{HEAD}{LIMIT} (but leave out the first one){MIDDLE}{MAIL}{TAIL}"]


@pytest.mark.parametrize(
    "changed",
    [
        QUESTION.replace("first", "last"),
        QUESTION.replace("date", "place"),
        QUESTION.replace("Find", "Colour"),
        QUESTION.replace("the first", "the first not"),
        QUESTION.replace("at most,", "at most, not"),
        QUESTION.replace("the first", "the first (but leave out the first one)"),
        f"Answer in French. {QUESTION}",
        f"{QUESTION} Give it in reverse.",
    ],
)
def test_a_frame_is_changed_by_other_words_by_negations_and_by_instructions(changed: str) -> None:
    assert changed in reframed(QUESTION, REGIONS)[0]


@pytest.mark.parametrize(("first", "last"), [(True, False), (False, True), (True, True)])
def test_nothing_is_added_at_an_end_where_a_document_stands(first: bool, last: bool) -> None:
    parts = [
        *[(MAIL, Role.FREE)] * first,
        ("Which date is in it, and what for?", Role.FRAME),
        *[(MAIL, Role.FREE)] * last,
    ]
    question = "".join(text for text, _ in parts)
    never, _ = reframed(question, laid_out(*parts))
    assert any(text.startswith("Answer in French.") for text in never) is not first
    assert any(text.endswith("Give it in reverse.") for text in never) is not last


def test_documents_come_the_longest_first_without_the_white_space_at_their_ends() -> None:
    texts = ["  a b \n", " \n", "\nlonger than that "]
    question = "".join(texts)
    found = documents(question, laid_out(*((text, Role.FREE) for text in texts)))
    assert [question[one.start : one.end] for one in found] == ["longer than that", "a b"]
    assert documents(question, laid_out((question, Role.CLOSED))) == []


def test_a_document_is_its_sentences_and_lines_each_with_the_white_space_after_it() -> None:
    found = [QUESTION[one.start : one.end] for one in sentences(QUESTION, DOCUMENT)]
    assert found == ["Hello all.\n", "We go on May 3. ", "Bye."]
    assert [without(QUESTION, one) for one in sentences(QUESTION, DOCUMENT)][1] == QUESTION.replace(
        "We go on May 3. ", ""
    )


def test_a_text_is_put_in_at_the_beginning_in_the_middle_and_at_the_end() -> None:
    mail = MAIL.rstrip()
    assert [text.removeprefix(HEAD + LIMIT + MIDDLE) for text in with_text(QUESTION, DOCUMENT, " New. \n")] == [
        f"New.\n\n{MAIL}{TAIL}",
        f"{mail.replace('We', 'New. We')} {TAIL}",
        f"{mail}\n\nNew. {TAIL}",
    ]


def test_noise_is_around_the_document_or_in_its_middle_and_changes_nothing_else() -> None:
    texts = [*noisy(QUESTION, DOCUMENT)]
    assert [*ordered(QUESTION, DOCUMENT)] == texts[-2:]
    assert len({*texts}) == 7
    begins, ends = HEAD + LIMIT + MIDDLE, " " + TAIL
    assert all(text.startswith(begins) and text.endswith(ends) for text in texts)
    noise = [text.removeprefix(begins).removesuffix(ends) for text in texts]
    mail = MAIL.rstrip()
    assert [text.endswith(mail) for text in noise] == [True] * 2 + [False] * 5
    assert [text.startswith(mail) for text in noise] == [False] * 2 + [True] * 3 + [False] * 2
    assert all(text.startswith("Hello all.\n") and text.endswith("We go on May 3. Bye.") for text in noise[5:])


def test_an_order_goes_to_the_end_of_a_document_that_has_no_sentence() -> None:
    empty = Region(0, 0, Role.FREE)
    assert [text.endswith("Which?") for text in ordered("Which?", empty)] == [True, True]
