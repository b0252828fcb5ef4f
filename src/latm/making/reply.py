"""What the tool maker's words hold: a module, or the finding that no program can do this."""

import ast
import re
from dataclasses import dataclass

_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)^```", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_DECLINED = re.compile(r"^\W*NO PROGRAM\b\W*(.*)", re.IGNORECASE | re.MULTILINE)
_PARAMETERS = {"parse": 1, "solve": None, "answer": 2}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A module that the maker proposes."""

    source: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The maker finds that no program can do this."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """The completion holds neither."""

    problem: str


def read_reply(completion: str) -> Proposal | Declined | Unusable:
    """Read a completion of the tool maker."""
    blocks = _BLOCK.findall(completion)
    if not blocks:
        if declined := _DECLINED.search(completion):
            return Declined(declined.group(1).strip() or "the tool maker gave no reason")
        return Unusable("The reply holds no ```python block with the module.")
    source = max(blocks, key=len).strip() + "\n"
    problem = misshapen(source)
    return Unusable(problem) if problem else Proposal(source)


def misshapen(source: str) -> str:
    """Why a source is not of a tool's shape; empty if it is."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"The module is not valid Python: {error}"
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name, count in _PARAMETERS.items():
        if name not in functions:
            return f"The module does not define the function {name} at its top level."
        parameters = functions[name].args
        if count is not None and len(parameters.posonlyargs + parameters.args) != count:
            return f"The function {name} must take exactly {count} parameter{'s' * (count > 1)}."
    if functions["solve"].args.posonlyargs or functions["solve"].args.vararg:
        return "The function solve must take its arguments by name."
    return ""
