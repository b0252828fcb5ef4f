"""Frozen dataclasses as plain data and back, for the text under which a form is stored."""

import types
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints


def plain(value: Any) -> Any:
    """A frozen dataclass as a dict of what differs from its defaults; tuples as lists."""
    if is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def built(wanted: Any, data: Any) -> Any:
    """A value of a wanted type from plain data.

    Raises:
        TypeError: the data is of another shape.
    """
    origin = get_origin(wanted)
    if origin is types.UnionType:
        return None if data is None else built(next(arg for arg in get_args(wanted) if arg is not types.NoneType), data)
    if origin is tuple:
        return tuple(built(get_args(wanted)[0], item) for item in _instance(data, list))
    if is_dataclass(wanted) and isinstance(wanted, type):
        hints = get_type_hints(wanted)
        known = {name: built(hints[name], item) for name, item in _instance(data, dict).items() if name in hints}
        if len(known) != len(data):
            raise TypeError(f"unknown names among {sorted(data)}")
        return wanted(**known)
    return _instance(data, wanted)


def _instance(data: Any, wanted: type) -> Any:
    if type(data) is not wanted:
        raise TypeError(f"{data!r} is not of the type {wanted.__name__}")
    return data
