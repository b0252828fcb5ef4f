"""Tools for kinds whose boilerplate was edited: the old program behind a parser that puts the old text back."""

import re
from collections.abc import Sequence
from os.path import commonprefix

from latm.tool import Program, ToolKind

_FEWEST = 3
_SHORTEST = 60
_ALIGNED = 400
_WORD_CUT = re.compile(r"\w+\Z")
_ADAPTER = '''

_parse_as_before = parse


def parse(question):
    """Reads a question whose boilerplate has changed since the tool was made."""
    head, tail = {head!r}, {tail!r}
    if len(question) < len(head) + len(tail) or not (question.startswith(head) and question.endswith(tail)):
        return None
    return _parse_as_before({old_head!r} + question[len(head) : len(question) - len(tail)] + {old_tail!r})
'''


def adapted(program: Program, before: Sequence[str], now: Sequence[str]) -> Program | None:
    """A program for questions that begin and end with other fixed text than those that a tool was made for.

    It is a tool like any other, to be checked against the new questions before it serves.

    Args:
        program: of the tool.
        before: questions that it answers.
        now: questions that look like them.

    Returns:
        None if the fixed text at the ends is the same, or too short to be boilerplate.
    """
    if program.kind is not ToolKind.COMPILED or min(len(before), len(now)) < _FEWEST:
        return None
    old_head, head = _aligned(_shared(before), _shared(now))
    turned = [[text[::-1] for text in texts] for texts in (before, now)]
    old_tail, tail = (text[::-1] for text in _aligned(_shared(turned[0]), _shared(turned[1])))
    if (old_head, old_tail) == (head, tail) or len(head) + len(tail) < _SHORTEST:
        return None
    adapter = _ADAPTER.format(head=head, tail=tail, old_head=old_head, old_tail=old_tail)
    return Program(program.source.rstrip("\n") + "\n" + adapter)


def _shared(texts: Sequence[str]) -> str:
    """What all of the texts begin with, up to the end of a word."""
    return _WORD_CUT.sub("", commonprefix(list(texts)))  # noqa: RUF071  # character by character is meant: no paths


def _aligned(old: str, new: str) -> tuple[str, str]:
    """The beginnings, cut off where both go on alike: one may share more than its boilerplate, by chance."""
    for size in range(min(len(old), len(new), _ALIGNED), 0, -1):
        if (at := new.rfind(old[-size:])) >= 0:
            return old, new[: at + size]
        if (at := old.rfind(new[-size:])) >= 0:
            return old[: at + size], new
    return old, new
