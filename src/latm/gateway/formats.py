"""The answer form that a request asks for: JSON, or JSON by a schema; and whether a text has it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from latm.form.structured import read_json
from latm.gateway.wire import NotEligibleError, compact

_NODES = 2_000
"""Parts of a schema at most, references written out: so much is checked for each answer."""
_COSTLY = frozenset(("pattern", "patternProperties", "$dynamicRef", "$recursiveRef", "unevaluatedItems"))
"""What may take more time than the answer is long, or reach beyond the schema."""
_PLAIN = frozenset(("enum", "const", "default", "examples", "required"))
_ELSEWHERE = frozenset(("$ref", "$defs", "definitions", "$id", "$schema", "$anchor"))
_DEEPEST = 60


def form_of(wanted: Any) -> str:
    """The answer form as text, the same for both kinds of request; empty if any text will do.

    Args:
        wanted: `response_format` of a chat completion, or `text.format` of a response.

    Raises:
        NotEligibleError: it is a form that no tool's answer can be checked against.
    """
    if wanted is None or wanted == {"type": "text"}:
        return ""
    if not isinstance(wanted, Mapping):
        raise NotEligibleError("response format")
    kind = wanted.get("type")
    if kind == "json_object":
        return compact({"type": kind})
    given = wanted.get("json_schema", wanted)
    if kind != "json_schema" or not isinstance(given, Mapping) or not isinstance(given.get("schema"), Mapping):
        raise NotEligibleError("response format")
    form = {"type": kind} | {name: given.get(name) for name in ("name", "strict", "schema")}
    text = json.dumps(form, sort_keys=True, separators=(",", ":"))
    if not _is_checkable(text):
        raise NotEligibleError("schema")
    return text


def keeps(form: str, text: str) -> bool:
    """Whether an answer has the form that was asked for."""
    if not form:
        return True
    try:
        read_json(text)
        value = json.loads(text)
        schema = json.loads(form).get("schema")
        return isinstance(value, dict) if schema is None else bool(_checker(form).is_valid(value))
    except (ValueError, RecursionError):
        return False


def as_response_format(form: str) -> dict[str, Any] | None:
    """The `response_format` of a chat completion that asks for a form."""
    if not form:
        return None
    said = json.loads(form)
    if said["type"] == "json_object":
        return {"type": "json_object"}
    given = {name: said[name] for name in ("name", "strict", "schema") if said[name] is not None}
    return {"type": "json_schema", "json_schema": given}


@lru_cache(maxsize=256)
def _is_checkable(form: str) -> bool:
    try:
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError
    except ImportError:  # of the extra `gateway`; without it no answer can be checked
        return False
    try:
        Draft202012Validator.check_schema(_written_out(json.loads(form)["schema"]))
    except (SchemaError, NotEligibleError, RecursionError):
        return False
    return True


@lru_cache(maxsize=256)
def _checker(form: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry: a reference must never fetch anything.
    return Draft202012Validator(_written_out(json.loads(form)["schema"]), registry=Registry())


def _written_out(schema: Mapping[str, Any]) -> Any:
    """The schema with its references replaced by what they stand for, so that its size says what checking takes."""
    return _Writing(schema).out(schema, 0)


class _Writing:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = _NODES

    def out(self, part: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise NotEligibleError("schema")
        if isinstance(part, list):
            return [self.out(one, depth + 1) for one in part]
        if not isinstance(part, Mapping):
            return part
        if _COSTLY & part.keys():
            raise NotEligibleError("schema")
        rest = {key: self._kept(key, value, depth + 1) for key, value in part.items() if key not in _ELSEWHERE}
        if not isinstance(reference := part.get("$ref"), str):
            return rest
        meant = self.out(self._at(reference), depth + 1)
        return {"allOf": [meant, rest]} if rest else meant

    def _kept(self, key: str, value: Any, depth: int) -> Any:
        if key == "properties" and isinstance(value, Mapping):
            return {name: self.out(one, depth) for name, one in value.items()}
        return value if key in _PLAIN else self.out(value, depth)

    def _at(self, reference: str) -> Any:
        if reference != "#" and not reference.startswith("#/"):
            raise NotEligibleError("schema")
        found: Any = self._root
        for step in reference.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or name not in found:
                raise NotEligibleError("schema")
            found = found[name]
        return found
