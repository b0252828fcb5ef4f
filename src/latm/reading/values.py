"""Values of records as text, by one rule."""

import json
from typing import Any


class MalformedError(Exception):
    """A record is not an instance; the message is the reason."""


def text_of(value: object) -> str | None:
    """A value as text: a text as it is, anything else as JSON writes it; None for null, which is not given.

    Raises:
        MalformedError: it holds what no encoding can write.
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedError("not UTF-8; give its --encoding") from None
    return text


def field(record: "dict[str, Any]", name: str) -> object:
    """The value of a column, by its name as it is, else without regard to case; None without one."""
    if name in record:
        return record[name]
    return next((value for key, value in record.items() if key.strip().casefold() == name.casefold()), None)


def named_text(record: "dict[str, Any]", name: str) -> str | None:
    """The text of a column that must be a text if it is given.

    Raises:
        MalformedError: it is something else.
    """
    value = field(record, name)
    if value is not None and not isinstance(value, str):
        raise MalformedError(f"`{name}` is not a string but {type(value).__name__}")
    return checked(name, value)


def checked(name: str, value: object) -> str | None:
    """As `text_of`, its failure told by the name of the column."""
    try:
        return text_of(value)
    except MalformedError as error:
        raise MalformedError(f"`{name}` is {error}") from None
