"""Answer forms in the words of the command line."""

import json

from latm.errors import SettingsError
from latm.form.dress import Dress
from latm.form.form import Form
from latm.form.numbers import Digits
from latm.form.shapes import Exact, Folded, Json, Label, Lines, Number, Option, Shape

_MOST_DECIMALS = 1_000
_HINT = (
    "Say exact, folded, number, number:2 (decimals), number:10s (significant digits), option, label:yes,no, lines, "
    "lines:, (with cells), json, json:total,currency (fields) or json:{…} (a JSON Schema)."
)


def parse_form(words: str) -> Form:
    """The form that a user asks for.

    Args:
        words: `exact`, `folded`, `number`, `number:2` (decimals), `number:10s` (significant digits), `option`,
            `label:yes,no`, `lines`, `lines:;` (cells set apart by a sign), `json`, `json:total,currency` (fields) or
            `json:{…}` (a JSON Schema).

    Raises:
        SettingsError: no form is called so.
    """
    name, _, detail = words.strip().partition(":")
    match name.strip().lower(), detail:
        case "exact", "":
            return Form(Exact())
        case "folded", "":
            return Form(Folded())
        case "lines", _ if len(detail) <= 1:
            return Form(Lines(detail))
    return Form(_shape(words, name.strip().lower(), detail.strip()), Dress())


def _shape(words: str, name: str, detail: str) -> Shape:
    """The shape of an answer that is found in words around it too."""
    match name, detail:
        case "number", _:
            return Number(_digits(words, detail))
        case "option", "":
            return Option()
        case "label", _ if all(labels := tuple(label.strip() for label in detail.split(","))):
            return Label(labels)
        case "json", _:
            return _json(words, detail)
    raise SettingsError(f"No answer form is called {words!r}.", hint=_HINT)


def _digits(words: str, detail: str) -> Digits:
    if not detail:
        return Digits()
    count = detail.removesuffix("s")
    if not (count.isascii() and count.isdigit() and len(count) < _MOST_DECIMALS and 0 < int(count) <= _MOST_DECIMALS):
        raise SettingsError(f"{detail!r} in {words!r} is no number of digits from 1 to {_MOST_DECIMALS}.", hint=_HINT)
    return Digits(significant=int(count)) if detail.endswith("s") else Digits(decimals=int(count), padded=True)


def _json(words: str, detail: str) -> Json:
    if not detail.startswith("{"):
        names = [name.strip() for name in detail.split(",")] if detail else []
        if not all(names):
            raise SettingsError(f"A field without a name stands in {words!r}.", hint=_HINT)
        return Json(fields=tuple(names))
    try:
        schema = json.loads(detail)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The schema in {words!r} is no JSON: {error}.", hint=_HINT) from error
    return Json(schema=json.dumps(schema, sort_keys=True))
