"""Content and dress: what stands around an answer does not count, what changes what it says does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from latm.form import Form, find_form, fit_form, parse_form


@dataclass(frozen=True)
class Kind:
    """Answers of one kind, and pairs of further ones that are the same, or are not."""

    name: str
    answers: list[str]
    same: list[tuple[str, str]]
    different: list[tuple[str, str]]


KINDS = [
    Kind(
        "euro in several dresses",
        ["45.00", "€12.50", "The total is 7.25 euro.", "9.99 €", "EUR 3.20", "The total is 1,234.50 euro.", "8.00"],
        [
            ("45.00", "€45.00"),
            ("The total is 45.00 euro.", "45 €"),
            ("EUR 1234.50", "1,234.5"),
            ("It comes to €3.", "3.00"),
        ],
        [("45.00", "45.01"), ("€45.00", "$45.00"), ("45.00", "45"[:1]), ("45.50", "46"), ("45.00", "around €45.00")],
    ),
    Kind(
        "German numbers",
        ["45,00 €", "12,50 €", "Der Betrag ist 7,25 €.", "Der Betrag ist 9,99 €.", "3,20", "1.234,50", "8,00"],
        [("Der Betrag ist 45,00 €.", "45,00"), ("1.234,50 €", "1234,5")],
        [("Der Betrag ist etwa 45,00 €.", "45,00"), ("1.234,50", "1,23")],
    ),
    Kind(
        "one unit on and off",
        ["12 apples", "7", "3 apples", "5", "8 apples", "9"],
        [("12 apples", "12"), ("There are 12 apples.", "12"), ("1 apple", "1 apples")],
        [
            ("12 apples", "12 pears"),
            ("12 apples", "13 apples"),
            ("12", "at least 12"),
            ("12", "12.4"),
            ("12", "more than 12"),
        ],
    ),
    Kind(
        "two units are content",
        ["12.5 km", "7.25 km", "3 km", "12 miles", "4.5 miles", "9 miles"],
        [("12.5 km", "12.50 kilometres")],
        [("12 km", "12 miles"), ("12", "12 km")],
    ),
    Kind(
        "scale is content",
        ["3 million", "2", "5", "7", "12", "9"],
        [],
        [("3 million", "3"), ("3 million", "3 thousand")],
    ),
    Kind(
        "a plain number",
        ["4", "7", "12", "9", "3"],
        [("So the answer is 4.", "4"), ("\\boxed{4}", "4"), ("**4**", "4.0"), ("### Answer\n4", "4"), ("−4", "-4")],
        [("4-5", "4"), ("4 or 5", "4"), ("-4", "4"), ("4/5", "4"), ("4 5", "45"), ("4%", "4"), ("not 4", "4")],
    ),
    Kind(
        "reasoning before the answer",
        [
            "3 boxes hold 4 each. So there are 12.",
            "5 plus 6 make 11. So there are 11.",
            "7",
            "9",
            "2 and 3. So there are 5.",
        ],
        [("3 boxes hold 4 each. So there are 12.", "12")],
        [("3 boxes hold 4 each. So there are 12.", "4"), ("I am unsure. So there are 12.", "12")],
    ),
    Kind(
        "two numbers are content",
        [
            "The sum is 45 euro. The tax is 3 euro.",
            "The sum is 12 euro. The tax is 1 euro.",
            "The sum is 5 euro. The tax is 2 euro.",
        ],
        [],
        [("The sum is 45 euro. The tax is 3 euro.", "The sum is 44 euro. The tax is 3 euro.")],
    ),
    Kind(
        "what a number is called, where it varies",
        ["Total: 45.00", "Tax: 3.00", "Total: 12.50", "Tax: 1.20", "Total: 7.77", "Tax: 0.45"],
        [("Total: 45.00", "Total: 45")],
        [("Total: 45.00", "Tax: 45.00")],
    ),
    Kind(
        "options",
        ["(A)", "B", "The answer is (C).", "**D**", "e)", "(B)", "The answer is (A)."],
        [("(A)", "A."), ("The answer is (C).", "c"), ("I would choose (D).", "D"), ("(A) the red one", "A")],
        [("(A)", "(B)"), ("A, C", "C"), ("(A) or (B)", "(A)"), ("not (A)", "(A)")],
    ),
    Kind(
        "a verdict",
        ["guilty", "not guilty", "guilty", "not guilty", "guilty", "The verdict is guilty."],
        [("The verdict is guilty.", "Guilty")],
        [("guilty", "not guilty"), ("The verdict is not guilty.", "guilty")],
    ),
    Kind(
        "who it is about",
        ["Alice is guilty", "Bob is guilty", "Alice is innocent", "Bob is innocent", "Carol is guilty"],
        [],
        [("Alice is guilty", "Bob is guilty"), ("Alice is guilty", "guilty")],
    ),
    Kind(
        "names that contain names",
        ["New York", "York", "New Delhi", "Paris", "Delhi", "New Orleans"],
        [],
        [("New York", "York"), ("New Delhi", "Delhi")],
    ),
    Kind(
        "names in sentences",
        [
            "Ana Silva",
            "The customer is Bo Lee.",
            "Customer: Cy Tan",
            "Di Wu",
            "The customer is Ed Orr.",
            "Customer: Flo Day",
        ],
        [("The customer is Bo Lee.", "Bo Lee"), ("Customer: Bo Lee", "**Bo Lee**")],
        [("Bo Lee", "Bo Li"), ("The customer is not Bo Lee.", "Bo Lee")],
    ),
    Kind(
        "times",
        ["12:30", "09:15", "23:45", "08:00", "The train leaves at 11:11."],
        [("It arrives at 12:30.", "12:30"), ("**12:30**", "12:30")],
        [("12:30", "12:31"), ("not at 12:30", "12:30"), ("12:30 or 12:31", "12:30"), ("before 12:30", "12:30")],
    ),
    Kind(
        "JSON in a fence, with words before it",
        ['{"a": 1, "b": "x"}', '```json\n{\n  "a": 2,\n  "b": "y"\n}\n```', 'Here is the JSON:\n{"b": "z", "a": 3}'],
        [('{"a": 1, "b": "x"}', 'Sure! Here it is:\n\n```json\n{"b": "x",\n "a": 1.0}\n```')],
        [('{"a": 1, "b": "x"}', '{"a": 1, "b": "X"}'), ('{"a": 1, "b": "x"}', '{"a": 1}')],
    ),
    Kind(
        "a list with and without bullets",
        ["- 2 eggs\n- milk", "* bread\n* 3 pears", "Here is the list:\n- tea\n- salt", "1. oil\n2. rice"],
        [("- 2 eggs\n- milk", "2 eggs\nmilk"), ("Shopping list:\n- tea\n- salt", "1. tea\n2. salt")],
        [("- 2 eggs\n- milk", "- milk\n- 2 eggs"), ("- 2 eggs\n- milk", "- 2 eggs")],
    ),
    Kind(
        "CSV",
        ["name,total\nAna,1.0\nBo,2", "name,total\nCy,3", "```csv\nname,total\nDi,4\nEd,5\n```"],
        [("name,total\nAna,1.0", "name,total  \nAna,1\n")],
        [("name,total\nAna,1", "Ana,1"), ("name,total\nAna,1", "name,total\nAna,2")],
    ),
    Kind(
        "code keeps its indentation",
        ["def f(x):\n    return x", "def g(y):\n    return y + 1", "a = 1\nb = 2"],
        [("def f(x):\n    return x", "def f(x):  \n    return x\n")],
        [("if a:\n    b\n    c", "if a:\n    b\nc")],
    ),
    Kind(
        "Chinese",
        ["答案是45。", "45", "总数是12", "12", "答案是7。", "9", "33", "总数是8"],
        [("答案是45。", "45")],
        [("答案是45。", "46"), ("约45", "45")],
    ),
]


@pytest.mark.parametrize("repeated", [1, 3])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_dress_does_not_count_and_content_does(kind: Kind, repeated: int) -> None:
    form = find_form(kind.answers * repeated)
    assert [pair for pair in kind.same if not form.same(*pair)] == []
    assert [pair for pair in kind.different if form.same(*pair)] == []


DRESSES = [
    ("45.00", "€{}", ["€12.50", "€7.25", "9.99", "€3.20"]),
    (
        "45.00",
        "The total is {} euro.",
        ["The total is 12.50 euro.", "The total is 7.25 euro.", "9.99 €", "The total is 3.20 euro."],
    ),
    ("(B)", "**{}**", ["**(A)**", "**(C)**", "(D)", "**(A)**"]),
    (
        "high",
        "Priority: {}",
        ["Priority: low", "low", "Priority: high", "Priority: high", "high", "Priority: low", "Priority: low"],
    ),
    ('{"a": 4}', "```json\n{}\n```", ['```json\n{"a": 1}\n```', '```json\n{"a": 2}\n```', '{"a": 3}']),
    ("45", "Sure! {}", ["Sure! 12", "Sure! 7", "Sure! 9"]),
    ("45", "{}", ["Sure! 12", "7\n\nI hope this helps!", "9", "Certainly. 8", "Let me think. So the answer is 6."]),
]


@pytest.mark.parametrize(("content", "dress", "answers"), DRESSES)
def test_an_answer_is_put_into_the_commonest_dress(content: str, dress: str, answers: list[str]) -> None:
    form = find_form(answers)
    assert form.rendered(content) == dress.replace("{}", content)
    assert form.rendered(dress.replace("{}", content)) == dress.replace("{}", content)


def test_a_letter_comes_back_whole() -> None:
    letters = [
        f"Hello {name},\n\nThank you for your order. It ships on {day}.\n\nLet me know if you need anything else!"
        for name, day in [("Ana", "Monday"), ("Bo", "Friday"), ("Cy", "Sunday")]
    ]
    form = find_form(letters)
    assert [form.rendered(letter) for letter in letters] == letters
    assert not form.same(letters[0], letters[1])


def test_wrong_answers_and_refusals_do_not_hide_the_form() -> None:
    answers = [f"€{n}.50" for n in range(17)] + [
        "€999",
        "I'm sorry, but I can't help with that.",
        "As an AI I cannot say.",
    ]
    form = find_form(answers)
    assert form.same("€3.50", "3.5")
    assert form.valid("3.50")
    assert not form.valid(answers[-1])
    assert not form.same("€3.50", answers[-1])


OPINIONS = [
    f"{start} {thing}."
    for start in ["I think I prefer", "It depends, but mostly", "Personally, I like"]
    for thing in ["tea", "oak", "jazz", "rain"]
]
PROSE = [
    f"{first} wanders through {second} light, tender and unhurried, until {first} forgets every quarrel"
    for first, second in zip(
        [
            "autumn",
            "brother",
            "captain",
            "daylight",
            "evening",
            "farmer",
            "garden",
            "harvest",
            "island",
            "juniper",
            "kitchen",
            "lantern",
        ],
        ["amber", "bitter", "coral", "dusty", "early", "faded", "golden", "hazy", "ivory", "jaded", "kindled", "lunar"],
        strict=True,
    )
]


@pytest.mark.parametrize("answers", [OPINIONS, ["I'm sorry, but I cannot help with that."] * 12])
def test_opinions_and_refusals_have_no_stable_content(answers: list[str]) -> None:
    assert not find_form(answers).is_stable
    assert find_form(answers[:11]).is_stable


ROMAN = [
    f"{tens}{ones}" for tens in ("X", "XX", "XL", "L", "LX", "C") for ones in ["I", "II", "III", "IV", "V", "VI", "VII"]
] * 2
VERSES = [
    f"the {n}a of a {n}b and the {n}c in the {n}d sing to the {n}e of the {n}f".translate(
        str.maketrans("0123456789", "klmnopqrst")
    )
    for n in range(1000, 1012)
]


def test_words_from_the_question_are_stable_content_and_new_ones_are_not() -> None:
    assert find_form(VERSES).is_stable
    assert find_form(VERSES, [f"Repeat this: {verse}" for verse in VERSES]).is_stable
    assert not find_form(VERSES, ["Write a verse."] * 12).is_stable
    assert find_form(PROSE, PROSE).is_stable


@pytest.mark.parametrize(
    "listed",
    [
        lambda n: ", ".join(ROMAN[(n * 7 + k) % 84] for k in range(12)),
        lambda n: " ".join(f"AB{n}{k}X" for k in range(12)),
        lambda n: " ".join(f"{chr(97 + n)}{chr(97 + k)}{chr(122 - k)}{chr(122 - n)}" for k in range(12)),
        lambda n: (
            f"Sure!\n\n{'-'.join(ROMAN[(n * 7 + k) % 84] for k in range(12))}\n\nLet me know if you need anything else!"
        ),
        lambda n: f"There are 12 of them here. I begin with the first one. The answer is {ROMAN[n]}, {ROMAN[n + 40]}.",
    ],
    ids=["numerals", "codes", "reversed words", "numerals, politely", "numerals, explained"],
)
def test_lists_that_a_program_could_have_worked_out_are_stable_content(listed: Callable[[int], str]) -> None:
    answers = [listed(n) for n in range(12)]
    assert find_form(answers, [f"Work this out: {n}" for n in range(12)]).is_stable


SET = [
    ("number:2", ["€12.50", "The total is 7.25 euro.", "9.99"], "€45", "45.00"),
    ("option", ["Option (A) is right.", "Option (B) is right.", "C"], "Option (D) is right.", "(D)"),
    ("label:yes,no", ["It is: yes", "no", "I say no"], "The answer is YES.", "yes"),
    ("json:a", ['Look: {"a": 1}', '{"a": 2}', '{"a": 3}'], 'Look: {"a":1}', '{"a": 1}'),
]


@pytest.mark.parametrize(("words", "answers", "text", "wanted"), SET)
def test_a_form_that_was_set_reads_dressed_answers_and_prints_plain_ones(
    words: str, answers: list[str], text: str, wanted: str
) -> None:
    form = fit_form(parse_form(words), answers)
    assert form.rendered(text) == wanted
    assert form.same(text, wanted)


def test_a_form_that_was_set_stays_as_it_is_without_answers() -> None:
    assert fit_form(parse_form("number"), []) == parse_form("number")
    assert fit_form(parse_form("exact"), ["a", "b", "c"]) == parse_form("exact")


def test_a_found_form_comes_back_from_its_text() -> None:
    forms = [find_form(kind.answers) for kind in KINDS]
    assert [Form.load(form.dump()) for form in forms] == forms
