"""A prompt with holes that the columns of a table fill."""

import json
import string
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latm.errors import InputError
from latm.reading.values import MalformedError, checked, field

_HINT = "Write holes as {column}, and a brace that is part of the text twice: {{ }}."


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt with `{column}` holes: the instruction is the same for all rows, the data of a row stands apart.

    Attributes:
        text: with its holes.
        columns: that fill them, each once, in order.
    """

    text: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, given: str) -> "Template":
        """A template as a user gives it: the text itself, or the path of a file that holds it.

        Raises:
            InputError: it has no holes, or one that cannot be read.
        """
        text = _file_text(given)
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise InputError(f"The template {_short(text)!r} cannot be read: {error}.", hint=_HINT) from error
        holes = [(name, form, conversion) for _, name, form, conversion in parts if name is not None]
        for name, form, conversion in holes:
            if not name or form or conversion:
                raise InputError(f"The template {_short(text)!r} has a hole that names no column.", hint=_HINT)
        if not holes:
            raise InputError(f"The template {_short(text)!r} has no holes.", hint=_HINT)
        return cls(text, tuple(dict.fromkeys(name for name, _, _ in holes)))

    @property
    def instructions(self) -> str:
        """The system text that comes with each row."""
        text = "".join(
            literal + (f"{{{name}}}" if name is not None else "")
            for literal, name, _, _ in string.Formatter().parse(self.text)
        )
        if len(self.columns) == 1:
            return f"{text}\n\nThe message is the value of {{{self.columns[0]}}}."
        return f"{text}\n\nThe message holds the values of {_listed(self.columns)} as JSON."

    def question(self, fields: dict[str, Any]) -> str:
        """The data of a row: the value of the one hole as it is, of several as a JSON object.

        Raises:
            MalformedError: all values are missing, or one cannot be written.
        """
        values = {name: checked(name, field(fields, name)) or "" for name in self.columns}
        if not any(map(str.strip, values.values())):
            raise MalformedError(f"{_listed(self.columns)} {'is' if len(values) == 1 else 'are'} empty")
        return next(iter(values.values())) if len(values) == 1 else json.dumps(values, ensure_ascii=False)


def _file_text(given: str) -> str:
    if "{" in given or "\n" in given:
        return given
    try:
        return Path(given).read_text(encoding="utf-8-sig").rstrip("\n")
    except (OSError, ValueError) as error:
        raise InputError(
            f"The template {_short(given)!r} has no holes, and is not a file that can be read.", hint=_HINT
        ) from error


def _listed(columns: Collection[str]) -> str:
    return ", ".join(f"{{{column}}}" for column in columns)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004  # a line's worth
