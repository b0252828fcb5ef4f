"""The tokens of a question: words, single characters of scripts without spaces, folded numbers, line ends."""

import re
from itertools import islice
from typing import NamedTuple

NUMBER = "0"
"""Every token with a digit in it is folded to this: a number, a date, a version, an identifier."""

LINE = "\n"
"""Marks where a line begins or ends, so that the first and the last word of a line can be recognised."""

CUT = "…"
"""Marks where the middle of a long text was left out."""

MAX_CHARACTERS = 8_000
MAX_TOKENS = 700
_GROUPED_TOKENS = 400
"""How many tokens, from its two ends, a question is grouped by; its template shows more."""

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u30fe\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Han, kana: no spaces between words, so each character is a token."""

_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0dff"
"""Signs that belong to the letter before them, which `re` does not count as parts of words."""

_TOKEN = re.compile(
    r"[A-Za-z]++(?![^\W_])"  # most words of most texts
    r"|\n|\\+n"  # a line end, also in a JSON string
    r"|\\+u[0-9a-fA-F]{4}"
    r"|[A-Za-z]*+\d[A-Za-z\d]*+(?:[.,:/_-][A-Za-z]*+\d[A-Za-z\d]*+)*"
    rf"|[{_SPACELESS}]"
    rf"|(?:(?![{_SPACELESS}])[^\W\d_]|[{_MARKS}])+"
    r"|[^\s\\]"
)

_WORD_WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.0)
_MARK_WEIGHT = 0.1
SIGN_WEIGHTS = (0.51, 0.31)
"""How much a character of a script without spaces says in pairs and triples: a Han character, and any other."""
_SIGN = re.compile(f"[{_SPACELESS}]")
_THAI, _HAN = "\u0e00", "\u2e80"


class Token(NamedTuple):
    """A piece of a question. It is a tuple because a question has hundreds.

    Attributes:
        text: the token in lower case, with numbers folded; or `LINE` or `CUT`.
        start: where it begins in the question, in characters from 0.
        end: where it ends.
    """

    text: str
    start: int
    end: int


def pieces(question: str) -> list[str]:
    """The tokens of a question as they are written, with `LINE` before the first and after the last.

    The middle of a long text is left out.
    """
    found = _spans(question, _GROUPED_TOKENS)
    return [LINE, *[question[start:end] if end >= 0 else CUT for start, end in found], LINE]


def tokens(question: str) -> list[Token]:
    """The tokens of a question with their positions."""
    spans = _spans(question, MAX_TOKENS)
    found = [Token(folded(question[a:b]), a, b) if b >= 0 else Token(CUT, a, -b) for a, b in spans]
    return [Token(LINE, 0, 0), *found, Token(LINE, len(question), len(question))]


def _spans(question: str, most: int) -> list[tuple[int, int]]:
    """The start and end of each token, of at most `most`; the end of a stretch left out is negative."""
    room = MAX_CHARACTERS * most // MAX_TOKENS
    first = most * 5 // 8  # preamble and instruction before a document are longer than an instruction after it
    if len(question) <= room:
        found = [match.span() for match in _TOKEN.finditer(question)]
        if len(found) <= most:
            return found
        head, tail = found[:first], found[first - most :]
    else:
        head = [match.span() for match in islice(_TOKEN.finditer(question, 0, room * 5 // 8), first)]
        tail = [match.span() for match in _TOKEN.finditer(question, len(question) - room * 3 // 8)][first - most :]
    return [*head, (head[-1][1] if head else 0, -tail[0][0] if tail else -len(question)), *tail]


def folded(piece: str) -> str:
    """What a token counts as: lower case, a number as `NUMBER`, an escape of a JSON string as what it stands for.

    A token with a digit in it is a number.
    """
    if piece.startswith("\\"):
        return LINE if piece.endswith("n") else chr(int(piece[-4:], 16)).casefold()
    if piece.isalpha():
        return piece.casefold()
    return NUMBER if any(map(str.isdecimal, piece)) else piece.casefold()


def is_spaceless(sign: str) -> bool:
    """Whether a character belongs to a script without spaces between words."""
    return sign >= _THAI and bool(_SIGN.match(sign))


def weight(text: str) -> float:
    """How much a token says if it recurs, in words: a long word 1, a Han character a half, a mark a tenth."""
    if len(text) > 1:
        return _WORD_WEIGHTS[min(len(text), len(_WORD_WEIGHTS) - 1)] if text[0].isalpha() else _MARK_WEIGHT
    if text in {LINE, CUT} or not text.strip():
        return 0.0
    if is_spaceless(text):
        return SIGN_WEIGHTS[text < _HAN]
    return _WORD_WEIGHTS[1] if text.isalpha() else _MARK_WEIGHT
