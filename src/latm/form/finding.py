"""Finding the form of a task from its answers; what is not clear is `folded`."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from latm.form.dress import Content, Dress
from latm.form.form import Form
from latm.form.lexicon import REFUSAL
from latm.form.mining import mine, surface
from latm.form.numbers import find_digits
from latm.form.shapes import (
    Code,
    Exact,
    Folded,
    Json,
    Label,
    Lines,
    Number,
    Option,
    Shape,
    bullet_of,
    folded,
    outline,
    signature,
)
from latm.form.stability import is_stable
from latm.form.structured import Layout

_FEWEST = 3
_SHARE = 0.8
"""The share of the answers that must have a shape: a tenth may be wrong, a twentieth refusals."""
_ONE_UNIT = 0.9
"""The share of units that must be one and the same: another one may be a wrong answer."""
_LABELLED = 0.6
"""The share of answers that are known labels, where others of their kind may follow."""
_MOST = 120
"""Answers that are looked at; more would not tell more."""
_LONGEST = 20_000
"""Characters of an answer that is looked at; longer ones are cut."""


def find_form(answers: Sequence[str], questions: Sequence[str] = ()) -> Form:
    """The form of a task from answers to its questions, three or more; fewer, or unclear ones, give `folded`.

    Args:
        answers: as they came, up to a tenth of them wrong.
        questions: what each of them answers, in the same order, where it is known; with them, prose that neither comes
            from the question nor recurs is seen to have no stable content.
    """
    texts = _told(answers)
    identifiers = sum(_IDENTIFIER.fullmatch(text) is not None for text in texts)
    if len(texts) < _FEWEST or 2 * identifiers >= len(texts):
        return Form()
    for shape in (Json(), Number(), Option(), _codes(texts)):
        sight = _see(shape, texts)
        if sight.is_clear:
            return sight.form()
    if not is_stable(answers[:_MOST], questions[:_MOST]):
        return Form(is_stable=False)
    words = _see(Folded(), texts)
    labels = _see(_labels([content for _, content in words.contents if not content.note]), texts)
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
    shape = form.shape
    if isinstance(shape, Number):
        unit = _unit([content for _, content in sight.contents])
        shape = replace(shape, unit=unit or "", is_mixed=unit is None)
    return replace(form, shape=shape, dress=sight.dress)


def _told(answers: Sequence[str]) -> list[str]:
    """The answers that are looked at: refusals are left out, unless most are."""
    given = [text.strip()[:_LONGEST] for text in answers[:_MOST] if text.strip()]
    told = [text for text in given if not REFUSAL.match(text)]
    return told if 2 * len(told) > len(given) else given


_IDENTIFIER = re.compile(r"(?:\+\d|0\d)[\d\s()/-]*")
"""Digits whose sign or leading zero is content: telephone numbers, postcodes, account numbers. They are no amounts."""


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
        settle = _SETTLED.get(type(self.shape))
        shape = settle([content for _, content in self.contents if not content.note]) if settle else self.shape
        settled = _see(shape, self.texts, self.dress)
        opened, closed = surface(settled.contents)
        return Form(shape, replace(self.dress, opened=opened, closed=closed))


def _see(shape: Shape, texts: Sequence[str], dress: Dress | None = None) -> _Sight:
    dress = dress or mine(shape, texts)
    contents = [(text, content) for text in texts if (content := dress.read(shape, text))]
    return _Sight(shape, dress, texts, contents)


def _number(contents: Sequence[Content]) -> Shape:
    digits = find_digits([content.value.number for content in contents])
    unit = _unit(contents)
    if not unit:
        return Number(digits, is_mixed=unit is None)
    amounts = [content.value for content in contents if content.value.unit in {unit, ""}]
    looks = Counter((amount.spelling, amount.is_first, amount.gap) for amount in amounts)
    spelling, is_first, gap = looks.most_common(1)[0][0]
    return Number(digits, unit, spelling=spelling, is_first=is_first, gap=gap)


def _unit(contents: Sequence[Content]) -> str | None:
    """The unit that nearly all numbers with a unit have; empty where none has one, None where they differ."""
    units = Counter(content.value.unit for content in contents if content.value.unit)
    if not units:
        return ""
    unit, count = units.most_common(1)[0]
    return unit if count >= _ONE_UNIT * units.total() else None


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


def _codes(texts: Sequence[str]) -> Code:
    """The looks that the words of answers have, where they have digits among other signs and come again and again."""
    for looks_of in (signature, outline):
        looks: Counter[str] = Counter()
        for text in texts:
            found = {looks_of(word.strip("*_`\"'()[],;:!?")) for word in text.split()[:100]}
            looks.update(look for look in found if "9" in look and not look.strip("…").isdigit())
        if common := sorted(look for look, count in looks.items() if count >= _SHARE / 2 * len(texts)):
            return Code(tuple(common))
    return Code()


_MOST_LABELS = 20
_LONGEST_LABEL = 3


def _labels(contents: Sequence[Content]) -> Label:
    """A few short texts that come again and again, each as it is written most often."""
    spellings = Counter(content.raw for content in contents)
    often = Counter(folded(content.raw) for content in contents)
    short = {folded(content.raw) for content in contents if "\n" not in content.raw}
    labels = {key for key in short if often[key] > 1 and 0 < len(key.split()) <= _LONGEST_LABEL}
    if not labels or len(labels) > min(_MOST_LABELS, len(contents) / 3):
        return Label()
    found = {key: [text for text in spellings if folded(text) == key] for key in labels}
    common = (max(texts, key=lambda text: (spellings[text], text)) for texts in found.values())
    return Label(tuple(sorted(common)), is_open=True)


_SETTLED: dict[type[Shape], Callable[[Sequence[Content]], Shape]] = {
    Json: _json,
    Number: _number,
    Option: _option,
    Lines: _lines,
}
