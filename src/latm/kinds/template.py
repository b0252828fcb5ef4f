"""Readable templates: the fixed text of a group, with holes where its questions differ, and a name from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from latm.kinds.frame import Frame, Line, frame
from latm.kinds.tokens import LINE, Token, is_spaceless

HOLE = "{…}"
_HOLES = re.compile(rf"{re.escape(HOLE)}(?:[^\w{{]*{re.escape(HOLE)})*")
_SIGNS = " \n\t.,:;!?()[]{}<>\"'#*-=/\\。、，：；！？…"
_WORTH = 3
_LOOKED_AT = 4
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
    def name(self) -> str:
        """A short name: from its first stretch of fixed text worth the name on; empty if nothing is fixed."""
        stretches = [stretch.strip(_SIGNS) for stretch in self.text.split(HOLE)]
        longest = max(map(len, stretches))
        first = next(at for at, stretch in enumerate(stretches) if len(stretch) * _WORTH >= longest)
        return _shortened(" … ".join(filter(None, stretches[first:])))


def template(lines: Sequence[Line], around: Frame) -> Template:
    """The template of a group's questions.

    Args:
        lines: the questions; at least one.
        around: the frame of the wider group, whose text is boilerplate here, and left out.
    """
    own = frame(lines)
    for boilerplate in (around, Frame()):
        shown = sorted(_written(line, own, boilerplate) for line in lines[:_LOOKED_AT])
        best = max(shown, key=lambda text: len(text.replace(HOLE, "")))
        if best:
            return Template(best[:_LONGEST_TEMPLATE])
    return Template("")


def _written(line: Line, own: Frame, around: Frame) -> str:
    """One question as a template: its fixed text as it stands, a hole for everything else."""
    pieces: list[str] = []
    last: Token | None = None
    for token, fixed, outside in zip(line.tokens, own.fixed(line), around.fixed(line, _SHORTEST_CUT), strict=True):
        if not fixed:
            pieces.append(HOLE)
            last = None
        elif outside:
            last = None
        elif token.text != LINE:
            pieces.append(_joined(line.question, last, token))
            last = token
    text = _HOLES.sub(HOLE, "".join(pieces)).strip()
    return text if text.replace(HOLE, "").strip() else ""


def _joined(question: str, last: Token | None, token: Token) -> str:
    """A token with the space before it as it is in the question."""
    before = question[token.start - 1 : token.start] if last is None else question[last.end : token.start]
    return (" " if before[:1].isspace() or last is None else before) + question[token.start : token.end]


def _shortened(text: str) -> str:
    longest = _LONGEST_NAME // 2 if any(map(is_spaceless, text[:_LONGEST_NAME])) else _LONGEST_NAME
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head[longest // 2 :] else head}…"
