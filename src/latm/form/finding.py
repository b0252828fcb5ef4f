"""Finding the form of a task from its answers; what is not clear is `folded`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from latm.form.dress import Dress
from latm.form.form import Form
from latm.form.lexicon import REFUSAL
from latm.form.mining import mine, surface
from latm.form.shape import Content
from latm.form.shapes import SHAPES, Exact, Folded, Lines, Shape, folded, labels_of
from latm.form.stability import is_stable

_FEWEST = 3
_SHARE = 0.8
"""The share of the answers that must have a shape: a tenth may be wrong, a twentieth refusals."""
_LABELLED = 0.6
"""The share of answers that are known labels, if others of their kind may follow."""
_MOST = 120
"""How many answers are looked at; more would not tell more."""
_LONGEST = 20_000
"""Characters of an answer that is looked at; longer ones are cut."""


def find_form(answers: Sequence[str], questions: Sequence[str] = ()) -> Form:
    """The form of a task from answers to its questions, three or more; fewer, or unclear ones, give `folded`.

    Args:
        answers: as they came, up to a tenth of them wrong.
        questions: what each of them answers, in the same order, if it is known; with them, prose that neither comes
            from the question nor recurs is seen to have no stable content.
    """
    texts = _told(answers)
    identifiers = sum(_IDENTIFIER.fullmatch(text) is not None for text in texts)
    if len(texts) < _FEWEST or 2 * identifiers >= len(texts):
        return Form()
    for shape in SHAPES.values():
        if not shape.is_sought:
            continue
        sight = _see(shape.sought(texts), texts)
        if sight.is_clear:
            return sight.form()
    if not is_stable(answers[:_MOST], questions[:_MOST]):
        return Form(is_stable=False)
    words = _see(Folded(), texts)
    labels = _see(labels_of([content for _, content in words.contents if not content.note]), texts)
    if labels.is_labelled and (labels.is_dressed or labels.has_spellings):
        return labels.form()
    lines = _see(Lines(), texts)
    if not words.dress.is_explained and lines.has_lines:
        return lines.form()
    return words.form() if words.is_dressed else Form()


def fit_form(form: Form, answers: Sequence[str]) -> Form:
    """A form that a user set, which now reads the content of these answers in whatever dress they come.

    It still prints plain answers, as it was set.
    """
    texts = _told(answers)
    if len(texts) < _FEWEST or isinstance(form.shape, Exact):
        return form
    sight = _see(form.shape, texts)
    shape = form.shape.fitted([content for _, content in sight.contents])
    return replace(form, shape=shape, dress=sight.dress)


def _told(answers: Sequence[str]) -> list[str]:
    """The answers that are looked at: refusals are left out, unless most are."""
    given = [text.strip()[:_LONGEST] for text in answers[:_MOST] if text.strip()]
    told = [text for text in given if not REFUSAL.match(text)]
    return told if 2 * len(told) > len(given) else given


_IDENTIFIER = re.compile(r"(?:\+\d|0\d)[\d\s()/-]*")
"""Digits whose sign or leading zero is content: telephone numbers, postcodes, account numbers. They are not amounts."""


@dataclass(frozen=True)
class _Sight:
    """Answers as one shape sees them."""

    shape: Shape
    dress: Dress
    texts: Sequence[str]
    contents: Sequence[tuple[str, Content]]

    @property
    def is_clear(self) -> bool:
        """Whether nearly every answer has content of the shape."""
        return len(self.contents) >= max(_FEWEST - 1, _SHARE * len(self.texts))

    @property
    def has_lines(self) -> bool:
        """Whether most answers have several lines."""
        return sum("\n" in content.shown for _, content in self.contents) * 2 > len(self.texts)

    @property
    def is_dressed(self) -> bool:
        """Whether there is anything to tell from content."""
        bare = sum(folded(content.raw) == folded(text) for text, content in self.contents)
        return bool(self.dress.frames) or self.dress.is_explained or bare < len(self.contents)

    @property
    def is_labelled(self) -> bool:
        """Whether most answers are labels that come again and again."""
        return sum(self.shape.read(content.raw) is not None for _, content in self.contents) >= _LABELLED * len(
            self.texts
        )

    @property
    def has_spellings(self) -> bool:
        """Whether one content is written in several ways."""
        return any(content.raw != self.shape.printed(content.value) for _, content in self.contents)

    def form(self) -> Form:
        """The form, with the details of the shape settled, and the commonest dress."""
        shape = self.shape.settled([content for _, content in self.contents if not content.note])
        settled = _see(shape, self.texts, self.dress)
        opened, closed = surface(settled.contents)
        return Form(shape, replace(self.dress, opened=opened, closed=closed))


def _see(shape: Shape, texts: Sequence[str], dress: Dress | None = None) -> _Sight:
    dress = dress or mine(shape, texts)
    contents = [(text, content) for text in texts if (content := dress.read(shape, text))]
    return _Sight(shape, dress, texts, contents)
