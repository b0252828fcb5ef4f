"""Finding the form of a task from its answers; what is not clear is `folded`."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from latm.form.form import Form
from latm.form.numbers import find_digits
from latm.form.shapes import Json, Lines, Number, Option, Shape
from latm.form.structured import Layout

_FEWEST = 3
_SHARE = 0.8
"""The share of the answers that must have a shape: a tenth may be wrong, a twentieth refusals."""
_SEPARATORS = (",", ";", "\t", "|")


def find_form(answers: Sequence[str]) -> Form:
    """The form of a task from answers to its questions, three or more; fewer, or unclear ones, give `folded`."""
    texts = [text.strip() for text in answers if text.strip()]
    if len(texts) < _FEWEST:
        return Form()
    finders: list[Callable[[Sequence[str]], Shape | None]] = [_number, _option, _json, _lines]
    for finder in finders:
        if shape := finder(texts):
            return Form(shape)
    return Form()


def _enough(part: Sequence[object], texts: Sequence[str]) -> bool:
    return len(part) >= _FEWEST - 1 and len(part) >= _SHARE * len(texts)


def _number(texts: Sequence[str]) -> Shape | None:
    shape = Number(find_digits(texts))
    return shape if _enough([text for text in texts if shape.read(text) is not None], texts) else None


_PLAIN_OPTION = re.compile(r"(?P<open>[(\[]?)(?P<letter>[A-Za-z])(?P<close>[)\].:]?)")


def _option(texts: Sequence[str]) -> Shape | None:
    matches = [match for text in texts if (match := _PLAIN_OPTION.match(text)) and Option().read(text)]
    if not _enough(matches, texts):
        return None
    opened, closed = Counter((match["open"], match["close"]) for match in matches).most_common(1)[0][0]
    is_upper = sum(match["letter"].isupper() for match in matches) * 2 >= len(matches)
    return Option(opened, closed, is_upper)


def _json(texts: Sequence[str]) -> Shape | None:
    shape = Json()
    values = {text: value for text in texts if (value := shape.read(text)) is not None}
    if not _enough([text for text in texts if text in values], texts):
        return None
    keys = Counter(tuple(value) for value in values.values() if isinstance(value, dict)).most_common(1)
    order = keys[0][0] if keys else ()
    layouts = Counter(
        layout for text, value in values.items() for layout in _LAYOUTS if layout.written(value) == text
    ).most_common(1)
    layout = layouts[0][0] if layouts else Layout()
    return Json(Layout(layout.indent, layout.tight, order))


_LAYOUTS = (Layout(), Layout(tight=True), Layout(2), Layout(4))


def _lines(texts: Sequence[str]) -> Shape | None:
    several = [text for text in texts if "\n" in text]
    if not _enough(several, texts):
        return None
    for separator in _SEPARATORS:
        even = [text for text in several if len({line.count(separator) for line in text.splitlines()} - {0}) == 1]
        if _enough([text for text in even if all(separator in line for line in text.splitlines())], several):
            return Lines(separator)
    return Lines()
