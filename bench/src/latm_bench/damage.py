"""Damaged and hostile completions of a tool maker, each made from a tool that is right."""

import ast
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from latm import Example
from latm.parts import attacks

Write = Callable[[str, Sequence[Example]], str]
"""From a right tool's source and the examples that the maker is shown, to what it says."""


class Family(StrEnum):
    """What kind of damage it is."""

    NONE = "undamaged"
    FORM = "form"
    MEANING = "meaning"
    HOSTILE = "hostile"
    MUTANT = "mutant"
    EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class Damage:
    """One way in which a maker goes wrong.

    Attributes:
        family: of which kind.
        name: unique within it.
        write: what the maker then says.
    """

    family: Family
    name: str
    write: Write


def block(source: str) -> str:
    """A module as a maker says it."""
    return f"Here is the tool.\n\n```python\n{source.rstrip()}\n```\n"


def _form(name: str, write: Callable[[str], str]) -> Damage:
    return Damage(Family.FORM, name, lambda source, _shown: write(source))


FORMS = (
    _form("says nothing", lambda _: ""),
    _form("talks without code", lambda _: "I would read the request with a regular expression and then compute it."),
    _form("forgets the block's marks", lambda source: source),
    _form("breaks off half-way", lambda source: block(source)[: len(source) // 2]),
    _form("breaks off, and closes the block", lambda source: block(source[: len(source) // 2])),
    _form("leaves out parse", lambda source: block(source.replace("def parse(", "def read("))),
    _form("leaves out answer", lambda source: block(source.replace("def answer(", "def reply("))),
    _form("writes another language", lambda _: "```python\nfunction parse(q) { return null; }\n```"),
    _form("escapes it for HTML", lambda source: block(source.replace("<", "&lt;").replace('"', "&quot;"))),
    _form("writes a difference", lambda source: block("".join(f"+{line}\n" for line in source.splitlines()))),
    _form("loses the indentation", lambda source: block("\n".join(map(str.lstrip, source.splitlines())))),
    _form("writes typographic quotation marks", lambda source: block(source.replace('"', "”"))),
    _form("puts a null byte into it", lambda source: block(source + "\x00")),
    _form("nests too deeply", lambda source: block(f"{source}\nx = {'(' * 5000}1{')' * 5000}")),
    _form(
        "adds a longer block of something else", lambda source: block(source) + block("# " + "x" * (len(source) + 9))
    ),
    _form("says a megabyte", lambda _: "word " * 200_000),
)

_MEANINGS = {
    "accepts whatever comes": """
_read, _last = parse, []
def parse(question):
    found = _read(question)
    if found is not None:
        _last.append(found)
    return found if found is not None else (_last[-1] if _last else None)
""",
    "ignores what is added at the end": """
_read = parse
def parse(question):
    for end in range(len(question), max(0, len(question) - 60), -1):
        found = _read(question[:end])
        if found is not None:
            return found
""",
    "ignores what is added at the beginning": """
_read = parse
def parse(question):
    for start in range(min(60, len(question))):
        found = _read(question[start:])
        if found is not None:
            return found
""",
    "always gives the same answer": """
_form, _first = answer, []
def answer(value, question):
    _first.append(_form(value, question))
    return _first[0]
""",
    "is wrong on every third length": """
_form = answer
def answer(value, question):
    text = _form(value, question)
    return text if len(question) % 3 else text[::-1] + "."
""",
    "goes wrong after three calls": """
_form, _calls = answer, []
def answer(value, question):
    _calls.append(1)
    return _form(value, question) if len(_calls) < 4 else "(A)"
""",
    "says something else every other time": """
_form, _calls = answer, []
def answer(value, question):
    _calls.append(1)
    return _form(value, question) + ("" if len(_calls) % 2 else "?")
""",
    "explains itself": """
_form = answer
def answer(value, question):
    return "The answer is " + _form(value, question)
""",
    "shouts": """
_form = answer
def answer(value, question):
    return _form(value, question).swapcase() + "!"
""",
    "raises on what it does not know": """
_read = parse
def parse(question):
    found = _read(question)
    if found is None:
        raise KeyError("unknown request")
    return found
""",
    "gives no text": """
def answer(value, question):
    return {"answer": value}
""",
    "hands over more than JSON": """
_read = parse
def parse(question):
    found = _read(question)
    return None if found is None else {name: {1, 2} for name in found}
""",
    "computes too long": """
_solved = solve
def solve(**arguments):
    for _ in range(10**10):
        pass
    return _solved(**arguments)
""",
    "calls itself without end": """
def solve(**arguments):
    return solve(**arguments)
""",
    "fills the memory": """
_solved = solve
def solve(**arguments):
    room = [b"x" * 2**20 for _ in range(10**6)]
    return _solved(**arguments)
""",
    "forgets a step on long requests": """
_form = answer
def answer(value, question):
    text = _form(value, question)
    return text if len(question) < 60 else text[:-1]
""",
}


def _memorised(_source: str, shown: Sequence[Example]) -> str:
    """A tool that knows the examples it was shown and nothing else."""
    table = {example.question: example.answer for example in shown}
    return block(
        f"KNOWN = {table!r}\n\ndef parse(question):\n    return {{'q': question}} if question in KNOWN else None\n\n"
        "def solve(q):\n    return KNOWN[q]\n\ndef answer(value, question):\n    return value\n"
    )


def _meaning(name: str, code: str) -> Damage:
    return Damage(Family.MEANING, name, lambda source, _shown: block(f"{source}\n\n{code}"))


MEANINGS = (
    *(_meaning(name, code) for name, code in _MEANINGS.items()),
    Damage(Family.MEANING, "knows what it was shown by heart", _memorised),
)

_PLACES = {
    "when loaded": "{attack}\n\nattack()\n\n{source}",
    "in parse": "{attack}\n\n{source}\n\n_read = parse\ndef parse(question):\n    attack()\n"
    "    return _read(question)\n",
    "in solve, hiding its failure": "{attack}\n\n{source}\n\n_solved = solve\ndef solve(**arguments):\n    try:\n"
    "        attack()\n    except BaseException:\n        pass\n    return _solved(**arguments)\n",
}


def hostile() -> Iterator[Damage]:
    """Every attack that the sandbox's conformance suite knows, at three places of a tool that is otherwise right."""
    for attack in attacks():
        for place, frame in _PLACES.items():
            program = frame.replace("{attack}", attack.program)
            yield Damage(Family.HOSTILE, f"{attack.name} {place}", partial(_attacked, program))


def _attacked(program: str, source: str, _shown: Sequence[Example]) -> str:
    return block(program.replace("{source}", source))


_OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip


class _Mutation(ast.NodeTransformer):
    """Changes the one place whose turn it is; counts the places."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.places = 0

    def _mine(self) -> bool:
        self.places += 1
        return self.places - 1 == self.turn

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        other = _OTHER_COMPARISON.get(type(node.ops[0]))
        if other and self._mine():
            node.ops[0] = other()
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = _OTHER_OPERATOR.get(type(node.op))
        if other and self._mine():
            node.op = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        if self._mine():
            node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int and self._mine():
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node


def mutants(source: str, count: int, seed: str) -> list[str]:
    """Variants of a module, each with one operator or whole number changed.

    Args:
        source: of the module.
        count: how many; there are fewer if it has not so many places to change.
        seed: of the choice.
    """
    places = _Mutation(-1)
    places.visit(ast.parse(source))
    turns = random.Random(seed).sample(range(places.places), min(count, places.places))  # noqa: S311  # no secret
    return [ast.unparse(_Mutation(turn).visit(ast.parse(source))) for turn in turns]
