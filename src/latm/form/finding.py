"""Finding the form of a task from its answers; what is not clear is `folded`."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from latm.form.dress import Content, Dress
from latm.form.form import Form
from latm.form.mining import mine, surface
from latm.form.numbers import find_digits
from latm.form.shapes import Folded, Json, Lines, Number, Option, Shape, bullet_of, folded
from latm.form.structured import Layout

_FEWEST = 3
_SHARE = 0.8
"""The share of the answers that must have a shape: a tenth may be wrong, a twentieth refusals."""
_MOST = 400
"""Answers that are looked at; more would not tell more."""
_LONGEST = 20_000
"""Characters of an answer that is looked at; longer ones are cut."""


def find_form(answers: Sequence[str]) -> Form:
    """The form of a task from answers to its questions, three or more; fewer, or unclear ones, give `folded`."""
    texts = [text.strip()[:_LONGEST] for text in answers[:_MOST] if text.strip()]
    if len(texts) < _FEWEST:
        return Form()
    for sight in (_see(Json(), texts), _see(Number(), texts), _see(Option(), texts)):
        if sight.is_clear:
            return sight.form()
    words = _see(Folded(), texts)
    lines = _see(Lines(), texts)
    if not words.dress.is_explained and lines.has_lines:
        return lines.form()
    return words.form() if words.is_dressed else Form()


@dataclass(frozen=True)
class _Sight:
    """Answers as one shape sees them."""

    shape: Shape
    dress: Dress
    texts: Sequence[str]
    contents: Sequence[tuple[str, Content]]

    @property
    def is_clear(self) -> bool:
        """Whether hardly an answer has no content of the shape."""
        return len(self.contents) >= max(_FEWEST - 1, _SHARE * len(self.texts))

    @property
    def has_lines(self) -> bool:
        """Whether most answers have several lines."""
        return sum("\n" in content.raw for _, content in self.contents) * 2 > len(self.texts)

    @property
    def is_dressed(self) -> bool:
        """Whether there is anything to tell from content."""
        bare = sum(folded(content.raw) == folded(text) for text, content in self.contents)
        return bool(self.dress.frames) or self.dress.is_explained or bare < len(self.contents)

    def form(self) -> Form:
        """The form, with the details of the shape settled, and the commonest dress."""
        shape = _SETTLED[type(self.shape)]([content for _, content in self.contents if not content.note])
        settled = _see(shape, self.texts, self.dress)
        opened, closed = surface(settled.contents)
        return Form(shape, replace(self.dress, opened=opened, closed=closed))


def _see(shape: Shape, texts: Sequence[str], dress: Dress | None = None) -> _Sight:
    dress = dress or mine(shape, texts)
    contents = [(text, content) for text in texts if (content := dress.read(shape, text))]
    return _Sight(shape, dress, texts, contents)


def _number(contents: Sequence[Content]) -> Shape:
    digits = find_digits([content.value.number for content in contents])
    amounts = [content.value for content in contents]
    units = Counter(amount.unit for amount in amounts if amount.unit).most_common()
    if not units or units[0][1] < 0.9 * sum(count for _, count in units):
        return Number(digits)
    unit = units[0][0]
    looks = Counter((amount.spelling, amount.is_first, amount.gap) for amount in amounts if amount.unit in {unit, ""})
    return Number(digits, unit, *looks.most_common(1)[0][0])


_PLAIN_OPTION = re.compile(r"(?P<open>[(\[]?)(?P<letter>[A-Za-z])(?P<close>[)\].:]?)")


def _option(contents: Sequence[Content]) -> Shape:
    matches = [match for content in contents if (match := _PLAIN_OPTION.match(content.raw))]
    looks = Counter((match["open"], match["close"], match["letter"].isupper()) for match in matches).most_common(1)
    return Option(*looks[0][0]) if looks else Option()


_LAYOUTS = (Layout(), Layout(tight=True), Layout(2), Layout(4))


def _json(contents: Sequence[Content]) -> Shape:
    keys = Counter(tuple(content.value) for content in contents if isinstance(content.value, dict)).most_common(1)
    layouts = Counter(
        layout for content in contents for layout in _LAYOUTS if layout.written(content.value) == content.raw
    ).most_common(1)
    layout = layouts[0][0] if layouts else Layout()
    return Json(replace(layout, keys=keys[0][0] if keys else ()))


_SEPARATORS = (",", ";", "\t", "|")


def _lines(contents: Sequence[Content]) -> Shape:
    bullets = Counter(bullet_of(content.raw) for content in contents).most_common(1)
    bullet = bullets[0][0] if bullets else ""
    for separator in _SEPARATORS:
        even = [content for content in contents if len({line.count(separator) for line in content.value}) == 1]
        if sum(separator in content.raw for content in even) >= _SHARE * len(contents):
            return Lines(separator, bullet)
    return Lines("", bullet)


def _folded(contents: Sequence[Content]) -> Shape:
    """A few labels that come again and again are printed as they are most often."""
    spellings = Counter(content.raw for content in contents)
    often = Counter(folded(content.raw) for content in contents)
    labels = [key for key, count in often.items() if count > 1]
    is_closed = sum(often[key] for key in labels) >= _SHARE * len(contents) and len(labels) * 3 <= len(contents)
    if not is_closed or len(labels) == len({text for text in spellings if folded(text) in labels}):
        return Folded()
    return Folded(
        tuple(
            sorted(
                max((text for text in spellings if folded(text) == key), key=lambda text: (spellings[text], text))
                for key in labels
            )
        )
    )


_SETTLED: dict[type[Shape], Callable[[Sequence[Content]], Shape]] = {
    Json: _json,
    Number: _number,
    Option: _option,
    Lines: _lines,
    Folded: _folded,
}
