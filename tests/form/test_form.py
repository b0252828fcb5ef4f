"""Form: when two answers are the same, and how an answer looks."""

import sys

import pytest

from latm.errors import SettingsError
from latm.form import Form, Sameness, find_form, parse_form

SAME, REWRITTEN, DIFFERENT = Sameness.SAME, Sameness.REWRITTEN, Sameness.DIFFERENT

PAIRS = [
    ("exact", "a", "a", SAME),
    ("exact", "a", "a ", DIFFERENT),
    ("exact", "a", "A", DIFFERENT),
    ("folded", "alpha beta", "alpha beta\n", SAME),
    ("folded", "alpha beta", "Alpha  Beta.", REWRITTEN),
    ("folded", "alpha beta", "beta alpha", DIFFERENT),
    ("folded", "1", "1.0", DIFFERENT),
    ("number", "1", "1.0", REWRITTEN),
    ("number", "1.0", "1.0 ", SAME),
    ("number", "1", "1.4", DIFFERENT),
    ("number", "45.5", "46", DIFFERENT),
    ("number", "5.28598", "5.285980", REWRITTEN),
    ("number", "0.70947265625", "0.7094726562", DIFFERENT),
    ("number", "-0", "0", REWRITTEN),
    ("number", "1e3", "1000", REWRITTEN),
    ("number", "1,234,567", "1234567", REWRITTEN),
    ("number", "1.234,5", "1234.5", REWRITTEN),
    ("number", "1,234", "1.234", DIFFERENT),
    ("number", "nan", "nan", SAME),
    ("number", "nan", "1", DIFFERENT),
    ("number", "1e999999999", "1e999999998", DIFFERENT),
    ("number", "1e99999999999999999999999", "2", DIFFERENT),
    ("number", "7" * 6000, "7" * 6000 + ".0", REWRITTEN),
    ("number", "7" * 6000, "7" * 5999 + "8", DIFFERENT),
    ("number", "100, 200", "100200", DIFFERENT),
    ("number:2", "45.00", "45", REWRITTEN),
    ("number:2", "45.00", "45.004", REWRITTEN),
    ("number:2", "45.00", "45.005", REWRITTEN),
    ("number:2", "45.00", "45.006", DIFFERENT),
    ("number:2", "45.5", "46", DIFFERENT),
    ("number:10s", "0.70947265625", "0.7094726562", REWRITTEN),
    ("number:10s", "0.70947265625", "0.7094726563", REWRITTEN),
    ("number:10s", "0.7094726562", "0.7094726563", DIFFERENT),
    ("number:10s", "12345678901", "12345678902", DIFFERENT),
    ("number:3s", "9.99", "10.0", DIFFERENT),
    ("option", "(A)", "a", REWRITTEN),
    ("option", "(A)", "A.", REWRITTEN),
    ("option", "(A)", "(A) the blue ball", REWRITTEN),
    ("option", "(A)", "(B)", DIFFERENT),
    ("option", "A", "A blue ball", DIFFERENT),
    ("json", '{"a": 1, "b": [1.0, "x"]}', '{"b":[1,"x"],"a":1.00}', REWRITTEN),
    ("json", '{"a": 1}', '{"a": "1"}', DIFFERENT),
    ("json", '{"a": 1}', '{"a": true}', DIFFERENT),
    ("json", '{"a": 1, "a": 2}', '{"a": 2}', DIFFERENT),
    ("json", '{"a": NaN}', '{"a": NaN} ', SAME),
    ("json", '{"a": "x"}', '{"a": "X"}', DIFFERENT),
    ("json", '{"a": 1, "b": null}', '{"a": 1}', REWRITTEN),
    ("json", '{"a": null}', '{"a": ""}', DIFFERENT),
    ("json", '{"a": "x  y\\n"}', '{"a": "x y"}', REWRITTEN),
    ("json", '[{"a": 1}, {"a": 2}]', '[{"a": 2}, {"a": 1}]', DIFFERENT),
    ("json", '[{"a": 1}]', '[{"a": 1}, {"a": 2}]', DIFFERENT),
    ("json:a", '{"a": 1, "b": 2}', '{"a": 1, "b": 3}', REWRITTEN),
    ("json:a", '{"a": 1}', '{"b": 1}', DIFFERENT),
    ("lines", "a\nb", "a  \nB\n", REWRITTEN),
    ("lines", "a\nb", "b\na", DIFFERENT),
    ("lines", "a\nb", "a b", DIFFERENT),
    ("lines:,", "x,1.0\ny,2", "x, 1\ny,2.00", REWRITTEN),
    ("lines:,", "x,1\ny,2", "x,1\ny,3", DIFFERENT),
]


@pytest.mark.parametrize(("words", "one", "other", "sameness"), PAIRS)
def test_two_answers_compare_by_their_form(words: str, one: str, other: str, sameness: Sameness) -> None:
    form = parse_form(words)
    assert form.compare(one, other) is sameness
    assert form.compare(other, one) is sameness
    assert form.same(one, other) is (sameness is not DIFFERENT)


RENDERED = [
    ("number", "1.0", "1"),
    ("number", "1e3", "1000"),
    ("number", "-0.0", "0"),
    ("number:2", "45", "45.00"),
    ("number:2", "1,234.5", "1234.50"),
    ("number:10s", "0.70947265625", "0.7094726562"),
    ("number", "nothing", "nothing"),
    ("option", "b.", "(B)"),
    ("json", '{"b":1.50,\n"a":[]}', '{"b": 1.50, "a": []}'),
    ("lines", "a  \nb\n", "a\nb"),
    ("folded", " a. ", "a."),
    ("exact", " a ", " a "),
]


@pytest.mark.parametrize(("words", "text", "wanted"), RENDERED)
def test_an_answer_is_rendered_in_the_dress_of_its_form(words: str, text: str, wanted: str) -> None:
    assert parse_form(words).rendered(text) == wanted


FOUND = [
    (["1", "2.0", "3"], ["1"], ["x", ""]),
    (["(A)", "(C)", "B"], ["d"], ["blue", "AB"]),
    (['{"a": 1}', '{"a": 2}', '{"a": 3}'], ['{"a":4}'], ["{", "4"]),
    (["a\nb", "c\nd\ne", "f\ng"], ["x\ny\nz"], [""]),
    (["apple pear", "banana fig", "cherry"], ["date"], [" "]),
]


@pytest.mark.parametrize(("answers", "valid", "invalid"), FOUND)
def test_a_found_form_says_what_looks_like_an_answer(answers: list[str], valid: list[str], invalid: list[str]) -> None:
    form = find_form(answers)
    assert all(form.valid(text) for text in [*answers, *valid])
    assert not any(form.valid(text) for text in invalid)


DIGITS = [
    (["45.00", "12.50", "7.25"], "45", "45.00"),
    (["0.7094726562", "12.34567891", "3.141592654"], "0.70947265625", "0.7094726562"),
    (["45.25", "12.5", "7.23", "3.14", "2.71", "9.99", "1.01", "4"], "12.50", "12.5"),
    (["1", "20", "300"], "1.4", "1.4"),
    (["5.28598", "5.285980", "1.5"], "5.2859801", "5.2859801"),
    (["1.234,50", "45,00", "7,25"], "1234.5", "1.234,50"),
    (["1,234.50", "45,100.00", "7,000.25"], "12345.5", "12,345.50"),
    (["(a)", "(b)", "(a)"], "C", "(c)"),
]


@pytest.mark.parametrize(("answers", "text", "wanted"), DIGITS)
def test_the_examples_decide_how_an_answer_is_written(answers: list[str], text: str, wanted: str) -> None:
    form = find_form(answers)
    assert form.rendered(text) == wanted
    assert form.same(text, wanted)


def test_the_digits_are_told_to_the_maker() -> None:
    assert find_form(["45.00", "12.50", "7.25"]).described() == "The answer is a number, printed with 2 decimals."
    assert not find_form(["yes", "no", "perhaps"]).described()


def test_the_dress_and_the_unit_are_told_to_the_maker() -> None:
    form = find_form(["The total is €45.00.", "The total is €12.50.", "The total is €7.25."])
    assert form.described() == (
        "The answer is a number, printed with 2 decimals. Its unit is EUR, printed as '€' before the number. "
        "It is given with 'The total is ' before it and '.' after it."
    )


def test_a_wrong_answer_among_many_does_not_hide_the_form() -> None:
    assert find_form([*[f"{n}.50" for n in range(18)], "I cannot say.", "12.3"]).rendered("3") == "3.00"


@pytest.mark.parametrize("answers", [[], ["1"], ["1", "2"], ["", " ", "\n"], ["1", "a", "{}"]])
def test_what_is_not_clear_is_folded(answers: list[str]) -> None:
    assert find_form(answers) == Form() == parse_form("folded")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "float",
        "number:x",
        "number:-1",
        "number:0",
        "number:99999",
        "number:٣",
        "json:{",
        "json:a,,b",
        "exact:1",
        "lines:ab",
    ],
)
def test_an_unknown_form_is_refused_with_its_name_and_the_remedy(words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_form(words)
    assert words in str(caught.value)
    assert "number:2" in caught.value.hint


SCHEMA = (
    '{"type": "object", "required": ["total"], '
    '"properties": {"total": {"type": "number"}, "kind": {"enum": ["a", "b"]}}}'
)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ('{"total": 1.5, "kind": "a"}', True),
        ('{"total": 1.5}', True),
        ('{"total": "1.5"}', False),
        ('{"total": 1, "kind": "c"}', False),
        ('{"kind": "a"}', False),
        ("[1]", False),
    ],
)
def test_a_schema_says_which_json_is_valid(text: str, valid: bool) -> None:
    assert parse_form(f"json:{SCHEMA}").valid(text) is valid


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", '{"name": "number"}', "x" * 10_000, "[" * 100_000])
def test_a_damaged_text_is_no_form(text: str) -> None:
    with pytest.raises(SettingsError, match="No answer form"):
        Form.load(text)


def test_digits_beyond_the_limit_of_int_are_read() -> None:
    assert len("7" * 6000) > sys.get_int_max_str_digits()
    assert parse_form("json").same(f"[{'7' * 6000}]", f"[ {'7' * 6000}.0 ]")


@pytest.mark.parametrize(
    "answers",
    [
        ["+493863422207", "+3535742211040", "+339235183770"],
        ["01069", "04109", "20095", "00185"],
        ["0049 30 1", "0044 20 2"],
    ],
)
def test_digits_whose_sign_or_zero_is_content_are_no_amounts(answers: list[str]) -> None:
    form = find_form(answers)
    assert [form.rendered(answer) for answer in answers] == answers
    assert not form.same(answers[0], answers[0].lstrip("+0"))


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        ('{"a": 1, "b": "x"}', '{"a": 1.0, "b": "y"}', ["b"]),
        ('{"a": 1}', '{"b": 1}', ["a", "b"]),
        ('{"items": [{"price": 1}, {"price": 2}]}', '{"items": [{"price": 1}, {"price": 3}]}', ["items.1.price"]),
        ('{"items": [1]}', '{"items": [1, 2]}', ["items"]),
        ('{"a": null}', "{}", []),
        ("no JSON", '{"a": 1}', []),
    ],
)
def test_the_fields_that_differ_are_named(one: str, other: str, fields: list[str]) -> None:
    assert parse_form("json").differing(one, other) == fields
