"""JSON Schemas of a tool: what it takes, from its function's signature, and what it gives."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from latm.tool import ToolKind, ToolVersion

Schema = dict[str, Any]

_NAMED: Mapping[str, Schema] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "dict": {"type": "object"},
}
_LISTS = {"list", "List", "Sequence", "Iterable"}


def function_of(version: ToolVersion) -> ast.FunctionDef:
    """The function that does the work: `solve`, or the last one that a paper tool defines."""
    functions = [node for node in ast.parse(version.source).body if isinstance(node, ast.FunctionDef)]
    if version.kind is ToolKind.PAPER:
        return functions[-1]
    return next(node for node in functions if node.name == "solve")


def input_schema(version: ToolVersion) -> Schema:
    """What the function takes, by name: kinds as its author annotated them, else as the demonstrations have them."""
    if version.program.schema:
        return dict(version.program.schema)
    head = function_of(version).args
    given = [*head.posonlyargs, *head.args, *head.kwonlyargs]
    plain = len(head.posonlyargs) + len(head.args)
    defaults = [*[None] * (plain - len(head.defaults)), *head.defaults, *head.kw_defaults]
    return {
        "type": "object",
        "properties": {
            one.arg: (_annotated(one.annotation) or _seen(version, one.arg)) | _default(default)
            for one, default in zip(given, defaults, strict=True)
        },
        "required": [one.arg for one, default in zip(given, defaults, strict=True) if default is None],
        "additionalProperties": head.kwarg is not None,
    }


def output_schema(version: ToolVersion) -> Schema:
    """What a call gives: an object whose `result` is what the function returns, as it is annotated."""
    return {
        "type": "object",
        "properties": {"result": _annotated(function_of(version).returns)},
        "required": ["result"],
        "additionalProperties": False,
    }


def _annotated(written: ast.expr | None) -> Schema:  # noqa: PLR0911  # one line a kind of annotation
    """The schema of an annotation; empty, which anything fits, if it says nothing that JSON has a word for."""
    match written:
        case ast.Constant(value=None):
            return _NAMED["None"]
        case ast.Name(id=name):
            return dict(_NAMED.get(name, {}))
        case ast.BinOp(left=one, op=ast.BitOr(), right=other):
            return _either(_annotated(one), _annotated(other))
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _either(_annotated(inner), _NAMED["None"])
        case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _LISTS:
            return {"type": "array", "items": _annotated(inner)}
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, inner])):
            return {"type": "object", "additionalProperties": _annotated(inner)}
        case ast.Subscript(value=ast.Name(id="tuple")):
            return dict(_NAMED["tuple"])
        case _:
            return {}


def _seen(version: ToolVersion, name: str) -> Schema:
    """The schema of the values that verified questions gave an argument."""
    return _of_values([shown.arguments[name] for shown in version.demonstrations if name in shown.arguments])


def _of_values(values: Sequence[Any]) -> Schema:
    schemas: list[Schema] = []
    for value in values:
        if (schema := _of_value(value)) not in schemas:
            schemas.append(schema)
    if {"type": "number"} in schemas and {"type": "integer"} in schemas:
        schemas.remove({"type": "integer"})
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas} if schemas else {}


def _of_value(value: Any) -> Schema:
    match value:
        case list():
            items = _of_values(value)
            return {"type": "array", "items": items} if items else {"type": "array"}
        case None:
            return _NAMED["None"]
        case bool() | int() | float() | str() | dict():
            return _NAMED[type(value).__name__]
        case _:
            return {}


def _either(one: Schema, other: Schema) -> Schema:
    return {"anyOf": [one, other]} if one and other else {}


def _default(written: ast.expr | None) -> Schema:
    try:
        return {} if written is None else {"default": ast.literal_eval(written)}
    except ValueError:
        return {}
