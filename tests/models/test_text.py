"""Reasoning is taken off, and what cannot be kept is replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.models.text import clean_text, without_reasoning


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Rome", "Rome"),
        ("  Rome\n", "  Rome\n"),
        ("", ""),
        ("<think>Paris?</think>Rome", "Rome"),
        ("\n<think>\nParis?\n</think>\n\nRome\n", "Rome"),
        ("<THINK>Paris?</Think>Rome", "Rome"),
        ("<thinking>Paris?</thinking>Rome", "Rome"),
        ("<reasoning>Paris?</reasoning>Rome", "Rome"),
        ("[THINK]Paris?[/THINK]Rome", "Rome"),
        ("Paris?</think>Rome", "Rome"),
        ("Paris?\n</think>\nOr Bonn?</think>\nRome", "Rome"),
        ("<think>a<think>b</think>c</think>Rome", "Rome"),
        ("<think>a</think>Ro<think>b</think>me", "Rome"),
        ("<think></think>Rome", "Rome"),
        ("<think>Rome</think>", ""),
        ("<think>Paris, for", None),
        ("<think>a<think>b</think>", None),
        ("Rome\n<think>or", None),
        ("<think>a</think>Rome\n<think>or", None),
        ("Write <think> first.", "Write <think> first."),
        ("Write `<think>` first, `</think>` last.", "Write `<think>` first, `</think>` last."),
        ('TAGS = ("<think>", "</think>")', 'TAGS = ("<think>", "</think>")'),
        ("<thinker>Rome</thinker>", "<thinker>Rome</thinker>"),
        ("<think>```python\nbad\n```</think>\n```python\ngood\n```", "```python\ngood\n```"),
    ],
)
def test_what_is_said_is_what_stands_outside_the_reasoning(text: str, said: str | None) -> None:
    assert without_reasoning(text) == said


PIECES = st.sampled_from(["<think>", "</think>", "<thinking>", "[/THINK]", "a", "\n", " ", "`", '"'])


@given(st.lists(PIECES).map("".join))
def test_what_is_said_is_part_of_the_text(text: str) -> None:
    said = without_reasoning(text)
    rest = iter(text)
    assert said is None or all(sign in rest for sign in said)


@given(st.text(st.characters(exclude_categories=[])))
def test_clean_text_can_be_kept_and_keeps_the_rest(text: str) -> None:
    clean = clean_text(text)
    assert clean.encode().decode() == clean
    assert "\0" not in clean
    assert all(after in {before, "�"} for before, after in zip(text, clean, strict=True))
