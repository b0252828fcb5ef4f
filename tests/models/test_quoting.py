"""Quotations are taken out of a text, and come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from latm.models.quoting import LEAST, quoted, unquoted

WORDS = st.text(st.sampled_from("ab\n\ud800é"), max_size=60)


@st.composite
def quoting(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text with parts of some sources in it, and the sources."""
    sources = draw(st.lists(st.text(st.sampled_from("abc \n\ud800é"), max_size=200), max_size=3))
    pieces = draw(st.lists(st.one_of(WORDS, *(st.just(source[start:]) for source in sources for start in (0, 7)))))
    return "".join(pieces), sources


@given(quoting())
def test_a_text_comes_back_as_it_was(given: tuple[str, list[str]]) -> None:
    text, sources = given
    assert quoted(unquoted(text, sources), sources) == text


@given(quoting())
def test_no_long_run_of_a_source_is_left_in_its_own_words(given: tuple[str, list[str]]) -> None:
    text, sources = given
    kept = unquoted(text, sources)
    own = [kept] if isinstance(kept, str) else [piece for piece in kept if isinstance(piece, str)]
    runs = {source[start : start + LEAST] for source in sources for start in range(len(source) - LEAST + 1)}
    assert not any(piece[start : start + LEAST] in runs for piece in own for start in range(len(piece)))


def test_a_text_without_quotations_is_kept_whole() -> None:
    assert unquoted("its own words", ["the words of another, which are long enough to be quoted"]) == "its own words"
