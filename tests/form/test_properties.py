"""What holds for every form and every text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latm.form import Form, find_form, fit_form, parse_form

WORDS = [
    "exact",
    "folded",
    "number",
    "number:2",
    "number:3s",
    "option",
    "label:yes,no",
    "lines",
    "lines:,",
    "json",
    "json:a,b",
    'json:{"type":"object"}',
]
PIECES = st.sampled_from(
    [
        "1",
        "0",
        ",",
        ".",
        "-",
        "e9",
        " ",
        "\n",
        "(",
        "A",
        ")",
        '{"a": ',
        "}",
        "[",
        "]",
        '"',
        "€",
        "total",
        ":",
        "**",
        "\x00",
        "\ud800",
    ]
)
TEXTS = st.one_of(
    st.text(alphabet=st.characters(), max_size=30),
    st.lists(PIECES, max_size=12).map("".join),
    st.decimals().map(str),
    st.recursive(
        st.integers() | st.booleans() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3), max_leaves=6
    ).map(repr),
)
DRESSES = [
    "{}",
    "{}.",
    "**{}**",
    "€{}",
    "{} apples",
    "The total is {} euro.",
    "Answer: {}",
    "I looked at it. So the answer is {}.",
    "Sure! {}\n\nI hope this helps!",
    "Here is the list:\n{}",
    "```\n{}\n```",
    "about {}",
    "{} or {}",
]
CONTENTS = st.one_of(
    st.decimals(-1000, 1000, places=2).map(str),
    st.integers(-(10**6), 10**6).map("{:,}".format),
    st.sampled_from(
        ["(A)", "b", "yes", "No", "new york", "York", "2024-03-05", "12:30", '{"a": 1}', "- a\n- b", "a,1\nb,2"]
    ),
)
DRESSED = st.builds(lambda dress, content: dress.replace("{}", content), st.sampled_from(DRESSES), CONTENTS)
ANY = st.one_of(TEXTS, DRESSED)
FORMS = st.one_of(
    st.sampled_from(WORDS).map(parse_form),
    st.lists(TEXTS, max_size=8).map(find_form),
    st.lists(DRESSED, min_size=3, max_size=14).map(find_form),
    st.builds(fit_form, st.sampled_from(WORDS).map(parse_form), st.lists(DRESSED, min_size=3, max_size=8)),
)


@settings(deadline=None)
@given(FORMS, ANY)
def test_every_text_is_the_same_as_itself(form: Form, text: str) -> None:
    assert form.same(text, text)


@settings(deadline=None)
@given(FORMS, ANY, ANY)
def test_sameness_is_symmetric(form: Form, one: str, other: str) -> None:
    assert form.compare(one, other) is form.compare(other, one)


@settings(deadline=None)
@given(FORMS, ANY)
def test_rendering_changes_dress_alone_and_only_once(form: Form, text: str) -> None:
    rendered = form.rendered(text)
    assert form.same(text, rendered)
    assert form.rendered(rendered) == rendered
    assert form.valid(rendered) is form.valid(text)


@settings(deadline=None)
@given(FORMS)
def test_a_stored_form_comes_back(form: Form) -> None:
    assert Form.load(form.dump()) == form
    assert form.dump().isascii()


HUGE = [
    "7" * 200_000,
    " " * 200_000,
    "[" * 200_000,
    "1," * 100_000,
    "a. " * 60_000,
    "1.1\n" * 50_000,
    "\ud800\x00" * 100_000,
    "**" * 100_000,
]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("text", HUGE, ids=lambda text: text[:3].encode(errors="replace").decode())
def test_huge_texts_are_compared_too(words: str, text: str) -> None:
    form = parse_form(words)
    assert form.same(text, form.rendered(text))
    assert not form.same(text, "1")


@pytest.mark.parametrize("text", HUGE, ids=lambda text: text[:3].encode(errors="replace").decode())
def test_a_form_is_found_from_huge_texts(text: str) -> None:
    assert find_form([text, text + "1", text + "2"]).same(text, text)
