"""What the tool maker's words hold: a module, or the finding that no program can do this."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from latm.making.several import Parts, read_several, said_several
from latm.tool import SCHEMA, declared_schema

_FENCE = re.compile(r"[ \t>]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w.+-]*)[^`]*")
_PYTHON = re.compile(r"(?:python|py)?[\d.]*", re.IGNORECASE)
_CODE = re.compile(r"(?:import|from|def|class|async|@|#|[\"']{3}|[A-Za-z_]\w*\s*(?::[^=]+)?=)")
_DECLINED = re.compile(r"^[^\w\n]*NO PROGRAM\b\W*(.*)", re.IGNORECASE | re.MULTILINE)
_PARAMETERS = {"parse": 1, "solve": None, "answer": 2}
_NAMED = re.compile(r"(?=.*\bdef\s+solve\b)(?=.*\bdef\s+answer\b)", re.DOTALL)
_MISCOUNTED = (
    "Below SEVERAL KINDS there must be a line for each of two kinds or more: the numbers of its requests, each of "
    "1 to {} once at most, and a colon."
)
_MOST_CHARACTERS = 2_000_000
"""That are read in search of the module; a completion made of nothing but fences has too many ways to read it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A module that the maker proposes."""

    source: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The maker finds that no program can do this."""

    reason: str


@dataclass(frozen=True, slots=True)
class Several:
    """The maker finds that the examples are of several kinds."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Unusable:
    """The completion holds none of these."""

    problem: str


def read_reply(
    completion: str, shown: Sequence[str] = (), *, may_be_half: bool = False
) -> Proposal | Declined | Several | Unusable:
    """Read a completion of the tool maker.

    The module is what parses and defines `parse`, `solve` and `answer`, however it is fenced: in one block, in several
    that follow each other, or in none. If several are whole, the last is what the maker came to.

    Args:
        completion: the maker's words.
        shown: the questions that it was shown, if it may say that they are of several kinds.
        may_be_half: whether `ARGUMENTS` may stand in the place of `parse`.
    """
    lines = [line.rstrip("\r") for line in completion.split("\n")]
    blocks = _blocks(lines)
    candidates = chain(reversed(blocks), _beyond_closing(lines), _joined(blocks), _unfenced(lines))
    if (source := _first_whole(candidates if _NAMED.match(completion) else (), may_be_half)) is not None:
        return Proposal(source)
    if shown and said_several(completion):
        parts = read_several(completion, shown)
        return Several(parts) if parts else Unusable(_MISCOUNTED.format(len(shown)))
    declined = _DECLINED.search(completion)
    drafts = [block for block in blocks if block.is_python]
    if declined and not any("def " in block.text for block in drafts):
        return Declined(declined.group(1).strip() or "the tool maker gave no reason")
    if not drafts:
        return Unusable("The reply holds no ```python block with the module.")
    return Unusable(misshapen(_source(max(drafts, key=lambda block: len(block.text))), may_be_half=may_be_half))


def _first_whole(candidates: Iterable["_Block"], may_be_half: bool) -> str | None:
    """The first that is a module of a tool's shape."""
    left = _MOST_CHARACTERS
    for candidate in candidates:
        text = candidate.text
        left -= len(text)
        if left < 0:
            return None
        if _NAMED.match(text) and not misshapen(source := _source(candidate), may_be_half=may_be_half):
            return source
    return None


def misshapen(source: str, *, may_be_half: bool = False) -> str:
    """Why a source is not of a tool's shape, whole or half if it may be; empty if it is."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of escapes and comparisons in text that may be no code at all
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"The module is not valid Python: {error}"
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    schema = declared_schema(source) if may_be_half else {}
    for name, count in _PARAMETERS.items():
        if name == "parse" and schema and name not in functions:
            continue
        if name not in functions:
            return f"The module does not define the function {name} at its top level."
        parameters = functions[name].args
        if count is not None and len(parameters.posonlyargs + parameters.args) != count:
            return f"The function {name} must take exactly {count} parameter{'s' * (count > 1)}."
    if functions["solve"].args.posonlyargs or functions["solve"].args.vararg:
        return "The function solve must take its arguments by name."
    solve = functions["solve"].args
    if schema and schema["properties"].keys() != {one.arg for one in (*solve.args, *solve.kwonlyargs)}:
        return f"The properties of {SCHEMA} must be the arguments of solve, all of them and no others."
    return ""


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that may be the module."""

    lines: list[str]
    is_python: bool = True

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def _source(block: _Block) -> str:
    return textwrap.dedent(block.text).strip() + "\n"


def _blocks(lines: list[str]) -> list[_Block]:
    """The fenced blocks, each to the first fence that closes it, or to the end."""
    blocks, place = [], 0
    while place < len(lines):
        opening = _FENCE.fullmatch(lines[place])
        place += 1
        if opening is None:
            continue
        ends = (at for at in range(place, len(lines)) if _closes(lines[at], opening["mark"]))
        end = next(ends, len(lines))
        blocks.append(_Block(lines[place:end], bool(_PYTHON.fullmatch(opening["language"]))))
        place = end + 1
    return blocks


def _closes(line: str, mark: str) -> bool:
    signs = line.strip(" \t>")
    return len(signs) >= len(mark) and set(signs) == {mark[0]}


def _joined(blocks: list[_Block]) -> Iterator[_Block]:
    """Blocks that follow each other, the fewest first: a module that is told piece by piece."""
    for count in range(2, len(blocks) + 1):
        for first in range(len(blocks) - count + 1):
            pieces = [textwrap.dedent(block.text).split("\n") for block in blocks[first : first + count]]
            yield _Block(list(chain.from_iterable(pieces)))


def _beyond_closing(lines: list[str]) -> Iterator[_Block]:
    """From an opening fence to a later one: fences within the module's own strings close nothing."""
    fences = [place for place, line in enumerate(lines) if _FENCE.fullmatch(line)]
    for number, opening in enumerate(fences):
        for closing in [*fences[number + 2 :], len(lines)]:
            yield _Block(lines[opening + 1 : closing])


def _unfenced(lines: list[str]) -> Iterator[_Block]:
    """From a line that may begin a module to the end of a paragraph, the longest first."""
    ends = [len(lines), *(place for place in range(len(lines) - 1, 0, -1) if not lines[place].strip())]
    for begin in (place for place, line in enumerate(lines) if _CODE.match(line)):
        for end in (end for end in ends if end > begin):
            yield _Block(lines[begin:end])
