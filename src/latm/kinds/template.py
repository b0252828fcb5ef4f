"""Readable templates: the fixed text of a group with holes where its questions differ, and a name for the group."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from latm.kinds.frame import Frame, Line, frame, line
from latm.kinds.sampling import spread
from latm.kinds.tokens import LINE, is_spaceless, tokens, weight

HOLE = "{…}"
_HOLES = re.compile(rf"{re.escape(HOLE)}(?:[^\w{{]*{re.escape(HOLE)})*")
_SIGNS = " \n\t.,:;!?()[]{}<>\"'#*-=/\\。、，：；！？…"
_WORTH = 3
_LOOKED_AT = 3
_SAMPLE = 20
_TWO, _SEVERAL = 2, 3
_LONG = 12
_SHORTEST_CUT = 4
_LONGEST_NAME = 48
_LONGEST_TEMPLATE = 2_000


@dataclass(frozen=True, slots=True)
class Template:
    """Fixed text with holes.

    Attributes:
        text: the fixed text in the order of the questions, `{…}` for each hole; empty if nothing is fixed.
    """

    text: str

    @property
    def words(self) -> float:
        """The amount of fixed text, in words. Short words count less; two Chinese characters count as one word."""
        return sum(weight(token.text) for token in tokens(self.text.replace(HOLE, " ")))

    @property
    def name(self) -> str:
        """A short name that begins with the first stretch of fixed text worth naming; empty if nothing is fixed."""
        stretches = [stretch.strip(_SIGNS) for stretch in self.text.split(HOLE)]
        longest = max(map(len, stretches))
        first = next(at for at, stretch in enumerate(stretches) if len(stretch) * _WORTH >= longest)
        return _shortened(" … ".join(filter(None, stretches[first:])))


def template(lines: Sequence[Line], around: Frame, shortest: int = _SHORTEST_CUT) -> Template:
    """The template of a group's questions.

    Args:
        lines: the questions; at least one.
        around: the frame of the wider group, whose text is boilerplate here and is left out.
        shortest: the fewest tokens that boilerplate has in a row.
    """
    own = frame(lines)
    for boilerplate in (around, Frame()):
        shown = sorted(_written(asked, own, boilerplate, shortest) for asked in lines[:_LOOKED_AT])
        best = max(shown, key=lambda text: len(text.replace(HOLE, "")))
        if best:
            return Template(best[:_LONGEST_TEMPLATE])
    return Template("")


def templates(kinds: Sequence[Sequence[str]]) -> list[Template]:
    """The templates of kinds, without text that several of them share, such as a preamble.

    Args:
        kinds: the questions of each kind; a kind without questions has an empty template.
    """
    lines = [[line(question) for question in spread(questions, _SAMPLE)] for questions in kinds]
    own = [frame(one) for one in lines]
    several = max(_TWO, min(_SEVERAL, len(kinds)))
    stretches = Counter(stretch for one in own for stretch in one.stretches)
    numbers = Counter(number for one in own for number in one.numbers)
    around = Frame(
        frozenset(stretch for stretch, count in stretches.items() if count >= several),
        frozenset(number for number, count in numbers.items() if count >= several),
    )
    return [template(one, around, _LONG) if one else Template("") for one in lines]


def _written(asked: Line, own: Frame, around: Frame, shortest: int) -> str:
    """One question as a template: its fixed text as it is, and a hole for everything else."""
    written, end, left_out = "", 0, False
    is_outside = around.fixed(asked, shortest)
    for token, fixed, outside in zip(asked.tokens, own.fixed(asked), is_outside, strict=True):
        if token.text == LINE and fixed:
            continue
        left_out = left_out or (fixed and outside)
        if not (fixed and outside):
            between = asked.question[end : token.start]
            is_apart = left_out or between.strip() != between or not between.isprintable() or "\\n" in between
            written, left_out = written + " " * is_apart, False
            written += asked.question[token.start : token.end] if fixed else HOLE
        end = token.end
    text = _HOLES.sub(HOLE, written).strip()
    return text if text.replace(HOLE, "").strip() else ""


def _shortened(text: str) -> str:
    longest = _LONGEST_NAME // 2 if any(map(is_spaceless, text[:_LONGEST_NAME])) else _LONGEST_NAME
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head[longest // 2 :] else head}…"
